"""Rings that stay within their limits, and gaps that agree with what was recorded."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from nvr_core.clock import SECOND, SystemClock
from nvr_core.recorder.options import Options
from nvr_core.recorder.rings import Rings
from nvr_core.simulators import CameraSpec, simulate
from nvr_core.testing.recording import IMPATIENT, Rig
from nvr_core.wire.facts import (
    Cause,
    Fact,
    FragmentWritten,
    GapOpened,
    Notice,
    SegmentClosed,
    SegmentGone,
    SegmentOpened,
)
from nvr_core.wire.parts import PackedParts

CAMERA = CameraSpec(name="gang", bitrate=2_000_000, grain=60)
RINGED = replace(IMPATIENT, ring_segment=SECOND)


class MovedClock(SystemClock):
    """The machine's clocks; the wall clock can be set."""

    moved = 0

    def wall(self) -> int:
        return super().wall() + self.moved


def a_second(start: int, size: int, number: int) -> SegmentClosed:
    return SegmentClosed(
        camera="camera",
        stream="main",
        run="run",
        segment=str(number),
        recorder_start="",
        sequence=number,
        path=f"/nowhere/{number}",
        ring=True,
        start=start,
        duration=SECOND,
        frames=1,
        size=size,
        sha256="",
        parts=PackedParts.of(()),
        codec="",
        timescale=1,
        init_size=0,
        base=0,
    )


@pytest.fixture
async def told_rings(tmp_path: Path) -> tuple[Rings, MovedClock, list[Fact]]:
    clock, told = MovedClock(), list[Fact]()
    options = Options(ring_bytes=10_000)
    rings = Rings(tmp_path / "ring", asyncio.get_running_loop(), options, clock, told.append)
    rings.hold("camera/main", 30)
    return rings, clock, told


async def test_rings_hold_no_more_than_their_limit(
    told_rings: tuple[Rings, MovedClock, list[Fact]],
) -> None:
    rings, clock, told = told_rings
    for number in range(100):
        rings.add(a_second(clock.wall(), 1_333, number))
        clock.moved += SECOND
        rings.tick()
        held = (fact for fact in rings.present() if isinstance(fact, SegmentClosed))
        assert sum(fact.size for fact in held) <= 10_000
    assert [fact.code for fact in told if isinstance(fact, Notice)] == ["rings-shortened"]
    assert len(list(rings.present())) == 7
    await rings.stop(1)


async def test_rings_leave_as_much_free_as_they_hold(small_disk: Path) -> None:
    clock, told = MovedClock(), list[Fact]()
    rings = Rings(small_disk / "ring", asyncio.get_running_loop(), Options(), clock, told.append)
    rings.hold("camera/main", 30)
    for number in range(10):  # as many bytes as the facts say, of the MiB that there is
        (small_disk / str(number)).write_bytes(bytes(100_000))
        fact = a_second(clock.wall(), 100_000, number)
        rings.add(replace(fact, path=str(small_disk / str(number))))
        clock.moved += SECOND
        rings.tick()
        await rings.writer.idle()
    rings.tick()
    await rings.writer.idle()
    held = len(list(rings.present()))
    assert 4 <= held <= 6
    assert [fact.code for fact in told if isinstance(fact, Notice)] == ["rings-shortened"]
    await rings.stop(1)


async def test_a_clock_that_is_set_back_does_not_keep_the_old_ring(
    told_rings: tuple[Rings, MovedClock, list[Fact]],
) -> None:
    rings, clock, told = told_rings
    for number in range(5):
        rings.add(a_second(clock.wall() - SECOND, 10, number))
        clock.moved += SECOND
    clock.moved -= 3600 * SECOND
    rings.add(a_second(clock.wall() - SECOND, 10, 5))
    rings.tick()
    assert [fact.segment for fact in told if isinstance(fact, SegmentGone)] == list("01234")
    assert len(list(rings.present())) == 1
    await rings.stop(1)


async def test_full_memory_leaks_no_file_and_is_told_once(
    tmp_path: Path, small_disk: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path, options=RINGED)
    rig.runtime = small_disk
    (small_disk / "of others").write_bytes(bytes(1_000_000))
    camera = replace(CAMERA, gop_s=0.5)
    async with simulate([camera], cache=loop_cache) as site, rig.recorder():
        rig.want(rig.stream(site.url("gang"), keep_always=False))
        await rig.until(lambda: len(rig.told(SegmentGone, why="lost")) >= 4, 20)
        links = (link for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
        growing = [path for link in links if "/ring/" in (path := str(link.readlink()))]
        assert len(growing) <= 2
        assert len(rig.told(Notice, code="memory-full")) == 1


async def test_what_goes_along_from_the_ring_does_not_make_a_disk_slow(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path, options=replace(RINGED, queue_bytes=400_000))
    async with simulate([CAMERA], cache=loop_cache) as site, rig.recorder():
        rig.want(rig.stream(site.url("gang"), keep_always=False))
        await rig.until(lambda: len(rig.told(SegmentClosed, ring=True)) >= 4)
        rig.want(rig.stream(site.url("gang")))
        await rig.until(lambda: len(rig.segments()) >= 4)
    assert Cause.DISK_SLOW not in rig.causes()


async def test_a_volume_that_is_not_there_leaves_no_gap_over_footage(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path)
    other = tmp_path / "unmounted"
    other.mkdir()
    async with simulate([CAMERA], cache=loop_cache) as site, rig.recorder():
        rig.want(rig.stream(site.url("gang")))
        await rig.until(lambda: rig.told(FragmentWritten))
        rig.want(rig.stream(site.url("gang"), volume=str(other)))
        (gap,) = await rig.until(lambda: rig.told(GapOpened, cause=Cause.DISK_LOST))
    last = rig.segments()[-1]
    assert gap.wall == last.start + last.duration


async def test_a_folder_that_takes_nothing_costs_its_own_stream_only(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path, options=replace(IMPATIENT, folder_retry=2 * SECOND, segment=SECOND))
    camera = replace(CAMERA, gop_s=0.5)
    folder = rig.volume / rig.camera / "main"
    folder.parent.mkdir()
    folder.touch()
    async with simulate([camera], cache=loop_cache) as site, rig.recorder():
        url = site.url("gang")
        rig.want(rig.stream(url), rig.stream(f"{url}?sub", "sub"))
        (gap,) = await rig.until(lambda: rig.told(GapOpened, cause=Cause.DISK_LOST))
        assert (gap.camera, gap.stream) == (rig.camera, "main")
        assert f"{folder} cannot be written (" in gap.sentence
        lines = len(rig.told(FragmentWritten, stream="sub"))
        await rig.until(lambda: len(rig.told(FragmentWritten, stream="sub")) > lines + 16)
        assert rig.told(SegmentOpened, stream="main", ring=True), "live view goes on"
        assert rig.causes("sub") == [Cause.WAITING_FOR_KEY_FRAME]
        assert rig.causes() == [Cause.WAITING_FOR_KEY_FRAME, Cause.DISK_LOST]
        (notice,) = rig.told(Notice)
        assert (notice.code, notice.stream) == ("folder-lost", "main")
        folder.unlink()
        await rig.until(lambda: rig.told(SegmentClosed, stream="main", ring=False), 20)
        assert not rig.open_gaps()
    assert len({fact.run for fact in rig.segments("sub")}) == 1
    assert not list((rig.volume / "open").iterdir())


async def test_a_folder_that_fails_later_ends_the_footage_where_it_failed(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path, options=replace(IMPATIENT, segment=SECOND))
    camera = replace(CAMERA, gop_s=0.5)
    async with simulate([camera], cache=loop_cache) as site, rig.recorder():
        rig.want(rig.stream(site.url("gang")))
        await rig.until(lambda: rig.told(FragmentWritten))
        folder = rig.volume / rig.camera / "main"
        folder.rename(folder.with_name("elsewhere"))
        folder.touch()
        (gap,) = await rig.until(lambda: rig.told(GapOpened, cause=Cause.DISK_LOST))
    last = rig.segments()[-1]
    assert gap.wall == last.start + last.duration


async def test_a_stream_that_is_not_kept_any_more_misses_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    async with rig.recorder():
        rig.want(rig.stream("rtsp://127.0.0.1:9/none"))
        await rig.until(rig.open_gaps)
        rig.want(rig.stream("rtsp://127.0.0.1:9/none", keep_always=False))
        await rig.until(lambda: not rig.open_gaps())


@pytest.mark.parametrize("step", [3600, -3600])
async def test_a_clock_that_is_set_is_the_cause_and_bends_no_monotonic_time(
    step: int, tmp_path: Path, loop_cache: Path
) -> None:
    clock = MovedClock()
    rig = Rig(tmp_path, clock=clock)
    camera = replace(CAMERA, gop_s=0.5)
    async with simulate([camera], cache=loop_cache) as site, rig.recorder():
        rig.want(rig.stream(site.url("gang")))
        await rig.until(lambda: len(rig.told(FragmentWritten)) >= 3)
        before = clock.monotonic()
        clock.moved = step * SECOND
        (gap,) = await rig.until(lambda: rig.told(GapOpened, cause=Cause.CLOCK))
        assert abs(gap.monotonic - before) < SECOND
        count = len(rig.told(FragmentWritten))
        await rig.until(lambda: len(rig.told(FragmentWritten)) >= count + 6)
    assert len({fact.run for fact in rig.segments()}) == 2
    assert len(rig.told(GapOpened, cause=Cause.CLOCK)) == 1
