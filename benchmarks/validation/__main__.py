"""Writes docs/validation.md and its pictures: `python benchmarks/validation [--events N] [--docs DIR]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from background_rows import background_rows
from page import draw, markdown
from pythia import pythia_spectra
from signal_rows import signal_rows
from spectra import spectra

PICTURES = "images/validation"


def main() -> None:
    """Compare everything, draw the pictures, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="of each process (default: 100000)")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="folder of the page (default: docs)")
    options = parser.parse_args()
    pictures = options.docs / PICTURES
    pictures.mkdir(parents=True, exist_ok=True)
    rows = list(background_rows(options.events))
    signals = list(signal_rows(options.events))
    compared = [*spectra(options.events), *pythia_spectra(options.events)]
    for each in compared:
        draw(each, pictures / f"{each.name}.png")
    (options.docs / "validation.md").write_text(markdown(rows, signals, compared, PICTURES), encoding="utf-8")
    print(
        f"{len(rows)} cross sections, {len(signals)} signals, {len(compared)} spectra: {options.docs / 'validation.md'}"
    )


if __name__ == "__main__":
    main()
