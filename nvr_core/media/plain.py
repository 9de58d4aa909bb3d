"""Plain MP4: any span of the recorded time as one file that every player opens."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from nvr_core.media.boxes import box, full
from nvr_core.media.errors import MediaError
from nvr_core.media.excerpt import Missing, Show, Source, first_frame, missing, plan, taken
from nvr_core.media.inband import parameter_sets, unbound
from nvr_core.media.init import Track, media, movie_header, track_header
from nvr_core.media.tables import SampleTables

BRANDS = box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isom", b"iso4", b"avc1", b"mp41")
"""4.3: iso4 for the signed offsets that a ctts of version 1 may hold."""
CHUNK = 1 << 20
MOST_A_FRAME = 64
"""Bytes that one frame takes in the tables at most: when offsets must have 64 bits."""
WIDE_FROM = 0xFFFFFFFF
"""Bytes that 32-bit offsets reach."""
MOST_TICKS = (1 << 32) - (1 << 24)
"""What the duration of one frame can hold in stts, less what it lasts itself: 13 hours of video."""
NOTHING = -1
"""The media time of an edit that shows nothing (8.6.6)."""
EPOCH_1904 = 2_082_844_800
"""Seconds from 1904-01-01, where the times of creation begin (8.2.2), to 1970."""


class Copy(NamedTuple):
    """Bytes of one file that the plain one repeats, behind some of its own."""

    prefix: bytes
    source: Source
    offset: int
    size: int


class Edit(NamedTuple):
    """One line of the edit list (8.6.6): this long, show what is from `media_time` on."""

    duration: int
    media_time: int


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What a plain file shows."""

    begin: int
    """UTC in µs of the first instant of the file."""
    end: int
    shown_us: int
    """How much of that time there is a picture for."""
    missing: tuple[Missing, ...]
    frames: int
    """Frames in the file, those before `begin` that decoding needs included."""
    segments: int
    size: int
    """Bytes written."""


def export(sources: Sequence[Source], out: BinaryIO, begin: int, end: int) -> Exported:
    """Write the wall time [begin, end) of one stream as a plain MP4; frames are copied, not coded.

    sources: segments of one stream, in any order; those outside the span are ignored.
    begin, end: UTC, µs. The file holds frames from the key frame before `begin` on, and an edit
    list that shows exactly the span. Media times are the camera's; every span between two gaps
    begins at its exact wall time. In a gap the last picture stands still, as it does in every
    player whatever the file says; Exported.missing tells of each gap. `moov` comes first, so that
    the file plays while it is being downloaded; `out` is only written to, never sought.

    Raises MediaError when nothing of the span was recorded, when the frames cannot stand in one
    track, or when a source is damaged where it is read; what was written to `out` is worthless
    then.
    """
    shows = plan(sources, begin, end)
    if not shows:
        raise MediaError("nothing was recorded in the time asked for")
    making = _Making(shows, begin)
    frames = making.tables
    mdat = struct.pack(">I4sQ", 1, b"mdat", 16 + frames.bytes)
    wide = frames.bytes + MOST_A_FRAME * frames.count + (1 << 20) > WIDE_FROM
    size = len(making.head(0, wide))
    head = making.head(size + len(mdat), wide)
    out.write(head)
    out.write(mdat)
    for copy in making.copies:
        _repeat(copy, out)
    holes = missing(shows, begin, end)
    return Exported(
        begin=begin,
        end=end,
        shown_us=end - begin - sum(hole.end - hole.start for hole in holes),
        missing=tuple(holes),
        frames=frames.count,
        segments=len({id(c.source.segment) for c in making.copies}),
        size=len(head) + len(mdat) + frames.bytes,
    )


class _Making:
    """The tables of the one track, filled show by show."""

    def __init__(self, shows: Sequence[Show], begin: int) -> None:
        self.track = shows[0].stretch.sources[0].segment.track
        self.tables = SampleTables()
        self.copies: list[Copy] = []
        self._created = begin // 1_000_000 + EPOCH_1904
        self._entry = self.track.sample_entry
        self._several = any(t.sample_entry != self._entry for t in _tracks(shows))
        if self._several:
            self._entry = unbound(self._entry)
        self._ticks = 0
        """Decode time of the next frame on the file's own media line."""
        self.edits: list[Edit] = []
        """In ticks: the movie has the timescale of its track."""
        at = 0
        late = max(show.key.fragment.shift for show in shows)
        for show in shows:
            due = (show.wall - begin) * self.track.timescale // 1_000_000
            first = first_frame(show)
            self._wait(max(due - at, 0) + first - show.start)
            # libav counts on one offset for all key frames that edits begin with.
            later = late - show.key.fragment.shift
            self._show(show.end - first, first + later + self._add(show, later))
            at = sum(edit.duration for edit in self.edits)
        # libav takes the media's duration for the most that the movie can last.
        self._prolong(max(at - self._ticks, 0))

    def _wait(self, ticks: int) -> None:
        """For so long there is no picture: nothing is shown, or the last one stands still.

        An empty edit would say it best, but only the first may be empty: libav repeats the
        beginning of the file in any other, and GStreamer shows one picture of what comes after.
        """
        if ticks > MOST_TICKS:
            minutes = ticks // self.track.timescale // 60
            raise MediaError(
                f"{minutes} minutes in a row are missing in the time asked for, too many for one "
                "file: ask for what lies before and after in files of their own"
            )
        if self.edits:
            self._prolong(ticks)
            last = self.edits.pop()
            self.edits.append(Edit(last.duration + ticks, last.media_time))
        elif ticks:
            self.edits.append(Edit(ticks, NOTHING))

    def _show(self, ticks: int, media_time: int) -> None:
        """Show the media line from media_time on: in the same edit, when it is there already."""
        if self.edits and self.edits[-1].media_time != NOTHING:
            last = self.edits[-1]
            if last.media_time + last.duration == media_time:
                self.edits[-1] = Edit(last.duration + ticks, last.media_time)
                return
        self.edits.append(Edit(ticks, media_time))

    def _prolong(self, ticks: int) -> None:
        """The last frame lasts longer on the media line; what is shown is up to the edits."""
        if ticks:
            self.tables.prolong(ticks)
            self._ticks += ticks

    def head(self, first_byte: int, wide: bool) -> bytes:
        """`ftyp` and `moov`, the frames beginning at `first_byte`; as long whatever that is."""
        track = self.track
        length = sum(edit.duration for edit in self.edits)
        lines = b"".join(struct.pack(">Qqhh", *edit, 1, 0) for edit in self.edits)
        return BRANDS + box(
            b"moov",
            movie_header(track.timescale, length, self._created),
            box(
                b"trak",
                track_header(track, length, self._created),
                box(b"edts", full(b"elst", 1, 0, struct.pack(">I", len(self.edits)), lines)),
                media(track, self._ticks, [self._entry], self.tables.boxes(first_byte, wide)),
            ),
        )

    def _add(self, show: Show, later: int) -> int:
        """Take the frames of one show; returns how far the file's line is ahead of the run's."""
        due = show.key.fragment.start
        ahead = self._ticks - due
        for place, frames in taken(show):
            if frames[0].dts < due:
                raise MediaError(f"the frames of a file go back from tick {due} to {frames[0].dts}")
            self._prolong(frames[0].dts - due)
            at = self.tables.bytes
            prefix = self._prefix(place.source.segment.track) if frames[0].key else b""
            more = len(prefix)
            for s in frames:
                self.tables.add(s.duration, s.size + more, s.pts - s.dts + later, s.key)
                more = 0
            due = frames[-1].dts + frames[-1].duration
            self._ticks = ahead + due
            self.tables.chunk(len(frames), at)
            size = self.tables.bytes - at - len(prefix)
            self.copies.append(Copy(prefix, place.source, frames[0].offset, size))
        return ahead

    def _prefix(self, track: Track) -> bytes:
        """What a key frame needs to be decoded when the one before had other settings."""
        return parameter_sets(track.sample_entry) if self._several else b""


def _tracks(shows: Sequence[Show]) -> list[Track]:
    """The track of each segment that a plan may touch; MediaError when they do not fit together."""
    tracks = [source.segment.track for show in shows for source in show.stretch.sources]
    first = tracks[0]
    for track in tracks:
        if (track.handler, track.timescale) != (first.handler, first.timescale):
            raise MediaError(
                f"the stream changed from {first.timescale} ticks a second to {track.timescale}: "
                "ask for the times before and after in two files"
            )
    return tracks


def _repeat(copy: Copy, out: BinaryIO) -> None:
    out.write(copy.prefix)
    with copy.source.open() as file:
        file.seek(copy.offset)
        left = copy.size
        while left:
            piece = file.read(min(left, CHUNK))
            if not piece:
                raise MediaError(f"a file ended {left} bytes too soon while it was copied")
            out.write(piece)
            left -= len(piece)
