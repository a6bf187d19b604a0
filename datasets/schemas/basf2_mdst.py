"""basf2's mdst and udst, without an ntuple in between: clusters, tracks, identification, muon system, truth."""

import re
from functools import partial

import awkward as ak
import numpy as np

from ..files import InputFile, Table
from .assembly import Layout, Records, Values, assemble
from .basf2_layout import assumed_lines
from .columns import Columns
from .contract import FormatError, Inspection, Part
from .mapping import InputMapping
from .mdst_collections import klm, trigger, truth, vertices
from .mdst_photons import Photons
from .mdst_tracks import Tracks
from .persistent import read_provenance

CHECKED_RELEASES = (5, 8)
"""Major releases whose files this schema was compared with."""

ARRAYS = ("ECLClusters", "Tracks", "TrackFitResults", "KLMClusters")
NEEDED = ("ECLClusters/ECLClusters.m_hypotheses", "TrackFitResults/TrackFitResults.m_tau[5]")
TRIGGER = "TRGSummary/m_ftdlBits[10]"
SCALARS = {
    "experiment": "EventMetaData/m_experiment",
    "run": "EventMetaData/m_run",
    "event": "EventMetaData/m_event",
    "production": "EventMetaData/m_production",
    "weight": "EventMetaData/m_generatedWeight",
}
ERRORS = "EventMetaData/m_errorFlag"


class Basf2Mdst:
    """The schema "basf2-mdst"."""

    name = "basf2-mdst"

    def tables(self, file: InputFile) -> tuple[str, ...]:
        """Give the trees with basf2's event and reconstruction objects."""
        needed = {SCALARS["event"], *ARRAYS}
        return tuple(name for name in file.tables if needed <= file.table(name).names)

    def inspect(self, file: InputFile, table: str, mapping: InputMapping) -> Inspection:
        """Look at the objects, at the release that wrote them, and at the events' error flags."""
        tree = file.table(table)
        missing = [name for name in NEEDED if name not in tree.names]
        if missing:
            raise FormatError(f"{file.path}: has no {missing[0]}; releases before 4 wrote other objects.")
        provenance = read_provenance(file)
        warnings = [*_release_warnings(provenance.releases), *_error_warnings(tree)]
        return Inspection(
            entries=tree.entries,
            events=tree.entries,
            fields=_layout(file, Columns(tree, 0, 0), mapping, None).provided,
            edges=tree.edges,
            generated=provenance.generated,
            releases=provenance.releases,
            warnings=tuple(f"{file.path}: {warning}" for warning in warnings),
        )

    def events(self, file: InputFile, part: Part) -> ak.Array:
        """Open the events: entries [start, stop)."""
        columns = Columns(file.table(part.table), part.start, part.stop, part.log)
        layout = _layout(file, columns, part.mapping, part.metadata.get("kind"))
        return assemble(layout, part.stop - part.start, part.metadata)


def _layout(file: InputFile, columns: Columns, mapping: InputMapping, kind: str | None) -> Layout:
    names = columns.table.names
    tracks = Tracks(columns, mapping)
    collections: dict[str, Records] = {
        "photons": Photons(columns, mapping).records(),
        "tracks": tracks.records(),
        "klm": klm(columns),
        "vertices": vertices(tracks, columns, mapping),
    }
    if "MCParticles" in names:
        collections["truth"] = truth(columns)
    lines = trigger(columns, mapping.trigger.bits, kind == "data") if TRIGGER in names else {}
    if mapping.trigger.bits and TRIGGER not in names:
        raise FormatError(f"{file.path}: mapping: trigger bits are named, but the file has no TRGSummary.")
    try:
        lines |= assumed_lines(mapping.trigger, kind, lambda: columns.stop - columns.start)
    except FormatError as error:
        raise FormatError(f"{file.path}: {error}") from error
    if lines:
        collections["trigger"] = Records(lines)
    scalars = {field: Values(partial(columns.flat, name)) for field, name in SCALARS.items() if name in names}
    return Layout(scalars, collections)


def _release_warnings(releases: tuple[str, ...]) -> list[str]:
    if not releases:
        return ["does not tell which basf2 wrote it; its objects were not compared with this release."]
    majors = {release: re.match(r"(?:pre)?release-0*(\d+)", release) for release in releases}
    unknown = [r for r, match in majors.items() if match is None or int(match[1]) not in CHECKED_RELEASES]
    if not unknown:
        return []
    checked = " and ".join(map(str, CHECKED_RELEASES))
    return [f"was written by basf2 {', '.join(unknown)}; only releases {checked} were compared with."]


def _error_warnings(tree: Table) -> list[str]:
    if ERRORS not in tree.names:
        return []
    flagged = int(np.count_nonzero(Columns(tree, 0, tree.entries).flat(ERRORS)))
    return [f"{flagged} events have an error flag; basf2 leaves them out, darkbelle does not."] if flagged else []
