"""Global significance of a scan's largest local excess, from up-crossings and from toys of the whole scan.

Neighbouring windows overlap, and half-shifted recoil bins share half of their events: their local p-values are
correlated. Toys draw the whole spectrum once and cut every window from it, so that they know; the formula of Gross and
Vitells (arXiv:1005.1891) knows through the number of up-crossings, which is counted on such toys at a low level.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from json import dumps
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


@dataclass(frozen=True, eq=False)
class Cut:
    """Which fine bins of a spectrum make up the bins of one channel of one hypothesis.

    Attributes
    ----------
    spectrum
        Its name.
    fine, group
        Numbers of the fine bins used, and for each of them the channel's bin.
    """

    spectrum: str
    fine: NDArray[np.int64]
    group: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SharedSpectrum:
    """The fine bins that a scan's windows are cut from.

    Attributes
    ----------
    expected
        Background events in the fine bins of each spectrum, by its name.
    windows
        For each hypothesis, by channel.
    """

    expected: Mapping[str, Array]
    windows: tuple[Mapping[str, Cut], ...]

    def overlap(self) -> float:
        """Give the mean share of its fine bins that a window has in common with the next one."""
        shares = []
        for first, second in zip(self.windows[:-1], self.windows[1:], strict=True):
            for channel, cut in first.items():
                if channel in second and second[channel].spectrum == cut.spectrum:
                    shares.append(np.isin(cut.fine, second[channel].fine).mean())
        return float(np.mean(shares)) if shares else 0.0


@dataclass(frozen=True, eq=False)
class ToyScans:
    """A piece of work: some toys of a whole scan of models in order of their mass."""

    models: tuple[HistFactory, ...]
    spectrum: SharedSpectrum
    seed: int
    number: int
    toys: int

    def fingerprint(self) -> str:
        """Write down all that the result depends on."""
        spectra = {name: each.tolist() for name, each in self.spectrum.expected.items()}
        windows = [
            {name: [cut.spectrum, cut.fine.tolist(), cut.group.tolist()] for name, cut in each.items()}
            for each in self.spectrum.windows
        ]
        models = [each.to_workspace() for each in self.models]
        return dumps([models, spectra, windows, self.seed, self.number, self.toys], sort_keys=True)


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
    def note(self) -> str:
        """Tell it in a line."""
        return (
            f"largest local excess {self.local:.1f} sigma at {self.hypothesis}; global p-value "
            f"{self.toy_p:.2g} +- {self.toy_error:.1g} ({self.toys} toys of the whole scan), "
            f"at most {self.gross_vitells:.2g} +- {self.gross_vitells_error:.1g} (Gross-Vitells)"
        )


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
        drawn = {name: rng.poisson(each).astype(float) for name, each in work.spectrum.expected.items()}
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
            cut, first = work.spectrum.windows[place][channel.name], block.columns.start
            size = len(channel.observed)
            summed = np.bincount(cut.group, weights=drawn[cut.spectrum][cut.fine], minlength=size)
            counts[row, first : first + size] = summed
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
