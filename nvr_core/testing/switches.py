"""Every fault of the simulated camera as a recorder should meet it: goes on, breaks, or stops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from nvr_core.simulators import CameraSpec, Faults
from nvr_core.simulators.faults import HeaderQuirk, SdpDamage
from nvr_core.wire.facts import Cause

FPS = 12
LOOP = 12
"""Seconds of a simulated loop: short, so that it is encoded soon."""

UNREACHABLE = Cause.CAMERA_UNREACHABLE
FULL = Cause.DEVICE_FULL
LOGIN = ("admin", "rahasia")


@dataclass(frozen=True, kw_only=True)
class Switch:
    """One fault, and what is right when a recorder meets it."""

    row: str
    """Row of docs/design/faults.md and a word: "1 jump"; a word alone for faults of devices."""
    faults: Faults = field(default_factory=Faults)
    camera: Mapping[str, Any] = field(default_factory=dict)
    """Fields of its CameraSpec."""
    want: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the want and its source."""
    tls: bool = False
    cause: Cause | None = None
    """What the ledger must say of it each time; None: no gap at all while the fault lasts."""
    sentence: str = ""
    """Words that the gap's sentence must contain."""
    stops: bool = False
    """Nothing can be recorded until the fault is over."""
    full: bool = False
    """It shows when a second stream of the camera is being watched."""
    loses: bool = False
    """Frames are lost or spoilt by the fault itself: drawn numbers do not follow each other."""
    dwell: float = 2.0
    """Seconds that the fault needs to show itself."""

    def spec(self, name: str) -> CameraSpec:
        """The camera that has this fault once it is switched on."""
        login = {"user": LOGIN[0], "password": LOGIN[1]} if "login" in self.want else {}
        small = {"width": 320, "height": 180, "fps": FPS, "seconds": LOOP, "label": "switch"}
        sub = self.full or bool(self.faults.change_every_s)
        given = {"name": name, "scene": "pos", **small, "sub": sub, **login, **self.camera}
        return CameraSpec(**given)

    @property
    def length(self) -> int:
        """Frames of its loop."""
        return FPS * int(self.camera.get("seconds", LOOP))


def row(name: str, /, **fields: Any) -> Switch:
    """A switch whose faults are named beside its other fields."""
    own = {key: fields.pop(key) for key in tuple(fields) if key in Switch.__dataclass_fields__}
    return Switch(row=name, faults=Faults(**fields), **own)


def limits() -> list[Switch]:
    """Row 23 in its four dialects."""
    signed = {"login": LOGIN}
    return [
        row(f"23 {s}", session_limit=1, limit_status=s, full=True, stops=True, cause=FULL, want=w)
        for s, w in ((453, {}), (403, {}), (500, {}), (401, signed))
    ]


def keepalives() -> list[Switch]:
    """Row 11: sessions that end after a few seconds without the one right sign of life."""
    short = {"timeout_s": 4}
    names: tuple[Literal["options", "get_parameter", "set_parameter"], ...] = (
        "options",
        "get_parameter",
        "set_parameter",
    )
    return [
        *(row(f"11 {name}", keepalive=name, camera=short, dwell=6) for name in names),
        row("11 any", camera=short, dwell=6),
        row("11 none", keepalive="none", camera=short, dwell=6, cause=UNREACHABLE),
        row("stale", stale_after=2, camera=short, want={"login": LOGIN}, dwell=6),
    ]


def descriptions() -> list[Switch]:
    """Rows 17 to 21: what a camera says of itself."""
    sound = {"audio": "aac"}
    controls = ("absolute", "double-scheme", "no-base", "wrong-host", "after-query", "bare")
    return [
        row("17 no-config", audio_sdp="no-config", camera=sound),
        row("17 no-rtpmap", audio_sdp="no-rtpmap", camera=sound),
        *(row(f"18 {name}", sdp=(name,), camera=sound) for name in get_args(SdpDamage)),
        *(row(f"19 {name}", control=name) for name in controls),
        *(row(f"20 {name}", headers=(name,)) for name in get_args(HeaderQuirk)),
        *(row(f"21 {n}", rtp_info=n) for n in ("missing", "zero", "wrong", "relative")),
    ]


def times() -> list[Switch]:
    """Rows 1 to 6: time stamps."""
    waiting = Cause.WAITING_FOR_KEY_FRAME
    return [
        row("1 jump", jump_s=5, jump_every_s=2, cause=waiting, sentence="stepped"),
        row("1 jump back", jump_s=-5, jump_every_s=2, cause=waiting, sentence="stepped"),
        row("1 backwards", backwards_every=7),
        row("2", report_jump_s=3600, report_every_s=0.5),
        row("3", drift_ppm=400),
        row("4", wrap_after_s=1),
        row("5", marked_sei=True),
        row("6", camera={"bframes": 2}),
    ]


def pictures() -> list[Switch]:
    """Rows 8 to 16, and 22: parameter sets, channels, NAL units."""
    return [
        row("8", sets_not_in_sdp=True),
        row("8 late", sets_late_s=1.5),
        row("9", sets_only_in_sdp=True),
        row("10", change_every_s=2, dwell=4),
        row("12", stray_packets=True),
        row("12 ghosts", ghosts=True, session_limit=2, full=True),
        row("13 shifted", channels="shifted"),
        row("13 unsaid", channels="unsaid"),
        row("14", session_changes=True, camera={"audio": "aac"}),
        row("15 sdp", framerate="0S"),
        row("15 sps", camera={"declared_fps": 60}),
        row("16", camera={"gop_s": 10, "seconds": 20}),
        row("22 annex b", annex_b=True),
        row("22 annex b h265", annex_b=True, camera={"codec": "h265", "bframes": 2}),
        row("22 fragments", empty_fragments=True),
        row("22 tail", sps_tail=True),
    ]


def ways() -> list[Switch]:
    """Rows 24 to 27: TLS, UDP, redirects, loss."""
    udp = {"transport": "udp"}
    return [
        row("24", tls=True, want={"verify_tls": False}),
        row("25 udp", udp_only=True),
        row("25 datagram", datagram=10000, want=udp),
        row("26", redirect="/elsewhere"),
        row(
            "26 host",
            redirect="rtsp://192.0.2.1/elsewhere",
            stops=True,
            cause=UNREACHABLE,
            sentence="another host",
        ),
        row("27 tcp", loss=0.02, loses=True),
        row("27 udp", loss=0.02, loses=True, want=udp),
        row("27 order", reorder_every=20, want=udp),
    ]


def devices() -> list[Switch]:
    """Faults without a row: a device that hangs, hangs up, or does not want us."""
    silent, signed = Cause.CAMERA_SILENT, {"login": LOGIN}
    return [
        row("digest sha-256", camera={"auth": "digest-sha256"}, want=signed),
        row("digest both", camera={"auth": "digest-both"}, want=signed),
        row("basic", camera={"auth": "basic"}, want=signed),
        row("scrambled", scrambled=True, loses=True),
        row("slow", slow_start_s=1.5),
        row("mid gop", mid_gop=True),
        row("close", close_after_s=1, cause=UNREACHABLE, sentence="closed"),
        row("reset", close_after_s=1, reset=True, cause=UNREACHABLE, sentence="closed"),
        row("freeze", freeze_after_s=1, cause=silent, sentence="no whole frame", dwell=5),
        row("dead", dead="reset", stops=True, cause=UNREACHABLE),
        row("mute", dead="mute", stops=True, cause=UNREACHABLE, sentence="did not answer"),
        row("encoding", encoding="JPEG", stops=True, cause=Cause.UNSUPPORTED, sentence="JPEG"),
        row("refused", refuse_login=True, want=signed, stops=True, cause=Cause.LOGIN_REFUSED),
    ]


SWITCHES: tuple[Switch, ...] = (
    *times(),
    *pictures(),
    *keepalives(),
    *descriptions(),
    *limits(),
    *ways(),
    *devices(),
)

ELSEWHERE = row("elsewhere").spec("elsewhere")
"""The camera that row 26 points to; a site of these switches needs it."""


def specs(switches: Iterable[Switch]) -> list[CameraSpec]:
    """The cameras c0, c1, … of these switches, and the one that is pointed to."""
    return [*(switch.spec(f"c{place}") for place, switch in enumerate(switches)), ELSEWHERE]
