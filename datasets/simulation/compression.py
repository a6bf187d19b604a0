"""Compressing baskets of a tree: the digits of measured numbers are noise, the offsets of their lists are not."""

from __future__ import annotations

import cramjam
import uproot

FAST = -20  # a level of zstd that passes over noise at the speed of copying
SAMPLE = 16_384  # bytes that tell whether numbers are noise
WORTHWHILE = 0.75  # noise is what a search for repetitions does not shrink to this share


class BasketCompression(uproot.ZSTD):
    """Zstd, which spends no time on noise: a basket's numbers make one frame, the offsets behind them another.

    To search the digits of momenta for repetitions wins 8 % of their size for half of all the time that compression
    takes; and branches of one collection share their offsets, whose frame is made once. Readers need not know: zstd
    decompresses frames one after the other (its own API, ROOT's, and cramjam's).
    """

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self._entries = 0
        self._frames: list[tuple[bytes, bytes]] = []

    def begin(self, entries: int) -> None:
        """Say how many entries the baskets have that come next."""
        self._entries = entries
        self._frames.clear()

    def compress(self, data: bytes) -> bytes:
        """Give the frames; what does not end with offsets of this many entries makes only one."""
        # Behind a jagged basket's numbers come the number of offsets and one offset more than entries, 4 bytes each.
        split = len(data) - 4 * (self._entries + 2)
        if split <= 0 or data[split : split + 4] != (self._entries + 1).to_bytes(4, "big"):
            return bytes(super().compress(data))
        return self._numbers(data[:split]) + self._offsets(data[split:])

    def _numbers(self, numbers: bytes) -> bytes:
        sample = numbers[:SAMPLE]
        if len(super().compress(sample)) < WORTHWHILE * len(sample):
            return bytes(super().compress(numbers))
        return bytes(cramjam.zstd.compress(numbers, level=FAST))

    def _offsets(self, offsets: bytes) -> bytes:
        # Offsets count from the length of the branch's name, and in bytes of its numbers: some differ, many do not.
        # Those that differ do so in their first bytes: to compare takes no time, to hash them half that of a frame.
        for known, frame in self._frames:
            if known == offsets:
                return frame
        self._frames.append((offsets, bytes(super().compress(offsets))))
        return self._frames[-1][1]
