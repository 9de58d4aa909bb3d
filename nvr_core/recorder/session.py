"""One RTSP conversation, from connecting to hanging up, for the tracks that somebody wants."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nvr_core.media import depacketize, rtcp, rtsp, rtsp_fields, sdp
from nvr_core.media.control import control_url
from nvr_core.media.errors import UnsupportedMedia
from nvr_core.media.rtp import Receiver
from nvr_core.media.track import FrameSink
from nvr_core.recorder.buffers import Buffers
from nvr_core.recorder.connection import Connection, Receive
from nvr_core.recorder.dialogue import Dialogue
from nvr_core.recorder.failures import SourceFailed, Unsupported
from nvr_core.recorder.logins import Logins
from nvr_core.recorder.tally import Tally
from nvr_core.recorder.udp import UdpPair
from nvr_core.wire.wants import Source

DEFAULT_TIMEOUT = 60
"""Seconds a session lives without a sign of us when the camera names no time (RFC 2326, 12.37)."""

LONGEST_BEAT = 30.0
"""Seconds between signs of life, however long the camera says it would wait."""

GOODBYE = 1.0
"""Seconds that a camera gets to answer TEARDOWN."""

REPORT_EVERY = 5.0
"""Seconds between receiver reports (RFC 3550, 6.2)."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a session needs to know besides its source."""

    login_group: str
    patience: float
    """Seconds for the connection and for each answer."""
    buffers: Buffers
    ghost: str = ""
    """Session id of an earlier conversation that may still count at the camera."""
    note: Callable[[str], None] = lambda session: None
    """Told the session's id when it is open, and an empty text when it was closed properly."""


class RtspSession:
    """Open it, await `ended`, close it. Frames go into the sinks from `open` on."""

    def __init__(
        self,
        source: Source,
        terms: Terms,
        sinks: Mapping[str, FrameSink],
        logins: Logins,
    ) -> None:
        self._dialogue = Dialogue(
            source,
            logins,
            login_group=terms.login_group,
            patience=terms.patience,
            buffers=terms.buffers,
        )
        self._terms = terms
        self._sinks = sinks
        self._aggregate = source.url
        self._timeout = DEFAULT_TIMEOUT
        self._public: frozenset[str] = frozenset()
        self._udp: list[UdpPair] = []
        self.session_id = ""
        self.receivers: dict[str, Receiver] = {}
        self.refused: dict[str, str] = {}
        """Tracks that are left out, with the sentence why (an audio codec, say)."""
        self.transport = source.transport
        self._channels: dict[str, tuple[int, int]] = {}
        """Interleaved channels of RTP and RTCP, of the tracks that do not come by UDP."""
        self._counted: dict[str, tuple[int, int]] = {}
        self.sender_reports: dict[str, rtcp.SenderReport] = {}

    @property
    def _connection(self) -> Connection:
        return self._dialogue.connection

    @property
    def ended(self) -> asyncio.Future[SourceFailed]:
        """Done when the conversation is over, with the reason."""
        return self._connection.lost

    async def open(self) -> None:
        """Connect, log in, set up and play. Raises SourceFailed."""
        ask = self._dialogue
        await ask.connect()
        options = await ask.ask("OPTIONS", ask.url, {})
        self._public = rtsp_fields.parse_methods(options.headers.get_all("Public"))
        description = await ask.describe()
        media = self._wanted(description)
        if self._terms.ghost:
            ask.send("TEARDOWN", ask.url, self._terms.ghost)
        for kind, described in media.items():
            await self._setup(kind, described, description.control)
        await self._play(description.control)

    async def keep_alive(self) -> None:
        """Show the camera that we are still here, until cancelled.

        Which request counts as a sign of life differs by brand: what it offers is believed, and
        when it is refused the next is sent too. Some refuse what they count.
        """
        rather = ("GET_PARAMETER", "SET_PARAMETER")
        methods = (*(name for name in rather if name in self._public), "OPTIONS")
        beat = max(1.0, min(self._timeout / 2, LONGEST_BEAT))
        pause = min(REPORT_EVERY, beat)
        waited = 0.0
        while True:
            await asyncio.sleep(pause)
            self._report()
            waited += pause
            if waited + pause > beat:
                waited = 0.0
                await self._show_life(methods, beat / 4)

    async def _show_life(self, methods: Sequence[str], patience: float) -> None:
        with contextlib.suppress(SourceFailed):  # no answer is no reason to hang up
            for method in methods:
                headers = {"Session": self.session_id}
                answer = await self._dialogue.ask(method, self._aggregate, headers, patience)
                if answer.status < 400:
                    return

    def tally(self, kind: str) -> Tally:
        """Losses of one track since this was asked last, and the camera's own clock."""
        receiver = self.receivers.get(kind)
        if receiver is None:
            return Tally()
        lost, resyncs = self._counted.get(kind, (0, 0))
        self._counted[kind] = (receiver.lost, receiver.resyncs)
        report = self.sender_reports.get(kind)
        return Tally(
            lost_packets=receiver.lost - lost,
            resyncs=receiver.resyncs - resyncs,
            camera_clock=(report.ntp, receiver.timestamps.near(report.rtp)) if report else None,
        )

    def fail(self, reason: SourceFailed) -> None:
        """End the conversation from our side, for a reason that was seen elsewhere."""
        self._connection.fail(reason)

    async def close(self) -> None:
        """Say goodbye, so that the camera frees its session, and hang up."""
        self._connection.receivers.clear()  # frames that come now belong to nobody
        for pair in self._udp:
            pair.close()
        try:
            if self.session_id and not self._connection.lost.done():
                headers = {"Session": self.session_id}
                with contextlib.suppress(SourceFailed):
                    await self._dialogue.ask("TEARDOWN", self._aggregate, headers, GOODBYE)
                    self._terms.note("")
        finally:
            self._dialogue.close()

    def _wanted(self, description: sdp.SessionDescription) -> dict[str, sdp.MediaDescription]:
        chosen: dict[str, sdp.MediaDescription] = {}
        for media in description.media:
            if media.kind in self._sinks and media.kind not in chosen:
                try:
                    depacketizer = depacketize.create(media, self._sinks[media.kind])
                except UnsupportedMedia as error:
                    self.refused[media.kind] = str(error)
                    continue
                self.receivers[media.kind] = Receiver(depacketizer, media.payload_type)
                chosen[media.kind] = media
        for kind in self._sinks:
            if kind not in chosen and kind not in self.refused:
                self.refused[kind] = f"the camera offers no {kind} at this address"
        if not chosen:
            raise Unsupported("; ".join(self.refused.values()))
        return chosen

    async def _setup(self, kind: str, media: sdp.MediaDescription, aggregate: str) -> None:
        index = len(self._connection.receivers) // 2 + len(self._udp)
        asked = (2 * index, 2 * index + 1)
        pair: UdpPair | None = None
        if self.transport == "udp":
            pair = await UdpPair.open(
                self._connection.local, self.receivers[kind], self._report_taker(kind), self.fail
            )
            self._udp.append(pair)
            transport = f"RTP/AVP;unicast;client_port={pair.port}-{pair.port + 1}"
        else:
            transport = f"RTP/AVP/TCP;unicast;interleaved={asked[0]}-{asked[1]}"
            self._listen(kind, asked)
        headers = {"Transport": transport}
        if self.session_id:
            headers["Session"] = self.session_id
        for url in control_url(self._dialogue.url, self._dialogue.base, media.control, aggregate):
            response = await self._dialogue.ask("SETUP", url, headers)
            if response.status not in (400, 404, 454, 459):
                break
        if response.status == 461 and self.transport == "tcp":
            self.transport = "udp"
            self._unlisten(kind)
            await self._setup(kind, media, aggregate)
            return
        self._dialogue.check("SETUP", response)
        self._take_session(response)
        answer = rtsp_fields.parse_transport(response.headers.get("Transport", ""))
        if pair is not None:
            pair.expect(self._connection.peer, answer.source, answer.server_port)
        elif answer.interleaved is not None and answer.interleaved != asked:
            # The camera chose other channels than we asked for: its word counts.
            self._unlisten(kind)
            self._listen(kind, answer.interleaved)

    def _listen(self, kind: str, channels: tuple[int, int]) -> None:
        self._connection.receivers[channels[0]] = self.receivers[kind].packet
        self._connection.receivers[channels[1]] = self._report_taker(kind)
        self._channels[kind] = channels

    def _unlisten(self, kind: str) -> None:
        for channel in self._channels.pop(kind, ()):
            self._connection.receivers.pop(channel, None)

    def _report_taker(self, kind: str) -> Receive:
        def take(buffer: bytes | bytearray, start: int, end: int) -> None:
            report = rtcp.parse(buffer, start, end)
            if report is not None:
                self.sender_reports[kind] = report

        return take

    async def _play(self, aggregate: str) -> None:
        headers = {"Session": self.session_id, "Range": "npt=0.000-"}
        for url in control_url(self._dialogue.url, self._dialogue.base, aggregate):
            response = await self._dialogue.ask("PLAY", url, headers)
            if response.status not in (400, 404, 454, 455, 459):
                self._aggregate = url
                break
        self._dialogue.check("PLAY", response)
        self._take_session(response)

    def _take_session(self, response: rtsp.Response) -> None:
        value = response.headers.get("Session", "")
        if value:
            self.session_id, timeout = rtsp_fields.parse_session(value)
            self._terms.note(self.session_id)
            if "timeout" in value.lower():
                self._timeout = timeout  # PLAY often repeats the id alone: SETUP's word stands

    def _report(self) -> None:
        for kind, (_, channel) in self._channels.items():
            packet = rtcp.receiver_report(self.receivers[kind])
            self._connection.send_packet(channel, packet)
        for pair in self._udp:
            pair.report()
