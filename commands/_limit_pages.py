"""What the page of the channels says of limits: beside published ones, with one thing changed, and their closure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from ..datasets.errors import ConfigurationError
from ..limits.closure import Bias, Closure, combined
from ..limits.families import family_of, label_of
from ..limits.injection import Injection
from ..limits.inputs import read_inputs
from ..limits.plotting import draw as draw_limits
from ..limits.scan_result import Scan
from ..limits.tables import compare, published
from ..limits.what_if import WhatIf, what_if
from ..processors.channel import Channel
from ..processors.run import Run
from ._channel_pictures import STYLE, save_small

COMPARED = ("mass", "observed", "expected", "published", "ratio", "status")  # columns of `compare` that every scan has
FACTOR = 2.0  # within which expected limits are asked to be


@dataclass(frozen=True)
class Limits:
    """A channel's limits for the page.

    Attributes
    ----------
    scan
        Expected limits; at the published limit's luminosity where there is one.
    changes
        What they would be with one thing changed.
    injected
        What `darkbelle inject` found of the channel.
    beside
        Other scans of it by what sets them apart, such as a trained selection or another detector.
    """

    scan: Scan | None = None
    changes: Sequence[WhatIf] = ()
    injected: Closure | None = None
    beside: Mapping[str, Scan] = field(default_factory=dict)

    @property
    def drawable(self) -> bool:
        """Whether there is a limit to draw."""
        return self.scan is not None and any(each.expected for each in self.scan.hypotheses)

    def draw(self, path: Path) -> Path:
        """Draw the expected limits beside the published ones."""
        assert self.scan is not None  # noqa: S101  # by drawable
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(7, 4.8), layout="constrained")
            draw_limits(self.scan, figure.add_subplot())
            return save_small(figure, path)

    def comparison(self) -> str:
        """Give the expected limits at the published limit's masses beside it."""
        if self.scan is None:
            return ""
        known = published(self.scan.channel)
        lumi = f"{self.scan.luminosity:g} fb⁻¹" if self.scan.luminosity else "its luminosity"
        told = f"Expected limits, {100 * self.scan.level:g} % CL, simulation alone, {lumi}"
        if known is None:
            return f"{told}: see the picture; nothing published is at hand to compare with.\n"
        heads = [
            "m [GeV]",
            "expected",
            "published",
            "ratio",
            *(each for name in self.beside for each in (name, "ratio")),
        ]
        lines = [f"{told}, beside {known.citation}:", "", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
        others = [{_place(row): row for row in _compared(scan)} for scan in self.beside.values()]
        for row in _compared(self.scan):
            cells = [_place(row), f"{row['expected']:.3g}", f"{row['published']:.3g}", f"{row['ratio']:.2f}"]
            for other in (each.get(_place(row)) for each in others):
                cells += ["-", "-"] if other is None else [f"{other['expected']:.3g}", f"{other['ratio']:.2f}"]
            lines.append(f"| {' | '.join(cells)} |")
        return "\n".join([*lines, ""])

    def differences(self) -> str:
        """Give limits with one thing changed: where they are off by more than a factor 2, else at the worst mass."""
        if not self.changes:
            return ""
        off = [each for each in self.changes if not 1 / FACTOR <= each.ratio <= FACTOR]
        worst = max(self.changes, key=lambda each: max(each.ratio, 1 / each.ratio))
        names = list(self.changes[0].changed)
        inside = f"{len(self.changes) - len(off)} of {len(self.changes)} masses are within a factor {FACTOR:g}"
        lines = [f"{inside}. The ratio with one thing changed, {'there' if off else 'at the worst mass'}:", ""]
        lines += [
            f"| m [GeV] | efficiency | background | as it is | {' | '.join(names)} |",
            "|---" * (len(names) + 4) + "|",
        ]
        for each in off or [worst]:
            cells = [f"{each.changed[name] / each.published:.2f}" if name in each.changed else "-" for name in names]
            first = f"| {each.mass:.3g} | {each.efficiency:.3f} | {each.background:.3g} | {each.ratio:.2f} "
            lines.append(f"{first}| {' | '.join(cells)} |")
        return "\n".join([*lines, ""])

    def closure(self) -> str:
        """Give injected signals, and pulls and coverage of pseudo-experiments."""
        if self.injected is None:
            return ""
        lines = [f"Injected signals at {self.injected.luminosity:g} fb⁻¹ (σ in nb, or branching fraction):", ""]
        lines += ["| hypothesis | data | injected | found | pull | Z | most significant |", "|---" * 7 + "|"]
        lines += [_injection(each) for each in self.injected.injections]
        lines += ["", *_pulls(self.injected.biases), ""]
        return "\n".join(lines)


def _compared(scan: Scan) -> list[dict[str, Any]]:
    """Give the rows of a comparison that hold a limit and a published one."""
    rows = compare(scan).dropna(subset=["published"]).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows if row["status"] == "ok"]


def _place(row: Mapping[str, Any]) -> str:
    """Give the mass of a row of a comparison, and what its sample was made for beside."""
    others = {name: value for name, value in row.items() if name not in COMPARED and not isnan(value)}
    return ", ".join(filter(None, [f"{row['mass']:.3g}", label_of(family_of(others))]))


def _injection(each: Injection) -> str:
    point = ", ".join(f"{name} {value:g}" for name, value in each.point.items())
    data = "Asimov" if each.seed is None else "pseudo-experiment"
    numbers = f"{each.injected:.3g} | {each.found:.3g} ± {each.error:.2g} | {each.pull:+.2f} | {each.significance:.1f}"
    return f"| {point} | {data} | {numbers} | {each.place} |"


def _pulls(found: Sequence[Bias]) -> list[str]:
    lines = []
    enough = [each for each in found if each.enough]
    if (total := combined(enough)) is not None:
        lines.append(
            f"Pulls of mu_hat without signal, {enough[0].none.toys} pseudo-experiments of each of {len(enough)} "
            f"hypotheses with at least 25 background events and a Gaussian or counted mu_hat: mean {total.mean:+.3f} ± "
            f"{total.mean_error:.3f}, width {total.width:.3f} ± {total.width_error:.3f}; the hypotheses' own means and "
            f"widths scatter as much with a probability of {total.means:.2g} and {total.widths:.2g}."
        )
    for group, told in (
        (
            [each for each in found if each.method == "cls"],
            "Limits cover a signal of three expected standard deviations",
        ),
        (
            [each for each in found if each.method != "cls"],
            "Those of exact sums or toys, taken where mu_hat is not Gaussian, cover it (five events at least)",
        ),
    ):
        if (total := combined(group)) is not None:
            lines.append(
                f"{told} in {100 * total.covered:.1f} % of pseudo-experiments of {len(group)} hypotheses, at the worst "
                f"of them in {100 * total.least:.1f} %."
            )
    return [" ".join(lines)]


def limits_of(
    run: Run, channel: Channel, folder: Path | None, injected: Path | None, beside: Mapping[str, Path]
) -> Limits:
    """Read a channel's scans and injections where there are any, and find what changes would make of the limits."""
    scan = _scan(folder, channel)
    known, changes = published(channel.name), []
    if scan is not None and known is not None and scan.luminosity == known.luminosity:
        inputs = read_inputs(run, channel.name, known.luminosity)
        changes = what_if(inputs, [mass for mass, _ in known.points], known.at, scan.level)
    found = None
    file = None if injected is None else injected / f"{channel.name}.json"
    if file is not None and file.is_file():
        try:
            found = Closure.of(json.loads(file.read_text(encoding="utf-8"))[channel.name])
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(f"{file}: is not what darkbelle inject writes ({error}).") from error
    others = {name: _scan(each, channel) for name, each in beside.items()}
    return Limits(scan, changes, found, {name: each for name, each in others.items() if each is not None})


def _scan(folder: Path | None, channel: Channel) -> Scan | None:
    if folder is None or not (folder / f"{channel.name}.json").is_file():
        return None
    return Scan.read(folder / f"{channel.name}.json")
