"""A page on each channel of some runs: selection, cutflow, composition, efficiency, pictures, and its limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path

from ..datasets.experiment import load_experiment
from ..datasets.storage import make_folder, write_text
from ..limits.normalisation import Luminosity, luminosity, served
from ..processors.channel import Channel
from ..processors.overview import markdown as overview
from ..processors.registry import make_channels
from ..processors.run import Run
from . import _channel_pictures as pictures
from . import _channel_tables as tables
from ._limit_pages import Limits, limits_of

INTRODUCTION = "introduction"


@dataclass(frozen=True)
class Options:
    """What a page is made of besides runs.

    Attributes
    ----------
    folder, pictures
        Where `channels.md` goes, and the folder in it for pictures ("" for the same).
    luminosity
        fb^-1 where no data tell it.
    texts
        Folder of texts, `introduction.md` and `<channel>.md`, that are put in front of what is generated.
    limits
        By channel.
    """

    folder: Path
    pictures: str = ""
    luminosity: float | None = None
    texts: Path | None = None
    limits: Mapping[str, Limits] | None = None


def write_pages(runs: Sequence[Run], options: Options) -> Path:
    """Write `channels.md` and its pictures; a channel is shown from the first run that has signals of it, or any."""
    parts = [_text(options, INTRODUCTION) or "# The search channels in this run\n"]
    if options.texts is not None:
        parts.append(overview())
    names = dict.fromkeys(name for run in runs for name in run.histograms)
    for channel in make_channels(list(names)):
        parts += _section(run_of(runs, channel.name), channel, options)
    page = options.folder / "channels.md"
    write_text(page, "\n".join(part.rstrip("\n") + "\n" for part in parts if part))
    return page


def run_of(runs: Sequence[Run], channel: str) -> Run:
    """Choose the run with most signal samples of a channel; of equals the last one."""
    having = [run for run in runs if channel in run.histograms]
    return max(reversed(having), key=lambda run: sum(info.kind == "signal" for info in served(run, channel).values()))


def _section(run: Run, channel: Channel, options: Options) -> list[str]:
    parts = [_about(channel), _text(options, channel.name)]
    try:
        lumi = luminosity(run, channel.name, options.luminosity)
    except Exception as error:  # noqa: BLE001  # a page without tables and pictures is better than none
        return [*parts, f"No tables, no pictures: {error}\n"]
    found = tables.measured(run, channel)
    parts += [tables.cutflow(run, channel, lumi), tables.composition(run, channel, lumi), tables.efficiencies(found)]
    parts += [f"![{channel.name}: {title}]({path})\n" for title, path in _draw(run, channel, lumi, found, options)]
    limits = (options.limits or {}).get(channel.name)
    if limits is not None:
        parts += [limits.comparison(), limits.differences(), limits.closure()]
    return parts


def _text(options: Options, name: str) -> str:
    path = None if options.texts is None else options.texts / f"{name}.md"
    return path.read_text(encoding="utf-8") if path is not None and path.is_file() else ""


def _about(channel: Channel) -> str:
    first = cleandoc(type(channel).__doc__ or "").splitlines()[0]
    lines = [f"## {channel.name}", "", first, ""]
    told = [f"{region}: {', '.join(fired)}" for region, fired in channel.triggers.items()]
    lines += [f"Trigger: {'; '.join(dict.fromkeys(told))}.", ""]
    lines += [f"Shifts of objects: {', '.join(channel.variations[1:]) or 'none'}.", ""]
    lines += [f"Weight variations: {', '.join(channel.weight_variations) or 'none'}.", ""]
    notes = next((text for each in type(channel).__mro__ if "Notes" in (text := each.__doc__ or "")), "")
    return "\n".join([*lines, "```", cleandoc(notes), "```", ""])


def _draw(
    run: Run, channel: Channel, lumi: Luminosity, found: Sequence[tables.Measured], options: Options
) -> list[tuple[str, str]]:
    folder = make_folder(options.folder / options.pictures)
    experiments = dict.fromkeys(info.experiment for info in served(run, channel.name).values() if info.experiment)
    head = pictures.label(lumi, " + ".join(load_experiment(each).label for each in experiments))
    wanted = {
        "observables": pictures.spectra(run, channel, lumi),
        "n_minus_1": pictures.n_minus_one(run, channel, lumi),
        "efficiency": pictures.against_mass(found) if found else [],
    }
    drawn = []
    for name, panels in wanted.items():
        if panels:
            path = pictures.panels(folder / f"{channel.name}_{name}.png", f"{channel.name}: {head}", panels)
            drawn.append((name.replace("_", " "), path.relative_to(options.folder).as_posix()))
    limits = (options.limits or {}).get(channel.name)
    if limits is not None and limits.drawable:
        path = limits.draw(folder / f"{channel.name}_limits.png")
        drawn.append(("expected limits", path.relative_to(options.folder).as_posix()))
    return drawn


__all__ = ["Options", "limits_of", "run_of", "write_pages"]
