"""Memory that cameras are received into, handed from a connection that ends to the next one."""

from __future__ import annotations

from nvr_core.media.interleaved import CAPACITY


class Buffers:
    """Receive buffers of one recorder: as many as it ever had connections at a time.

    A camera that is never well makes a new connection every few seconds. Blocks of this size that
    come and go leave holes behind them in the process's memory.
    """

    def __init__(self) -> None:
        self._free: list[bytearray] = []

    def take(self) -> bytearray:
        """A buffer that nobody uses. What it held before is still in it."""
        return self._free.pop() if self._free else bytearray(CAPACITY)

    def give(self, buffer: bytearray) -> None:
        """Nobody uses this buffer any more."""
        self._free.append(buffer)
