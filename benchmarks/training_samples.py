"""Simulate the samples that the shipped models are trained on: signals at many masses, backgrounds beyond their limits.

    .venv/bin/python benchmarks/training_samples.py dark_photon_invisible --output DIR [--experiment belle2] [--scale 1]
    .venv/bin/darkbelle train DIR/catalog.yaml --channel dark_photon_invisible --output processors/models

Signals of `darkbelle simulate` have a dozen masses, which a classifier could learn by heart; here they lie closer than
the resolution, or than a smooth classifier could tell apart. Backgrounds with a limit of simulated luminosity get more
of it, so that no event that passes the preselection weighs much more than one expected event.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from darkbelle.datasets.simulation.driver import simulate
from darkbelle.datasets.simulation.planning import make_plan
from darkbelle.datasets.simulation.progress import Progress
from darkbelle.datasets.simulation.samples import SampleTable, sample_table
from darkbelle.datasets.storage import make_folder
from darkbelle.executors.opening import open_site

# fb^-1 by channel and sample; masses in GeV and events of each by channel and family of signals.
LUMINOSITIES = {
    "dark_photon_invisible": {
        "gammagamma": 1.0,
        "threegamma": 0.5,
        "eegamma": 1.5,
        "eegamma_single": 0.4,
        "ee_single": 0.01,
        "mumu": 0.3,
        "tautau": 0.3,
    },
    "dark_photon_visible": {
        "mumugamma": 4.0,
        "eegamma_pair": 0.3,
        "eegamma_pair_hard": 3.0,
        "gammagamma_pair": 0.4,
        "pipi": 0.3,
    },
}
HEAVY = np.arange(4.0, 10.1, 0.25)
SIGNALS = {
    # Evenly in the mass squared, which is what is measured.
    "dark_photon_invisible": {"dark_photon_invisible": (np.sqrt(np.linspace(0.01, 69.0, 70)), 3000)},
    "dark_photon_visible": {
        # Evenly in the logarithm, which the network's input is; closer where backgrounds change within a GeV.
        "dark_photon_ee": (np.r_[np.geomspace(0.03, 4.0, 42, endpoint=False), HEAVY], 5000),
        "dark_photon_mumu": (np.r_[np.geomspace(0.214, 4.0, 38, endpoint=False), HEAVY], 4000),
    },
}
# GeV of the photon, between two parts of a sample: pairs of small mass are rare among all.
PART = 4.3
# Parameters and preselection other than in the shipped samples, by channel and sample.
CHANGES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "dark_photon_invisible": {},
    "dark_photon_visible": {
        # The exact amplitude: the interference of beams and muons is what the muons' charges tell.
        "mumugamma": {
            "process": "radiative_muon_pair",
            "reference": None,
            "parameters": {"minimum_energy": 0.15, "minimum_angle": 15.0, "maximum_angle": 165.0},
            "preselection": ["radiating_pair"],
        },
        "eegamma_pair": {"preselection": ["radiating_pair"], "parameters": {"maximum_energy": PART}},
        "eegamma_pair_hard": {"preselection": ["radiating_pair"], "parameters": {"minimum_energy": PART}},
        "gammagamma_pair": {"preselection": ["radiating_pair"]},  # of which one photon converts
        "pipi": {"preselection": ["radiating_pair"]},
        # Up to where the calorimeter ends: no background has angles that a signal cannot have.
        "dark_photon_ee": {"parameters": {"maximum_cosine": 0.97}},
        "dark_photon_mumu": {"parameters": {"maximum_cosine": 0.97}},
    },
}
LIKE = {"eegamma_pair_hard": "eegamma_pair", "mumugamma": "mumu"}
"""The shipped sample that one of ours begins with, where its name is another one."""


def table(channel: str, scale: float) -> SampleTable:
    """Give the shipped samples of a channel with masses, numbers and luminosities of the training."""
    shipped = sample_table().samples
    wanted: dict[str, dict[str, Any]] = {
        name: {"luminosity_limit": scale * value, "oversampling": None, "channels": [channel]}
        for name, value in LUMINOSITIES[channel].items()
    }
    for name, (masses, events) in SIGNALS[channel].items():
        wanted[name] = {"masses": [round(float(mass), 4) for mass in masses], "events": max(round(scale * events), 1)}
    changed = {}
    for name, update in wanted.items():
        like = shipped[LIKE.get(name, name)]
        more = dict(CHANGES[channel].get(name, {}))
        if "parameters" in more:
            more["parameters"] = {**like.parameters, **more["parameters"]}
        changed[name] = like.model_copy(update={**update, **more})
    return SampleTable(samples=changed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("channel", choices=sorted(SIGNALS))
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--experiment", default="belle2")
    parser.add_argument("--scale", type=float, default=1.0, help="times the events")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    most = options.scale * max(LUMINOSITIES[options.channel].values())
    plan = make_plan(
        options.experiment,
        most,
        make_folder(options.output),
        channels=[options.channel],
        seed=options.seed,
        table=table(options.channel, options.scale),
    )
    began = time.process_time()
    with open_site("processes", options.workers) as client, Progress() as progress:
        simulate(plan, client, progress)
    sys.stdout.write(f"written to {options.output / 'catalog.yaml'} ({time.process_time() - began:.0f} s here)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
