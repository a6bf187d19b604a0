"""Baskets of noise are passed over fast, all others are searched, and every reader gets back what was written."""

from pathlib import Path

import awkward as ak
import cramjam
import numpy as np
import uproot
from darkbelle.datasets.simulation.compression import BasketCompression

COUNTS = np.random.default_rng(1).poisson(3.0, 20_000)
NOISE = np.random.default_rng(2).normal(size=int(COUNTS.sum())).astype(np.float32)


def basket(numbers: np.ndarray, counts: np.ndarray) -> bytes:
    """Lay numbers out as a tree's basket does: big-endian, then the number of offsets, then those."""
    offsets = 4 * np.concatenate([[0], np.cumsum(counts)]) + 60
    return numbers.astype(">f4").tobytes() + np.append(len(offsets), offsets).astype(">i4").tobytes()


def test_noise_keeps_its_size_and_offsets_shrink() -> None:
    data, compression = basket(NOISE, COUNTS), BasketCompression(1)
    compression.begin(len(COUNTS))
    found = compression.compress(data)
    numbers, offsets = 4 * len(NOISE), 4 * (len(COUNTS) + 2)
    assert numbers < len(found) < numbers + 0.7 * offsets
    assert bytes(cramjam.zstd.decompress(found, output_len=len(data))) == data


def test_repetitions_are_searched_for() -> None:
    data, compression = basket(np.repeat(NOISE[::3], 3)[: len(NOISE)], COUNTS), BasketCompression(1)
    compression.begin(len(COUNTS))
    assert compression.compress(data) == bytes(uproot.ZSTD(1).compress(data))


def test_all_makes_one_frame() -> None:
    """A frame ends with the first block whose lowest bit is set (RFC 8878): it is the last there is."""
    data, compression = basket(NOISE, COUNTS), BasketCompression(1)
    compression.begin(len(COUNTS))
    found = compression.compress(data)
    at, last = 9, 0
    while not last:
        header = int.from_bytes(found[at : at + 3], "little")
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        at += 3 + (1 if kind == 1 else size)
    assert at == len(found)
    assert int.from_bytes(found[5:9], "little") == len(data)


def test_offsets_of_one_collection_are_compressed_alike_and_those_of_another_anew() -> None:
    compression = BasketCompression(1)
    compression.begin(len(COUNTS))
    frames = []
    for numbers, counts in ((NOISE, COUNTS), (NOISE[::-1], COUNTS), (NOISE, COUNTS[::-1])):
        data = basket(numbers, counts)
        found = compression.compress(data)
        assert bytes(cramjam.zstd.decompress(found, output_len=len(data))) == data
        frames.append(found)
    offsets = frames[0][-1000:]
    assert [found.endswith(offsets) for found in frames] == [True, True, False]


def test_what_ends_otherwise_is_compressed_as_a_whole() -> None:
    compression = BasketCompression(1)
    compression.begin(10)
    for data in (b"", b"metadata" * 100, basket(NOISE, COUNTS)):
        assert compression.compress(data) == bytes(uproot.ZSTD(1).compress(data))


def test_a_tree_so_compressed_is_read_back(tmp_path: Path) -> None:
    written = ak.unflatten(NOISE, COUNTS)
    compression = BasketCompression(1)
    compression.begin(len(COUNTS))
    with uproot.recreate(tmp_path / "a.root") as file:
        tree = file.mktree("events", {"energy": written.type.content})
        tree.compression = compression
        tree.extend({"energy": written})
    with uproot.open(tmp_path / "a.root") as file:
        found = file["events"]["energy"].array()
    assert ak.array_equal(found, written)
