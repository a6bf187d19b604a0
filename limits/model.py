"""pyhf's own view of a workspace: validated by its schema, its deprecations silenced."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyhf

from ..datasets.errors import ModelError


@contextmanager
def quiet_pyhf() -> Iterator[None]:
    """Silence a deprecated class of jsonschema that pyhf 0.7.6 still validates with."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "jsonschema.RefResolver is deprecated", DeprecationWarning)
        yield


def validate_workspace(specification: dict[str, Any]) -> pyhf.Workspace:
    """Check a workspace against pyhf's schema; ModelError says where it is wrong."""
    try:
        with quiet_pyhf():
            return pyhf.Workspace(specification)
    except (pyhf.exceptions.InvalidSpecification, KeyError, TypeError) as error:
        raise ModelError(f"not a valid pyhf workspace: {str(error).splitlines()[0]}") from error
