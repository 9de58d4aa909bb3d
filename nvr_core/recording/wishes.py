"""What is wanted now: the watched cameras, the hours at which they are kept, and who looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from nvr_core.clock import Clock
from nvr_core.recording.live import Key
from nvr_core.recording.wants import Kept, Watched, recorder_of, wants
from nvr_core.wire.wants import StreamWant

Hours = Callable[[Mapping[str, object] | None, int], Kept]
"""(rules as stored, wall time in µs) → when it is kept."""


class Cameras(Protocol):
    """Who knows which cameras are watched, and where their streams are."""

    def watched(self) -> Sequence[Watched]:
        """All of them, in the order in which people see them."""

    def needed(self, camera: str) -> None:
        """A recorder cannot use the source that it has: another one is wished for."""


class Wishes:
    """Answers what each recorder is to do, and says until when the answer is good."""

    def __init__(self, cameras: Cameras, hours: Hours, clock: Clock, volume: str) -> None:
        self._cameras = cameras
        self._hours = hours
        self._clock = clock
        self._volume = volume
        self._before: Sequence[StreamWant] = ()
        self._kept: dict[str, Kept] = {}
        self._asked_at = 0
        self._recorders: dict[str, str] = {}
        self.lasting: Mapping[str, tuple[StreamWant, ...]] = {}
        """The desired set while nobody watches, as last answered."""

    def begin(self, before: Sequence[StreamWant]) -> None:
        """What was wanted before this server: it counts until a plugin has spoken."""
        self._before = before
        self.renew()

    def renew(self) -> None:
        """The cameras or their hours are others, or time has passed."""
        now = self._clock.wall()
        watched = self._cameras.watched()
        self._asked_at = now
        self._kept = {one.camera: self._hours(one.rules, now) for one in watched}
        self.lasting = self.wanted(frozenset())
        self._recorders = {
            want.camera: recorder_of(want.source)
            for streams in self.lasting.values()
            for want in streams
            if want.stream == "main"
        }

    @property
    def due(self) -> bool:
        """Whether hours must be reckoned anew: windows reach 48 h ahead of a clock that runs."""
        now = self._clock.wall()
        moments = [one.renew_at for one in self._kept.values() if one.renew_at is not None]
        return bool(moments) and (now >= min(moments) or now < self._asked_at)

    def wanted(self, watched: frozenset[Key]) -> dict[str, tuple[StreamWant, ...]]:
        """The desired set of each recorder while these streams are watched."""
        cameras = [one for one in self._cameras.watched() if one.camera in self._kept]
        return wants(cameras, self._kept, volume=self._volume, watched=watched, before=self._before)

    def recorder(self, camera: str) -> str:
        """Which recorder pulls its main stream; RTSP's for one of which nothing is known yet."""
        return self._recorders.get(camera, "rtsp")

    @property
    def used(self) -> frozenset[str]:
        """Recorders that have something to do."""
        return frozenset(name for name, streams in self.lasting.items() if streams)

    @property
    def kept(self) -> frozenset[Key]:
        """Streams that are to be kept, now or at some hour."""
        return frozenset(
            (one.camera, one.stream)
            for streams in self.lasting.values()
            for one in streams
            if one.keep_always or one.windows
        )

    @property
    def unsaid(self) -> frozenset[str]:
        """Cameras of which no plugin has spoken since this server began."""
        return frozenset(one.camera for one in self._cameras.watched() if one.streams is None)
