"""Segments with numbered frames, and an analyst that runs as it is shipped."""

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import pytest

from nvr_core.media import reading, segment
from nvr_core.wire.pictures import PictureWanted
from tests.core.media import encoded

GOP = 12
TICKS = 3600
"""Of a frame at 25 per second."""


@dataclass(frozen=True)
class Made:
    """A segment's file and where its parts lie."""

    path: Path
    init_size: int
    parts: tuple[segment.Part, ...]

    def wanted(self, part: int = 0, at: int | None = None, width: int = 640) -> PictureWanted:
        return PictureWanted(
            path=str(self.path),
            init_size=self.init_size,
            offset=self.parts[part].offset,
            size=self.parts[part].size,
            at=at,
            width=width,
        )


def make(path: Path, codec: str = "libx264", bframes: int = 0) -> Made:
    """A segment of three parts of GOP numbered frames each."""
    footage = encoded.video(codec, count=3 * GOP, gop=GOP, bframes=bframes)
    content = encoded.build(footage, depth=2 if bframes else 0, longest=5)
    path.write_bytes(content)
    found = reading.read(io.BytesIO(content))
    return Made(path, found.init_size, segment.parts(found.fragments))


def number_in(jpeg: bytes) -> int:
    """The frame number that a JPEG shows."""
    with av.open(io.BytesIO(jpeg), "r", "jpeg_pipe") as opened:
        return encoded.number(next(opened.decode(video=0)))


Launch = Callable[[Path], "subprocess.Popen[bytes]"]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Starts the shipped program; it may read tmp_path/footage. All are ended after the test."""
    running: list[subprocess.Popen[bytes]] = []

    def start(runtime: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "nvr_core.analyst", "--runtime", str(runtime)]
        command += ["--root", str(tmp_path / "footage")]
        running.append(subprocess.Popen(command, stderr=subprocess.PIPE))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()
