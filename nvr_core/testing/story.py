"""One stream as a recorder would tell it: facts in order, and real segment files behind them.

The frames hold no picture: whoever needs one decodes what a simulated camera sends.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from nvr_core.clock import SECOND
from nvr_core.media import fragment as fragments
from nvr_core.media import init, sample_entry, segment
from nvr_core.media.boxes import box
from nvr_core.media.track import TrackConfig
from nvr_core.wire import retelling
from nvr_core.wire.facts import (
    Cause,
    Fact,
    FragmentWritten,
    GapClosed,
    GapOpened,
    SegmentClosed,
    SegmentOpened,
    StreamState,
)

TIMESCALE = 90_000
CODEC = "avc1.42c01e"
_FRAMES = 3
_FRAME_BYTES = 40


def config(codec: str = CODEC) -> TrackConfig:
    """A 640×360 track whose parameter sets are empty."""
    return TrackConfig(
        codec="h264" if codec.startswith("avc1") else "h265",
        timescale=TIMESCALE,
        codec_string=codec,
        sample_entry=sample_entry.visual(
            codec[:4].encode(), 640, 360, box(b"avcC", bytes.fromhex("0142c01effe000"))
        ),
        width=640,
        height=360,
    )


@dataclass
class Story:
    """Tells segments of one run after another. Without a folder no file is written."""

    camera: str
    stream: str = "main"
    folder: Path | None = None
    ring: bool = False
    codec: str = CODEC
    run: str = "run-1"
    base: int = 0
    """Ticks at which the next segment starts."""
    wall: int = 0
    """Wall time of that, µs."""
    sequence: int = 0
    recorder_start: str = "start-1"
    """The recorder's life that tells it."""
    opened: SegmentOpened | None = None
    """The segment that is open now."""
    written: list[segment.FragmentEntry] = field(default_factory=list)
    """Its fragments."""
    _size: int = 0

    def begin(self, segment_id: str | None = None) -> SegmentOpened:
        """Open a segment where the last one ended."""
        name = segment_id or f"{self.camera}-{self.stream}-{self.run}-{self.sequence}"
        head = init.init_segment(config(self.codec))
        path = f"{self.folder or '/nowhere'}/{name}.mp4"
        opening = segment.opening_box(
            segment.Opening(
                camera=self.camera,
                stream=self.stream,
                run=self.run,
                segment=name,
                recorder_start=self.recorder_start,
                sequence=self.sequence,
                start=self.wall,
                clock=segment.ClockState(synchronised=True),
                codec=self.codec,
                software="tests",
            )
        )
        if self.folder is not None:
            Path(path).write_bytes(head + opening)
        self.written = []
        self._size = len(head) + len(opening)
        self.opened = SegmentOpened(
            camera=self.camera,
            stream=self.stream,
            run=self.run,
            segment=name,
            recorder_start=self.recorder_start,
            sequence=self.sequence,
            path=path,
            ring=self.ring,
            start=self.wall,
            codec=self.codec,
            timescale=TIMESCALE,
            init_size=len(head),
            base=self.base,
            width=640,
            height=360,
        )
        self.sequence += 1
        return self.opened

    def fragment(self, key: bool = True, seconds: float = 0.5) -> FragmentWritten:
        """Write and tell one fragment."""
        assert self.opened is not None
        duration = round(seconds * TIMESCALE)
        frame = duration // _FRAMES
        flags = [fragments.KEY if key else fragments.DELTA] + [fragments.DELTA] * (_FRAMES - 1)
        samples = [(frame, _FRAME_BYTES, flag, 0) for flag in flags]
        content = fragments.head(len(self.written) + 1, self.base, samples, self.wall, self.base)
        content += bytes(_FRAME_BYTES) * _FRAMES
        if self.folder is not None:
            with Path(self.opened.path).open("ab") as file:
                file.write(content)
        fact = FragmentWritten(
            segment=self.opened.segment,
            camera=self.camera,
            stream=self.stream,
            offset=self._size,
            size=len(content),
            start=self.base,
            duration=frame * _FRAMES,
            key=key,
            wall=self.wall,
        )
        self.written.append(
            segment.FragmentEntry(fact.offset, fact.size, fact.start, fact.duration, key, _FRAMES)
        )
        self._size += len(content)
        self.base += fact.duration
        self.wall += fact.duration * SECOND // TIMESCALE
        return fact

    def close(self, no_key: bool = False) -> SegmentClosed:
        """Close the open segment and tell it."""
        opened = self.opened
        assert opened is not None
        duration = self.wall - opened.start
        frames = len(self.written) * _FRAMES
        digest = hashlib.sha256()
        if self.folder is not None:
            digest.update(Path(opened.path).read_bytes())
        closing = segment.closing_boxes(
            segment.Closing(
                start=opened.start,
                duration_us=duration,
                frames=frames,
                sha256=digest.hexdigest(),
                no_key=no_key,
            ),
            self.written,
        )
        if self.folder is not None:
            with Path(opened.path).open("ab") as file:
                file.write(closing)
        self.opened = None
        return SegmentClosed(
            camera=self.camera,
            stream=self.stream,
            run=self.run,
            segment=opened.segment,
            recorder_start=self.recorder_start,
            sequence=opened.sequence,
            path=opened.path,
            ring=self.ring,
            start=opened.start,
            duration=duration,
            frames=frames,
            size=self._size + len(closing),
            sha256=digest.hexdigest(),
            parts=retelling.parts(self.written),
            codec=self.codec,
            timescale=TIMESCALE,
            init_size=opened.init_size,
            base=opened.base,
            width=640,
            height=360,
            no_key=no_key,
        )

    def whole(self, groups: int = 2, length: int = 2, no_key: bool = False) -> list[Fact]:
        """Open, fill with `groups` groups of `length` fragments of half a second, and close."""
        facts: list[Fact] = [self.begin()]
        keys = [index == 0 for _ in range(groups) for index in range(length)]
        if no_key:
            keys[0] = False
        facts.extend(self.fragment(key=key) for key in keys)
        facts.append(self.close(no_key=no_key))
        return facts

    def gap(self, seconds: float, cause: Cause = Cause.CAMERA_UNREACHABLE) -> list[Fact]:
        """A hole: the next segment begins another run after it."""
        name = f"gap-{self.wall}"
        start = self.wall
        self.wall += round(seconds * SECOND)
        self.run = f"{self.run}+"
        self.sequence = 0
        place = {
            "camera": self.camera,
            "stream": self.stream,
            "gap": name,
            "recorder_start": self.recorder_start,
        }
        return [
            GapOpened(**place, cause=cause, wall=start, monotonic=start),
            GapClosed(**place, cause=cause, wall=self.wall, monotonic=self.wall),
        ]

    def state(self, state: str, cause: Cause | None = None, sentence: str = "") -> StreamState:
        return StreamState(
            camera=self.camera, stream=self.stream, state=state, cause=cause, sentence=sentence
        )
