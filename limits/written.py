"""What a folder of limits holds: JSON, workspaces, plots, further planes, and projections side by side."""

from collections.abc import Sequence
from pathlib import Path

from ..datasets.storage import make_folder
from ..processors.registry import channel_names, make_channels
from .overlays import Published
from .plane_plots import draw_against_luminosity, draw_projection, write_planes
from .plotting import new_figure, save, write_plots
from .scan_result import Scan


def write_scan(scan: Scan, folder: Path, overlays: Sequence[Published] = ()) -> None:
    """Write a scan, its plots, and the planes that its channel's recipe names."""
    scan.write(folder)
    write_plots(scan, folder, overlays)
    recipe = make_channels([scan.channel])[0].limit if scan.channel in channel_names() else None
    drawable = any(each.status == "ok" and each.expected and each.mass for each in scan.hypotheses)
    if recipe is not None and drawable:
        write_planes(scan, recipe.interpretations, folder)


def write_projection(projections: Sequence[Sequence[Scan]], folder: Path, mass: float | None = None) -> None:
    """Write a channel's scans at several luminosities, and one figure of them all.

    Parameters
    ----------
    projections
        By luminosity, the scans of all channels.
    folder
        Each luminosity gets a folder in it, the first one's limits also lie in the folder itself.
    mass
        GeV at which the limit is drawn against the luminosity; the middle of the scan by default.
    """
    for scans in projections:
        for scan in scans:
            scan.write(make_folder(folder / f"{scan.luminosity:g}fb"))
    for same in zip(*projections, strict=True):
        ordered = sorted(same, key=lambda each: each.luminosity or 0.0)
        masses = [each.mass for each in ordered[0].hypotheses if each.status == "ok" and each.mass is not None]
        if not masses:
            continue
        figure = new_figure()
        draw_projection(ordered, figure.axes[0])
        save(figure, folder / f"{ordered[0].channel}_projection.png")
        figure = new_figure()
        draw_against_luminosity(ordered, masses[len(masses) // 2] if mass is None else mass, figure.axes[0])
        save(figure, folder / f"{ordered[0].channel}_luminosity.png")
