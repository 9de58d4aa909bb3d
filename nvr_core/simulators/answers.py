"""What a simulated camera answers to each RTSP method (RFC 2326, 10)."""

from __future__ import annotations

from dataclasses import dataclass

from nvr_core.media import rtsp
from nvr_core.simulators import description
from nvr_core.simulators.address import TRACKS, Address, Track
from nvr_core.simulators.camera import Camera
from nvr_core.simulators.faults import Faults
from nvr_core.simulators.lane import Lane, Outlet
from nvr_core.simulators.outlet import TcpOutlet, UdpOutlet
from nvr_core.simulators.session import Session
from nvr_core.simulators.spec import Stream
from nvr_core.simulators.viewer import Viewer

KEEPALIVES = ("OPTIONS", "GET_PARAMETER", "SET_PARAMETER")
METHODS = ("DESCRIBE", "SETUP", "PLAY", "PAUSE", "TEARDOWN")
CHANNEL_SHIFT = 4
"""Row 13: how far the channels are from those that were asked for."""
LAST_CHANNEL = 200
"""Leaves room above for RTCP, the shift and strays: a channel is one byte."""


@dataclass(frozen=True)
class Reply:
    """An answer; packets_before leave ahead of it (row 12)."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    packets_before: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Question:
    """A request with everything that its answer depends on."""

    request: rtsp.Request
    address: Address
    camera: Camera
    stream: Stream
    viewer: Viewer
    now: int
    """µs since 1970."""

    @property
    def faults(self) -> Faults:
        return self.camera.faults

    @property
    def session_id(self) -> str:
        return rtsp.parse_session(self.request.headers.get("Session"))[0]


def answer(question: Question) -> Reply:
    """The camera's answer."""
    method, faults = question.request.method, question.faults
    if method == "OPTIONS" and not question.session_id:
        return options(faults)
    if "needs-user-agent" in faults.headers and not question.request.headers.get("User-Agent"):
        return Reply(401, tuple(question.camera.guard.challenges()))
    verdict = question.camera.guard.judge(
        method,
        question.request.headers.get("Authorization"),
        faults,
        question.now,
        question.viewer.address,
    )
    if verdict != "welcome":
        return Reply(401, tuple(question.camera.guard.challenges(stale=verdict == "stale")))
    if method in ("DESCRIBE", "SETUP"):
        return _describe(question) if method == "DESCRIBE" else _setup(question)
    if method in KEEPALIVES and not question.session_id:
        return Reply(200)
    session = question.camera.find(question.session_id)
    if session is None:
        return Reply(454)
    if method in KEEPALIVES:
        return _keepalive(question, session)
    known = {"PLAY": _play, "PAUSE": _pause, "TEARDOWN": _teardown}.get(method)
    return known(question, session) if known else Reply(501)


def options(faults: Faults) -> Reply:
    """OPTIONS: says which keepalives are offered (row 11)."""
    kept = [name for name in KEEPALIVES if faults.keepalive in ("any", name.lower())]
    return Reply(200, (("Public", ", ".join([*METHODS, *kept])),))


def _describe(question: Question) -> Reply:
    faults, camera = question.faults, question.camera
    if faults.limit_status == 401 and _is_full(camera):
        return Reply(401, tuple(camera.guard.challenges()))
    if faults.redirect:
        place = faults.redirect
        if place.startswith("/"):
            scheme, _, rest = question.address.base.partition("://")
            place = f"{scheme}://{rest.partition('/')[0]}{place}"
        return Reply(faults.redirect_status, (("Location", place),))
    headers = [("Content-Type", "application/sdp")]
    base = description.content_base(question.address, faults)
    if base is not None:
        headers.append(("Content-Base", base))
    tracks = camera.tracks(question.stream)
    body = description.describe(camera.spec.name, question.address, tracks, faults)
    return Reply(200, tuple(headers), body)


def _is_full(camera: Camera) -> bool:
    return 0 < camera.faults.session_limit <= len(camera.sessions)


def _setup(question: Question) -> Reply:
    faults, camera = question.faults, question.camera
    track = description.named_track(question.address, faults)
    specs = camera.specs(question.stream, track) if track else ()
    if track is None or not specs:
        return Reply(404)
    asked = rtsp.parse_transport(question.request.headers.get("Transport"))
    if faults.udp_only if asked.tcp else question.viewer.encrypted:
        return Reply(461)
    if not asked.tcp and (asked.client_port is None or 0 in asked.client_port):
        return Reply(461)
    if asked.interleaved and asked.interleaved[0] > LAST_CHANNEL:
        return Reply(461)
    session = camera.find(question.session_id) if question.session_id else None
    if session is None:
        if question.session_id:
            return Reply(454)
        if _is_full(camera):
            return Reply(faults.limit_status)
        session = camera.open(question.stream, question.viewer)
    elif faults.session_changes:
        camera.rename(session)
    if track in session.lanes:
        return Reply(455)
    outlet, said = _outlet(question, asked, track)
    lane = session.add(track, specs, camera.spec.delay_ms * 1000, outlet)
    camera.touch(session)
    return Reply(
        200,
        (
            ("Transport", f"{said};ssrc={lane.ssrc:08X}"),
            ("Session", f"{session.id};timeout={camera.spec.timeout_s}"),
        ),
    )


def _outlet(question: Question, asked: rtsp.Transport, track: Track) -> tuple[Outlet, str]:
    """The way for a track, and the words of the Transport header that say which."""
    viewer, faults = question.viewer, question.faults
    if not asked.tcp and asked.client_port is not None:
        udp = UdpOutlet(viewer.own_address, (viewer.address, *asked.client_port))
        theirs, ours = "-".join(map(str, asked.client_port)), "-".join(map(str, udp.ports))
        return udp, f"RTP/AVP;unicast;client_port={theirs};server_port={ours}"
    channel = asked.interleaved[0] if asked.interleaved else 2 * TRACKS.index(track)
    if faults.channels == "shifted":
        channel += CHANNEL_SHIFT
    said = "RTP/AVP/TCP;unicast"
    if faults.channels != "unsaid":
        said += f";interleaved={channel}-{channel + 1}"
    return TcpOutlet(viewer.transport, channel), said


def _play(question: Question, session: Session) -> Reply:
    faults = question.faults
    question.camera.touch(session)
    stray: list[bytes] = []
    if faults.stray_packets and session.transport == "tcp":
        stray = [packet for lane in session.lanes.values() for packet in lane.stray()]
    session.play()
    headers = [("Session", session.id), ("Range", "npt=now-")]
    if faults.rtp_info != "missing":
        entries = [
            _rtp_info(question.address, faults, track, lane)
            for track, lane in session.lanes.items()
        ]
        headers.append(("RTP-Info", ",".join(entries)))
    return Reply(200, tuple(headers), packets_before=tuple(stray))


def _rtp_info(address: Address, faults: Faults, track: Track, lane: Lane) -> str:
    """One entry of RTP-Info (12.33), and what cameras make of it (row 21)."""
    sequence, timestamp = lane.first_sequence, lane.first_timestamp
    url = f"{address.base}/trackID={TRACKS.index(track)}"
    if faults.rtp_info == "relative":
        url = f"trackID={TRACKS.index(track)}"
    if faults.rtp_info == "zero":
        sequence = timestamp = 0
    if faults.rtp_info == "wrong":
        sequence, timestamp = sequence ^ 0x7A5A, timestamp ^ 0x5A5A5A5A
    return f"url={url};seq={sequence};rtptime={timestamp}"


def _keepalive(question: Question, session: Session) -> Reply:
    """Row 11: only the method that the camera offers counts as a sign of life."""
    offered = question.faults.keepalive
    if offered not in ("any", question.request.method.lower()):
        return Reply(question.faults.keepalive_status)
    question.camera.touch(session)
    return Reply(200, (("Session", session.id),))


def _pause(question: Question, session: Session) -> Reply:
    session.pause()
    question.camera.touch(session)
    return Reply(200, (("Session", session.id),))


def _teardown(question: Question, session: Session) -> Reply:
    question.camera.close(session)
    return Reply(200, (("Session", session.id),))
