"""A disk that was full is picked up where it was left, and nothing is told twice."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from nvr_core.clock import SECOND
from nvr_core.recorder.running import installation_id
from nvr_core.simulators import CameraSpec, simulate
from nvr_core.testing.recording import IMPATIENT, Rig
from nvr_core.wire import volume
from nvr_core.wire.facts import Cause, GapClosed, GapOpened, Notice
from tests.shows import tiling

CAMERA = CameraSpec(name="gang", bitrate=1_000_000, grain=60, gop_s=0.5)
JITTER = SECOND // 10


@pytest.fixture
def rig(tmp_path: Path, small_disk: Path) -> Rig:
    one = Rig(tmp_path, options=replace(IMPATIENT, segment=2 * SECOND, reserve_bytes=0))
    volume.prepare(small_disk, installation_id(one.data, one.clock))
    one.volume = small_disk
    return one


async def test_what_a_full_disk_did_not_take_is_missing_for_that_cause_and_nothing_is_told_twice(
    rig: Rig, loop_cache: Path
) -> None:
    ballast = rig.volume / "ballast"
    async with simulate([CAMERA], cache=loop_cache) as site, rig.recorder():
        ballast.write_bytes(bytes(600_000))
        rig.want(rig.stream(site.url("gang")))
        await rig.until(lambda: len(rig.told(Notice, code="disk-full")) >= 2)
        ballast.unlink()
        await rig.until(lambda: rig.told(GapClosed, cause=Cause.DISK_FULL) and not rig.open_gaps())
        count = len(rig.segments())
        await rig.until(lambda: len(rig.segments()) > count)
        alive = rig.clock.wall()
    told = Counter(fact.segment for fact in rig.segments())
    assert set(told.values()) == {1}
    absences = rig.told(GapOpened, cause=Cause.RECORDER_STOPPED)
    assert [gap for gap in absences if gap.wall < alive - SECOND] == []
    account = tiling.read(rig.data / "journal" / "rtsp")
    (spans,) = account.spans(rig.clock.wall()).values()
    holes, doubled = tiling.faults(spans)
    assert [span for span in holes + doubled if span.end - span.start > JITTER] == []
