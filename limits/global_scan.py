"""The global significance of a channel's scan: its windows cut from the regions' own simulated spectra."""

from collections.abc import Sequence

import numpy as np

from .engine import Mapper
from .histfactory import Array, HistFactory
from .intervals import Interval
from .look_elsewhere import Cut, GlobalSignificance, SharedSpectrum, global_significance, toy_pieces
from .parts import Part


def shared_spectrum(hypotheses: Sequence[Sequence[Part]]) -> SharedSpectrum:
    """Give the expected background in fine bins of every region looked at, and each hypothesis's windows in it."""
    expected: dict[str, Array] = {}
    windows = []
    for each in hypotheses:
        cuts = {}
        for part in each:
            values = np.clip(part.spectrum.background.values, 0.0, None)
            name = f"{part.label}/{len(values)}"  # a range of a region may look at another histogram than the rest
            expected.setdefault(name, values)
            cuts[part.label] = Cut(name, part.window.fine, part.window.group)
        windows.append(cuts)
    return SharedSpectrum(expected, tuple(windows))


def scan_significance(
    models: Sequence[HistFactory],
    parts: Sequence[Sequence[Part]],
    found: Sequence[Interval],
    toys: int,
    seed: int,
    mapper: Mapper,
) -> GlobalSignificance:
    """Find what the largest excess among hypotheses that were examined means.

    Parameters
    ----------
    models, parts, found
        The hypotheses in order of mass: their models, what they were built of, and their results.
    toys, seed
        Toys of the whole scan, and what draws them.
    mapper
        Where they are fitted.
    """
    good = [number for number, each in enumerate(found) if each.status == "ok"]
    chosen = [models[number] for number in good]
    spectrum = shared_spectrum([parts[number] for number in good])
    pieces = list(toy_pieces(chosen, spectrum, toys, seed))
    return global_significance([each.name for each in chosen], [found[number].p0 for number in good], pieces, mapper)
