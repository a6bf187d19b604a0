"""What angles can tell a dark photon from radiative lepton pairs at most, and what the shipped networks reach of it.

    .venv/bin/python benchmarks/training_samples.py dark_photon_visible --output DIR
    .venv/bin/python benchmarks/visible_bound.py DIR/catalog.yaml [--regions ee,mumu] [--luminosity FB]

On a sample of another seed (training_samples.py ... --seed 8) no event has been used to train, or to choose how.

At a given mass the signal is radiation from the beams alone, the background all tree diagrams: the ratio of both
squared amplitudes is the best test there is (J. Neyman, E. Pearson, Phil. Trans. R. Soc. A 231 (1933) 289). It is taken
from the measured mass and angles, and compared with rectangular cuts as the networks are, on the same events; then the
networks' scores are, on events that they were not trained on.
"""

import argparse
import sys
from collections.abc import Mapping

import numpy as np
import pandas as pd
from darkbelle.commands.train import prepare
from darkbelle.datasets.catalog import Catalog
from darkbelle.datasets.simulation.amplitudes.emission import annihilation_with_photon, creation_currents
from darkbelle.datasets.simulation.amplitudes.kernels import (
    electron_pair_and_photon_squares,
    lepton_pair_and_photon_squares,
)
from darkbelle.datasets.simulation.amplitudes.spinors import dot, squared_modulus, transverse_polarisations
from darkbelle.datasets.simulation.phase_space.two_body import beams
from darkbelle.processors.classifier import MODELS, Classifier
from darkbelle.processors.dark_photon_visible import MASSES, DarkPhotonVisible
from darkbelle.processors.model_card import Comparison
from darkbelle.processors.momenta import ELECTRON_MASS
from darkbelle.processors.objects import Array
from darkbelle.processors.training.comparing import SCORE, compare
from darkbelle.processors.training.rows import where_signals_are
from darkbelle.processors.training.writing import merit_ratio

SQRT_S = 10.58
SPLIT = 3.0
"""GeV: below, radiation from muons and exchange of photons hardly matter."""


def momenta(rows: Mapping[str, Array], lepton_mass: float) -> Array:
    """Give (n, 5, 4) e-, e+, l-, l+, photon in the CM frame (GeV) of a pair's mass and three angles.

    The lepton's azimuth about the pair follows from its cos theta*, up to a reflection that leaves amplitudes alone.
    """
    mass = np.maximum(np.exp(rows["log_mass"]), 2.0 * lepton_mass * (1.0 + 1e-4))
    photon_cosine, cosine = rows["photon_cosine"], np.clip(rows["signed_helicity"], -1.0, 1.0)
    photon_sine, sine = (np.sqrt(np.maximum(1.0 - each**2, 1e-12)) for each in (photon_cosine, cosine))
    zero = np.zeros(len(mass))
    energy = (SQRT_S**2 - mass**2) / (2.0 * SQRT_S)
    flight = -np.stack([photon_sine, zero, photon_cosine], axis=1)
    pair_energy = np.hypot(energy, mass)
    size = np.sqrt(mass**2 / 4.0 - lepton_mass**2)
    along = (pair_energy * size * cosine + energy * mass / 2.0) / mass
    across = size * sine
    polar = rows["negative_cosine"] * np.hypot(along, across) + along * photon_cosine
    azimuth = np.clip(polar / (across * photon_sine), -1.0, 1.0)
    inward = np.stack([-photon_cosine, zero, photon_sine], axis=1)
    sideways = np.sqrt(1.0 - azimuth**2)[:, np.newaxis] * np.cross(flight, inward)
    lepton = along[:, np.newaxis] * flight + across[:, np.newaxis] * (azimuth[:, np.newaxis] * inward + sideways)
    event = np.empty((len(mass), 5, 4))
    event[:, :2] = beams(SQRT_S, ELECTRON_MASS)
    event[:, 2, 1:], event[:, 4, 1:] = lepton, -energy[:, np.newaxis] * flight
    event[:, 3, 1:] = energy[:, np.newaxis] * flight - lepton
    for slot, each in ((2, lepton_mass), (3, lepton_mass), (4, 0.0)):
        event[:, slot, 0] = np.sqrt((event[:, slot, 1:] ** 2).sum(axis=1) + each**2)
    return event


def from_beams(event: Array, lepton_mass: float) -> Array:
    """Give |M|^2 of the diagrams in which the beams radiate and a pair comes from one vector of its mass: the signal's.

    Up to a factor at each mass; the vector's propagator is left out.
    """
    electron, positron, lepton, antilepton, photon = (
        tuple(event[:, slot, axis] for axis in range(4)) for slot in range(5)
    )
    pair = creation_currents(lepton, antilepton, lepton_mass)
    total = np.zeros(len(event))
    for polarisation in transverse_polarisations(photon):
        (first, _), (second, _) = annihilation_with_photon(electron, positron, ELECTRON_MASS, photon, polarisation)
        for beam in (first, second):
            for states in pair:
                for current in states:
                    total += squared_modulus(dot(beam, current))
    return 0.5 * total


def ratio(rows: Mapping[str, Array], region: str) -> Array:
    """Give |M|^2 of the signal over that of all diagrams, turned into 0 to 1 as scores are."""
    lepton_mass = MASSES[region]
    event = momenta(rows, lepton_mass)
    every = (
        electron_pair_and_photon_squares(event, ELECTRON_MASS)
        if region == "ee"
        else lepton_pair_and_photon_squares(event, ELECTRON_MASS, lepton_mass)
    )
    found = from_beams(event, lepton_mass) / np.exp(4.0 * rows["log_mass"]) / every
    return np.asarray(found / (1.0 + found))


def told(name: str, found: Comparison) -> str:
    """Describe a comparison: means over all masses and over intervals, and each mass with its error."""
    errors = found.errors or (0.0, 0.0, 0.0)
    factors = (found.factor_tuned, found.factor_common, found.factor_common_over_tuned or 0.0)
    what = ("both tuned for each mass", "one threshold over one set of cuts", "one threshold over tuned cuts")
    means = (f"x {value:.3f} +- {e:.3f} {how}" for value, e, how in zip(factors, errors, what, strict=True))
    lines = [f"{name}: " + ", ".join(means)]
    logs = pd.DataFrame(
        {
            "mass": [each.mass for each in found.merits],
            "tuned": np.log([each.tuned / each.tuned_cuts for each in found.merits]),
            "common": np.log([each.common / each.tuned_cuts for each in found.merits]),
        }
    )
    edges = [0.0, 0.3, 1.0, SPLIT, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    for interval, each in logs.groupby(pd.cut(logs["mass"], edges), observed=True):
        tuned, common = np.exp(each[["tuned", "common"]].mean())
        lines.append(f"    {interval} GeV, {len(each)} masses: x {tuned:.3f} tuned, x {common:.3f} one threshold")
    each_mass = (f"{each.mass:g}: {merit_ratio(each)}" for each in found.merits)
    lines.append("    one threshold over tuned cuts by mass (GeV): " + "; ".join(each_mass))
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog")
    parser.add_argument("--regions", default="ee,mumu")
    parser.add_argument("--luminosity", type=float)
    parser.add_argument("--significance", type=float, default=1.28)
    parser.add_argument("--site", default="threads")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    catalog, channel = Catalog.read(options.catalog), DarkPhotonVisible(preselection=True)
    for region in options.regions.split(","):
        rows, request = prepare(catalog, channel, region, options)
        rows = where_signals_are(rows)
        columns = {name: rows[name].to_numpy() for name in request.training.inputs}
        scores = {f"{region}, exact amplitudes": ratio(columns, region)}
        card = MODELS / f"{request.name}.yaml"
        if card.is_file():
            shipped = Classifier.read(card)
            score = scores[f"{region}, shipped network"] = shipped.scores(columns, rows["half"].to_numpy())
            scores[f"{region}, shipped network at its card's threshold"] = np.where(
                score > shipped.card.threshold, 1.0, 0.0
            )
        for name, score in scores.items():
            found = compare(rows.assign(**{SCORE: score}), request.masses, request.training.against, request.terms)[1]
            sys.stdout.write(told(name, found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
