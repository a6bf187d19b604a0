"""How long checking many small files takes, the first time and again with the index, beside merely opening them.

python benchmarks/catalog_check.py --files 1000
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import uproot
import yaml
from darkbelle.__main__ import main

ROWS, BRANCHES = 2_000, 40
EVENTS = 1_000  # two candidates each


def write_files(folder: Path, number: int) -> Path:
    """Write flat ntuples in basf2's layout, each with events of its own, and their catalog."""
    rng = np.random.default_rng(1)
    names = ("E", "theta", "phi", "clusterTiming", "clusterSecondMoment", "clusterReg")
    variables = [f"gamma_{name}" for name in names]
    variables += [f"variable_{i}" for i in range(BRANCHES - 6 - len(variables))]
    values = {name: rng.normal(size=ROWS) for name in variables}
    for index in range(number):
        numbers = {
            "__experiment__": np.full(ROWS, 7, np.int32),
            "__run__": np.full(ROWS, index // 10, np.int32),
            "__event__": np.repeat(np.arange(EVENTS, dtype=np.uint32) + EVENTS * index, 2),
            "__candidate__": np.tile(np.arange(2, dtype=np.int32), EVENTS),
            "__ncandidates__": np.full(ROWS, 2, np.int32),
            "__weight__": np.ones(ROWS),
        }
        columns = numbers | {name: each + index for name, each in values.items()}
        with uproot.recreate(folder / f"data_{index:05d}.root", compression=uproot.ZLIB(1)) as file:
            file.mktree("variables", {name: each.dtype for name, each in columns.items()}).extend(columns)
    sample = {"kind": "data", "files": ["data_*.root"], "luminosity": 1.0, "schema": "basf2-ntuple"}
    path = folder / "catalog.yaml"
    path.write_text(yaml.safe_dump({"experiment": "belle2", "samples": {"data": sample}}))
    return path


def measure() -> None:
    """Make the files, and time opening them and two checks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        catalog = write_files(folder, options.files)
        started = time.perf_counter()
        some = sorted(folder.glob("*.root"))[:200]
        for file in some:
            with uproot.open(file) as opened:
                if opened["variables"].num_entries != ROWS:
                    raise SystemExit(f"{file} is not what was written")
        bare = (time.perf_counter() - started) / len(some)
        print(f"merely opening a file: {1000 * bare:.1f} ms, one core")
        for turn in ("first", "second"):
            started = time.perf_counter()
            status = main(["catalog", "check", str(catalog), "--index", str(folder / "index.sqlite")])
            took = time.perf_counter() - started
            if status != 0:
                raise SystemExit("the check found problems")
            each = took / options.files
            print(f"{turn} check: {took:.1f} s for {options.files} files, {1 / each:.0f} files/s, {each / bare:.2f} x")


if __name__ == "__main__":
    measure()
