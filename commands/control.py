"""`darkbelle control`: photon response, efficiencies, peaks and luminosity from a run's control channel."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from ..processors.control_results import ControlResults, Efficiency, Estimate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="folder of a run with the channel control")
    parser.add_argument(
        "--simulation", metavar="RUN", help="another run, whose simulation tells what luminosity rests on"
    )
    parser.add_argument("--luminosity", type=float, metavar="FB", help="fb^-1 to scale to where nothing tells")
    parser.add_argument("--output", metavar="DIR", help="folder for control.json and pictures")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Measure, print the tables and draw."""
    from ..datasets.storage import make_folder
    from ..processors.run import Run
    from ._control_run import measure_control

    other = None if options.simulation is None else Run.read(options.simulation)
    results = measure_control(Run.read(options.run), other, options.luminosity)
    if options.json:
        sys.stdout.write(results.model_dump_json() + "\n")
    else:
        _show(results)
    if options.output is not None:
        import matplotlib as mpl

        mpl.use("Agg")
        from ._control_figures import draw

        folder = make_folder(Path(options.output))
        results.write(folder / "control.json")
        for path in draw(results, folder):
            sys.stderr.write(f"written to {path}\n")
    return 0


def _show(results: "ControlResults") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout, highlight=False)
    known = "unknown luminosity" if results.luminosity is None else f"{results.luminosity:g} fb⁻¹"
    console.print(f"{results.source}, {known}; errors are 68 %")
    table = Table("photon energy", "GeV", "photons", "bias %", "resolution %", "tail %", "p", title="Photon energy")
    for each in results.photon_energy:
        found = each.response
        told = (
            [each.why, "", "", ""]
            if found is None
            else [
                *(_told(number, 100.0, 2) for number in (found.bias, found.resolution)),
                _told(found.tail, 100.0, 0),
                "" if found.probability is None else f"{found.probability:.2g}",
            ]
        )
        table.add_row(each.part, f"{each.low:g}-{each.high:g}", f"{each.photons:.0f}", *told)
    console.print(table)
    _efficiencies(console, "Photon efficiency in the barrel %", "GeV", results.photon_efficiency_by_energy)
    _efficiencies(console, "Photon efficiency %", "degrees", results.photon_efficiency_by_angle)
    for gap in results.dead_widths:
        width = "no photon" if gap.width is None else f"{_told(gap.width, 1.0, 2)} degrees"
        console.print(f"dead width at {gap.low:g}-{gap.high:g} degrees: {width}")
    console.print(f"muon system's veto of photons lost in gaps: {_told(results.muon_system_veto.efficiency)} %")
    _efficiencies(console, "lml1 %", "E* GeV", results.single_photon_line)
    _efficiencies(console, "ffo %", "opening in azimuth, degrees", results.two_track_line)
    for name, peak in (("pi0", results.pion), ("J/psi", results.psi)):
        if peak is not None:
            mass, width = _told(peak.mass, 1e3, 2), _told(peak.width, 1e3, 2)
            console.print(f"{name}: mass {mass} MeV, width {width} MeV, {peak.events.value:.0f} events")
    for note in results.notes:
        console.print(note)
    for pair in results.luminosities:
        found_by = pair.why if pair.luminosity is None else f"{_told(pair.luminosity, 1.0, 4)} fb⁻¹"
        console.print(f"luminosity by {pair.process.replace('_', ' ')}: {found_by}")


def _efficiencies(console: "Console", title: str, unit: str, found: Iterable["Efficiency"]) -> None:
    from rich.table import Table

    table = Table(unit, "trials", "efficiency", title=title)
    for each in found:
        if each.efficiency is not None:
            table.add_row(f"{each.low:g}-{each.high:g}", f"{each.trials:.0f}", _told(each.efficiency))
    console.print(table)


def _told(number: "Estimate | None", unit: float = 100.0, digits: int = 2) -> str:
    if number is None:
        return "not measured"
    value, down, up = (unit * each for each in (number.value, number.down, number.up))
    if round(down, digits) == round(up, digits):
        return f"{value:.{digits}f} ± {up:.{digits}f}"
    return f"{value:.{digits}f} +{up:.{digits}f} -{down:.{digits}f}"
