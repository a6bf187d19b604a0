"""Closure: control samples of simulated events give back the response's parameters, for both experiments.

Samples: mumu gamma (photon energy, photon efficiency), pi0 -> gamma gamma, and J/psi -> mumu (momentum, track
efficiency). The estimator of peaks is a truncated Gaussian: mean and standard deviation within 1.5 widths of the mean,
repeated until they stand, the width divided by what the truncation takes from a Gaussian's (0.743). Statistical
uncertainties are those of 20 parts of the sample. What a sample's other measurements add (recoil, angles) comes from
truth smeared by formulas that are written down again here.
"""

from dataclasses import dataclass, replace
from functools import cache

import awkward as ak
import numpy as np
import pytest
from darkbelle.datasets.simulation.generated import GeneratedEvents, prompt_events
from darkbelle.datasets.simulation.processes import make_process
from darkbelle.datasets.simulation.response.detector import Detector, detect, make_detector
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MUON, PION0, JPSI = 0.1056583755, 0.1349768, 3.0969
PARTS = 20
TRUNCATION = 1.5
SHRINKAGE = 0.7427  # standard deviation of a unit Gaussian within 1.5

# What is put in besides the shipped numbers: nothing for Belle II, larger and biased for BaBar.
CHANGES: dict[str, dict[str, dict[str, float]]] = {
    "belle2": {"photons": {}, "tracks": {}},
    "babar": {
        "photons": {"energy_bias": 0.012, "energy_constant": 0.03},
        "tracks": {"momentum_bias": 0.002, "momentum_scattering": 0.006},
    },
}
both = pytest.mark.parametrize("experiment", ["belle2", "babar"])


@dataclass(frozen=True)
class Peak:
    """Position and width with their statistical uncertainties."""

    position: float
    width: float
    position_error: float
    width_error: float


def truncated(values: Floats) -> tuple[float, float]:
    mean, width = float(np.median(values)), float(np.subtract(*np.percentile(values, [84, 16]))) / 2
    for _ in range(50):
        near = values[np.abs(values - mean) < TRUNCATION * width]
        mean, width = float(near.mean()), float(near.std()) / SHRINKAGE
    return mean, width


def peak(values: Floats) -> Peak:
    """Give the truncated Gaussian's position and width."""
    parts = np.array([truncated(part) for part in np.array_split(values, PARTS)])
    errors = parts.std(axis=0, ddof=1) / np.sqrt(PARTS)
    return Peak(*truncated(values), *errors)


@cache
def detector_of(experiment: str, *, photons: tuple[tuple[str, float], ...] = ()) -> Detector:
    """Give the detector with the changes put in, and neither conversions nor beam background."""
    found = make_detector(experiment)
    parts: dict[str, dict[str, float]] = {
        "background": {"clusters": 0.0},
        "material": {"conversion_factor": 0.0},
        "photons": {**CHANGES[experiment]["photons"], **dict(photons)},
        "tracks": CHANGES[experiment]["tracks"],
    }
    response = found.response.model_copy(
        update={part: getattr(found.response, part).model_copy(update=own) for part, own in parts.items()}
    )
    return replace(found, response=response, energy_spread=0.0)


def generate(detector: Detector, name: str, number: int, **parameters: str) -> GeneratedEvents:
    process, stream = make_process(name, **parameters), np.random.default_rng(11)
    integral = process.integrate(detector.beams.sqrt_s, stream)
    return process.generate(detector.beams.sqrt_s, number, integral, stream)


def simulated(detector: Detector, events: GeneratedEvents) -> ak.Array:
    stream = np.random.default_rng(12)
    return ak.concatenate(
        [detect(events.select(slice(at, at + 8000)), detector, stream) for at in range(0, len(events), 8000)]
    )


def vectors(records: ak.Array, mass: float) -> Floats:
    """Give (n, k, 4) E, px, py, pz of k records an event, double precision."""
    three = np.stack([ak.to_numpy(records[axis]).astype(np.float64) for axis in ("px", "py", "pz")], axis=-1)
    return np.asarray(np.concatenate([np.sqrt((three**2).sum(axis=-1, keepdims=True) + mass**2), three], axis=-1))


def invariant_mass(momenta: Floats) -> Floats:
    total = momenta.sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(axis=1), 0.0)))


def smeared_tracks(
    true: Floats, detector: Detector, stream: np.random.Generator, *, momentum: float = 1.0, angles: float = 1.0
) -> Floats:
    """Smear (n, k, 4) muons by the formulas of the data file: 1/pt Gaussian, theta and phi Gaussian; no bias."""
    numbers = detector.response.tracks
    pt, p = np.hypot(true[..., 1], true[..., 2]), np.sqrt((true[..., 1:] ** 2).sum(axis=-1))
    beta, sine = p / true[..., 0], pt / p
    relative = np.sqrt((numbers.momentum_curvature * pt) ** 2 + (numbers.momentum_scattering / beta) ** 2)
    scattering = numbers.angle_scattering / (beta * p * np.sqrt(sine))
    shape = pt.shape
    measured = pt / (1 + momentum * relative * stream.standard_normal(shape))
    theta = np.arccos(true[..., 3] / p) + angles * np.sqrt(
        numbers.theta_constant**2 + scattering**2
    ) * stream.standard_normal(shape)
    phi = np.arctan2(true[..., 2], true[..., 1]) + angles * np.sqrt(
        numbers.phi_constant**2 + scattering**2
    ) * stream.standard_normal(shape)
    three = np.stack([measured * np.cos(phi), measured * np.sin(phi), measured / np.tan(theta)], axis=-1)
    return np.concatenate([np.sqrt((three**2).sum(axis=-1, keepdims=True) + MUON**2), three], axis=-1)


def smeared_energy(energy: Floats, detector: Detector, stream: np.random.Generator, scale: float = 1.0) -> Floats:
    """Smear photons of the barrel by the formula of the data file, its resolution times `scale`; no bias."""
    numbers = detector.response.photons
    sigma = np.sqrt(
        (numbers.energy_noise / energy) ** 2
        + (numbers.energy_stochastic / energy**0.25) ** 2
        + numbers.energy_constant**2
    )
    leak = (stream.random(energy.shape) < numbers.tail_fraction) * stream.exponential(numbers.tail_scale, energy.shape)
    return energy * (1 + scale * sigma * (stream.standard_normal(energy.shape) - leak))


def agree(found: float, expected: float, *errors: float) -> bool:
    return abs(found - expected) < 4.0 * float(np.hypot.reduce(errors))


@cache
def radiative_pairs(experiment: str) -> tuple[Detector, GeneratedEvents]:
    """Give mumu gamma with a hard photon and muons well inside."""
    detector = detector_of(experiment)
    events = generate(detector, "muon_pair", 600_000)
    laboratory = events.momenta @ detector.beams.to_laboratory.T
    size = np.maximum(np.sqrt((laboratory[..., 1:] ** 2).sum(axis=-1)), 1e-12)
    degrees = np.degrees(np.arccos(np.clip(laboratory[..., 3] / size, -1, 1)))
    photon = ((events.pdg == 22) & (laboratory[..., 0] > 1.5) & (degrees > 50) & (degrees < 115)).any(axis=1)
    muons = ((np.abs(events.pdg) == 13) & (size > 1.0) & (degrees > 35) & (degrees < 125)).sum(axis=1) == 2
    return detector, events.select(photon & muons)


@dataclass(frozen=True)
class Recoil:
    """Events with two tracks: what recoils (n, 4), the true muons (n, 2, 4) and hardest photon (n,), the clusters."""

    total: Floats
    muons: Floats
    hardest: Floats
    photons: ak.Array

    @property
    def size(self) -> Floats:
        """Magnitude of the recoil's momentum, GeV."""
        return recoil_size(self.total)


def recoil_size(total: Floats) -> Floats:
    return np.asarray(np.sqrt((total[:, 1:] ** 2).sum(axis=1)))


def recoils(detector: Detector, events: GeneratedEvents) -> Recoil:
    """Select events as data would be: two tracks, and a recoil without mass that points into the barrel."""
    found = simulated(detector, events)
    found = found[ak.num(found.tracks) == 2]
    total = np.asarray(detector.beams.total) - vectors(found.tracks, MUON).sum(axis=1)
    size = recoil_size(total)
    degrees = np.degrees(np.arccos(total[:, 3] / size))
    chosen = (np.abs(total[:, 0] ** 2 - size**2) < 1.5) & (size > 2.0) & (degrees > 50) & (degrees < 115)
    muons = found.truth[np.abs(found.truth.pdg) == 13]
    radiated = found.truth[found.truth.pdg == 22]
    hardest = ak.to_numpy(ak.max(radiated.energy, axis=1, mask_identity=False)).astype(np.float64)
    return Recoil(total[chosen], vectors(muons[chosen], MUON), hardest[chosen], found.photons[chosen])


def probe(sample: Recoil) -> tuple[NDArray[np.bool_], Floats]:
    """Give which events have a photon within 0.15 rad of the recoil, and the hardest one's energy in GeV."""
    photons = sample.photons
    unit = sample.total[:, 1:] / sample.size[:, np.newaxis]
    along = photons.px * unit[:, 0] + photons.py * unit[:, 1] + photons.pz * unit[:, 2]
    near = photons[(along / photons.energy > np.cos(0.15)) & (photons.energy > 0.5 * sample.size)]
    hardest = ak.to_numpy(ak.fill_none(ak.max(near.energy, axis=1), 0.0)).astype(np.float64)
    return hardest > 0.0, hardest


@both
def test_photon_energy_against_the_recoil_of_muon_pairs(experiment: str) -> None:
    """Bias: shift of E/E_recoil from truth smeared without one.

    Resolution: the scale k of sigma_E, 1 for the one put in, between the widths of truth smeared with 0.85 and 1.15.
    Squares do not subtract: soft radiation gives the recoil a tail.
    """
    detector, events = radiative_pairs(experiment)
    sample = recoils(detector, events)
    seen, energy = probe(sample)
    measured = peak((energy / sample.size)[seen] - 1)
    stream = np.random.default_rng(13)
    # Softer photons take their part of the recoil: the hardest one's true energy stands against all of it.
    muons, true = np.tile(sample.muons[seen], (5, 1, 1)), np.tile(sample.hardest[seen], 5)
    total = np.asarray(detector.beams.total)
    whole = recoil_size(total - muons.sum(axis=1))
    smeared = recoil_size(total - smeared_tracks(muons, detector, stream).sum(axis=1))
    expected = peak(smeared_energy(true, detector, stream) / smeared - 1)
    bias = detector.response.photons.energy_bias
    # The momenta's own bias moves the recoil too; it is known from the J/psi and taken out.
    shifted = muons * np.array([1.0, *3 * [1 + detector.response.tracks.momentum_bias]])
    shifted[..., 0] = np.sqrt((shifted[..., 1:] ** 2).sum(axis=-1) + MUON**2)
    tracks = float(np.median(recoil_size(total - shifted.sum(axis=1)) / whole)) - 1
    assert agree(
        (1 + measured.position) * (1 + tracks) - 1 - expected.position,
        bias,
        measured.position_error,
        expected.position_error,
    )
    narrow, wide = (peak(smeared_energy(true, detector, stream, k) / smeared - 1) for k in (0.85, 1.15))
    slope = (wide.width - narrow.width) / 0.3
    k = 0.85 + (measured.width - narrow.width) / slope
    assert agree(k, 1.0, measured.width_error / slope, narrow.width_error / slope)
    assert measured.width_error < 0.04 * measured.width


@both
@pytest.mark.parametrize("loss", [0.04, 0.15])
def test_photon_efficiency_against_the_recoil_of_muon_pairs(experiment: str, loss: float) -> None:
    _, events = radiative_pairs(experiment)
    detector = detector_of(experiment, photons=(("hard_loss", loss), ("soft_loss", loss)))
    seen, _ = probe(recoils(detector, events))
    assert len(seen) > 2000
    # Further radiation turns the recoil away from the photon in some per cent: taken from the sample without losses.
    whole, _ = probe(recoils(detector_of(experiment, photons=(("hard_loss", 0.0), ("soft_loss", 0.0))), events))
    found = 1 - seen.mean() / whole.mean()
    assert agree(
        found, loss, float(np.sqrt(loss * (1 - loss) / len(seen))), float(np.sqrt((1 - whole.mean()) / len(whole)))
    )
    assert whole.mean() > 0.9


@both
def test_pi0_peak(experiment: str) -> None:
    """Both energies shift together: the peak moves as the photons' bias, its width is that of the smeared truth."""
    detector, number = detector_of(experiment), 40_000
    stream = np.random.default_rng(14)
    azimuth = stream.uniform(-np.pi, np.pi, number)
    momenta = np.zeros((number, 1, 4))
    momenta[:, 0] = np.stack(
        [np.full(number, np.hypot(1.0, PION0)), np.cos(azimuth), np.sin(azimuth), 0 * azimuth], axis=1
    )
    found = simulated(detector, prompt_events(np.full((number, 1), 111, dtype=np.int32), momenta))
    found = found[ak.num(found.photons) == 2]
    photons = vectors(found.photons, 0.0)
    inside = (ak.to_numpy(found.photons.energy) > 0.3).all(axis=1) & (ak.to_numpy(found.photons.region) == 2).all(
        axis=1
    )
    measured = peak(invariant_mass(photons[inside]) / PION0 - 1)
    # The same with an own decay: E = (E0 + p cos)/2, the angle fixed by the mass, directions smeared.
    truth = vectors(found.truth[:, :1], PION0)[:, 0][inside]
    energies = np.sort(photons[inside][..., 0] / (1 + detector.response.photons.energy_bias), axis=1)
    share = np.clip(energies[:, 0] / energies.sum(axis=1), 0.05, 0.5)
    one = np.stack([share * truth[:, 0], (1 - share) * truth[:, 0]], axis=1)
    angle = 2 * np.arcsin(np.clip(PION0 / (2 * np.sqrt(one.prod(axis=1))), 0, 1))
    numbers = detector.response.photons
    width = np.sqrt((numbers.angle_stochastic**2 / one).sum(axis=1) + 2 * numbers.angle_constant**2)
    opened = np.hypot(angle + width * stream.standard_normal(len(angle)), width * stream.standard_normal(len(angle)))
    smeared = np.stack([smeared_energy(one[:, k], detector, stream) for k in (0, 1)], axis=1)
    expected = peak(2 * np.sqrt(smeared.prod(axis=1)) * np.sin(opened / 2) / PION0 - 1)
    errors = measured.position_error, expected.position_error
    assert agree(measured.position - expected.position, numbers.energy_bias, *errors)
    assert agree(
        measured.width / expected.width,
        1.0,
        measured.width_error / measured.width,
        expected.width_error / expected.width,
        0.01,
    )


@cache
def jpsi_pairs(experiment: str) -> tuple[Detector, ak.Array]:
    detector = detector_of(experiment)
    events = generate(detector, "radiative_return", 60_000, resonance="jpsi", decay="mumu")
    return detector, simulated(detector, events)


def true_muons(found: ak.Array) -> Floats:
    return vectors(found.truth[np.abs(found.truth.pdg) == 13], MUON)


def well_inside(muons: Floats) -> NDArray[np.bool_]:
    """Tell which events have both muons in the tracker and above 0.5 GeV of transverse momentum."""
    pt = np.hypot(muons[..., 1], muons[..., 2])
    degrees = np.degrees(np.arctan2(pt, muons[..., 3]))
    return np.asarray(((degrees > 20) & (degrees < 148) & (pt > 0.5)).all(axis=1))


@both
def test_jpsi_peak_gives_momentum_scale_and_resolution(experiment: str) -> None:
    """The square of the width is that of the angles and k^2 times that of the momenta: k = 1."""
    detector, found = jpsi_pairs(experiment)
    found = found[(ak.num(found.tracks) == 2) & well_inside(true_muons(found))]
    muons = true_muons(found)
    true = invariant_mass(muons)
    stream = np.random.default_rng(15)
    measured = peak(invariant_mass(vectors(found.tracks, MUON)) / JPSI - 1)
    muons, true = np.tile(muons, (4, 1, 1)), np.tile(true, 4)
    whole, momenta, angles = (
        peak(invariant_mass(smeared_tracks(muons, detector, stream, momentum=p, angles=a)) / true - 1)
        for p, a in ((1.0, 1.0), (1.0, 0.0), (0.0, 1.0))
    )
    bias = detector.response.tracks.momentum_bias
    assert agree(measured.position - whole.position, bias, measured.position_error, whole.position_error)
    k = np.sqrt(measured.width**2 - angles.width**2) / momenta.width
    assert agree(k, 1.0, measured.width_error * measured.width / momenta.width**2, momenta.width_error / momenta.width)
    assert measured.width_error < 0.02 * measured.width


@both
def test_jpsi_pairs_give_the_track_efficiency(experiment: str) -> None:
    """Tag and probe: of n2 events with both tracks and n1 with one, 2 n2/(2 n2 + n1) of the tracks are found."""
    detector, found = jpsi_pairs(experiment)
    tracks = ak.to_numpy(ak.num(found.tracks[well_inside(true_muons(found))]))
    two, one = int(np.sum(tracks == 2)), int(np.sum(tracks == 1))
    efficiency = 2 * two / (2 * two + one)
    numbers = detector.response.tracks
    # Above 0.5 GeV the soft loss is at most 0.35 exp(-6) = 0.07 %.
    error = float(np.sqrt(efficiency * (1 - efficiency) / (two + one)))
    assert agree(efficiency, numbers.plateau, error, 0.0002)
    assert error < 0.002
