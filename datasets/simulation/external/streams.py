"""Opening text files that may be compressed by gzip."""

import gzip
from io import BufferedReader
from pathlib import Path

GZIP = b"\x1f\x8b"


def open_text(path: Path) -> gzip.GzipFile | BufferedReader:
    """Open a file for reading bytes, decompressed where it is compressed."""
    with path.open("rb") as stream:
        compressed = stream.read(len(GZIP)) == GZIP
    return gzip.open(path, "rb") if compressed else path.open("rb")
