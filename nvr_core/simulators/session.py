"""A viewer's session at a simulated camera: its tracks, its life, its end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal, Protocol

from nvr_core.clock import SECOND
from nvr_core.simulators.address import Track
from nvr_core.simulators.faults import Faults
from nvr_core.simulators.lane import Lane, Outlet
from nvr_core.simulators.loops import Spec
from nvr_core.simulators.outlet import UdpOutlet
from nvr_core.simulators.shelf import Shelf
from nvr_core.simulators.spec import Stream


class Line(Protocol):
    """The connection that a session was set up on."""

    def hang_up(self, reset: bool) -> None:
        """Close it, or break it by a TCP reset."""


@dataclass(frozen=True)
class Sent:
    """One frame that left for one viewer."""

    session: str
    stream: Stream
    track: Track
    number: int
    """Of the picture (as drawn) or audio frame in its loop."""
    wall: int
    """When it left: µs since 1970 by the camera's clock."""


class Session:
    """One viewer of one stream, over TCP or UDP."""

    def __init__(
        self,
        shelf: Shelf,
        stream: Stream,
        line: Line,
        faults: Callable[[], Faults],
        sent: Callable[[Sent], None],
    ) -> None:
        self.id = secrets.token_hex(4).upper()
        self.stream: Stream = stream
        self.transport: Literal["tcp", "udp"] = "tcp"
        self.started = shelf.clock.now()
        """µs since 1970."""
        self.playing = False
        self.frozen = False
        self.line: Line | None = line
        """None: a ghost, whose connection is gone."""
        self.lanes: dict[Track, Lane] = {}
        self._outlets: list[Outlet] = []
        self._shelf = shelf
        self._faults = faults
        self._sent = sent
        self._timeout: asyncio.TimerHandle | None = None

    def new_id(self) -> str:
        """Row 14: from now on the session is known by another id."""
        self.id = secrets.token_hex(4).upper()
        return self.id

    def touch(self, seconds: float, expired: Callable[[], None]) -> None:
        """A sign of life: unless another comes in time, the session has expired."""
        if self._timeout is not None:
            self._timeout.cancel()
        self._timeout = asyncio.get_running_loop().call_later(seconds, expired)

    def add(self, track: Track, specs: tuple[Spec, ...], delay: int, outlet: Outlet) -> Lane:
        """Prepare a track for sending; specs are its loop and, for a picture, the other size's."""
        if isinstance(outlet, UdpOutlet):
            self.transport = "udp"

        def note(number: int) -> None:
            self._sent(Sent(self.id, self.stream, track, number, self._shelf.clock.now()))

        lane = Lane(
            self._shelf,
            tuple(self._shelf.player(spec, delay) for spec in specs),
            outlet,
            faults=self._faults,
            gate=self._may_send,
            sent=note,
            chances=Random(f"{track} {secrets.token_hex(4)}"),  # noqa: S311 - no secret
        )
        self.lanes[track] = lane
        self._outlets.append(outlet)
        return lane

    def play(self) -> None:
        """Begin with the next key frame (or the next frame at all); all tracks at one moment."""
        if self.playing:
            return
        self.playing = True
        faults = self._faults()
        start = self._shelf.clock.now() + round(faults.slow_start_s * SECOND)
        zero, rate = start, SECOND
        if "video" in self.lanes:
            player = self.lanes["video"].players[0]
            lap, place = player.next(start, key=not faults.mid_gop)
            start, zero, rate = (
                player.due(lap, place),
                player.ticks(lap, place),
                player.loop.clock_rate,
            )
        for lane in self.lanes.values():
            lane.begin(start, zero * lane.players[0].loop.clock_rate // rate)

    def pause(self) -> None:
        """Send nothing until the next play."""
        self.playing = False
        for lane in self.lanes.values():
            lane.end()

    def abandon(self) -> None:
        """Row 12: the connection is gone, the session still counts."""
        self.pause()
        self.line = None

    def end(self) -> None:
        """Stop for good and give back its ports."""
        self.pause()
        if self._timeout is not None:
            self._timeout.cancel()
        for outlet in self._outlets:
            if isinstance(outlet, UdpOutlet):
                outlet.close()

    def _may_send(self, elapsed: int) -> bool:
        """Freeze, or hang up, when it is time; elapsed is µs since the first frame."""
        faults = self._faults()
        self.frozen = 0 < faults.freeze_after_s * SECOND <= elapsed
        if 0 < faults.close_after_s * SECOND <= elapsed and self.line is not None:
            self.line.hang_up(faults.reset)
            return False
        return not self.frozen
