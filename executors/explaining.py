"""Explaining why the chunks of a run are run, or taken over from before, and how large its histograms are."""

import logging
import sys
from collections import Counter
from dataclasses import dataclass, field

from ..processors.run import Run
from .planning import Plan

LOGGER = logging.getLogger(__name__)


@dataclass
class Explanation:
    """Why the chunks of each sample are run, or not.

    Attributes
    ----------
    damaged
        Lines on partial sums that cannot be read.
    reused
        By sample: chunks taken over.
    again
        By sample and reason: chunks that were done before and are run again.
    failed
        By sample: chunks that failed before.
    """

    damaged: list[str] = field(default_factory=list)
    reused: Counter[str] = field(default_factory=Counter)
    again: dict[str, Counter[str]] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)

    def line(self, sample: str, planned: int) -> str:
        """Give one line on a sample of which some chunks are to be run now."""
        again = self.again.get(sample, Counter())
        reasons = "; ".join(f"{number} {why}" for why, number in again.most_common())
        fresh = max(planned - again.total() - self.failed[sample], 0)
        parts = [
            f"{self.reused[sample]} chunks reused" if self.reused[sample] else "",
            f"{again.total()} chunks run again ({reasons})" if again else "",
            f"{self.failed[sample]} chunks failed before" if self.failed[sample] else "",
            f"{fresh} chunks never run" if fresh else "",
        ]
        return f"{sample}: {', '.join(each for each in parts if each) or 'nothing to run'}"


def tell(run: Run, told: Explanation, explain: bool) -> None:
    """Say sample by sample why chunks are run: in the log, and on standard error what is run again, or all of it."""
    planned = Counter(record.chunk.sample for record in run.ledger.records if record.status == "planned")
    lines = [(line, True) for line in told.damaged]
    lines += [(told.line(name, planned[name]), name in told.again) for name in run.samples]
    for line, notable in lines:
        LOGGER.info(line)
        if notable or explain:
            sys.stderr.write(f"darkbelle: {line}\n")


def tell_sizes(plan: Plan, explain: bool) -> None:
    """Say how large the histograms are that every worker holds, and every partial sum."""
    for name, size in plan.memory.items():
        line = f"{name}: {size / 2**20:.1f} MB of histograms for {len(plan.samples_of(name))} samples"
        LOGGER.info(line)
        if explain:
            sys.stderr.write(f"darkbelle: {line}\n")
