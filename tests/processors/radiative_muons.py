"""Simulated muon pairs whose recoil looks like one photon, and the response to such photons in closed form."""

from dataclasses import dataclass
from pathlib import Path

import hist
import numpy as np
import yaml
from darkbelle.datasets.simulation.generated import GeneratedEvents
from darkbelle.datasets.simulation.processes import make_process
from darkbelle.datasets.simulation.response.detector import Detector, detect, make_detector
from darkbelle.datasets.simulation.response.geometry import calorimeter_region
from darkbelle.datasets.simulation.response.photons import energy_resolution, photon_efficiency
from darkbelle.datasets.simulation.writing import native_file
from darkbelle.processors.control_measuring import measure
from darkbelle.processors.control_results import ControlResults
from darkbelle.processors.registry import make_channels
from handmade_events import open_native
from numpy.typing import NDArray

Array = NDArray[np.float64]
BATCH = 150_000
(CONTROL,) = make_channels(["control"])


@dataclass(frozen=True)
class Closure:
    """What was measured, and the truth behind it."""

    results: ControlResults
    detector: Detector
    energies: Array
    angles: Array

    def resolution(self, low: float, high: float, barrel: bool) -> float:
        """Give the root mean square resolution of the generated photons of a range (GeV) of a part."""
        region = calorimeter_region(np.radians(self.angles), self.detector.acceptance)
        here = (self.energies > low) & (self.energies < high) & (region <= 3) & (region > 0) & ((region == 2) == barrel)
        widths = energy_resolution(self.energies[here], region[here], self.detector.response.photons)
        return float(np.sqrt(np.mean(np.square(widths))))

    def efficiency(self, energies: tuple[float, float], angles: tuple[float, float]) -> float:
        """Give the mean efficiency of the generated photons of a range of energies (GeV) and angles (degrees)."""
        here = (self.energies > energies[0]) & (self.energies < energies[1])
        here &= (self.angles > angles[0]) & (self.angles < angles[1])
        return float(np.mean(self._efficiency(self.energies[here], self.angles[here])))

    def dead_width(self, low: float, high: float) -> float:
        """Integrate what a gap and the edges beside it lose (degrees), for hard photons."""
        angles = np.linspace(low, high, 20_001)
        return (high - low) * float(1.0 - np.mean(self._efficiency(np.full(len(angles), 2.0), angles)))

    def _efficiency(self, energies: Array, angles: Array) -> Array:
        theta = np.radians(angles)
        region = calorimeter_region(theta, self.detector.acceptance)
        return photon_efficiency(energies, theta, region, self.detector.acceptance, self.detector.response.photons)


def closure(folder: Path, events: int, seed: int, changes: dict[str, dict[str, float]] | None = None) -> Closure:
    """Simulate muon pairs with a response that differs by `changes`, and measure the control channel's histograms.

    Of `events` generated ones those pass the detector whose muons recoil against something near a photon.
    """
    overrides = folder / "response.yaml"
    overrides.write_text(yaml.safe_dump(changes or {}))
    detector = make_detector("belle2", overrides=overrides if changes else None)
    random = np.random.default_rng(seed)
    process = make_process("muon_pair")
    integral = process.integrate(detector.beams.sqrt_s, random)
    photons = []
    with native_file(folder / "muons.root") as writer:
        for _ in range(0, events, BATCH):
            made = process.generate(detector.beams.sqrt_s, BATCH, integral, random)
            made = made.select(_near_photon(made, detector))
            photons.append(_hardest(made, detector))
            writer.extend(detect(made, detector, random))
        writer.finish({"generated": float(events)}, {})
    energies, angles = np.concatenate(photons, axis=1)
    filled = CONTROL.process(open_native(folder / "muons.root"))
    return Closure(measure(spectra(filled), {}, "simulation", None), detector, energies, angles)


def spectra(filled: dict[str, hist.Hist]) -> dict[str, hist.Hist]:
    """Take the observables of the sample "s" from the channel's histograms."""
    return {
        name: filled[name][{"process": "s", "region": CONTROL.regions_of(name)[0], "variation": "nominal"}]
        for name in CONTROL.observables
        if name != "pair_cosine"
    }


def _near_photon(made: GeneratedEvents, detector: Detector) -> NDArray[np.int64]:
    muons = made.momenta[:, :2] @ detector.beams.to_laboratory.T
    recoil = np.asarray(detector.beams.total) - muons.sum(axis=1)
    squared = recoil[:, 0] ** 2 - np.square(recoil[:, 1:]).sum(axis=1)
    along = (muons[..., 1:] * recoil[:, np.newaxis, 1:]).sum(axis=-1)
    lengths = np.linalg.norm(muons[..., 1:], axis=-1) * np.linalg.norm(recoil[:, 1:], axis=-1)[:, np.newaxis]
    clear = (along < np.cos(np.radians(25.0)) * lengths).all(axis=1)
    theta = np.degrees(np.arctan2(np.hypot(recoil[:, 1], recoil[:, 2]), recoil[:, 3]))
    inside = (theta > 8.0) & (theta < 165.0)
    return np.flatnonzero((recoil[:, 0] > 0.4) & (np.abs(squared) < 0.6 * recoil[:, 0]) & clear & inside)


def _hardest(made: GeneratedEvents, detector: Detector) -> Array:
    photons = made.momenta[:, 2:] @ detector.beams.to_laboratory.T
    best = photons[np.arange(len(photons)), np.argmax(photons[..., 0], axis=1)]
    return np.stack([best[:, 0], np.degrees(np.arctan2(np.hypot(best[:, 1], best[:, 2]), best[:, 3]))])
