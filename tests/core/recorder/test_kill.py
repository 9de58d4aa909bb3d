"""kill -9: what was not told is told by the next recorder, and every frame has its place.

`scripts/show recorder.3` does the same a hundred times, with all of Ronda.
"""

import asyncio
from pathlib import Path

from nvr_core.simulators import simulate
from tests.shows import stored, tiling
from tests.shows.life import RESTART, Life
from tests.shows.office import Office, cameras
from tests.shows.truth import FRAME, before, judge

SECOND = 1_000_000
LIVES = (2.6, 0.6, 1.7)
"""Seconds: with a segment just closed, before the first frame, with a fragment under way."""


async def test_killed_three_times_in_a_row(tmp_path: Path, loop_cache: Path) -> None:
    specs = cameras(2)
    office = Office.at(tmp_path, tmp_path / "runtime")
    kills = []
    async with simulate(specs, cache=loop_cache) as site:
        office.prepare([site.url(spec.name) for spec in specs])
        life = Life(office, tmp_path / "log", "--segment", "2")
        for seconds in LIVES:
            await life.begin()
            await asyncio.sleep(seconds)
            kills.append(await life.kill())
            await asyncio.sleep(RESTART)
        await life.begin()
        await asyncio.sleep(4.0)
        await life.stop()
        sent = {name: list(camera.frames_sent) for name, camera in site.cameras.items()}

    account = tiling.read(office.journal)
    files = stored.look_at_all(office.volume, ("ffprobe", "-v", "warning", "FILE"))
    assert [problem for file in files for problem in file.problems] == []
    assert {str(file.path) for file in files} == {one.path for one in account.segments.values()}
    assert account.contradictions == []
    assert account.opened == {}
    assert list((office.volume / "open").iterdir()) == []
    spans = account.spans(office.clock.wall())
    for spec in specs:
        told = spans[spec.name]
        holes, doubled = tiling.faults(told)
        assert [span for span in holes + doubled if span.end - span.start > FRAME] == []
        frames = [n for file in files if file.camera == spec.name for n in file.frames]
        truth = judge(spec, sent[spec.name], frames, [span for span in told if span.cause])
        assert truth.twice == 0
        assert truth.untold == []
        assert truth.holes != []
        for wall in truth.sent_and_lost:
            wait = before(kills, wall)
            assert wait is not None
            assert wait < SECOND  # the last fragment and what was on its way, on a busy machine
