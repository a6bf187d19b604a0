"""The luminosity that each sample's events stand for when 0.5 fb^-1 are asked for."""

from __future__ import annotations

from collections.abc import Iterator

from darkbelle.datasets.simulation.requesting import request_samples
from darkbelle.datasets.simulation.samples import SampleTemplate, sample_table

ASKED = 0.5


def sample_lines() -> Iterator[str]:
    """Give a Markdown table: name, process, hypotheses, generated cross section, events, effective luminosity."""
    yield "| sample | process | channels | hypotheses | generated [nb] | events | stands for [fb⁻¹] |"
    yield "|---" * 7 + "|"
    for name, template in sample_table().samples.items():
        section = template.expected.cross_section
        number = request_samples([name])[0].events(ASKED, section)
        hypotheses = len(template.hypotheses) or "-"
        where = f" (at {template.energy:g} GeV)" if template.energy else ""
        yield (
            f"| `{name}`{where} | `{template.process}` | {', '.join(template.channels)} | {hypotheses} "
            f"| {section:.3g} | {number} | {_stands_for(template, number, section)} |"
        )


def _stands_for(template: SampleTemplate, number: int, section: float) -> str:
    return f"{number / (section * 1e6):.3g}" if template.kind == "background" else "σ at coupling 1"
