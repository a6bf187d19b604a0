"""Identification of all five species, ionisation, hits, and magnetic monopoles."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from darkbelle.datasets.simulation.generated import prompt_events
from darkbelle.datasets.simulation.response.detector import Detector, detect
from darkbelle.datasets.simulation.response.identification import likelihood_ratios, passing_chances, true_species
from darkbelle.datasets.simulation.response.identification_parameters import SPECIES
from darkbelle.datasets.simulation.response.ionisation import chamber_hits, ionisation, relative_ionisation
from darkbelle.datasets.simulation.response.loading import load_response
from darkbelle.datasets.simulation.response.particles import Particles

Gun = Callable[..., Particles]
CODES = {"electron": 11, "muon": 13, "pion": 211, "kaon": 321, "proton": 2212}
MONOPOLE = 99666


@pytest.mark.parametrize("experiment", ["belle2", "babar"])
@pytest.mark.parametrize("species", SPECIES)
@pytest.mark.parametrize(("momentum", "theta", "region"), [(0.7, 80.0, 1), (2.0, 25.0, 0), (3.0, 135.0, 2)])
def test_identification_returns_the_matrix_that_was_put_in(
    experiment: str,
    species: str,
    momentum: float,
    theta: float,
    region: int,
    request: pytest.FixtureRequest,
    gun: Gun,
) -> None:
    """At momenta of the table, in each region: chances to pass the cut for all five hypotheses."""
    detector: Detector = request.getfixturevalue("detector" if experiment == "belle2" else "babar")
    numbers, number = detector.response.identification, 40_000
    particles = gun(number, CODES[species], momentum, theta)
    chances = passing_chances(particles, np.ones(number, dtype=bool), detector.acceptance, numbers)
    ratios = likelihood_ratios(chances, true_species(particles), numbers, np.random.default_rng(1))
    at = numbers.momenta.index(momentum)
    for column, taken in enumerate(SPECIES):
        rate = getattr(numbers, f"{species}_as_{taken}")
        row = rate[region] if len(rate) == 3 else rate[0]
        expected = row[at] if len(row) > 1 else row[0]
        found = np.mean(ratios[:, column] > numbers.working_point)
        assert found == pytest.approx(expected, abs=4.5 * np.sqrt(expected * (1 - expected) / number) + 1e-9), taken


def test_looser_cut_takes_in_more_of_a_species_and_no_more_of_its_fakes(detector: Detector, gun: Gun) -> None:
    numbers = detector.response.identification
    found = {}
    for pdg in (13, 211):
        particles = gun(20_000, pdg, 2.0)
        chances = passing_chances(particles, np.ones(20_000, dtype=bool), detector.acceptance, numbers)
        found[pdg] = likelihood_ratios(chances, true_species(particles), numbers, np.random.default_rng(2))[:, 1]
    assert np.mean(found[13] > 0.5) > np.mean(found[13] > 0.9) + 0.003
    assert np.mean(found[211] > 0.5) == np.mean(found[211] > 0.9)


def test_kaons_are_told_from_pions_by_the_users_own_numbers(tmp_path: Path) -> None:
    """A single number stands for all momenta and regions."""
    own = tmp_path / "own.yaml"
    own.write_text("identification: {pion_as_kaon: 0.011, kaon_as_kaon: 0.83, kaon_as_pion: 0.01}")
    table = load_response("belle2", own).identification.table
    assert np.unique(table[2, 3]).tolist() == [0.011]
    assert np.unique(table[3, 3]).tolist() == [0.83]


def test_ionisation_has_bethes_shape(detector: Detector) -> None:
    """1 at the minimum near beta gamma = 3.5, 1/beta^2 below, and a plateau of 1.45 beyond."""
    numbers = detector.response.ionisation
    beta_gamma = np.geomspace(0.2, 1e5, 4000)
    found = relative_ionisation(beta_gamma, numbers)
    assert found.min() == pytest.approx(1.0, abs=1e-4)
    assert 3.0 < beta_gamma[found.argmin()] < 4.0
    assert found[-1] == pytest.approx(1.45, abs=0.02)
    slow = relative_ionisation(np.array([0.3, 0.6]), numbers)
    # By hand: (1/beta^2) (ln(2 m_e beta^2 gamma^2/I) - beta^2) with I = 45 eV.
    beta2 = np.array([0.3, 0.6]) ** 2 / (1 + np.array([0.3, 0.6]) ** 2)
    by_hand = (np.log(2 * 0.511e-3 / 45e-9 * np.array([0.3, 0.6]) ** 2) - beta2) / beta2
    assert slow[0] / slow[1] == pytest.approx(by_hand[0] / by_hand[1], rel=1e-3)


def test_slow_kaons_ionise_more_than_pions(detector: Detector, gun: Gun) -> None:
    nothing = np.zeros(1)
    kaon, pion = (ionisation(gun(1, pdg, 0.4), nothing, detector.response.ionisation)[0] for pdg in (321, 211))
    assert kaon > 1.5 * pion


@pytest.mark.parametrize(("theta", "radius", "expected"), [(90.0, 0.0, 56.0), (90.0, 60.0, 30.3), (20.0, 0.0, 32.3)])
def test_hits_are_those_of_the_layers_that_a_track_crosses(
    detector: Detector, generator: np.random.Generator, gun: Gun, theta: float, radius: float, expected: float
) -> None:
    """56 layers from 16.8 to 111 cm, 95 % each; at 20 degrees a track leaves through the end at 196 tan 20 = 71 cm."""
    found = chamber_hits(
        gun(5000, 13, 3.0, theta, 0.0, (radius, 0.0, 0.0)),
        detector.response.tracks,
        detector.response.geometry,
        generator,
    )
    assert np.mean(found) == pytest.approx(0.95 * expected, abs=0.5)


def monopoles(detector: Detector, mass: float, charge: float, number: int = 3000) -> ak.Array:
    momentum = np.sqrt(5.2896**2 - mass**2)
    momenta = np.tile(np.array([[5.2896, 0, momentum, 0], [5.2896, 0, -momentum, 0]]), (number, 1, 1))
    events = prompt_events(np.tile(np.array([MONOPOLE, -MONOPOLE], dtype=np.int32), (number, 1)), momenta)
    sharp = replace(detector, energy_spread=0.0)
    return detect(replace(events, magnetic_charge=np.full(number, charge)), sharp, np.random.default_rng(4))


@pytest.mark.parametrize(("mass", "charge"), [(1.0, 3.0), (4.0, 5.0)])
def test_monopoles_ionise_with_g_beta_and_bend_along_the_field(detector: Detector, mass: float, charge: float) -> None:
    """(g beta)^2 times Bethe's ionisation; d2z/dr2 = 0.0029979 g B E/pt^2, opposite for the two; straight in r-phi."""
    found = monopoles(detector, mass, charge)
    truth, tracks = found.truth, found.tracks
    size = np.sqrt(ak.to_numpy(truth.px) ** 2 + ak.to_numpy(truth.py) ** 2 + ak.to_numpy(truth.pz) ** 2)
    beta = size / ak.to_numpy(truth.energy)
    bethe = relative_ionisation((size / mass).ravel(), detector.response.ionisation).reshape(size.shape)
    one = tracks[tracks.truth == 0]
    assert float(ak.mean(one.ionisation)) == pytest.approx(np.mean(((charge * beta) ** 2 * bethe)[:, 0]), rel=0.02)
    squared = ak.to_numpy(truth.px) ** 2 + ak.to_numpy(truth.py) ** 2
    expected = 0.0029979 * charge * 1.5 * ak.to_numpy(truth.energy) / squared
    assert float(ak.mean(one.bending_rz)) == pytest.approx(np.mean(expected[:, 0]), rel=0.02)
    other = tracks[tracks.truth == 1]
    assert float(ak.mean(other.bending_rz)) == pytest.approx(-np.mean(expected[:, 1]), rel=0.02)
    assert float(np.median(ak.flatten(np.hypot(tracks.px, tracks.py)))) > 100.0


def test_electric_charges_do_not_bend_along_the_field(detector: Detector) -> None:
    momenta = np.tile(np.array([[5.29, 0, 5.289, 0], [5.29, 0, -5.289, 0]]), (3000, 1, 1))
    events = prompt_events(np.tile(np.array([13, -13], dtype=np.int32), (3000, 1)), momenta)
    bending = ak.to_numpy(ak.flatten(detect(events, detector, np.random.default_rng(5)).tracks.bending_rz))
    assert np.std(bending) == pytest.approx(1e-4, rel=0.05)
    assert abs(np.mean(bending)) < 5e-6
