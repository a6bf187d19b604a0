"""Parameters as compiled loops take them: named tuples with the names of the data files' parts."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from ...documents import Document
from .calorimeter_parameters import DepositResponse, PhotonResponse
from .tracking_parameters import GeometryResponse, TrackResponse


def _named_after(kind: type[Document], name: str) -> Any:
    return namedtuple(name, list(kind.model_fields), module=__name__)  # noqa: PYI024  # the fields are the document's


# numba keeps machine code for types that it finds again under these names.
PhotonNumbers = _named_after(PhotonResponse, "PhotonNumbers")
DepositNumbers = _named_after(DepositResponse, "DepositNumbers")
TrackNumbers = _named_after(TrackResponse, "TrackNumbers")
GeometryNumbers = _named_after(GeometryResponse, "GeometryNumbers")

_KINDS: dict[type[Document], Any] = {
    PhotonResponse: PhotonNumbers,
    DepositResponse: DepositNumbers,
    TrackResponse: TrackNumbers,
    GeometryResponse: GeometryNumbers,
}


def numbers(part: Document) -> Any:
    """Give a part of the response as a named tuple of floats."""
    kind = _KINDS[type(part)]
    return kind(*(float(getattr(part, name)) for name in kind._fields))
