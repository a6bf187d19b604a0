"""Global significance of a scan's largest local excess, from up-crossings and from toys of the whole scan.

Neighbouring windows overlap, and half-shifted recoil bins share half of their events: their local p-values are
correlated. Toys draw the whole spectrum once and cut every window from it, so that they know; the formula of Gross and
Vitells (arXiv:1005.1891) knows through the number of up-crossings, which is counted on such toys at a low level.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from ..datasets.errors import ModelError
from .batches import Batch, Data
from .curves import LARGEST, box, fix
from .histfactory import Array, HistFactory
from .minimising import Problem, minimise
from .stacking import global_parameters, stack, structure

LEVEL = 0.5  # of q0 at which up-crossings are counted: low, so that there are many
PIECE = 20  # toys of the whole scan that make one piece of work

Ranges = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SharedSpectrum:
    """The fine bins that a scan's windows are cut from.

    Attributes
    ----------
    expected
        Background events in the fine bins of each spectrum, by its name.
    windows
        For each hypothesis, by channel: the spectrum's name, and the fine-bin numbers (bins + 1) where the channel's
        bins begin and end.
    """

    expected: Mapping[str, Array]
    windows: tuple[Mapping[str, tuple[str, Ranges]], ...]

    def overlap(self) -> float:
        """Give the mean share of its events that a window has in common with the next one."""
        shares = []
        for first, second in zip(self.windows[:-1], self.windows[1:], strict=True):
            for channel, (name, edges) in first.items():
                if channel in second and second[channel][0] == name:
                    low, high = max(edges[0], second[channel][1][0]), min(edges[-1], second[channel][1][-1])
                    shares.append(max(high - low, 0) / (edges[-1] - edges[0]))
        return float(np.mean(shares)) if shares else 0.0


@dataclass(frozen=True, eq=False)
class ToyScans:
    """A piece of work: some toys of a whole scan of models in order of their mass."""

    models: tuple[HistFactory, ...]
    spectrum: SharedSpectrum
    seed: int
    number: int
    toys: int


@dataclass(frozen=True)
class Excess:
    """What one toy of the whole scan shows: its largest local significance, and how often q0 crosses LEVEL upwards."""

    largest: float
    crossings: int


@dataclass(frozen=True)
class GlobalSignificance:
    """The largest excess of a scan, locally and globally.

    Attributes
    ----------
    hypothesis
        Which one it is.
    local_p, local
        Its local p-value and significance.
    crossings
        Mean number of up-crossings of q0 at LEVEL in background-only scans.
    gross_vitells, gross_vitells_error
        Global p-value by the formula, and its error from the crossings counted.
    toys, toy_p
        Toys of the whole scan, and the share of them whose largest excess is at least as large.
    """

    hypothesis: str
    local_p: float
    local: float
    crossings: float
    gross_vitells: float
    gross_vitells_error: float
    toys: int
    toy_p: float

    @property
    def toy_error(self) -> float:
        """Binomial standard error of `toy_p` (of one toy where none or all are beyond)."""
        return max(sqrt(self.toy_p * (1 - self.toy_p) / self.toys), 1 / self.toys if self.toys else 0.0)

    @property
    def significance(self) -> float:
        """Global significance by the formula, in standard deviations."""
        return float(norm.isf(self.gross_vitells))


def up_crossings(q0: Array, level: float = LEVEL) -> int:
    """Count where a scan's q0 (0 where the best fit is negative), in order of mass, rises through a level."""
    above = q0 > level
    return int(above[0]) + int(np.sum(~above[:-1] & above[1:]))


def gross_vitells(local: float, crossings: float, level: float = LEVEL) -> float:
    """Bound the global p-value: P(q0 > u) <= p_local + <N(u0)> exp(-(u - u0)/2), u = Z^2 (arXiv:1005.1891, eqs. 3, 5).

    Close to equality where q0 is smooth in mass and crossings are rare; steps coarser than the resolution,
    or windows with sharp edges, add crossings, and the bound lies higher.
    """
    if local <= 0:
        return 1.0
    return min(1.0, float(norm.sf(local)) + crossings * exp(-(local**2 - level) / 2))


def toy_pieces(models: Sequence[HistFactory], spectrum: SharedSpectrum, toys: int, seed: int) -> Iterator[ToyScans]:
    """Divide toys of a whole scan into pieces of work."""
    if len(spectrum.windows) != len(models):
        raise ModelError("toys of a scan need the window of every hypothesis.")
    for number, first in enumerate(range(0, toys, PIECE)):
        yield ToyScans(tuple(models), spectrum, seed, number, min(PIECE, toys - first))


def draw_scans(work: ToyScans) -> tuple[Excess, ...]:
    """Draw background-only toys of the whole scan and fit all their hypotheses."""
    batches = _batches(work.models)
    found = []
    for toy in range(work.toys):
        rng = np.random.default_rng([work.seed, work.number, toy])
        drawn = {name: np.append(0, np.cumsum(rng.poisson(each))) for name, each in work.spectrum.expected.items()}
        pulls: dict[str, float] = {}
        q0 = np.zeros(len(work.models))
        for places, batch in batches:
            data = _cut(work, places, batch, drawn, pulls, rng)
            q0[places] = _local_q0(batch, data)
        found.append(Excess(float(np.sqrt(q0.max())), up_crossings(q0)))
    return tuple(found)


def _batches(models: Sequence[HistFactory]) -> list[tuple[list[int], Batch]]:
    groups: dict[object, list[int]] = {}
    for place, model in enumerate(models):
        groups.setdefault(structure(model), []).append(place)
    return [(places, stack([models[each] for each in places])) for places in groups.values()]


def _cut(
    work: ToyScans,
    places: Sequence[int],
    batch: Batch,
    drawn: Mapping[str, Array],
    pulls: dict[str, float],
    rng: np.random.Generator,
) -> Data:
    """Cut every window's counts from the drawn spectra; parameters of one name share their auxiliary measurement."""
    counts = np.zeros_like(batch.observed.counts)
    constraints = batch.observed.constraints.copy()
    for row, place in enumerate(places):
        model = work.models[place]
        for channel, block in zip(model.channels, batch.blocks, strict=True):
            name, edges = work.spectrum.windows[place][channel.name]
            first = block.columns.start
            counts[row, first : first + len(edges) - 1] = np.diff(drawn[name][edges])
        for number, name in enumerate(global_parameters(model)):
            if batch.precision[row, number] > 0:
                pull = pulls.setdefault(name, float(rng.standard_normal()))
                constraints[row, number] += pull * batch.precision[row, number] ** -0.5
    return Data(counts, constraints, batch.observed.bins)


def _local_q0(batch: Batch, data: Data) -> Array:
    """Give q0 (arXiv:1007.1727, eq. 12) of each hypothesis, 0 where a fit failed."""
    zero = np.zeros(len(batch))
    null = fix(batch, data, zero, batch.start)
    best = minimise(Problem(batch, data, box(batch, zero, np.full(len(batch), LARGEST))), null.point)
    q0 = np.where((null.rung < 3) & (best.rung < 3), 2 * (null.value - best.value), 0.0)
    return np.maximum(q0, 0.0)


def global_significance(
    names: Sequence[str],
    local_p: Sequence[float],
    pieces: Iterable[ToyScans],
    mapper: Callable[
        [Callable[[ToyScans], tuple[Excess, ...]], Iterable[ToyScans]], Iterable[tuple[Excess, ...]]
    ] = map,
) -> GlobalSignificance:
    """Find the global significance of a scan's largest excess from toys of the whole scan, and from up-crossings.

    Parameters
    ----------
    names, local_p
        The hypotheses and their local p-values (`Interval.p0`); NaN where one failed.
    pieces
        The toys, from `toy_pieces`.
    mapper
        Applies a function to the pieces, here or elsewhere.
    """
    values = np.asarray(local_p, dtype=float)
    if not np.isfinite(values).any():
        raise ModelError("no hypothesis of the scan has a local p-value.")
    place = int(np.nanargmin(values))
    local = float(norm.isf(values[place]))
    toys = [each for found in mapper(draw_scans, pieces) for each in found]
    crossings = float(np.mean([each.crossings for each in toys]))
    error = float(np.std([each.crossings for each in toys], ddof=1)) / sqrt(len(toys)) if len(toys) > 1 else crossings
    beyond = float(np.mean([each.largest >= max(local, 0.0) for each in toys]))
    return GlobalSignificance(
        hypothesis=names[place],
        local_p=float(values[place]),
        local=local,
        crossings=crossings,
        gross_vitells=gross_vitells(local, crossings),
        gross_vitells_error=error * exp(-(local**2 - LEVEL) / 2),
        toys=len(toys),
        toy_p=beyond,
    )
