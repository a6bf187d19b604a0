"""The event model's fields, their units and meaning, written down once.

`docs/event-model.md` is generated from this file, the native schema reads exactly these columns, and every further
input format is a schema that maps to them. Lengths are in cm, times in ns, energies and momenta in GeV, angles in
rad, all in the laboratory frame with z along the solenoid, unless a field says otherwise.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["scalar", "record", "list"]


@dataclass(frozen=True)
class Field:
    """One column.

    Attributes
    ----------
    name
        In its collection.
    dtype
        The type it is stored with.
    unit
        "" for none.
    meaning
        What it is.
    optional
        Whether formats may lack it; a channel that needs it is not applicable to their files.
    """

    name: str
    dtype: str
    unit: str
    meaning: str
    optional: bool = False


@dataclass(frozen=True)
class Collection:
    """One attribute of an event.

    Attributes
    ----------
    name
        `events.<name>`; "" for the event's own scalars.
    kind
        "scalar" (one value an event), "record" (one record an event) or "list" (any number of records an event).
    record
        Name of the behaviour in `records.py`.
    open
        Whether files may bring further fields (trigger lines differ between experiments and periods).
    """

    name: str
    kind: Kind
    record: str
    meaning: str
    fields: tuple[Field, ...]
    open: bool = False

    def branch(self, field: str) -> str:
        """Give the native tree's branch name of `field`."""
        return f"{self.name}_{field}" if self.name else field

    @property
    def counter(self) -> str | None:
        """The native tree's branch with the number of records, for a list."""
        return f"n{self.name}" if self.kind == "list" else None


def _extra(name: str, dtype: str, unit: str, meaning: str) -> Field:
    return Field(name, dtype, unit, meaning, optional=True)


def _momentum(what: str) -> tuple[Field, ...]:
    return tuple(Field(f"p{axis}", "float32", "GeV", f"{axis} component of {what}") for axis in "xyz")


EVENT = Collection(
    "",
    "scalar",
    "Events",
    "The event itself.",
    (
        Field("experiment", "int32", "", "experiment number (basf2's expNum; 0 in simulation without run numbers)"),
        Field("run", "int32", "", "run number"),
        Field("event", "int64", "", "event number; with experiment, run and file it names an event"),
        Field("weight", "float64", "", "generator and sampling weight of the event; 1 in data"),
        _extra(
            "production", "int32", "", "production number; simulations of different productions reuse run and event"
        ),
        _extra("beam_energy", "float64", "GeV", "energy of both beams together; the period's where absent"),
        _extra("beam_px", "float64", "GeV", "x component of both beams' momentum; the period's where absent"),
        _extra("beam_py", "float64", "GeV", "y component of both beams' momentum; the period's where absent"),
        _extra("beam_pz", "float64", "GeV", "z component of both beams' momentum; the period's where absent"),
    ),
)

PHOTONS = Collection(
    "photons",
    "list",
    "Photon",
    "Neutral ECL clusters under the photon hypothesis, in no particular order.",
    (
        *_momentum("the momentum, from the interaction point to the cluster"),
        Field("energy", "float32", "GeV", "corrected cluster energy"),
        Field("region", "int32", "", "ECL region: 1 forward, 2 barrel, 3 backward, 11 and 13 the gaps, 0 elsewhere"),
        Field("time", "float32", "ns", "cluster time relative to the event's"),
        Field("second_moment", "float32", "cm^2", "second moment of the shower's lateral energy distribution"),
        _extra(
            "time_error", "float32", "ns", "uncertainty of `time`: 99 % of true photons lie within it (basf2's dt99)"
        ),
        _extra("e1_over_e9", "float32", "", "energy of the central crystal over that of the 3 x 3 around it"),
        _extra("e9_over_e21", "float32", "", "energy of 3 x 3 crystals over that of 5 x 5 without corners"),
        _extra("lateral_energy", "float32", "", "lateral energy parameter LAT (Drescher et al., NIM A 237 (1985) 464)"),
        _extra("zernike_40", "float32", "", "absolute Zernike moment A(4,0) of the shower"),
        _extra("zernike_51", "float32", "", "absolute Zernike moment A(5,1) of the shower"),
        _extra("crystals", "float32", "", "number of crystals, shared ones by their share"),
        _extra("track_distance", "float32", "cm", "distance to the nearest extrapolated track"),
        _extra("pulse_shape", "float32", "", "pulse-shape discrimination, 1 electromagnetic, 0 hadronic"),
        Field("truth", "int32", "", "index in `truth` of the particle that made it, -1 for none"),
    ),
)

TRACKS = Collection(
    "tracks",
    "list",
    "Track",
    "Charged tracks from the interaction region.",
    (
        *_momentum("the momentum at the point of closest approach"),
        Field("charge", "int32", "e", "charge"),
        Field("d0", "float32", "cm", "signed transverse distance of closest approach to the interaction point"),
        Field("z0", "float32", "cm", "z of the point of closest approach, relative to the interaction point"),
        Field("electron_id", "float32", "", "likelihood ratio of the electron hypothesis, 0 to 1"),
        Field("muon_id", "float32", "", "likelihood ratio of the muon hypothesis, 0 to 1"),
        Field("cluster_energy", "float32", "GeV", "energy of the matched ECL cluster, 0 without one"),
        _extra("pion_id", "float32", "", "likelihood ratio of the pion hypothesis, 0 to 1"),
        _extra("kaon_id", "float32", "", "likelihood ratio of the kaon hypothesis, 0 to 1"),
        _extra("proton_id", "float32", "", "likelihood ratio of the proton hypothesis, 0 to 1"),
        _extra("cdc_hits", "float32", "", "hits in the drift chamber"),
        _extra("ionisation", "float32", "", "dE/dx over that of a minimum ionising particle of charge 1"),
        _extra(
            "bending_rz",
            "float32",
            "1/cm",
            "curvature in the r-z plane, 0 for an electric charge, not for a magnetic one",
        ),
        Field("truth", "int32", "", "index in `truth` of the particle that made it, -1 for none"),
    ),
)

KLM = Collection(
    "klm",
    "list",
    "KLMCluster",
    "Clusters in the muon and K_L system (BaBar: the IFR).",
    (
        Field("theta", "float32", "rad", "polar angle seen from the interaction point"),
        Field("phi", "float32", "rad", "azimuth seen from the interaction point"),
        Field("layers", "int32", "", "number of layers with hits"),
        Field("time", "float32", "ns", "time relative to the event's"),
        Field("track", "int32", "", "index in `tracks` of the track extrapolated to it, -1 for none"),
        Field("truth", "int32", "", "index in `truth` of the particle that made it, -1 for none"),
    ),
)

VERTICES = Collection(
    "vertices",
    "list",
    "Vertex",
    "Pairs of oppositely charged tracks fitted to a common vertex, wherever that lies.",
    (
        Field("first", "int32", "", "index in `tracks` of the positive track"),
        Field("second", "int32", "", "index in `tracks` of the negative track"),
        Field("x", "float32", "cm", "x relative to the interaction point"),
        Field("y", "float32", "cm", "y relative to the interaction point"),
        Field("z", "float32", "cm", "z relative to the interaction point"),
        Field("radius_error", "float32", "cm", "uncertainty of the transverse distance from the interaction point"),
        Field("probability", "float32", "", "p-value of the vertex fit"),
        *(
            Field(f"first_p{axis}", "float32", "GeV", f"{axis} of the positive track's momentum there")
            for axis in "xyz"
        ),
        *(
            Field(f"second_p{axis}", "float32", "GeV", f"{axis} of the negative track's momentum there")
            for axis in "xyz"
        ),
        Field("truth", "int32", "", "index in `truth` of the particle that decayed there, -1 for none"),
    ),
)

CANDIDATES = Collection(
    "candidates",
    "list",
    "Candidate",
    "Candidates of the file's own reconstruction (rows of a flat ntuple), with the columns that its mapping names.",
    (),
    open=True,
)

TRIGGER = Collection(
    "trigger",
    "record",
    "Trigger",
    "First-level trigger lines, one boolean a line, named as the experiment names it: of data after prescale where the "
    "file tells, of simulation, which has no prescales, before.",
    (),
    open=True,
)

TRUTH = Collection(
    "truth",
    "list",
    "TruthParticle",
    "Generated particles; empty in data.",
    (
        *_momentum("the generated momentum"),
        Field("energy", "float32", "GeV", "generated energy"),
        Field("pdg", "int32", "", "PDG Monte Carlo number"),
        Field("mother", "int32", "", "index in `truth` of the mother, -1 for none"),
        Field("status", "int32", "", "1 stable, 2 decayed, 0 made by the detector's simulation"),
        Field("vertex_x", "float32", "cm", "x of the production vertex"),
        Field("vertex_y", "float32", "cm", "y of the production vertex"),
        Field("vertex_z", "float32", "cm", "z of the production vertex"),
    ),
)

COLLECTIONS = (EVENT, PHOTONS, TRACKS, KLM, VERTICES, CANDIDATES, TRIGGER, TRUTH)


def collection(name: str) -> Collection:
    """Give the collection called `name` ("" for the event's scalars); KeyError if there is none."""
    return {each.name: each for each in COLLECTIONS}[name]


_HEADING = """# The event model

What a channel sees, whatever format the files have. Generated from `datasets/event_model.py` by `make docs`.
Fields marked "may be absent" are those that some formats cannot give; a channel that needs one is not applicable to
their files, and says so.

Laboratory frame, z along the solenoid. `events.beam` is the centre-of-mass frame of the event's period
(`datasets/records.py`): `events.beam.to_cm(p4)`, `events.beam.recoil(p4)`, `events.beam.sqrt_s`.
"""


_ABSENT = " (may be absent)"


def markdown() -> str:
    """Give the page `docs/event-model.md`: every field with type, unit and meaning."""
    lines = [_HEADING]
    for each in COLLECTIONS:
        title = f"`events.{each.name}`" if each.name else "`events`"
        lines += [f"## {title} ({each.kind}, behaviour `{each.record}`)", "", each.meaning, ""]
        if each.open:
            what = "the lines that the file brings, each boolean" if each.kind == "record" else "those of the mapping"
            lines += [f"Its fields are {what}.", ""]
            continue
        lines += ["| field | type | unit | meaning |", "|---|---|---|---|"]
        lines += [
            f"| {f.name} | {f.dtype} | {f.unit or '-'} | {f.meaning}{_ABSENT if f.optional else ''} |"
            for f in each.fields
        ]
        lines.append("")
    return "\n".join(lines)
