"""What other people's programs say about our files: Debian's ffmpeg and ffprobe, and PyAV."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import av

from tests.core.media.encoded import number


def complaints(path: Path) -> str:
    """What ffmpeg says at -v warning while it decodes everything; it must be nothing."""
    made = subprocess.run(
        ["ffmpeg", "-v", "warning", "-i", str(path), "-f", "null", "-"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return made.stderr + (f"exit code {made.returncode}" if made.returncode else "")


def probe(path: Path, *what: str) -> dict[str, Any]:
    """ffprobe's JSON."""
    made = subprocess.run(
        ["ffprobe", "-v", "warning", *what, "-of", "json", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert made.stderr == ""
    said: dict[str, Any] = json.loads(made.stdout)
    return said


def packet_times(path: Path) -> list[tuple[int, int]]:
    """(pts, dts) of every packet in file order, in ticks, by ffprobe."""
    packets = probe(path, "-show_packets")["packets"]
    return [(p["pts"], p["dts"]) for p in packets]


def shown(source: Path | bytes) -> list[tuple[float, int]]:
    """(seconds, number drawn in it) of every picture that a player shows, by PyAV."""
    with av.open(io.BytesIO(source) if isinstance(source, bytes) else str(source), "r") as file:
        return [(round(float(f.time or 0), 6), number(f)) for f in file.decode(video=0)]
