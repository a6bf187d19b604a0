"""`darkbelle optimise`: choose thresholds of a channel's cuts for each mass by the Punzi figure of merit."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..datasets.catalog import Catalog
    from ..processors.channel import Channel
    from ..processors.punzi import Optimum

NB_TO_FB = 1e6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("catalog", metavar="CATALOG", help="the catalog's YAML file: signals and backgrounds")
    parser.add_argument("--channel", required=True, help="a channel, or a .py file")
    parser.add_argument("--cuts", required=True, metavar="A,B", help="cuts to optimise together (at most three)")
    parser.add_argument("--region", help="the channel's first where absent")
    parser.add_argument("--luminosity", type=float, metavar="FB", help="fb^-1; the catalog's where absent")
    parser.add_argument(
        "--significance", type=float, default=1.28, metavar="A", help="standard deviations asked for (default: 1.28)"
    )
    parser.add_argument("--site", default="threads", help="threads, processes or a YAML file (default: threads)")
    parser.add_argument("--workers", type=int, metavar="N", help="how many; one a core where absent")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Optimise; one line for each hypothesis."""
    from ..datasets.catalog import Catalog
    from ..datasets.errors import UsageError
    from ..processors.punzi import chosen_variables
    from ..processors.registry import make_channels

    catalog = Catalog.read(options.catalog)
    (channel,) = make_channels([options.channel])
    region = options.region or channel.regions[0]
    if channel.limit is None or region not in channel.regions:
        raise UsageError(f"{channel.name}: choose one of {', '.join(channel.regions)} of a channel with a limit.")
    cuts = chosen_variables(channel.n_minus_one, options.cuts.split(","), channel.name)
    if not 1 <= len(cuts) <= 3:
        raise UsageError("--cuts: one to three at a time; every combination of thresholds is tried.")
    luminosity = options.luminosity or catalog.luminosity
    if luminosity is None:
        raise UsageError("--luminosity is needed: the catalog names none.")
    found = _optima(catalog, channel, region, cuts, luminosity, options)
    if options.json:
        sys.stdout.write(json.dumps(_document(channel.name, region, luminosity, options.significance, found)) + "\n")
    else:
        sys.stdout.write(_table(channel.name, region, luminosity, options.significance, found))
    return 0


def _optima(
    catalog: "Catalog", channel: "Channel", region: str, cuts: Any, luminosity: float, options: argparse.Namespace
) -> "list[Optimum]":
    from ..executors.gathering import SAMPLE, gather
    from ..processors.punzi import OBSERVABLE, WEIGHT, optimise

    rows, generated = gather(catalog, channel, region, tuple(cuts), options.site, options.workers)
    recipe = channel.limit
    assert recipe is not None  # noqa: S101  # for mypy; refused above
    ranges = [each for each in recipe.regions if each.region == region]
    name = recipe.histogram_of(ranges[0]) if ranges else recipe.histogram
    rows[OBSERVABLE] = rows[channel.axes(name)[0].name]
    scale = {}
    for sample, number in generated.items():
        about = catalog.samples[sample]
        expected = 1.0 if about.kind == "signal" else luminosity * (about.cross_section or 0.0) * NB_TO_FB
        scale[sample] = expected / number
    rows[WEIGHT] = rows[WEIGHT] * rows[SAMPLE].map(scale)
    kinds = rows[SAMPLE].map({sample: catalog.samples[sample].kind for sample in generated})
    masses = {s: h.mass for s in generated if (h := catalog.samples[s].hypothesis) is not None}
    width = min(recipe.window.half_width, 2.0)
    return [
        optimise(mass, rows[rows[SAMPLE] == sample], rows[kinds == "background"], cuts, width, options.significance)
        for sample, mass in sorted(masses.items(), key=lambda each: each[1])
        if (rows[SAMPLE] == sample).any()
    ]


def _document(channel: str, region: str, luminosity: float, a: float, found: "list[Optimum]") -> dict[str, Any]:
    return {
        "channel": channel,
        "region": region,
        "luminosity": luminosity,
        "significance": a,
        "optima": [{**vars(each), "thresholds": dict(each.thresholds), "factor": each.factor} for each in found],
    }


def _table(channel: str, region: str, luminosity: float, a: float, found: "list[Optimum]") -> str:
    lines = [
        f"{channel}, {region}: eps / (a/2 + sqrt(B)), a = {a:g}, {luminosity:g} fb^-1;",
        "chosen on events of even number, quoted on those of odd number",
    ]
    for each in found:
        told = ", ".join(f"{name} {value:.3g}" for name, value in each.thresholds.items())
        lines.append(
            f"{each.mass:8.3f} GeV  {told}  efficiency {each.efficiency:.4f}  background {each.background:.3g}"
            f"  merit {each.quoted:.4g} (without {each.without:.4g}: x {each.factor:.2f})"
        )
    return "\n".join(lines) + "\n"
