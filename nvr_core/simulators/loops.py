"""Loops: a minute of picture or sound, encoded once, kept in a cache folder, sent for ever.

A loop file is one line of JSON (parameter sets and a table of units) and the units' bytes after
it. A unit is an access unit or an audio frame; `due` is when it leaves, so that what is drawn
agrees with the wall clock: the place in the loop is wall time modulo the loop's seconds.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

from nvr_core.clock import SECOND

VideoCodec = Literal["h264", "h265"]
SoundCodec = Literal["aac", "pcma", "pcmu"]

KEPT = 128
"""Loop files that a cache keeps: those used last."""
DRAWN_BY = ("canvas.py", "draw.py", "encode.py", "font.py", "sound.py", "scenery/*.py")
"""The code that decides what a loop shows; when it changes, loops are made anew."""
VIDEO_RATE = 90_000
AAC_RATE = 32_000
"""A minute holds a whole number of 1024-sample frames at this rate, and at few others."""
AAC_SAMPLES = 1024
G711_RATE = 8_000
G711_SAMPLES = 320


@dataclass(frozen=True, kw_only=True)
class LoopSpec:
    """All that decides the bytes of a loop of pictures; equal specs share one loop."""

    codec: VideoCodec = "h264"
    width: int = 640
    height: int = 360
    fps: int = 12
    seconds: int = 60
    gop_s: float = 1.0
    bframes: int = 0
    """Frames between two reference frames that are shown before the later of them."""
    bitrate: int = 0
    """Bits per second; 0 is constant quality."""
    label: str = ""
    scene: str = "gang"
    declared_fps: int = 0
    """What the stream's own headers claim; 0 is the truth."""
    grain: int = 0
    """Sensor noise, 0 to 100: what makes a drawing as expensive to encode as a street."""

    def __post_init__(self) -> None:
        if self.width % 4 or self.height % 4 or not 160 <= self.width <= 3840:
            raise ValueError(
                f"A picture of {self.width}x{self.height} cannot be drawn: width and height must "
                "be multiples of 4, the width from 160 to 3840."
            )
        if self.height * 16 < self.width * 9 - 16:
            raise ValueError(
                f"A picture of {self.width}x{self.height} has no room for its clock: use 16:9 "
                "or taller."
            )
        if not 1 <= self.fps <= 60 or not 1 <= self.seconds <= 60 or 60 % self.seconds:
            raise ValueError(
                f"A loop of {self.seconds} s at {self.fps} frames a second cannot follow the wall "
                "clock: fps must be 1 to 60, seconds a divisor of 60."
            )

    @property
    def drawing(self) -> tuple[object, ...]:
        """Equal for specs that show the same pictures, in whatever size and codec."""
        shape = self.height / self.width
        return self.label, self.scene, self.fps, self.seconds, self.grain, shape

    @property
    def frames(self) -> int:
        """How many frames the loop has; drawn numbers run from 0 to this less one."""
        return self.fps * self.seconds


@dataclass(frozen=True, kw_only=True)
class SoundSpec:
    """A minute of sound: a soft tone, and a beep at every full second."""

    codec: SoundCodec = "aac"

    @property
    def rate(self) -> int:
        return AAC_RATE if self.codec == "aac" else G711_RATE

    @property
    def samples(self) -> int:
        """Samples in one unit."""
        return AAC_SAMPLES if self.codec == "aac" else G711_SAMPLES

    @property
    def seconds(self) -> int:
        return 60


Spec = LoopSpec | SoundSpec


@dataclass(frozen=True)
class Unit:
    """One access unit or audio frame, in the order in which it is sent."""

    number: int
    """Place in the order of showing: what is drawn in the picture."""
    ticks: int
    """Presentation time within the loop."""
    due: int
    """When it leaves, µs within the loop (at or after its presentation time)."""
    key: bool
    nals: tuple[bytes, ...]
    """NAL units without parameter sets and start codes; one raw frame of an audio loop."""


@dataclass(frozen=True)
class Loop:
    """An encoded loop in memory."""

    spec: Spec
    sets: tuple[bytes, ...]
    """(VPS,) SPS, PPS; or the AudioSpecificConfig; or nothing."""
    units: tuple[Unit, ...]
    dues: tuple[int, ...] = field(repr=False)
    """The units' due times, for finding a place by time."""

    @property
    def clock_rate(self) -> int:
        """RTP ticks a second."""
        return VIDEO_RATE if isinstance(self.spec, LoopSpec) else self.spec.rate

    @property
    def length(self) -> int:
        """µs of one lap."""
        return self.spec.seconds * SECOND

    def number_at(self, wall: int) -> int:
        """The number of the newest unit that has left at that wall time (µs)."""
        place = bisect_right(self.dues, wall % self.length) - 1
        return self.units[place].number  # place -1: the last unit of the lap before


def make_loop(spec: Spec, sets: Sequence[bytes], coded: Sequence[Coded]) -> Loop:
    """Give coded units their times: sent in coding order, each no earlier than it is shown."""
    rate, step = (VIDEO_RATE, 1) if isinstance(spec, LoopSpec) else (spec.rate, spec.samples)
    per_second = spec.fps if isinstance(spec, LoopSpec) else spec.rate
    if isinstance(spec, LoopSpec):
        late = max(unit.number - place for place, unit in enumerate(coded))
    else:
        late = 1  # sound leaves when its last sample has been heard
    units = tuple(
        Unit(
            unit.number,
            unit.number * step * rate // per_second,
            (place + late) * step * SECOND // per_second,
            unit.key,
            unit.nals,
        )
        for place, unit in enumerate(coded)
    )
    return Loop(spec, tuple(sets), units, tuple(unit.due for unit in units))


@dataclass(frozen=True)
class Coded:
    """What an encoder gives for one picture or audio frame."""

    number: int
    key: bool
    nals: tuple[bytes, ...]


def spec_line(spec: Spec) -> str:
    """A spec as one line of JSON."""
    return json.dumps({"kind": type(spec).__name__, **asdict(spec)}, sort_keys=True)


def spec_of_line(line: str) -> Spec:
    """The spec that spec_line wrote."""
    fields = json.loads(line)
    return SoundSpec(**fields) if fields.pop("kind") == "SoundSpec" else LoopSpec(**fields)


@cache
def _form() -> str:
    """A mark of the code that draws and encodes; part of every file's name."""
    own = Path(__file__).parent
    code = (path.read_bytes() for one in DRAWN_BY for path in sorted(own.glob(one)))
    return sha256(b"".join(code)).hexdigest()


def cache_path(folder: Path, spec: Spec) -> Path:
    """The file that holds this loop."""
    text = f"{_form()} {spec_line(spec)}"
    return folder / f"{spec.codec}-{sha256(text.encode()).hexdigest()[:20]}.loop"


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold a loop's lock while it is being made, so that programs and tests share one effort."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def store(folder: Path, spec: Spec, sets: Sequence[bytes], coded: Sequence[Coded]) -> None:
    """Write a loop file; it appears whole or not at all."""
    head = {
        "sets": [base64.b64encode(one).decode() for one in sets],
        "units": [[unit.number, unit.key, [len(nal) for nal in unit.nals]] for unit in coded],
    }
    path = cache_path(folder, spec)
    fresh = path.with_suffix(f".{os.getpid()}")
    with fresh.open("wb") as file:
        file.write(json.dumps(head, separators=(",", ":")).encode() + b"\n")
        for unit in coded:
            file.writelines(unit.nals)
    fresh.replace(path)
    by_use = sorted(folder.glob("*.loop"), key=lambda one: one.stat().st_mtime)
    for old in by_use[:-KEPT]:
        old.unlink(missing_ok=True)


def load(folder: Path, spec: Spec) -> Loop:
    """Read a loop file that is there."""
    path = cache_path(folder, spec)
    os.utime(path)  # used just now
    with path.open("rb") as file:
        head = json.loads(file.readline())
        coded = [
            Coded(number, key, tuple(file.read(size) for size in sizes))
            for number, key, sizes in head["units"]
        ]
    return make_loop(spec, [base64.b64decode(one) for one in head["sets"]], coded)
