"""A camera's segments, found through the catalogue and read where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from nvr_core.admin import answers, questions
from nvr_core.admin.answers import Copy, Segment
from nvr_core.cli import archive, asked, moments, table
from nvr_core.cli.archive import Found
from nvr_core.cli.asked import Answered
from nvr_core.cli.inspected import locked
from nvr_core.clock import SECOND
from nvr_core.kit import sizes
from nvr_core.media import reading
from nvr_core.media.errors import MediaError
from nvr_core.media.excerpt import Source
from nvr_core.wire.errors import SentenceError

SHOWN = 3
"""Files named in a sentence."""
BEFORE_SUB = ("main", "sub")
"""Which stream is meant when none is named; sound must be asked for."""


class NothingKept(SentenceError):
    """Nothing is kept of that camera and time; says what is."""


class Held(NamedTuple):
    """A segment that holds a moment, and one of the files that it lies in."""

    path: Path
    segment: Segment
    copy: Copy


def search(
    camera: str, since: int, until: int, *, stream: str | None, config: Path | None
) -> tuple[Answered, Found]:
    """The segments of a camera that may show [since, until) of one stream.

    Of a segment with several copies the first is taken that can be read. What is being written is
    read as far as it came. Raises NothingKept, SentenceError.
    """
    answered, some = _asked(camera, since, until, stream, config)
    sources: list[Source] = []
    left_out: list[str] = []
    notes: list[str] = []
    for one in some:
        for copy in one.copies:
            path = _path(copy)
            try:
                with path.open("rb") as file:
                    growing = one.duration is None and locked(file)
                    found = reading.read(file, growing=growing)
            except (OSError, MediaError) as error:
                left_out.append(archive.unread(path, error))
                continue
            end = found.wall(found.end)
            if one.duration is None and end <= since:
                break  # left torn long before
            left_out += [f"{path}: {sentence}" for sentence in found.problems]
            if growing and end < until:
                notes.append(
                    f"what begins at {moments.precisely(one.start, answered.zone)} is still being "
                    f"written, and is here up to {moments.precisely(end, answered.zone)}; export "
                    "again for what comes after"
                )
            sources.append(Source(found, partial(archive.opened, path)))
            break
    if not sources and left_out:
        raise NothingKept(f"no file of that time can be read: {'; '.join(left_out[:SHOWN])}")
    if not sources:
        raise _nothing(some[0].name, since, until, answered)
    name = f"{some[0].camera}/{some[0].stream}"
    return answered, Found(
        stream=name, sources=tuple(sources), left_out=tuple(left_out), notes=tuple(notes)
    )


def holding(
    camera: str, moment: int, *, stream: str | None, config: Path | None
) -> tuple[Answered, list[Held]]:
    """The files of the segments that hold a moment: one, unless there are copies, or the clock
    was set back. Raises NothingKept, SentenceError."""
    answered, some = _asked(camera, moment, moment + 1, stream, config)
    held = [
        Held(path, one, copy)
        for one in some
        for copy in one.copies
        if _reaches(path := _path(copy), one, moment)
    ]
    if not held:
        raise _nothing(some[0].name, moment, moment + 1, answered)
    return answered, held


def described(answered: Answered, held: Held) -> list[str]:
    """What the catalogue says of a segment, for people."""
    one = held.segment
    length = "it is being written" if one.duration is None else f"{one.duration / SECOND:.3f} s"
    size = held.copy.bytes
    pairs = [
        ("camera", f"{table.plain(one.name)}  {one.stream}"),
        ("volume", f"{held.copy.root}  {held.copy.volume}"),
        ("key", held.copy.key),
        ("begins", moments.precisely(one.start, answered.zone)),
        ("lasts", length),
        ("codec", f"{one.codec}, {one.width} × {one.height}" if one.width else one.codec),
        ("size", "not known yet" if size is None else f"{size} bytes, {sizes.spoken(size)}"),
        ("clock", _clock(one.clock_error)),
        ("damage", "; ".join(_damage(one)) or "none was told"),
        ("SHA-256", one.sha256 or "none"),
        (
            "verified",
            "not since it was written"
            if held.copy.verified is None
            else answered.time(held.copy.verified),
        ),
    ]
    # As the file is told: not wrapped, so that paths and hashes can be copied.
    lines = [f"  {name:11}{value}" for name, value in pairs]
    return ["the catalogue says:", *lines, "", "the file says:"]


def _asked(
    camera: str, since: int, until: int, stream: str | None, config: Path | None
) -> tuple[Answered, list[Segment]]:
    """The segments of the one stream that is meant; at least one."""
    question = questions.Segments(camera=camera, stream=stream, began=since, ended=until)
    answered, every = asked.every(question, answers.Segment, config)
    streams = {one.stream for one in every}
    chosen = next((one for one in (stream, *BEFORE_SUB) if one in streams), None)
    if not every:
        raise _nothing(camera, since, until, answered)
    if chosen is None:
        raise NothingKept(
            f"of {every[0].name} neither main nor sub is kept then, only "
            f"{', '.join(sorted(streams))}; say which with --stream"
        )
    return answered, [one for one in every if one.stream == chosen]


def _nothing(camera: str, since: int, until: int, answered: Answered) -> NothingKept:
    first = moments.precisely(since, answered.zone)
    when = first
    if until - since > 1:
        when = f"between {first} and {moments.precisely(until, answered.zone)}"
    return NothingKept(
        f"nothing of {camera} is kept {when}; ronda gaps says what is missing and why"
    )


def _path(copy: Copy) -> Path:
    return Path(copy.root, copy.key)


def _reaches(path: Path, one: Segment, moment: int) -> bool:
    """Whether what is being written has come to this moment; a closed segment always has."""
    if one.duration is not None:
        return True
    try:
        with path.open("rb") as file:
            found = reading.read(file, growing=True)
    except (OSError, MediaError):
        return False
    return found.wall(found.end) > moment


def _clock(error: int | None) -> str:
    if error is None:
        return "not told; the file says it"
    return "not synchronised" if error < 0 else f"synchronised, wrong by at most {error / 1000} ms"


def _damage(one: Segment) -> Iterator[str]:
    if one.lost_packets or one.damaged_frames:
        yield f"{one.lost_packets} packets lost, {one.damaged_frames} frames damaged"
    if one.repaired:
        yield "closed after a crash, by what stood in the file"
    if one.no_key:
        yield "decoding begins in the segment before"
    if one.imported:
        yield "fetched later from a device"
