"""From the control channel's histograms to numbers: pure, whoever filled and scaled them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import hist
import numpy as np
from hist.intervals import clopper_pearson_interval

from .control_fits import equivalent, fit_pion, fit_psi, fit_responses
from .control_results import (
    ControlResults,
    DeadWidth,
    Efficiency,
    Estimate,
    LuminosityEstimate,
    Part,
    Peak,
    PhotonEnergy,
)
from .objects import Array, Index

BARREL = (35.0, 124.0)  # degrees, away from the gaps by more than the prediction's error
GAPS = ((28.0, 35.0), (124.0, 136.0))
VETO_ENERGY = 1.0  # GeV; softer photons leave nothing in the muon system
CONTAMINATION = (0.4, 0.3)  # lost recoils of several photons, below over in the sideband: 22 to 55 of 3 fb^-1 of mu mu

Pair = Literal["bhabha", "gamma_gamma"]
PAIRS: tuple[Pair, ...] = get_args(Pair)


@dataclass(frozen=True)
class PairCount:
    """Events that tell a luminosity.

    Attributes
    ----------
    events, variance
        Counted.
    visible
        Expected events of 1 fb^-1, from simulation of other events; None where there is none.
    """

    events: float
    variance: float
    visible: Estimate | None


def measure(
    spectra: Mapping[str, hist.Hist],
    pairs: Mapping[Pair, PairCount],
    source: Literal["data", "simulation"],
    luminosity: float | None,
) -> ControlResults:
    """Measure all that the control channel can tell.

    Parameters
    ----------
    spectra
        By name in `Control.observables` (without "pair_cosine"): its observable axes only, weights included.
    pairs
        Bhabha and two-photon events.
    source, luminosity
        What the histograms are of.
    """
    found = spectra["photon_found"]
    angles = found.axes["predicted_theta"].edges
    pion = fit_pion(*_columns(spectra["pion_mass"]))
    psi = fit_psi(*_columns(spectra["psi_mass"]))
    notes = [f"{name}: {told}" for name, told in (("pi0", pion), ("J/psi", psi)) if isinstance(told, str)]
    return ControlResults(
        source=source,
        luminosity=luminosity,
        photon_energy=tuple(_photon_energies(spectra["energy_ratio"])),
        photon_efficiency=tuple(each for theta in pairwise(angles) for each in _by_energy(found, theta, theta)),
        photon_efficiency_by_energy=tuple(_by_energy(found, BARREL, None)),
        photon_efficiency_by_angle=tuple(_by_angle(found)),
        dead_widths=tuple(_dead_width(found, gap) for gap in GAPS),
        muon_system_veto=_veto(found),
        pion=pion if isinstance(pion, Peak) else None,
        psi=psi if isinstance(psi, Peak) else None,
        single_photon_line=tuple(_line(spectra["single_photon_line"])),
        two_track_line=tuple(_line(spectra["two_track_line"])),
        luminosities=tuple(_luminosity(process, pairs[process]) for process in PAIRS if process in pairs),
        notes=tuple(notes),
    )


def _columns(histogram: hist.Hist) -> tuple[Array, Array, Array]:
    return histogram.values(), _variances(histogram), np.asarray(histogram.axes[0].edges)


def _variances(histogram: hist.Hist) -> Array:
    found = histogram.variances()
    assert found is not None  # noqa: S101  # weighted storage
    return np.asarray(found)


def _photon_energies(histogram: hist.Hist) -> Iterable[PhotonEnergy]:
    values, variances = histogram.values(), _variances(histogram)
    energies, errors = histogram.axes["fitted_energy"].edges, histogram.axes["fitted_error"].centers
    parts: tuple[tuple[int, Part], ...] = ((1, "barrel"), (0, "endcaps"))
    for inside, part in parts:
        told = fit_responses(values[inside], variances[inside], histogram.axes["energy_ratio"].edges, errors)
        for place, found in enumerate(told):
            yield PhotonEnergy(
                part=part,
                low=energies[place],
                high=energies[place + 1],
                photons=equivalent(values[inside, place], variances[inside, place]),
                response=None if isinstance(found, str) else found,
                why=found if isinstance(found, str) else "",
            )


@dataclass(frozen=True)
class _Photons:
    """Predicted photons in some ranges: counts and variances, (2, 2) by sideband and found."""

    counts: Array
    squares: Array

    @classmethod
    def of(cls, histogram: hist.Hist, energies: Index, angles: Index) -> "_Photons":
        place = np.ix_(energies, angles)
        return cls(
            histogram.values()[place].sum(axis=(0, 1, 4)),
            _variances(histogram)[place].sum(axis=(0, 1, 4)),
        )

    def efficiency(self) -> tuple[float, Estimate | None]:
        """Give equivalent trials and efficiency.

        Of the photons that seem lost those are subtracted that a recoil of several photons predicted. With c of them
        for one in the sideband, and as many good ones in the sideband for one outside (t) as among the photons found:
        lost = (L - c L') / (1 - c t).
        """
        (lost, found), (lost_beside, found_beside) = self.counts
        if found + lost <= 0.0:
            return 0.0, None
        share, error = CONTAMINATION
        tail = found_beside / found if found > 0.0 else 0.0
        left = min(max((lost - share * lost_beside) / max(1.0 - share * tail, 0.5), 0.0), lost)
        trials = equivalent(self.counts[0], self.squares[0])
        plain = binomial(found / (found + left), trials)
        moved = np.hypot(error * lost_beside, share * np.sqrt(self.squares[1, 0])) / (found + lost)
        down, up = np.hypot(plain.down, moved), min(np.hypot(plain.up, moved), 1.0 - plain.value)
        return trials, Estimate(value=plain.value, down=down, up=up)


def binomial(share: float, trials: float) -> Estimate:
    """Give an efficiency with its Clopper-Pearson errors (68 %), for an equivalent number of trials."""
    low, high = clopper_pearson_interval(np.array([min(share, 1.0) * trials]), np.array([trials]))[:, 0]
    return Estimate(value=share, down=share - low, up=high - share)


def _inside(edges: Array, low: float, high: float) -> Index:
    return np.flatnonzero((edges[:-1] >= low) & (edges[1:] <= high))


def _by_energy(
    histogram: hist.Hist, theta: tuple[float, float], told: tuple[float, float] | None
) -> Iterable[Efficiency]:
    energies, angles = (histogram.axes[name].edges for name in ("predicted_energy", "predicted_theta"))
    for place in range(len(energies) - 1):
        trials, efficiency = _Photons.of(histogram, np.array([place]), _inside(angles, *theta)).efficiency()
        yield Efficiency(
            low=energies[place], high=energies[place + 1], theta=told, trials=trials, efficiency=efficiency
        )


def _by_angle(histogram: hist.Hist) -> Iterable[Efficiency]:
    energies, angles = (histogram.axes[name].edges for name in ("predicted_energy", "predicted_theta"))
    for place in range(len(angles) - 1):
        every = np.arange(len(energies) - 1)
        trials, efficiency = _Photons.of(histogram, every, np.array([place])).efficiency()
        yield Efficiency(low=angles[place], high=angles[place + 1], trials=trials, efficiency=efficiency)


def _dead_width(histogram: hist.Hist, gap: tuple[float, float]) -> DeadWidth:
    """Find a gap's dead width, for as many photons in each degree around it."""
    energies, angles = (histogram.axes[name].edges for name in ("predicted_energy", "predicted_theta"))
    _, seen = _Photons.of(histogram, np.arange(len(energies) - 1), _inside(angles, *gap)).efficiency()
    size = gap[1] - gap[0]
    if seen is None:
        return DeadWidth(low=gap[0], high=gap[1], width=None)
    width = Estimate(value=size * (1.0 - seen.value), down=size * seen.up, up=size * seen.down)
    return DeadWidth(low=gap[0], high=gap[1], width=width)


def _veto(histogram: hist.Hist) -> Efficiency:
    energies, angles = (histogram.axes[name].edges for name in ("predicted_energy", "predicted_theta"))
    gaps = np.concatenate([_inside(angles, *gap) for gap in GAPS])
    place = np.ix_(_inside(energies, VETO_ENERGY, energies[-1]), gaps)
    counts = histogram.values()[place][:, :, 0, 0].sum(axis=(0, 1))
    squares = _variances(histogram)[place][:, :, 0, 0].sum(axis=(0, 1))
    return _share(VETO_ENERGY, float(energies[-1]), counts, squares)


def _line(histogram: hist.Hist) -> Iterable[Efficiency]:
    edges = histogram.axes[0].edges
    for place, (counts, squares) in enumerate(zip(histogram.values(), _variances(histogram), strict=True)):
        yield _share(edges[place], edges[place + 1], counts, squares)


def _share(low: float, high: float, counts: Array, squares: Array) -> Efficiency:
    """Give the share of the second of two counts."""
    trials, total = equivalent(counts, squares), float(counts.sum())
    efficiency = binomial(float(counts[1]) / total, trials) if trials > 0.0 and total > 0.0 else None
    return Efficiency(low=low, high=high, trials=trials, efficiency=efficiency)


def _luminosity(process: Pair, count: PairCount) -> LuminosityEstimate:
    result = LuminosityEstimate(process=process, events=count.events, visible=count.visible, luminosity=None)
    if count.visible is None or count.visible.value <= 0.0:
        return result.model_copy(update={"why": "no simulation of these events to take the efficiency from"})
    if count.events <= 0.0:
        return result.model_copy(update={"why": "no event"})
    value = count.events / count.visible.value
    relative = np.hypot(np.sqrt(count.variance) / count.events, count.visible.up / count.visible.value)
    return result.model_copy(update={"luminosity": Estimate.symmetric(value, value * relative)})
