"""A job: what is done with every chunk of a run, and when to give up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..datasets.chunk import FileSurvey
from ..datasets.reading import SampleContext
from ..datasets.run_ranges import RunSelection

if TYPE_CHECKING:
    from ..processors.channel import Channel


@dataclass(frozen=True)
class Job:
    """What is done with every chunk.

    Attributes
    ----------
    channels
        All channels.
    applied
        By sample: names of the channels applied.
    contexts, surveys
        By sample and by file.
    selections
        By sample of data: the runs that are used, where not all are.
    """

    channels: Sequence["Channel"]
    applied: dict[str, tuple[str, ...]]
    contexts: dict[str, SampleContext]
    surveys: dict[str, FileSurvey]
    selections: dict[str, RunSelection] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """When to give up.

    Attributes
    ----------
    failures
        Stop once more chunks than this have failed; never for None.
    seconds
        Time for one chunk; then its worker is restarted, and the chunk fails the second time. None for no limit.
    bugs
        Whether to stop after the first chunk that a channel's own exception failed.
    """

    failures: int | None = None
    seconds: float | None = None
    bugs: bool = True
