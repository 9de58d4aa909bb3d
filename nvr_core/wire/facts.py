"""What a recorder tells. Kept facts are numbered and stand in the journal; news may be missed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nvr_core.wire.parts import PackedParts


class Cause(StrEnum):
    """Why a stream that should be kept is not (the gap ledger's words)."""

    CAMERA_UNREACHABLE = "camera-unreachable"
    NETWORK_LOSS = "network-loss"
    CAMERA_SILENT = "camera-silent"
    LOGIN_REFUSED = "login-refused"
    DEVICE_FULL = "device-full"
    WAITING_FOR_KEY_FRAME = "waiting-for-key-frame"
    UNSUPPORTED = "unsupported"
    DISK_SLOW = "disk-slow"
    DISK_FULL = "disk-full"
    DISK_LOST = "disk-lost"
    POWER = "power"
    RECORDER_STOPPED = "recorder-stopped"
    CLOCK = "clock"
    BY_SCHEDULE = "by-schedule"
    BY_PERSON = "by-person"


@dataclass(frozen=True, kw_only=True)
class RecorderStarted:
    """A recorder began; everything it says until the next one lies on its monotonic line."""

    recorder_start: str
    boot: str
    """The kernel's boot id: another one means that the machine was off in between."""
    version: str
    wall: int
    monotonic: int
    synchronised: bool
    renews: str = ""
    """The start that this one follows stream by stream, while that goes on: nothing was missing
    between them. Empty: what an earlier start left open was cut off."""


@dataclass(frozen=True, kw_only=True)
class StreamState:
    """What a stream does now, in one word, with a sentence for people."""

    camera: str
    stream: str
    state: str
    """connecting, recording, ring, waiting (for a retry), parked."""
    cause: Cause | None = None
    sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class SegmentOpened:
    camera: str
    stream: str
    run: str
    segment: str
    recorder_start: str
    sequence: int
    path: str
    """Absolute path of the file."""
    ring: bool
    start: int
    """Provisional wall time of the first frame, µs."""
    codec: str
    timescale: int
    init_size: int
    """Bytes of ftyp+moov at the head of the file: what a player needs before any part."""
    base: int
    """Media time (ticks) at which the segment starts on its run's line."""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, kw_only=True)
class SegmentClosed:
    """The file is whole, hashed and durable. Repaired files are told the same way."""

    camera: str
    stream: str
    run: str
    segment: str
    recorder_start: str
    sequence: int
    path: str
    ring: bool
    start: int
    """Final wall time of the first frame, µs."""
    duration: int
    """µs."""
    frames: int
    size: int
    sha256: str
    parts: PackedParts
    codec: str
    timescale: int
    init_size: int
    base: int
    width: int = 0
    height: int = 0
    lost_packets: int = 0
    damaged_frames: int = 0
    no_key: bool = False
    """Cut without a key frame: decoding starts in the segment before."""
    repaired: bool = False
    """Closed after a crash, by what stood in the file."""
    clock_error: int | None = None
    """Bound of the error of the system's clock when the segment began, µs; -1: it was not
    synchronised; None: nobody said."""


@dataclass(frozen=True, kw_only=True)
class SegmentGone:
    """A file that will not come: a ring segment that aged, an empty or a missing file."""

    segment: str
    path: str
    why: str
    """aged, empty, missing or lost."""
    ring: bool = False


@dataclass(frozen=True, kw_only=True)
class GapOpened:
    """The stream is not kept. Of a gap that goes on this may be told again, under a new number and
    with the same id and start, so that the journal need not keep the older fact: it is one gap."""

    camera: str
    stream: str
    gap: str
    cause: Cause
    wall: int
    monotonic: int
    recorder_start: str
    sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class GapClosed:
    """The stream is kept again. The same gap may be closed once more, with an earlier end, when
    footage turns up after a crash: the last word counts."""

    camera: str
    stream: str
    gap: str
    wall: int
    monotonic: int
    recorder_start: str
    cause: Cause
    """The last word on why: may differ from the cause it was opened with."""


@dataclass(frozen=True, kw_only=True)
class SourceNeeded:
    """The address or token is worthless: the server should ask the plugin for another."""

    camera: str
    stream: str
    why: str


@dataclass(frozen=True, kw_only=True)
class LoginParked:
    """No process may try this login again until a person changes it."""

    login_group: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Worth a person's eye: a sentence that says what to do."""

    code: str
    sentence: str
    camera: str = ""
    stream: str = ""


@dataclass(frozen=True, kw_only=True)
class FragmentWritten:
    """News: bytes that can be read now. Never in the journal."""

    segment: str
    camera: str
    stream: str
    offset: int
    size: int
    start: int
    """Media time (ticks) on the run's line."""
    duration: int
    key: bool
    wall: int
    """Wall time of its first frame as known now, µs."""


@dataclass(frozen=True, kw_only=True)
class Durable:
    """News: what was written before this moment survives a power cut."""

    volume: str
    through: int
    """Wall time, µs."""
    sync_us: int


@dataclass(frozen=True, kw_only=True)
class StreamStatistics:
    """News, every few seconds."""

    camera: str
    stream: str
    bits_per_second: int
    frames_per_second: float
    gop_seconds: float
    lost_packets: int
    dropped_bytes: int
    reconnects: int


Kept = (
    RecorderStarted
    | StreamState
    | SegmentOpened
    | SegmentClosed
    | SegmentGone
    | GapOpened
    | GapClosed
    | SourceNeeded
    | LoginParked
    | Notice
)
News = FragmentWritten | Durable | StreamStatistics
Fact = Kept | News


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """A kept fact as the journal holds it: {"n": 17, "at": …, "type": "gap-opened", …}."""

    number: int
    at: int
    """Wall time at which it was written down, µs."""
    fact: Kept
