"""What a segment says about itself: the boxes at its head and at its end, and its index."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple
from uuid import UUID

from nvr_core.media.boxes import box, full
from nvr_core.media.errors import MediaError
from nvr_core.media.fragment import PRFT_SIZE

OPENING_UUID = UUID("7d5c1a8e-0f3b-4c7e-9a52-c1de0a7b52f1")
CLOSING_UUID = UUID("7d5c1a8e-0f3b-4c7e-9a52-c1de0a7b52f2")
MAX_PAYLOAD = 16 * 1024
"""Bytes of JSON in either box; ours take less than 1 KiB."""
FORMAT = 1
"""Version of both payloads; a reader ignores fields that it does not know."""
UUID_HEAD = 24
"""Bytes of a `uuid` box before its payload."""


@dataclass(frozen=True, kw_only=True)
class ClockState:
    """How far the system's clock could be trusted when the segment began."""

    synchronised: bool
    error_us: int | None = None
    """The kernel's bound of the error (adjtimex maxerror); None when it cannot be asked."""

    @property
    def bound(self) -> int | None:
        """In one number, µs: -1 while the clock is not synchronised; None: nobody knows."""
        return self.error_us if self.synchronised else -1


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Whose footage this is and when it began, as known when the file was made."""

    camera: str
    stream: str
    """main, sub, main-audio or sub-audio."""
    run: str
    segment: str
    recorder_start: str
    sequence: int
    """Order of the segments of this stream since the recorder started, from 0."""
    start: int
    """Provisional UTC of the first decode time, µs."""
    clock: ClockState
    codec: str
    """RFC 6381 name."""
    software: str
    encryption: str = "none"


@dataclass(frozen=True, kw_only=True)
class Closing:
    """The last word on a segment, and the hash of all of its bytes before this box."""

    start: int
    """Final UTC of the first decode time, µs."""
    duration_us: int
    """Wall time from `start` to the end of the last frame."""
    frames: int
    sha256: str
    """Hexadecimal; of every byte of the file before the closing box."""
    drift_ppm: float = 0.0
    """How much slower than ours the camera's clock went since the run began."""
    lost_packets: int = 0
    resyncs: int = 0
    """How often the receiver found its place anew in the stream of bytes."""
    damaged_frames: int = 0
    no_key: bool = False
    """Does not begin with a key frame: decoding starts in the segment before."""
    repaired: bool = False
    """Closed after a crash by what stood in the file; its times are the provisional ones."""
    camera_clock: tuple[int, int] | None = None
    """RTCP sender report: the camera's own UTC in µs, and the media time in ticks of that."""


class FragmentEntry(NamedTuple):
    """Where one fragment lies and what it holds."""

    offset: int
    """Of its prft box in the file."""
    size: int
    """Bytes, through the end of its mdat."""
    start: int
    """Decode time of its first sample in ticks, on the run's line."""
    duration: int
    """Ticks."""
    key: bool
    """Begins with a key frame."""
    frames: int
    shift: int = 0
    """Presentation minus decode time of the first sample, ticks: not 0 only with open GOPs."""


class Part(NamedTuple):
    """A key-to-key group of whole fragments: what browsers fetch."""

    offset: int
    size: int
    start: int
    """Ticks on the run's line."""
    duration: int
    """Ticks."""


def opening_box(opening: Opening) -> bytes:
    """The `uuid` box (ISO/IEC 14496-12, 11.1) that follows the head of the file."""
    return _uuid_box(OPENING_UUID, as_json(opening))


def closing_boxes(closing: Closing, fragments: Sequence[FragmentEntry]) -> bytes:
    """The `uuid` box and the index that end a segment; nothing may follow them.

    The index is mfra(tfra, mfro) (8.8.9 to 8.8.11): the presentation time of each key frame that
    begins a fragment, and the offset of its moof, which is why it must be the last box: readers
    look for it from the end of the file.
    """
    keys = [f for f in fragments if f.key]
    entries = b"".join(
        struct.pack(">QQBBB", max(f.start + f.shift, 0), f.offset + PRFT_SIZE, 1, 1, 1)
        for f in keys
    )
    tfra = full(b"tfra", 1, 0, struct.pack(">III", 1, 0, len(keys)), entries)
    size = 8 + len(tfra) + 16
    mfra = box(b"mfra", tfra, full(b"mfro", 0, 0, size.to_bytes(4, "big")))
    return _uuid_box(CLOSING_UUID, as_json(closing)) + mfra


def parts(fragments: Sequence[FragmentEntry]) -> tuple[Part, ...]:
    """Group fragments from key frame to key frame; what precedes the first one is a group too."""
    groups: list[Part] = []
    for f in fragments:
        if not groups or f.key:
            groups.append(Part(f.offset, f.size, f.start, f.duration))
        else:
            last = groups[-1]
            groups[-1] = Part(
                last.offset,
                f.offset + f.size - last.offset,
                last.start,
                f.start + f.duration - last.start,
            )
    return tuple(groups)


def parse_opening(payload: bytes) -> Opening:
    """Read the JSON of an opening box; MediaError names the field that is wrong."""
    said = _object(payload, "opening")
    clock = said.get("clock")
    if not isinstance(clock, dict):
        raise MediaError("the opening box has no object named clock")
    error = clock.get("error_us")
    return Opening(
        camera=_text(said, "camera"),
        stream=_text(said, "stream"),
        run=_text(said, "run"),
        segment=_text(said, "segment"),
        recorder_start=_text(said, "recorder_start"),
        sequence=_number(said, "sequence"),
        start=_number(said, "start"),
        clock=ClockState(
            synchronised=clock.get("synchronised") is True,
            error_us=error if isinstance(error, int) else None,
        ),
        codec=_text(said, "codec"),
        software=_text(said, "software"),
        encryption=_text(said, "encryption"),
    )


def parse_closing(payload: bytes) -> Closing:
    """Read the JSON of a closing box; MediaError names the field that is wrong."""
    said = _object(payload, "closing")
    clock = said.get("camera_clock")
    tied = isinstance(clock, list) and len(clock) == 2 and all(type(v) is int for v in clock)
    return Closing(
        start=_number(said, "start"),
        duration_us=_number(said, "duration_us"),
        frames=_number(said, "frames"),
        sha256=_text(said, "sha256"),
        drift_ppm=_rate(said, "drift_ppm"),
        lost_packets=_number(said, "lost_packets"),
        resyncs=_number(said, "resyncs"),
        damaged_frames=_number(said, "damaged_frames"),
        no_key=said.get("no_key") is True,
        repaired=said.get("repaired") is True,
        camera_clock=(clock[0], clock[1]) if isinstance(clock, list) and tied else None,
    )


def as_json(said: Opening | Closing) -> dict[str, Any]:
    """The fields as the boxes hold them."""
    return {"format": FORMAT, **asdict(said)}


def _uuid_box(name: UUID, said: dict[str, Any]) -> bytes:
    payload = json.dumps(said, separators=(",", ":")).encode()
    if len(payload) > MAX_PAYLOAD:
        raise MediaError(f"{len(payload)} bytes of description, at most {MAX_PAYLOAD} are written")
    return box(b"uuid", name.bytes, payload)


def _object(payload: bytes, which: str) -> dict[str, Any]:
    if len(payload) > MAX_PAYLOAD:
        raise MediaError(
            f"the {which} box has {len(payload)} bytes, at most {MAX_PAYLOAD} are read"
        )
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise MediaError(f"the {which} box does not hold JSON: {error}") from error
    if not isinstance(said, dict):
        raise MediaError(f"the {which} box does not hold a JSON object")
    return said


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str):
        raise MediaError(f"the field {name} is {value!r:.40}, it should be a text")
    return value


def _number(said: dict[str, Any], name: str) -> int:
    value = said.get(name)
    if type(value) is not int or not -(1 << 63) <= value < 1 << 63:
        raise MediaError(f"the field {name} is {value!r:.40}, it should be a 64-bit integer")
    return value


def _rate(said: dict[str, Any], name: str) -> float:
    value = said.get(name)
    if not isinstance(value, int | float) or not abs(value) < 1e9:
        raise MediaError(f"the field {name} is {value!r:.40}, it should be a number")
    return float(value)
