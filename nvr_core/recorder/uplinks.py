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
        self._answering: set[str] = set()
        self._down: dict[str, int | None] = {}
        """Since when a device does not answer; None: since before anybody looked."""
        self._unseen: set[str] = set()
        """Devices that never answered, and of which nobody knows yet whether it is their fault."""
        self._tokens = float(BURST)
        self._refilled = 0

    def failed(self, device: str, now: int) -> set[str]:
        """A device does not answer. Returns the devices that the network took down with it.

        The moment of its first failure counts, however often it is tried again. A device that
        never answered may have been dead for weeks when the recorder was started: that is put
        down to the network only where nobody on the link answers.
        """
        if device not in self._down:
            self._down[device] = now
            if device not in self._answering:
                self._unseen.add(device)
            self._answering.discard(device)
        self._settle()
        since = self._down[device]
        if since is None:
            return set()
        together = {
            name
            for name, other in self._down.items()
            if other is not None and abs(since - other) <= TOGETHER
        }
        return together if len(together) > 1 else set()

    def answered(self, device: str) -> None:
        """A device answers again."""
        self._answering.add(device)
        self._down.pop(device, None)
        self._unseen.discard(device)
        self._settle()

    def _settle(self) -> None:
        """The link works while somebody answers: who was never seen is away for its own reason."""
        if self._answering:
            self._down |= dict.fromkeys(self._unseen)
            self._unseen.clear()

    def connect_in(self, now: int) -> int:
        """Take a place in the queue of connections. Returns how many µs to wait before it."""
        elapsed = max(0, now - self._refilled)
        self._refilled = now
        self._tokens = min(BURST, self._tokens + elapsed * RATE / SECOND) - 1
        return 0 if self._tokens >= 0 else int(-self._tokens * SECOND / RATE)
