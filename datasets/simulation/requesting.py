"""Which samples a request means: members of families of signals by name, by family or by the searches they serve."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ..catalog import Hypothesis
from ..errors import UsageError
from .samples import AXES, SAME_ENERGY, SampleTable, SampleTemplate, sample_table


@dataclass(frozen=True)
class SampleRequest:
    """One sample to make.

    Attributes
    ----------
    name
        The sample's name in the catalog and in its random streams.
    template
        What it is made from.
    hypothesis
        The signal's point, None for backgrounds.
    """

    name: str
    template: SampleTemplate
    hypothesis: Hypothesis | None = None

    @property
    def parameters(self) -> dict[str, float | str]:
        """What the generator takes."""
        point = self.hypothesis.model_dump(exclude_none=True) if self.hypothesis else {}
        return {**self.template.parameters, **point}

    @property
    def reference_coupling(self) -> float:
        """The coupling that the cross section is for: the hypothesis's own, its magnetic charge, or 1."""
        point = self.hypothesis
        return (point.coupling or point.charge or 1.0) if point else 1.0

    def made_at(self, sqrt_s: float) -> bool:
        """Tell whether the sample belongs to collisions at sqrt_s (GeV)."""
        return self.template.energy is None or abs(self.template.energy - sqrt_s) < SAME_ENERGY

    def events(self, luminosity: float, cross_section: float) -> int:
        """Count the events to generate for a luminosity (fb^-1) at a cross section (nb)."""
        if self.template.events is not None:
            return self.template.events
        simulated = (self.template.oversampling or 1.0) * luminosity
        simulated = min(simulated, self.template.luminosity_limit or simulated)
        return max(round(simulated * 1e6 * cross_section), 1)


def request_samples(
    names: Sequence[str] | None = None, channels: Sequence[str] | None = None, table: SampleTable | None = None
) -> tuple[SampleRequest, ...]:
    """Give the samples of these names that serve one of these channels.

    Parameters
    ----------
    names
        Samples, or families of signals; all for None.
    channels
        Channels to serve; all for None.
    table
        The samples there are; those that darkbelle ships for None.

    Raises
    ------
    UsageError
        A sample or a channel is unknown, or nothing is left.
    """
    templates = (table or sample_table()).samples
    every = [(family, request) for family, template in templates.items() for request in _members(family, template)]
    served = dict.fromkeys(channel for template in templates.values() for channel in template.channels)
    _refuse_unknown("sample", names, {*templates, *(request.name for _, request in every)}, templates)
    _refuse_unknown("channel", channels, served, served)
    wanted, searches = set(names or templates), set(channels or served)
    chosen = tuple(
        request
        for family, request in every
        if wanted & {family, request.name} and searches & set(request.template.channels)
    )
    if not chosen:
        raise UsageError("none of these samples serves any of these channels; leave one of the two options out.")
    return chosen


def _members(family: str, template: SampleTemplate) -> list[SampleRequest]:
    points = template.hypotheses
    if not points:
        return [SampleRequest(family, template)]
    return [SampleRequest(f"{family}_{_point_name(point)}", template, point) for point in points]


def _point_name(point: Hypothesis) -> str:
    given = ((sign, getattr(point, parameter)) for parameter, sign in AXES.values())
    return "_".join(f"{sign}{value:g}" for sign, value in given if value is not None)


def _refuse_unknown(what: str, asked: Sequence[str] | None, known: Collection[str], shown: Iterable[str]) -> None:
    unknown = [name for name in asked or () if name not in known]
    if unknown:
        raise UsageError(f"unknown {what} {', '.join(map(repr, unknown))}; known are {', '.join(shown)}.")
