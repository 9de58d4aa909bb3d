"""`ronda export`: any span of the recorded time as one plain MP4."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click

from nvr_core import settings
from nvr_core.cli import archive, asked, catalogued, moments
from nvr_core.clock import SECOND
from nvr_core.media import plain
from nvr_core.wire.errors import SentenceError

LONGEST = 24 * 3600 * SECOND
"""One file a day at most: its tables stand in memory while it is made."""


class ExportError(SentenceError):
    """What was asked for cannot be exported; says what would be right."""


@click.command("export")
@click.argument("source", metavar="FOLDER|CAMERA")
@click.argument("begin", metavar="FROM")
@click.argument("end", metavar="TO")
@click.argument("target", metavar="FILE.mp4", type=click.Path(path_type=Path))
@click.option("--camera", help="Id of the camera, or its beginning, when FOLDER holds several.")
@click.option("--stream", help="main, sub, main-audio or sub-audio; else main, else sub.")
@click.option("--overwrite", is_flag=True, help="Replace FILE.mp4 when it is there already.")
@asked.config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
def command(
    source: str,
    begin: str,
    end: str,
    target: Path,
    camera: str | None,
    stream: str | None,
    overwrite: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """Write the time from FROM to TO as a plain MP4 that every player opens.

    FOLDER holds segments, as `ronda record` or a volume has them; CAMERA is a name in any case,
    or an id, also of a camera that was removed. FROM and TO are times with their zone, such as
    2026-05-01T21:14:06+07:00, or of the office's zone. The pictures are copied, not coded anew;
    the file shows exactly that time. Where nothing was recorded the last picture stands still,
    and the gap is told.
    """
    if target.exists() and not overwrite:
        raise ExportError(f"{target} is there already; choose another name, or add --overwrite")
    shown: Callable[[int], str] = moments.local
    if (folder := Path(source)).is_dir():
        since, until = checked(begin, end, [moments.parse(begin), moments.parse(end)])
        found = archive.search(folder, since, until, camera=camera, stream=stream)
    else:
        if camera is not None:
            raise ExportError(f"--camera is for a FOLDER, and {source!r} is none; leave it out")
        try:
            since, until = checked(begin, end, asked.times([begin, end], config))
            answered, found = catalogued.search(source, since, until, stream=stream, config=config)
        except settings.SettingsError as error:
            raise ExportError(
                f"{source!r} is no folder, and no camera by that name: {error}"
            ) from None
        shown = partial(moments.precisely, zone=answered.zone)
    exported = write(found, target, since, until)
    if as_json:
        click.echo(json.dumps(described(found, exported, target), ensure_ascii=False))
    else:
        click.echo(sentence(found, exported, target))
        for hole in exported.missing:
            click.echo(f"  nothing from {shown(hole.start)} to {shown(hole.end)}")
    for line in (*found.left_out, *found.notes):
        click.echo(line, err=True)


def checked(begin: str, end: str, times: Sequence[int]) -> tuple[int, int]:
    """FROM and TO in µs. Raises ExportError when they are no span that fits into a file."""
    since, until = times
    if until <= since:
        raise ExportError(f"TO ({end}) is not after FROM ({begin})")
    if until - since > LONGEST:
        raise ExportError("that is more than 24 hours; export one day after the other")
    return since, until


def write(found: archive.Found, target: Path, since: int, until: int) -> plain.Exported:
    """Make the file whole under another name, then give it its own.

    A file under the target's name is thus always a whole one, whatever happens meanwhile.
    """
    part = target.with_name(target.name + ".part")
    try:
        with part.open("wb") as out:
            exported = plain.export(found.sources, out, since, until)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    except OSError as error:
        raise ExportError(f"{target} could not be made: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return exported


def sentence(found: archive.Found, exported: plain.Exported, target: Path) -> str:
    """What was made, in one line."""
    what = "sound" if found.stream.endswith("-audio") else "pictures"
    length = (exported.end - exported.begin) / SECOND
    shown = exported.shown_us / SECOND
    return (
        f"{target}: {shown:.3f} s of {what} in {length:.3f} s, {exported.frames} frames from "
        f"{exported.segments} segments, {exported.size / 1e6:.1f} MB"
    )


def described(found: archive.Found, exported: plain.Exported, target: Path) -> dict[str, object]:
    """What was made, for programs; times in UTC microseconds."""
    said = dataclasses.asdict(exported)
    left_out = {"left_out": found.left_out, "notes": found.notes}
    return {"file": str(target), "stream": found.stream, **said, **left_out}
