"""`darkbelle inject`: put signals into a run's expected spectra, and see that limits find, invent and cover."""

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

THREE_SIGMA = 0.0027  # probability of what is further off

if TYPE_CHECKING:
    from ..limits.closure import Bias, Closure
    from ..limits.injection import Injection


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="folder of the run")
    parser.add_argument("--channels", metavar="A,B", help="channels, separated by commas; all of the run where absent")
    parser.add_argument("--luminosity", type=float, metavar="FB", help="fb^-1 to scale to")
    parser.add_argument(
        "--published",
        action="store_true",
        help="at the luminosity of each search's published limit, where there is one",
    )
    parser.add_argument("--sigmas", type=float, default=5.0, help="strength of injected signals (default: 5)")
    parser.add_argument("--injections", type=int, default=2, metavar="N", help="hypotheses a channel (default: 2)")
    parser.add_argument("--toys", type=int, default=200, metavar="N", help="pseudo-experiments of a hypothesis")
    parser.add_argument("--hypotheses", type=int, default=0, metavar="N", help="that toys are drawn of (default: all)")
    parser.add_argument("--level", type=float, default=0.90, help="of the limits that have to cover (default: 0.90)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", metavar="DIR", help="folder for all that was found, CHANNEL.json")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Examine the channels; 1 if a signal is not found, a fit is biased or a limit does not cover."""
    from pathlib import Path

    from ..datasets.errors import UsageError
    from ..datasets.storage import make_folder, write_text
    from ..limits.inputs import has_signal
    from ..processors.registry import channel_name, make_channels
    from ..processors.run import Run

    if options.toys < 2 or options.injections < 0 or options.hypotheses < 0 or not options.sigmas > 0:
        raise UsageError("--toys takes 2 or more, --injections and --hypotheses 0 or more, --sigmas a positive number.")
    run = Run.read(options.run)
    names = [channel_name(each) for each in options.channels.split(",")] if options.channels else list(run.histograms)
    missing = [name for name in names if name not in run.histograms]
    if missing:
        raise UsageError(f"{options.run}: no channel {', '.join(missing)}; it has {', '.join(run.histograms)}.")
    names = [each for each in names if make_channels([each])[0].limit is not None and has_signal([run], each)]
    if not names:
        raise UsageError("none of the channels has a limit and signal samples.")
    found = []
    for name in names:
        found.append(_closure(run, name, options))
        if options.folder:
            told = json.dumps({name: asdict(found[-1])}, indent=1)
            write_text(make_folder(Path(options.folder)) / f"{name}.json", told)
    content = {each.channel: asdict(each) for each in found}
    sys.stdout.write(json.dumps(content) + "\n" if options.json else table(found))
    return int(any(_wrong(each) for each in found))


def _closure(run: object, channel: str, options: argparse.Namespace) -> "Closure":
    from ..limits.closure import Closure, biases, injections
    from ..limits.injection import Ground
    from ..limits.inputs import read_inputs
    from ..limits.tables import published
    from ..processors.run import Run
    from .limits import progress

    assert isinstance(run, Run)  # noqa: S101  # for the type checker: imports are late
    known = published(channel) if options.published else None
    inputs = read_inputs(run, channel, options.luminosity if known is None else known.luminosity)
    ground = Ground(inputs)
    tell = progress(f"{channel}, pseudo-experiments")
    return Closure(
        channel,
        inputs.luminosity.total,
        options.level,
        tuple(injections(ground, options.injections, options.sigmas, options.seed)),
        tuple(biases(ground, options.hypotheses, options.toys, options.level, 3.0, options.seed, tell)),
        ground.failed,
    )


def _wrong(closure: "Closure") -> bool:
    from ..limits.closure import combined

    lost = any(abs(each.pull) > 3 or not each.located for each in closure.injections)
    enough = combined([each for each in closure.biases if each.enough])
    off = enough is not None and (
        abs(enough.mean) > 3 * enough.mean_error
        or abs(enough.width - 1) > 3 * enough.width_error
        or min(enough.means, enough.widths) < THREE_SIGMA
    )
    return (
        lost or off or any(_chance(each, closure.level) < THREE_SIGMA / len(closure.biases) for each in closure.biases)
    )


def _chance(bias: "Bias", level: float) -> float:
    """Give the probability that no more limits than these cover if they cover as they say."""
    from scipy.stats import binom

    return float(binom.cdf(round(bias.some.covered * bias.some.fitted), bias.some.fitted, level))


def table(found: "list[Closure]") -> str:
    """Give the two tables as text."""
    lines = ["injected signals (cross sections in nb, or branching fractions)"]
    lines.append(
        f"{'channel':22s} {'hypothesis':34s} {'data':7s} {'injected':>9s} {'found':>9s} {'pull':>6s} {'Z':>5s}  best"
    )
    lines += [_row(each) for closure in found for each in closure.injections]
    lines += ["", "pseudo-experiments without signal, and coverage with one of 3 expected standard deviations"]
    lines += ["(5 events at least)"]
    for closure in found:
        lines += _biases(closure)
    return "\n".join(lines) + "\n"


def _row(each: "Injection") -> str:
    point = " ".join(f"{name} {value:g}" for name, value in each.point.items())
    data = "Asimov" if each.seed is None else f"seed {each.seed}"
    numbers = f"{each.injected:9.3g} {each.found:9.3g} {each.pull:6.2f} {each.significance:5.1f}"
    return f"{each.channel:22s} {point:34s} {data:7s} {numbers}  {each.place}"


def _biases(closure: "Closure") -> list[str]:
    from ..limits.closure import combined

    lines = [f"{closure.channel}, {closure.luminosity:g} fb^-1"]
    enough = [each for each in closure.biases if each.enough]
    if (total := combined(enough)) is not None:
        lines.append(
            f"  pulls of {len(enough)} hypotheses with >= 25 background events, Gaussian or counts: mean "
            f"{total.mean:+.3f} +- {total.mean_error:.3f}, width {total.width:.3f} +- {total.width_error:.3f}; "
            f"probability of such scatter of means {total.means:.2g}, of widths {total.widths:.2g}"
        )
    for method in ("cls", "counting", "toys"):
        group = [each for each in closure.biases if each.method == method]
        if (total := combined(group)) is not None:
            lines.append(
                f"  coverage of {len(group)} hypotheses' limits ({method}): {total.covered:.3f} on average, "
                f"{total.least:.3f} at least ({total.least_name})"
            )
    if closure.failed:
        lines.append(f"  without a model: {len(closure.failed)}")
    return lines
