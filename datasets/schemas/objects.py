"""Photons, tracks and KLM clusters from the columns that a mapping names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..documents import load_yaml
from ..event_model import collection
from ..frames import Beams
from .assembly import Make, Records, Values
from .candidates import Candidates
from .mapping import ObjectMapping, Objects, RowsMapping
from .momentum import Find, recipe_for

Kind = Literal["photons", "tracks", "klm"]
MOMENTUM = ("px", "py", "pz")
FILLED: Mapping[tuple[str, str], float] = {("tracks", "cluster_energy"): 0.0}
"""What a field is where the variable is not a number."""


@cache
def variables() -> dict[str, dict[str, list[str]]]:
    """Give basf2's variables by collection and field of the event model."""
    read: dict[str, dict[str, list[str]]] = load_yaml(Path(__file__).with_name("basf2_variables.yaml"))
    return read


Fields = dict[str, tuple[tuple[str, ...], Callable[..., NDArray[Any]]]]
"""How fields are made of variables: their names, and what is done with their values."""


@dataclass(frozen=True)
class Source:
    """One object's columns.

    Attributes
    ----------
    fields
        How each is made of columns.
    presence
        Variables that are all undefined where the object is not there.
    """

    fields: Fields
    presence: tuple[str, ...]


class ObjectColumns:
    """The objects of all events: several a candidate (the best one's count), or one a row.

    Parameters
    ----------
    candidates
        Where the columns are.
    sources
        The objects of a candidate, or the only one of a row.
    rows
        Whether every row is an object.
    """

    def __init__(self, candidates: Candidates, sources: tuple[Source, ...], rows: bool) -> None:
        self._candidates = candidates
        self._sources = sources
        self._rows = rows

    def records(self, kind: Kind) -> Records:
        """Give the collection with the fields that all its objects have."""
        common = set.intersection(*(set(source.fields) for source in self._sources))
        named = [field.name for field in collection(kind).fields if field.name in common]
        return Records({name: self._values(kind, name) for name in named}, lambda: self._counts)

    def _values(self, kind: Kind, name: str) -> Values:
        fill = FILLED.get((kind, name))

        def make() -> NDArray[Any]:
            values = self._all(lambda source: source.fields[name])[self._present]
            return values if fill is None else np.nan_to_num(values, nan=fill)

        return Values(make)

    @cached_property
    def _present(self) -> NDArray[np.bool_]:
        """Tell of each place whether an object is there."""
        return self._all(lambda source: (source.presence, _any_defined)).astype(bool)

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        if not self._rows:
            return np.asarray(self._present.reshape(-1, len(self._sources)).sum(axis=1))
        offsets = np.concatenate([[0], np.cumsum(self._candidates.counts)])
        return np.asarray(np.diff(np.concatenate([[0], np.cumsum(self._present)])[offsets]))

    def _all(self, field: Callable[[Source], tuple[tuple[str, ...], Callable[..., NDArray[Any]]]]) -> NDArray[Any]:
        """Evaluate one field of all places: row by row, or event by event and there object by object."""
        take = self._candidates.per_row if self._rows else self._candidates.per_event
        found = [make(*(take(name) for name in names)) for names, make in map(field, self._sources)]
        return found[0] if self._rows else np.stack(found, axis=1).ravel()


def objects(
    kind: Kind, wanted: Objects, candidates: Candidates, joined: Callable[[str], Candidates], beams: Beams | None
) -> tuple[Records | None, tuple[str, ...]]:
    """Make one collection.

    Parameters
    ----------
    kind
        Which.
    wanted
        What the mapping says of it.
    candidates
        Where its columns are.
    joined
        Gives the rows of another tree, grouped in the same events.
    beams
        The period's beams.

    Returns
    -------
    tuple
        The collection, None where a momentum or direction is missing; and a line for each object without one.
    """
    if wanted == "none":
        return _none(kind, lambda: np.zeros(len(candidates.counts), dtype=np.int64)), ()
    if isinstance(wanted, RowsMapping):
        rows = candidates if wanted.tree is None else joined(wanted.tree)
        source, problem = find_source(kind, wanted.rows, rows, beams)
        return (None, (problem,)) if source is None else (ObjectColumns(rows, (source,), rows=True).records(kind), ())
    sources = [find_source(kind, each, candidates, beams) for each in wanted]
    problems = tuple(problem for source, problem in sources if source is None)
    found = tuple(source for source, _ in sources if source is not None)
    return (None, problems) if problems else (ObjectColumns(candidates, found, rows=False).records(kind), ())


def _none(kind: Kind, counts: Make) -> Records:
    """Make a collection that is empty in every event, with all fields."""
    return Records({field.name: Values(lambda: np.array([])) for field in collection(kind).fields}, counts)


def find_source(
    kind: Kind, wanted: ObjectMapping, candidates: Candidates, beams: Beams | None
) -> tuple[Source | None, str]:
    """Find an object's columns by the first template that gives a momentum (of KLM clusters: a direction).

    Returns
    -------
    tuple
        The columns, None where no template fits; and then a line that says so.
    """
    for template in wanted.names:
        source = _from_template(kind, template, wanted.variables, candidates, beams)
        if source is not None:
            return source, ""
    tried = " or ".join(wanted.names)
    probe = "klmClusterTheta" if kind == "klm" else "px"
    near = candidates.names.nearest(wanted.names[0].replace("{}", probe))
    return None, f"{kind}: no columns called {tried} give a momentum; {near}."


def _from_template(
    kind: Kind, template: str, own: Mapping[str, str], candidates: Candidates, beams: Beams | None
) -> Source | None:
    """Collect an object's fields; None where its momentum, or a column that the mapping names, is missing."""

    def find(variable: str) -> str | None:
        return candidates.names.find(template.replace("{}", variable))

    if any(candidates.names.find(column) is None for column in own.values()):
        return None
    fields = _plain(kind, find) | (_momentum(kind, find, beams) if kind != "klm" else {})
    named = {
        field: (tuple(template.replace("{}", variable) for variable in names), make)
        for field, (names, make) in fields.items()
    } | {field: ((column,), _as_is) for field, column in own.items()}
    presence = ("theta", "phi") if kind == "klm" else MOMENTUM
    if any(component not in named for component in presence):
        return None
    used = tuple(dict.fromkeys(variable for component in presence for variable in named[component][0]))
    return Source(named, used)


def _plain(kind: Kind, find: Find) -> Fields:
    """Take the fields that are variables, each the first of its alternatives."""
    chosen = {
        field: next((each for each in alternatives if find(each)), None)
        for field, alternatives in variables()[kind].items()
    }
    return {field: ((variable,), _as_is) for field, variable in chosen.items() if variable is not None}


def _momentum(kind: Kind, find: Find, beams: Beams | None) -> Fields:
    """Make px, py, pz, and a photon's energy where its momentum comes from the CM frame or it has none."""
    recipe = recipe_for(find, kind == "photons", beams)
    if recipe is None:
        return {}

    def component(*values: NDArray[Any], index: int) -> NDArray[Any]:
        return np.asarray(recipe.make(*values)[index])

    def length(*values: NDArray[Any]) -> NDArray[Any]:
        return np.sqrt(sum(np.square(each) for each in recipe.make(*values)))

    made: Fields = {name: (recipe.variables, partial(component, index=i)) for i, name in enumerate(MOMENTUM)}
    has_energy = any(find(each) for each in variables()["photons"]["energy"])
    if kind == "photons" and (recipe.in_cm or not has_energy):
        made["energy"] = (recipe.variables, length)
    return made


def _as_is(values: NDArray[Any]) -> NDArray[Any]:
    return values


def _any_defined(*values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(np.any([~np.isnan(each.astype(np.float64)) for each in values], axis=0))
