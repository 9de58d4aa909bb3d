"""A folder full of segments, asked for the ones of a stream and a time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from nvr_core.cli import moments
from nvr_core.clock import SECOND
from nvr_core.media import reading
from nvr_core.media.errors import MediaError
from nvr_core.media.excerpt import Source
from nvr_core.media.segment import Opening
from nvr_core.wire import volume
from nvr_core.wire.errors import SentenceError

MARGIN = 3600 * SECOND
"""A segment lasts minutes; its opening may have been wrong by seconds about when it began."""
KEY = re.compile(r"/(\d{4})/(\d\d)/(\d\d)/(\d\d)(\d\d)(\d\d)\d{3}-[0-9a-f]{12}-\d{6}\.mp4")
"""How a recorder names its files: by the start that it also writes into them."""


class ArchiveError(SentenceError):
    """The folder does not hold what was asked for; says what it holds."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A segment that may hold footage of the time asked for."""

    path: Path
    opening: Opening

    @property
    def stream(self) -> str:
        """'<camera>/<stream>', as everywhere."""
        return f"{self.opening.camera}/{self.opening.stream}"

    def open(self) -> BinaryIO:
        """The file; MediaError when it is gone."""
        return opened(self.path)


@dataclass(frozen=True, kw_only=True)
class Found:
    """The segments of one stream, and the files that had to be left out."""

    stream: str
    sources: tuple[Source, ...]
    left_out: tuple[str, ...]
    """A sentence a file."""
    notes: tuple[str, ...] = ()
    """What else is to be told of it."""


def search(folder: Path, begin: int, end: int, *, camera: str | None, stream: str | None) -> Found:
    """The segments below a folder that may show [begin, end) of one stream.

    Every file's own opening is believed, never its name; but a file that bears a recorder's name
    of quite another time is not even opened, or a large disk would take an hour.
    camera: id, or its beginning. stream: main, sub, … Both may be left out when there is only one
    (main goes before sub, and sound must be asked for). Raises ArchiveError when there is none,
    or when it is not clear which.
    """
    left_out: list[str] = []
    candidates = [
        candidate
        for candidate in _candidates(folder, begin, end, left_out)
        if begin - MARGIN < candidate.opening.start < end + MARGIN
        and (camera is None or candidate.opening.camera.startswith(camera))
    ]
    chosen = _one(candidates, stream, folder, begin, end)
    sources = []
    for candidate in sorted(candidates, key=lambda c: c.path):
        if candidate.stream != chosen:
            continue
        try:
            with candidate.open() as file:
                found = reading.read(file, growing=True)
        except (OSError, MediaError) as error:
            left_out.append(unread(candidate.path, error))
            continue
        left_out += [f"{candidate.path}: {sentence}" for sentence in found.problems]
        sources.append(Source(found, candidate.open))
    return Found(stream=chosen, sources=tuple(sources), left_out=tuple(left_out))


def opened(path: Path) -> BinaryIO:
    """The file of a segment that was read before; MediaError when it is gone."""
    try:
        return path.open("rb")
    except OSError as error:
        raise MediaError(f"{path} cannot be read any more: {error.strerror}") from error


def named_after(path: str) -> int | None:
    """The second, UTC in µs, that a path is named after; None when no recorder named it."""
    found = KEY.search(path)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp()) * SECOND


def _candidates(folder: Path, begin: int, end: int, left_out: list[str]) -> Iterator[Candidate]:
    for place, folders, names in os.walk(folder):
        if volume.NAME in names and volume.OPEN in folders:
            folders.remove(
                volume.OPEN
            )  # a volume's markers, named like the files that they stand for
        for name in names:
            if not name.endswith(".mp4"):
                continue
            about = named_after(f"{place}/{name}")
            if about is not None and not begin - MARGIN < about < end + MARGIN:
                continue
            path = Path(place, name)
            try:
                with path.open("rb") as file:
                    opening = reading.peek(file)
            except FileNotFoundError:
                continue  # deleted since it was listed
            except (OSError, MediaError) as error:
                left_out.append(unread(path, error))
                continue
            if opening is not None:
                yield Candidate(path=path, opening=opening)


def _one(
    candidates: Sequence[Candidate], stream: str | None, folder: Path, begin: int, end: int
) -> str:
    """Which stream is meant."""
    every = sorted({candidate.stream for candidate in candidates})
    span = f"between {moments.local(begin)} and {moments.local(end)}"
    if not every:
        raise ArchiveError(f"{folder} holds nothing of that camera {span}")
    names = [stream] if stream else ["main", "sub"]
    for name in names:
        fits = [one for one in every if one.partition("/")[2] == name]
        if len(fits) == 1:
            return fits[0]
        if fits:
            cameras = ", ".join(one.partition("/")[0] for one in fits)
            raise ArchiveError(
                f"{folder} holds several cameras {span}; say which with --camera: {cameras}"
            )
    raise ArchiveError(
        f"{folder} holds no stream {' or '.join(names)} {span}, only {', '.join(every)}; "
        "say which with --stream"
    )


def unread(path: Path, error: OSError | MediaError) -> str:
    """Why a file was left out."""
    why = error.strerror if isinstance(error, OSError) else str(error)
    return f"{path}: {why}"
