"""Pure rules for a link that devices share: whose fault a failure is, who may reconnect now."""

from __future__ import annotations

from nvr_core.clock import SECOND

TOGETHER = 15 * SECOND
"""Devices of one uplink that fail within this span failed for one reason: the network."""

RATE = 4
BURST = 8
"""Connections an uplink takes a second when everybody comes back, and at once."""


class Uplink:
    """The devices behind one shared link, as a recorder sees them fail and return."""

    def __init__(self) -> None:
        self._down: dict[str, int] = {}
        self._tokens = float(BURST)
        self._refilled = 0

    def failed(self, device: str, now: int) -> set[str]:
        """A device stopped answering. Returns the devices that the network took down together."""
        self._down.setdefault(device, now)
        together = {name for name, since in self._down.items() if abs(now - since) <= TOGETHER}
        return together if len(together) > 1 else set()

    def answered(self, device: str) -> None:
        """A device answers again."""
        self._down.pop(device, None)

    def connect_in(self, now: int) -> int:
        """Take a place in the queue of connections. Returns how many µs to wait before it."""
        elapsed = max(0, now - self._refilled)
        self._refilled = now
        self._tokens = min(BURST, self._tokens + elapsed * RATE / SECOND) - 1
        return 0 if self._tokens >= 0 else int(-self._tokens * SECOND / RATE)
