"""Small native files for the tests."""

from pathlib import Path

import awkward as ak
import numpy as np
import uproot


def write_events(path: Path, events: int = 2000, seed: int = 1, cluster: int = 500, drop: tuple[str, ...] = ()) -> Path:
    """Write a native file whose events have up to three photons, random weights and one trigger line."""
    rng = np.random.default_rng(seed)
    number = rng.integers(0, 4, events)
    columns: dict[str, ak.Array | np.ndarray] = {
        "weight": rng.uniform(0.5, 1.5, events),
        "event": np.arange(events),
        "trigger_lml1": rng.random(events) < 0.9,
    }
    photons = {name: rng.uniform(-3, 3, number.sum()).astype(np.float32) for name in ("px", "py", "pz")}
    photons["energy"] = np.sqrt(sum(each**2 for each in photons.values()))
    kept = {name: ak.unflatten(each, number) for name, each in photons.items() if f"photons_{name}" not in drop}
    columns["photons"] = ak.zip(kept)
    with uproot.recreate(path) as file:
        types = {k: v.dtype if isinstance(v, np.ndarray) else v.type.content for k, v in columns.items()}
        tree = file.mktree("events", types)
        for start in range(0, events, cluster):
            tree.extend({name: each[start : start + cluster] for name, each in columns.items()})
        file.mktree("metadata", {"generated": "float64", "generated_events": "int64"}).extend(
            {"generated": np.array([2.0 * events]), "generated_events": np.array([2 * events])}
        )
    return path
