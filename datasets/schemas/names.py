"""basf2's column names: the escaping that makes variables' names fit for ROOT, its inverse, and finding a variable."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

CODES = {
    " ": "sp",
    ",": "cm",
    ":": "cl",
    "=": "eq",
    "<": "st",
    ">": "gt",
    ".": "pt",
    "+": "pl",
    "-": "mi",
    "(": "bo",
    ")": "bc",
    "{": "co",
    "}": "cc",
    "[": "so",
    "]": "sc",
    "`": "to",
    "´": "tc",
    "^": "ha",
    "°": "ci",
    "$": "do",
    "§": "pa",
    "%": "pr",
    "!": "em",
    "?": "qm",
    ";": "sm",
    "#": "hs",
    "*": "mu",
    "/": "sl",
    "\\": "bl",
    "'": "sq",
    '"': "dq",
    "~": "ti",
    "|": "pi",
    "&": "am",
    "@": "at",
}
"""basf2's makeROOTCompatible: each character becomes __ and its code."""

_ESCAPES = str.maketrans({character: f"__{code}" for character, code in CODES.items()})
_CHARACTERS = {code: character for character, code in CODES.items()}
_ESCAPED = re.compile("__(" + "|".join(_CHARACTERS) + ")")
_FOREIGN = re.compile(r"[^A-Za-z0-9_]")
_RESERVED = re.compile(r"__\w+__")


def escape(name: str) -> str:
    """Give the branch that basf2 makes of a variable: "daughter(0, p)" becomes daughter__bo0__cm__spp__bc."""
    return _FOREIGN.sub("", name.translate(_ESCAPES))


def unescape(branch: str) -> str:
    """Give the variable behind a branch.

    Exact unless the variable's own name holds a code or a character that basf2 drops. Reserved columns such as
    __production__, whose name holds a code too, stay as they are.
    """
    if is_reserved(branch):
        return branch
    return _ESCAPED.sub(lambda match: _CHARACTERS[match[1]], branch)


def is_reserved(column: str) -> bool:
    """Tell whether a column is one of basf2's own, such as __event__."""
    return _RESERVED.fullmatch(column) is not None


def without_spaces(variable: str) -> str:
    """Give a variable's name as darkbelle calls it: basf2 keeps spaces as typed, so that they cannot tell anything."""
    return "".join(variable.split())


class Names:
    """The variables of a table.

    Parameters
    ----------
    columns
        Its columns.
    escaped
        Whether their names are escaped (ROOT) or as typed (parquet).
    """

    def __init__(self, columns: Iterable[str], escaped: bool = True) -> None:
        self.columns: dict[str, str] = {}
        for column in columns:
            self.columns.setdefault(without_spaces(unescape(column) if escaped else column), column)

    def find(self, variable: str) -> str | None:
        """Give the column that holds a variable, however its spaces were typed; None if there is none."""
        return self.columns.get(without_spaces(variable))

    def nearest(self, variable: str) -> str:
        """Name the variables that look most alike, for messages."""
        found = get_close_matches(without_spaces(variable), self.columns, n=3, cutoff=0.5)
        return f"nearest are {', '.join(found)}" if found else "there is nothing like it"
