"""`ronda inspect FILE`: what a segment holds, and whether it is whole."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from nvr_core.cli import asked, catalogued, moments
from nvr_core.cli.inspected import Inspected, described, inspect, list_boxes, list_frames, state
from nvr_core.clock import SECOND
from nvr_core.media import segment
from nvr_core.media.boxes import Box
from nvr_core.media.errors import MediaError
from nvr_core.media.reading import Sample, Segment
from nvr_core.wire.errors import SentenceError


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A file to look through, and what the catalogue said of it."""

    path: Path
    catalogue: dict[str, Any] = field(default_factory=dict)
    """For programs; empty when it was not asked."""
    lines: tuple[str, ...] = ()
    """For people; the last one leads over to what the file says."""
    sha256: str | None = None

    def against(self, found: Segment) -> tuple[str, ...]:
        """What the catalogue says otherwise than the file."""
        if not self.sha256 or found.closing is None or found.closing.sha256 == self.sha256:
            return ()
        return ("the catalogue was told another hash than the one in the file",)


@click.command("inspect")
@click.argument("files", metavar="FILES|CAMERA", nargs=-1, required=True)
@click.option("--at", "moment", metavar="TIME", help="CAMERA's segment that holds this time.")
@click.option("--stream", help="main, sub, main-audio or sub-audio; else main, else sub.")
@click.option("--boxes", "show_boxes", is_flag=True, help="List every box.")
@click.option("--frames", "show_frames", is_flag=True, help="List every frame.")
@asked.config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file instead of text.")
def command(
    files: tuple[str, ...],
    moment: str | None,
    stream: str | None,
    show_boxes: bool,
    show_frames: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """Tell what segments hold: times, frames, boxes, and whether the hash is right.

    With --at, a camera's name or id stands in place of FILES, and what the catalogue says of the
    segment stands before what the file says. TIME is ISO 8601, with its zone or of the office's.

    Exit code 1: a file is damaged, or no segment. A segment that is still being written is not.
    """
    damaged = 0
    for place, subject in enumerate(_subjects(files, moment, stream, config)):
        path = subject.path
        try:
            with path.open("rb") as file:
                inspected = inspect(path, file)
                listed = list_boxes(file) if show_boxes else []
                frames = list_frames(file, inspected.found) if show_frames else []
        except (MediaError, OSError) as error:
            damaged += 1
            why = error.strerror if isinstance(error, OSError) else str(error)
            if as_json:
                said = {"file": str(path), **subject.catalogue, "damage": [why]}
                click.echo(json.dumps(said, ensure_ascii=False))
            elif subject.lines:
                click.echo("\n".join(subject.lines[:-1]))
            click.echo(f"{path}: {why}", err=True)
            continue
        damage = (*inspected.damage, *subject.against(inspected.found))
        damaged += bool(damage)
        if as_json:
            said = {**described(inspected), **subject.catalogue, "damage": list(damage)}
            if show_frames:
                said["frame_list"] = [sample._asdict() for sample in frames]
            if show_boxes:
                said["boxes"] = [
                    {"depth": depth, "type": b.name, "offset": b.start, "size": b.end - b.start}
                    for depth, b in listed
                ]
            click.echo(json.dumps(said, ensure_ascii=False))
        else:
            lines = [*subject.lines, *text(inspected, listed, frames)]
            click.echo(("\n" if place else "") + "\n".join(lines))
        for sentence in damage:
            click.echo(f"{path}: {sentence}", err=True)
    if damaged:
        sys.exit(1)


def _subjects(
    files: Sequence[str], moment: str | None, stream: str | None, config: Path | None
) -> list[Subject]:
    if moment is None:
        if stream is not None:
            raise SentenceError("--stream belongs to a camera and a time; add --at TIME")
        return [Subject(path=Path(file)) for file in files]
    if len(files) != 1:
        raise SentenceError(f"--at takes one camera, and {len(files)} names stand there")
    (wall,) = asked.times([moment], config)
    answered, held = catalogued.holding(files[0], wall, stream=stream, config=config)
    return [
        Subject(
            path=one.path,
            catalogue={"catalogue": one.segment.model_dump()},
            lines=tuple(catalogued.described(answered, one)),
            sha256=one.segment.sha256,
        )
        for one in held
    ]


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
