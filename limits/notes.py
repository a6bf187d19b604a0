"""What a reader of a scan has to know: scenario, sealed data, windows that overlap."""

from collections.abc import Sequence

import numpy as np

from .inputs import Inputs
from .results import HypothesisResult

SOURCES = {
    "data": (),
    "scenario": ("luminosity: the scenario of the catalog, not recorded",),
    "projection": ("projection: yields scaled with luminosity",),
}


def scenario_notes(inputs: Sequence[Inputs], data: str, unseal: bool) -> list[str]:
    """Tell what the luminosity is, and whether recorded data were left alone."""
    notes = [note for each in inputs for note in SOURCES[each.luminosity.source]]
    recorded = any(spectrum.data is not None for each in inputs for spectrum in each.spectra.values())
    if recorded and data == "asimov" and not unseal:
        notes.append("data are sealed: limits are expected ones; look with --unseal")
    return list(dict.fromkeys(notes))


def overlap_notes(results: Sequence[HypothesisResult]) -> list[str]:
    """Tell how much the windows of neighbouring hypotheses share: their limits and p-values are then correlated."""
    notes = []
    for region in dict.fromkeys(name for each in results for name in each.windows):
        windows = np.array([each.windows[region] for each in results if region in each.windows])
        if len(windows) < 2:
            continue
        windows = np.unique(windows, axis=0)
        shared = np.minimum(windows[:-1, 1], windows[1:, 1]) - np.maximum(windows[:-1, 0], windows[1:, 0])
        share = np.clip(shared, 0.0, None) / np.diff(windows, axis=1)[:-1, 0]
        overlapping = int((share > 1e-9).sum())
        if overlapping:
            typical = 100 * np.median(share[share > 1e-9])
            notes.append(
                f"{region}: {overlapping} of {len(share)} neighbours' windows overlap, by {typical:.0f} "
                "% in the median: their limits and local p-values are correlated"
            )
    return notes
