"""The control channel gives back what the response was simulated with, in closed form."""

from collections.abc import Iterable
from pathlib import Path

import hist
import numpy as np
import pytest
from darkbelle.datasets.errors import ConfigurationError
from darkbelle.datasets.records import CentreOfMass
from darkbelle.processors.control_fits import fit_pion, fit_psi
from darkbelle.processors.control_measuring import BARREL, PairCount, binomial, measure
from darkbelle.processors.control_results import ControlResults, Estimate, Peak
from darkbelle.processors.momenta import MUON_MASS, Momenta
from darkbelle.processors.recoil_photon import PredictionErrors, Recoil
from handmade_events import BEAMS
from radiative_muons import CONTROL, Closure, closure, spectra
from scipy.stats import chi2, norm

ERRORS: PredictionErrors = CONTROL.selections["belle2"].errors
LARGEST = 3.0  # pull of a number on its own
CHANGES: dict[str, dict[str, float]] = {
    "photons": {
        "energy_bias": 0.01,
        "energy_constant": 0.025,
        "hard_loss": 0.05,
        "soft_loss": 0.05,
        "gap_efficiency": 0.5,
    },
    "muon_system": {"photon_efficiency": 0.4},
    "trigger": {"track_efficiency": 0.8},
}


@pytest.fixture(
    scope="module", params=[(1, None), (2, CHANGES)], ids=["as it is shipped", "with another calorimeter and trigger"]
)
def closed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Closure:
    seed, changes = request.param
    return closure(tmp_path_factory.mktemp("closure"), 1_200_000, seed, changes)  # 1 fb^-1


def probability(pulls: Iterable[float]) -> float:
    """Give the chance of pulls as large: together, or of the largest among so many, whichever is less."""
    found = np.array(list(pulls))
    together = float(chi2.sf(np.square(found).sum(), len(found)))
    largest = -np.expm1(len(found) * np.log1p(-2.0 * norm.sf(np.abs(found).max())))
    return min(together, float(largest))


def test_bias_resolution_and_tail_of_the_photon_energy_come_back_bin_by_bin(closed: Closure) -> None:
    truth = closed.detector.response.photons
    fitted = [(each, each.response) for each in closed.results.photon_energy if each.response is not None]
    assert len(fitted) >= 11
    bias = [found.bias.pull(truth.energy_bias) for _, found in fitted]
    tail = {each.part: found.tail.pull(truth.tail_fraction) for each, found in fitted}
    resolution = [
        found.resolution.pull(closed.resolution(each.low, each.high, each.part == "barrel")) for each, found in fitted
    ]
    for pulls in (bias, resolution, list(tail.values())):
        assert probability(pulls) > 1e-3
    assert min(found.probability for _, found in fitted if found.probability is not None) > 1e-3


def test_the_resolution_is_better_than_what_the_prediction_smears_it_to(closed: Closure) -> None:
    # Below 1 GeV the prediction's error is 1.4 %: folded with the calorimeter's 1.6 % it would be 2.1 %.
    lowest = closed.results.photon_energy[0]
    assert lowest.response is not None
    assert lowest.response.resolution.value < 1.15 * closed.resolution(lowest.low, lowest.high, True)


def test_photon_efficiency_comes_back_by_energy_and_by_angle(closed: Closure) -> None:
    by_energy = [each for each in closed.results.photon_efficiency_by_energy if each.trials > 50]
    pulls = [
        each.efficiency.pull(closed.efficiency((each.low, each.high), BARREL)) for each in by_energy if each.efficiency
    ]
    assert len(pulls) >= 6
    angles = [
        each.efficiency.pull(closed.efficiency((0.5, 7.5), (each.low, each.high)))
        for each in closed.results.photon_efficiency_by_angle
        if each.efficiency
    ]
    assert len(angles) == 7
    assert probability([*pulls, *angles]) > 1e-3


def test_dead_widths_of_the_gaps_come_back(closed: Closure) -> None:
    # Nominal: the gaps are 0.8 and 2.0 degrees, each edge loses the integral of exp(-d/0.5)/2, 0.25 degrees.
    truth = [closed.dead_width(gap.low, gap.high) for gap in closed.results.dead_widths]
    if closed.detector.response.photons.gap_efficiency == 0.0:
        assert truth == pytest.approx([1.3, 2.5], abs=0.02)
    pulls = [gap.width.pull(size) for gap, size in zip(closed.results.dead_widths, truth, strict=True) if gap.width]
    assert len(pulls) == 2
    assert np.abs(pulls).max() < LARGEST


def test_the_muon_systems_veto_comes_back(closed: Closure) -> None:
    found = closed.results.muon_system_veto
    assert found.trials > 100
    assert found.efficiency is not None
    assert abs(found.efficiency.pull(closed.detector.response.muon_system.photon_efficiency)) < LARGEST


def test_trigger_efficiencies_come_back_from_lines_of_another_detector(closed: Closure) -> None:
    # ffo: both tracks, more than 90 degrees apart; lml1: E* above 2 GeV, whatever the tracks do.
    expected = closed.detector.response.trigger.track_efficiency**2
    wide = [each for each in closed.results.two_track_line if each.low >= 90.0]
    pulls = [each.efficiency.pull(expected) for each in wide if each.efficiency]
    assert len(pulls) == 9
    assert probability(pulls) > 1e-3
    assert all(e.efficiency.value == 0.0 for e in closed.results.two_track_line if e.high <= 90.0 and e.efficiency)
    photons = [each for each in closed.results.single_photon_line if each.trials > 30]
    for each in photons:
        assert each.efficiency is not None
        assert each.efficiency.value == pytest.approx(1.0 if each.low >= 2.0 else 0.0, abs=0.01)


def test_the_predictions_errors_are_those_that_smeared_muons_have() -> None:
    # One photon and a muon pair of 3 GeV at random angles; muons smeared with exactly the errors that are assumed.
    random = np.random.default_rng(3)
    truth, photon = _three_bodies(random, 4000)
    spread = 1.0 + ERRORS.energy_spread / BEAMS.sqrt_s * random.standard_normal(len(photon.px))
    muons = _smeared(Momenta(*(spread[:, np.newaxis] * each for each in _parts(truth))), random)
    recoil = Recoil.of(muons, CentreOfMass(BEAMS), ERRORS)
    prediction = recoil.massless()
    theta = (prediction.photon.theta - photon.theta) / prediction.theta_error
    seen = _turned(Momenta(*(spread * each for each in _parts(photon))), random)
    energies = recoil.along(seen, ERRORS)
    pull = (energies.energy - spread * photon.energy) / energies.error
    for each in (prediction.pull, theta, pull):
        assert np.mean(each) == pytest.approx(0.0, abs=0.1)
        assert np.std(each) == pytest.approx(1.0, abs=0.08)
    assert np.mean(energies.chi2) == pytest.approx(3.0, abs=0.25)


def test_peaks_come_back_from_drawn_histograms() -> None:
    random = np.random.default_rng(4)
    pions = np.concatenate(
        [
            random.normal(0.1340, 0.005, 7000),
            random.normal(0.1340, 0.010, 3000),
            0.08 + 0.12 * np.sqrt(random.random(20_000)),
        ]
    )
    pion = fit_pion(*_drawn(pions, 120, 0.08, 0.20))
    assert isinstance(pion, Peak)
    pulls = [pion.mass.pull(0.1340), pion.width.pull(0.005), pion.events.pull(10_000 * 0.99999)]
    assert np.abs(pulls).max() < LARGEST
    psi = fit_psi(
        *_drawn(np.concatenate([random.normal(3.09, 0.012, 2000), random.uniform(2.9, 3.3, 4000)]), 160, 2.9, 3.3)
    )
    assert isinstance(psi, Peak)
    assert np.abs([psi.mass.pull(3.09), psi.width.pull(0.012)]).max() < LARGEST


@pytest.mark.parametrize("entries", [0, 1])
def test_too_little_to_measure_is_said_and_never_crashes(tmp_path: Path, entries: int) -> None:
    empty = spectra(CONTROL.empty("s"))
    for histogram in empty.values():
        if entries:
            histogram.fill(*(axis.centers[0] for axis in histogram.axes), weight=1.0)
    counts = PairCount(float(entries), float(entries), None if entries else Estimate.symmetric(100.0, 1.0))
    results = measure(empty, {"bhabha": counts}, "data", None)
    assert all(each.response is None for each in results.photon_energy)
    assert "too few" in results.photon_energy[0].why
    assert results.pion is None
    assert results.psi is None
    assert any(note.startswith("pi0: ") for note in results.notes)
    assert sum(each.efficiency is not None for each in results.photon_efficiency) == entries
    (pair,) = results.luminosities
    assert pair.luminosity is None
    assert pair.why == ("no simulation of these events to take the efficiency from" if entries else "no event")
    results.write(tmp_path / "control.json")
    assert ControlResults.read(tmp_path / "control.json") == results
    (tmp_path / "control.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="source"):
        ControlResults.read(tmp_path / "control.json")


def test_binomial_errors_are_clopper_and_pearsons() -> None:
    # No failure in n trials: the lower end at 68.27 % is (0.1587)^(1/n); of n/2 the normal error is 0.5/sqrt(n).
    whole, half = binomial(1.0, 50.0), binomial(0.5, 10_000.0)
    assert whole.down == pytest.approx(1.0 - 0.158655 ** (1 / 50), rel=1e-4)
    assert whole.up == 0.0
    assert [half.down, half.up] == pytest.approx([0.005, 0.005], rel=0.02)


def test_lost_recoils_of_several_photons_are_subtracted_with_an_error() -> None:
    found = spectra(CONTROL.empty("s"))
    place = {"predicted_energy": 1.5, "predicted_theta": 75.0, "in_muon_system": 0.0}
    for sideband, seen, number in ((0, 1, 980), (0, 0, 20), (1, 0, 40)):
        found["photon_found"].fill(**place, sideband=[sideband] * number, found=[seen] * number)
    (middle,) = [e for e in measure(found, {}, "data", None).photon_efficiency if e.trials]
    # 0.4 of the 40 beside are subtracted: 4 of 984 are lost; the factor's error of 0.3 is 12 of 1000 predictions.
    assert middle.efficiency is not None
    assert middle.efficiency.value == pytest.approx(980 / 984)
    assert middle.efficiency.down > 0.012


def _parts(momenta: Momenta) -> tuple[np.ndarray, ...]:
    return momenta.px, momenta.py, momenta.pz, momenta.energy


def _drawn(values: np.ndarray, bins: int, low: float, high: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    histogram = hist.Hist(hist.axis.Regular(bins, low, high)).fill(values)
    return histogram.values(), histogram.values(), histogram.axes[0].edges


def _three_bodies(random: np.random.Generator, number: int) -> tuple[Momenta, Momenta]:
    """Draw a photon against a muon pair of 3 GeV, both isotropic in their frames, taken to the laboratory."""
    energy = (BEAMS.sqrt_s**2 - 9.0) / (2.0 * BEAMS.sqrt_s)
    photon = energy * _directions(random, number)
    half = np.sqrt(1.5**2 - MUON_MASS**2) * _directions(random, number)
    gamma, boost = np.hypot(energy, 3.0) / 3.0, -photon / 3.0
    muons = []
    for sign in (1.0, -1.0):
        along = (boost * sign * half).sum(axis=1)
        momentum = sign * half + boost * (along / (gamma + 1.0) + 1.5)[:, np.newaxis]
        muons.append(np.concatenate([(gamma * 1.5 + along)[:, np.newaxis], momentum], axis=1))
    table = np.stack(muons, axis=1) @ BEAMS.to_laboratory.T
    gammas = np.concatenate([np.full((number, 1), energy), photon], axis=1) @ BEAMS.to_laboratory.T
    central = (np.abs(gammas[:, 3]) < 0.9 * gammas[:, 0]) & (np.hypot(table[..., 1], table[..., 2]) > 0.5).all(axis=1)
    table, gammas = table[central], gammas[central]
    return Momenta(*np.moveaxis(table[..., [1, 2, 3, 0]], -1, 0)), Momenta(*gammas[:, [1, 2, 3, 0]].T)


def _directions(random: np.random.Generator, number: int) -> np.ndarray:
    drawn = random.standard_normal((number, 3))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def _smeared(muons: Momenta, random: np.random.Generator) -> Momenta:
    beta, p, pt = muons.p / muons.energy, muons.p, muons.pt
    angle = ERRORS.angle_scattering / (beta * p * np.sqrt(pt / p))
    size = pt.shape
    stretch = np.hypot(ERRORS.curvature * pt, ERRORS.scattering / beta) * random.standard_normal(size)
    theta = np.arctan2(pt, muons.pz) + np.hypot(ERRORS.theta, angle) * random.standard_normal(size)
    phi = muons.phi + np.hypot(ERRORS.phi, angle) * random.standard_normal(size)
    across = pt * (1.0 + stretch)
    return Momenta.massive(across * np.cos(phi), across * np.sin(phi), across / np.tan(theta), MUON_MASS)


def _turned(photons: Momenta, random: np.random.Generator) -> Momenta:
    width = np.hypot(ERRORS.photon_angle / np.sqrt(photons.energy), ERRORS.photon_angle_constant)
    theta = np.radians(photons.theta) + width * random.standard_normal(len(width))
    phi = photons.phi + width * random.standard_normal(len(width)) / np.sin(theta)
    e = photons.energy
    return Momenta(e * np.sin(theta) * np.cos(phi), e * np.sin(theta) * np.sin(phi), e * np.cos(theta), e)
