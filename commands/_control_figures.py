"""Pictures of what the control channel measured."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import mplhep
from matplotlib.axes import Axes

from ..processors.control_results import ControlResults, Efficiency, Estimate, PhotonEnergy


def draw(results: ControlResults, folder: Path) -> list[Path]:
    """Draw photon energy, photon efficiency and trigger lines; give the pictures' paths."""
    with plt.style.context(mplhep.style.ATLAS):
        return [_energy(results, folder), _efficiency(results, folder), _lines(results, folder)]


def _energy(results: ControlResults, folder: Path) -> Path:
    _, (above, below) = plt.subplots(2, 1, figsize=(7, 6), sharex=True)
    for part in ("barrel", "endcaps"):
        here = [each for each in results.photon_energy if each.part == part and each.response is not None]
        _points(above, here, [each.response.bias for each in here if each.response], part)
        _points(below, here, [each.response.resolution for each in here if each.response], part)
    above.axhline(0.0, color="grey", linewidth=0.8)
    above.set_ylabel("bias [%]")
    below.set_ylabel(r"$\sigma_E / E$ [%]")
    below.set_xlabel("photon energy [GeV]")
    below.set_ylim(bottom=0.0)
    above.legend(fontsize=9)
    return _saved(results, above, folder / "control_photon_energy.png")


def _efficiency(results: ControlResults, folder: Path) -> Path:
    _, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), sharey=True)
    for axes, found, label in (
        (left, results.photon_efficiency_by_energy, "photon energy [GeV], barrel"),
        (right, results.photon_efficiency_by_angle, "polar angle [deg]"),
    ):
        _rates(axes, found, "")
        axes.set_xlabel(label)
    left.set_ylabel("photon efficiency [%]")
    return _saved(results, left, folder / "control_photon_efficiency.png")


def _lines(results: ControlResults, folder: Path) -> Path:
    _, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), sharey=True)
    for axes, found, label, line in (
        (left, results.single_photon_line, "$E^*$ [GeV]", "lml1"),
        (right, results.two_track_line, "opening in azimuth [deg]", "ffo"),
    ):
        _rates(axes, found, line)
        axes.set_xlabel(label)
        axes.legend(fontsize=9)
    left.set_ylabel("trigger efficiency [%]")
    return _saved(results, left, folder / "control_trigger.png")


def _rates(axes: Axes, found: Sequence[Efficiency], label: str) -> None:
    seen = [each for each in found if each.efficiency is not None]
    _points(axes, seen, [each.efficiency for each in seen if each.efficiency is not None], label)
    axes.set_ylim(0.0, 105.0)


def _points(axes: Axes, ranges: Sequence[Efficiency | PhotonEnergy], numbers: Sequence[Estimate], label: str) -> None:
    """Draw numbers in per cent at the middle of their ranges."""
    axes.errorbar(
        [0.5 * (each.low + each.high) for each in ranges],
        [100.0 * each.value for each in numbers],
        xerr=[0.5 * (each.high - each.low) for each in ranges],
        yerr=[[100.0 * each.down for each in numbers], [100.0 * each.up for each in numbers]],
        fmt="o",
        markersize=3,
        label=label or None,
    )


def _saved(results: ControlResults, axes: Axes, path: Path) -> Path:
    known = "" if results.luminosity is None else f", {results.luminosity:g} fb$^{{-1}}$"
    source = "simulation (darkbelle)" if results.source == "simulation" else "data"
    axes.set_title(f"control: {source}{known}", fontsize=10, loc="left")
    figure = axes.get_figure()
    assert figure is not None  # noqa: S101  # it was made with the axes
    figure.savefig(path, dpi=90)  # type: ignore[union-attr]
    plt.close("all")
    return path
