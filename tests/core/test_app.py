"""The server without its pages: what its parts do together."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nvr_core import app, settings
from nvr_core.clock import SystemClock
from nvr_core.recording import links, storing
from nvr_core.testing.stand_in import StandIn
from nvr_core.testing.story import Story
from nvr_core.wire.facts import Fact, SegmentClosed

MIB = 1 << 20
TOML = """
[storage]
limit = "64 MiB"
[[camera]]
name = "Gang Mawar"
main = "rtsp://10.0.0.7/1"
"""


@pytest.fixture
def runtime() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ronda-") as folder:
        yield Path(folder)


def large(facts: list[Fact]) -> list[Fact]:
    """The same segment, said to be of 3 MiB."""
    return [
        replace(fact, size=3 * MIB) if isinstance(fact, SegmentClosed) else fact for fact in facts
    ]


async def test_the_volume_stays_within_its_limit_and_recorders_know_what_goes_next(
    tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "ROUND", 0.05)
    monkeypatch.setattr(storing, "ROUND", 0.02)
    monkeypatch.setattr(links, "SETTLED", 0.01)
    clock = SystemClock()
    chosen = settings.parse(f'runtime = "{runtime}"\n{TOML}', tmp_path / "ronda.toml")
    recorder = StandIn(chosen.data, runtime)
    async with recorder.serving(), app.running(chosen, clock) as ronda:
        (camera,) = ronda.recording.cameras
        began = clock.wall()
        story = Story(camera.id, folder=chosen.volume, wall=began)
        told = [large(story.whole()) for _ in range(24)]
        for facts in told:
            recorder.tell(*facts)
        paths = [fact.path for facts in told for fact in facts if isinstance(fact, SegmentClosed)]
        async with asyncio.timeout(20):
            reclaim: tuple[str, ...] = ()
            while not reclaim:  # a server may be away when the disk is full
                reclaim = (await recorder.wants.get()).reclaim
        gone = [path for path in paths if not Path(path).exists()]
        assert gone == paths[: len(gone)], "what was recorded first went first"
        assert 5 <= len(gone) <= 7, "72 MiB, of which 64 less a tenth may stay"
        assert reclaim == tuple(paths[len(gone) : len(gone) + len(reclaim)])
        kept = await ronda.recording.archive.kept(camera.id, "main")
        left = len(paths) - len(gone) - len(reclaim)
        assert kept.bytes == left * 3 * MIB
        assert kept.oldest == began + (len(paths) - left) * 2_000_000
