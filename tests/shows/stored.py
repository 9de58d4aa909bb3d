"""What really stands on a volume: every file read, hashed and decoded, every drawn number read."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import av

from nvr_core.clock import SECOND
from nvr_core.media import reading
from nvr_core.media.errors import MediaError
from nvr_core.simulators import draw
from tests.shows.office import FPS, LAP


@dataclass(frozen=True)
class Stored:
    """One file of a volume."""

    path: Path
    camera: str
    segment: str
    start: int
    end: int
    """Wall time, µs."""
    repaired: bool
    frames: tuple[int, ...]
    """Which frames of the camera's life, counted from 1970."""
    sha256: str
    problems: tuple[str, ...]


def frame_number(drawn: int, wall: int) -> int:
    """The count since 1970 of a frame with this drawn number that was seen at about this time."""
    about = round(wall * FPS / SECOND)
    return about + (drawn - about + LAP // 2) % LAP - LAP // 2


def look(path: Path, foreign: tuple[str, ...]) -> Stored:
    """Read one file in every way; whatever is wrong becomes a problem in a sentence.

    foreign: a command of a player that must say nothing about the file that stands for FILE.
    """
    try:
        with path.open("rb") as file:
            found = reading.read(file)
            whole = reading.verify(file)
    except MediaError as error:
        return Stored(path, "", "", 0, 0, False, (), "", (f"{path}: {error}",))
    problems = [f"{path}: {problem}" for problem in found.problems]
    if not whole:
        problems.append(f"{path}: the hash is {'wrong' if whole is False else 'missing'}")
    command = [str(path) if word == "FILE" else word for word in foreign]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode or said.stderr.strip():
        problems.append(f"{path}: {foreign[0]} says {said.stderr.strip()[:200]!r}")
    frames: list[int] = []
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                drawn = draw.read_frame(frame)
                if drawn is None or frame.pts is None:
                    problems.append(f"{path}: frame {len(frames)} cannot be read")
                else:
                    frames.append(frame_number(drawn.number, found.wall(frame.pts)))
    except av.FFmpegError as error:
        problems.append(f"{path}: {error}")
    if len(frames) != found.frames:
        problems.append(f"{path}: {len(frames)} of {found.frames} frames can be decoded")
    opening, closing = found.opening, found.closing
    return Stored(
        path=path,
        camera=opening.camera if opening else "",
        segment=opening.segment if opening else "",
        start=found.start,
        end=found.wall(found.end),
        repaired=bool(closing and closing.repaired),
        frames=tuple(frames),
        sha256=closing.sha256 if closing else "",
        problems=tuple(problems),
    )


def look_at_all(volume: Path, foreign: tuple[str, ...]) -> list[Stored]:
    """Every segment file below a volume's root."""
    return [look(path, foreign) for path in sorted(volume.rglob("*.mp4"))]
