"""A small catalog to train the single photon's classifier on: signals in the middle, backgrounds at the edge."""

from pathlib import Path

import numpy as np
import yaml
from handmade_events import Event, photon, photon_cm, write_native

ROWS = 500


def training_catalog(folder: Path, *, rows: int = ROWS, moment: float | None = None) -> Path:
    """Write signal and background of `rows` single photons each, and a catalog of them.

    Parameters
    ----------
    folder, rows
        Where, and how many events of each.
    moment
        Second moment of the background's showers; drawn at random for None.
    """
    rng = np.random.default_rng(5)
    events: dict[str, list[Event]] = {"signal": [], "background": []}
    for name, (least, most) in {"signal": (65.0, 115.0), "background": (55.0, 125.0)}.items():
        for _ in range(rows):
            found = photon_cm(rng.uniform(3.8, 5.3), rng.uniform(least, most), rng.uniform(0.0, 360.0))
            found |= {"second_moment": rng.normal(1.0, 0.2), "e9_over_e21": rng.normal(0.95, 0.02)}
            if name == "background" and moment is not None:
                found["second_moment"] = moment
            event = Event(photons=[found])
            if name == "background" and rng.uniform() < 0.5:
                event.photons.append(photon(rng.uniform(0.12, 0.8), rng.uniform(40, 120), rng.uniform(0, 360)))
            events[name].append(event)
        write_native(folder / f"{name}.root", events[name])
    samples = {
        "photons": {"kind": "background", "files": ["background.root"], "cross_section": 1.0},
        "dark": {"kind": "signal", "files": ["signal.root"], "cross_section": 1.0, "hypothesis": {"mass": 2.0}},
    }
    path = folder / "catalog.yaml"
    path.write_text(yaml.safe_dump({"experiment": "belle2", "luminosity": 1e-3, "samples": samples}))
    return path
