"""One track of one session on its way: numbers, sender reports, and the faults of time and loss."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

from nvr_core.clock import SECOND
from nvr_core.simulators import packets
from nvr_core.simulators.faults import Faults
from nvr_core.simulators.loops import LoopSpec
from nvr_core.simulators.packets import Burst
from nvr_core.simulators.player import Player
from nvr_core.simulators.shelf import Shelf

SEQUENCES_TO_WRAP = 20
"""With wrap_after_s, so many packets come before sequence numbers begin anew."""


class Outlet(Protocol):
    """The way of one track to its viewer: channels of the RTSP connection, or UDP ports."""

    channel: int

    def media(self, burst: Burst, stamped: bytearray) -> None:
        """Send all packets of a burst."""

    def piece(self, packet: memoryview) -> None:
        """Send one packet (with its four bytes of interleaving)."""

    def report(self, packet: bytes) -> None:
        """Send one RTCP packet."""

    @property
    def full(self) -> bool:
        """The viewer does not read: more than a second of media waits for it."""


class Lane:
    """Sends one track to one viewer from the frame on that its session chose."""

    def __init__(
        self,
        shelf: Shelf,
        players: tuple[Player, ...],
        outlet: Outlet,
        *,
        faults: Callable[[], Faults],
        gate: Callable[[int], bool],
        sent: Callable[[int], None],
        chances: Random,
    ) -> None:
        """players: the loop of this track, and for a picture that of its other size (row 10).

        gate says whether anything may be sent that many µs after the first frame; sent is told
        the number of each frame that leaves.
        """
        self.players = players
        self.outlet = outlet
        self.ssrc = chances.getrandbits(32)
        self._shelf = shelf
        self._read_faults = faults
        self._gate = gate
        self._sent = sent
        self._chances = chances
        self._rate = players[0].loop.clock_rate
        self._video = isinstance(players[0].loop.spec, LoopSpec)
        self._active = 0
        self._faults = Faults()
        self._bursts: tuple[Burst, ...] = ()
        self._early: tuple[Burst, ...] = ()
        self._waits_for_key = False
        self._frames = self._packets = self._octets = self._reports = 0
        self.first_sequence = self.first_timestamp = 0
        self._sequence = self._zero = self._start = self._next_report = 0
        self._held: bytes | None = None
        self._undo: list[Callable[[], None]] = []

    def begin(self, start: int, zero: int) -> None:
        """Send what leaves at or after `start`; the tick `zero` bears the first timestamp."""
        faults = self._read_faults()
        self.first_timestamp = self._chances.getrandbits(32)
        self.first_sequence = self._sequence = self._chances.getrandbits(16)
        if faults.wrap_after_s:
            self.first_timestamp = 2**32 - round(faults.wrap_after_s * self._rate)
            self.first_sequence = self._sequence = 2**16 - SEQUENCES_TO_WRAP
        self._start = self._next_report = start
        self._zero = zero
        self._undo = [player.add(self.take) for player in self.players]

    def end(self) -> None:
        """Send nothing more."""
        while self._undo:
            self._undo.pop()()

    def take(self, player: Player, lap: int, place: int, now: int) -> None:
        """A unit of one of the players is due."""
        faults = self._read_faults()
        if faults is not self._faults:
            self._faults = faults
            self._fetch()
        elapsed = player.due(lap, place) - self._start
        if elapsed < 0 or not self._gate(elapsed):
            return
        unit = player.loop.units[place]
        if faults.change_every_s and unit.key and len(self.players) > 1:
            wanted = int(elapsed / SECOND / faults.change_every_s) % 2
            if wanted != self._active:
                # Both loops have this key frame; it is the new size's that is sent.
                if self.players[wanted] is not player:
                    return
                self._active = wanted
                self._fetch()
        if player is not self.players[self._active]:
            return
        if self.outlet.full:
            self._waits_for_key = True
            return
        if self._waits_for_key and not unit.key:
            return
        self._waits_for_key = False
        early = elapsed < faults.sets_late_s * SECOND
        self._send(
            (self._early if early else self._bursts)[place], player.ticks(lap, place), elapsed
        )
        if faults.report_every_s and now >= self._next_report:
            self._next_report = now + round(faults.report_every_s * SECOND)
            self._report(now, elapsed)

    def stray(self) -> list[bytes]:
        """Row 12: packets of nobody's session, on this lane's channel and on an unknown one."""
        burst = self._shelf.bursts(self.players[0].loop, packets.form_of(self._read_faults()))[0]
        other = burst.stamped(self.outlet.channel, 7, 7, self.ssrc ^ 0xFFFFFFFF)
        unknown = burst.stamped(self.outlet.channel + 40, 9, 9, self.ssrc ^ 0x5555)
        return [bytes(next(burst.pieces(other))), bytes(next(burst.pieces(unknown)))]

    def _fetch(self) -> None:
        loop = self.players[self._active].loop
        form = packets.form_of(self._faults)
        self._bursts = self._shelf.bursts(loop, form)
        late = self._faults.sets_late_s > 0
        self._early = self._shelf.bursts(loop, packets.without_sets(form)) if late else self._bursts

    def _timestamp(self, ticks: int, elapsed: int) -> int:
        """RTP time of a tick since 1970, as this camera's clock has it."""
        faults = self._faults
        passed = ticks - self._zero
        if faults.drift_ppm:
            passed += round(passed * faults.drift_ppm / 1e6)
        if faults.jump_s:
            jumps = int(elapsed / SECOND / faults.jump_every_s)
            passed += round(jumps * faults.jump_s * self._rate)
        return (self.first_timestamp + passed) & 0xFFFFFFFF

    def _send(self, burst: Burst, ticks: int, elapsed: int) -> None:
        faults = self._faults
        timestamp = self._timestamp(ticks, elapsed)
        self._frames += 1
        if self._video and faults.backwards_every and self._frames % faults.backwards_every == 0:
            spec = self.players[self._active].loop.spec
            fps = spec.fps if isinstance(spec, LoopSpec) else 1
            timestamp = (timestamp - 3 * self._rate // fps) & 0xFFFFFFFF
        stamped = burst.stamped(self.outlet.channel, self._sequence, timestamp, self.ssrc)
        self._sequence = self._sequence + len(burst.starts) & 0xFFFF
        self._packets += len(burst.starts)
        self._octets += burst.octets
        if faults.loss or faults.reorder_every:
            self._send_badly(burst, stamped)
        else:
            self.outlet.media(burst, stamped)
        self._sent(burst.number)

    def _send_badly(self, burst: Burst, stamped: bytearray) -> None:
        """Row 27: leave packets out, or let one overtake another."""
        faults = self._faults
        count = self._packets - len(burst.starts)
        for piece in burst.pieces(stamped):
            count += 1
            if faults.loss and self._chances.random() < faults.loss:
                continue
            if faults.reorder_every and count % faults.reorder_every == 0 and self._held is None:
                self._held = bytes(piece)
                continue
            self.outlet.piece(piece)
            if self._held is not None:
                self.outlet.piece(memoryview(self._held))
                self._held = None

    def _report(self, now: int, elapsed: int) -> None:
        """Say which wall time belongs to which timestamp (row 2 and 3: wrongly)."""
        faults = self._faults
        wall = now + round((now - self._start) * faults.drift_ppm / 1e6)
        if self._reports and faults.report_jump_s:
            wall += round(faults.report_jump_s * SECOND)
        self._reports += 1
        stamp = self._timestamp(now * self._rate // SECOND, elapsed)
        self.outlet.report(
            packets.sender_report(self.ssrc, wall, stamp, self._packets, self._octets)
        )
