"""Whether a source may be tried as it is, or another one must be asked for first."""

from __future__ import annotations

from nvr_core.clock import Clock
from nvr_core.recorder.failures import LoginRefused, NoConnection, SourceFailed, Unreachable
from nvr_core.wire.wants import Source


class Spent:
    """Remembers which source was used, and how it was answered."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: Source | None = None
        self._refused = False

    def used(self, source: Source) -> None:
        """It is tried now."""
        self._used, self._refused = source, False

    def failed(self, failure: SourceFailed) -> None:
        """What was used last has ended so. Nobody there says nothing about the source."""
        refused = isinstance(failure, LoginRefused | Unreachable)
        self._refused = refused and not isinstance(failure, NoConnection)

    def why(self, source: Source) -> str:
        """Why this source is not worth a try; empty when it is."""
        if source.expires_at is not None and source.expires_at <= self._clock.wall():
            return "it has expired"
        if source != self._used:
            return ""
        if source.refresh == "each_connect":
            return "it is good for one connection"
        if source.refresh == "on_refusal" and self._refused:
            return "the device refused it"
        return ""
