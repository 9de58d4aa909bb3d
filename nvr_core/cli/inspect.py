"""`ronda inspect FILE`: what a segment holds, and whether it is whole."""

from __future__ import annotations

import fcntl
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import click

from nvr_core.cli import moments
from nvr_core.clock import SECOND
from nvr_core.media import boxes, reading, segment
from nvr_core.media.boxes import Box
from nvr_core.media.errors import MediaError
from nvr_core.media.reading import Sample, Segment

MOST_BOXES = 100_000
"""A segment of ours has a few thousand."""


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """One file, looked through."""

    path: Path
    found: Segment
    growing: bool
    """A recorder writes to it now."""
    hash_right: bool | None
    """None: there is no hash yet."""

    @property
    def damage(self) -> tuple[str, ...]:
        """What is wrong, in sentences."""
        wrong = ("the bytes are not those that the hash was made of",)
        return self.found.problems + (wrong if self.hash_right is False else ())


@click.command("inspect")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--boxes", "show_boxes", is_flag=True, help="List every box.")
@click.option("--frames", "show_frames", is_flag=True, help="List every frame.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file instead of text.")
def command(files: tuple[Path, ...], show_boxes: bool, show_frames: bool, as_json: bool) -> None:
    """Tell what segments hold: times, frames, boxes, and whether the hash is right.

    Exit code 1: a file is damaged, or no segment. A segment that is still being written is not.
    """
    damaged = 0
    for place, path in enumerate(files):
        try:
            with path.open("rb") as file:
                inspected = inspect(path, file)
                listed = list_boxes(file) if show_boxes else []
                frames = list_frames(file, inspected.found) if show_frames else []
        except (MediaError, OSError) as error:
            damaged += 1
            why = error.strerror if isinstance(error, OSError) else str(error)
            if as_json:
                click.echo(json.dumps({"file": str(path), "damage": [why]}, ensure_ascii=False))
            click.echo(f"{path}: {why}", err=True)
            continue
        damaged += bool(inspected.damage)
        if as_json:
            said = described(inspected)
            if show_frames:
                said["frame_list"] = [sample._asdict() for sample in frames]
            if show_boxes:
                said["boxes"] = [
                    {"depth": depth, "type": b.name, "offset": b.start, "size": b.end - b.start}
                    for depth, b in listed
                ]
            click.echo(json.dumps(said, ensure_ascii=False))
        else:
            click.echo(("\n" if place else "") + "\n".join(text(inspected, listed, frames)))
        for sentence in inspected.damage:
            click.echo(f"{path}: {sentence}", err=True)
    if damaged:
        sys.exit(1)


def inspect(path: Path, file: BinaryIO) -> Inspected:
    """Read a file and check its hash. MediaError: it is no segment."""
    growing = locked(file)
    found = reading.read(file, growing=growing)
    right = None if found.closing is None else reading.verify(file)
    return Inspected(path=path, found=found, growing=growing, hash_right=right)


def locked(file: BinaryIO) -> bool:
    """Whether a recorder holds the file: only the holder of its lock writes to it."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # a file system without locks: nobody can hold one
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


def list_boxes(file: BinaryIO) -> list[tuple[int, Box]]:
    """Every box with its depth and place in the file, as far as they can be followed."""
    size = file.seek(0, 2)
    listed: list[tuple[int, Box]] = []
    at = 0
    while at < size and len(listed) < MOST_BOXES:
        try:
            found = boxes.top(file, at, size)
            if found is None:
                break
            listed.append((0, found))
            if found.kind in boxes.PARENTS and found.end - found.start <= reading.MAX_INIT:
                content = boxes.read(file, found.start, found.end - found.start, reading.MAX_INIT)
                inside = boxes.tree(content, found.body - found.start, found.end - found.start, 1)
                listed += [(depth, box.moved(found.start)) for depth, box in inside]
        except MediaError:
            break
        at = found.end
    return listed


def list_frames(file: BinaryIO, found: Segment) -> list[Sample]:
    """Every frame in decode order."""
    return [sample for entry in found.fragments for sample in reading.samples(file, entry)]


def described(inspected: Inspected) -> dict[str, Any]:
    """Everything for programs: times in UTC microseconds, media times in ticks."""
    found = inspected.found
    opening, closing = found.opening, found.closing
    return {
        "file": str(inspected.path),
        "size": found.size,
        "whole": found.whole,
        "state": state(inspected),
        "hash": {True: "right", False: "wrong", None: "none"}[inspected.hash_right],
        "damage": list(inspected.damage),
        "opening": None if opening is None else segment.as_json(opening),
        "closing": None if closing is None else segment.as_json(closing),
        "timescale": found.timescale,
        "width": found.width,
        "height": found.height,
        "base": found.base,
        "end": found.end,
        "start": found.start,
        "start_utc": moments.utc(found.start),
        "duration_us": found.wall(found.end) - found.start,
        "frames": found.frames,
        "init_size": found.init_size,
        "fragments": [entry._asdict() for entry in found.fragments],
        "parts": [part._asdict() for part in segment.parts(found.fragments)],
    }


def state(inspected: Inspected) -> str:
    """How far the file came, in one word."""
    closing = inspected.found.closing
    if closing is not None:
        return "repaired" if closing.repaired else "closed"
    return "growing" if inspected.growing else "open"


def text(inspected: Inspected, listed: list[tuple[int, Box]], frames: list[Sample]) -> list[str]:
    """Everything for people: times in the zone of this machine, with the offset."""
    found = inspected.found
    lines = [str(inspected.path), *_about(inspected), ""]
    lines.append("  part     offset       size  begins                          seconds  frames")
    for number, part in enumerate(segment.parts(found.fragments), 1):
        count = sum(
            f.frames for f in found.fragments if part.start <= f.start < part.start + part.duration
        )
        begins = moments.local(found.wall(part.start))
        seconds = part.duration / found.timescale
        lines.append(
            f"  {number:4} {part.offset:10} {part.size:10}  {begins:30} {seconds:8.3f}  {count:6}"
        )
    if frames:
        lines += ["", "      decoded        shown  duration     offset     size"]
    for s in frames:
        key = "  key" if s.key else ""
        lines.append(f"{s.dts:13}{s.pts:13}{s.duration:10}{s.offset:11}{s.size:9}{key}")
    if listed:
        lines += ["", "      offset       size  box"]
    for depth, box in listed:
        lines.append(f"  {box.start:10} {box.end - box.start:10}  {'  ' * depth}{box.name}")
    return lines


def _about(inspected: Inspected) -> list[str]:
    found = inspected.found
    opening, closing = found.opening, found.closing
    lines: list[tuple[str, str]] = []
    if opening is not None:
        clock = "synchronised" if opening.clock.synchronised else "not synchronised"
        error = opening.clock.error_us
        bound = "" if error is None else f", wrong by at most {error / 1000:.1f} ms"
        lines = [
            ("camera", f"{opening.camera}  {opening.stream}"),
            (
                "run",
                f"{opening.run}  segment {opening.sequence} of recorder start "
                f"{opening.recorder_start}",
            ),
            ("codec", opening.codec),
            ("written by", opening.software),
            ("clock", clock + bound),
        ]
    if found.track.video:
        lines.append(("picture", f"{found.width} × {found.height}"))
    length = (found.wall(found.end) - found.start) / SECOND
    rate = f", {found.frames / length:.2f} a second" if length > 0 else ""
    keys = sum(f.key for f in found.fragments)
    lines += [
        ("begins", moments.local(found.start) + ("" if closing else "  (not final)")),
        ("lasts", f"{length:.3f} s"),
        ("frames", f"{found.frames}{rate}; decoding can begin at {keys} of them"),
        ("file", f"{found.size} bytes, {len(found.fragments)} fragments, {state(inspected)}"),
    ]
    if closing is not None:
        losses = (
            f"{closing.lost_packets} packets lost, {closing.damaged_frames} frames damaged, "
            f"{closing.resyncs} times out of step"
        )
        lines += [
            ("losses", losses),
            ("drift", f"{closing.drift_ppm:+.1f} ppm between the camera's clock and ours"),
            (
                "SHA-256",
                closing.sha256
                + {True: "  right", False: "  WRONG", None: ""}[inspected.hash_right],
            ),
        ]
    return [f"  {name:11}{value}" for name, value in lines]
