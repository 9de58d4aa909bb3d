"""A recorder and a simulated camera: every frame that was sent is kept, once, and gaps say why."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from nvr_core.clock import SECOND
from nvr_core.simulators import CameraSpec, Faults, simulate
from nvr_core.simulators.guard import Guard
from nvr_core.testing import footage
from nvr_core.testing.recording import IMPATIENT, Rig
from nvr_core.wire.facts import (
    Cause,
    FragmentWritten,
    GapClosed,
    GapOpened,
    LoginParked,
    SegmentClosed,
    SegmentOpened,
    StreamState,
    StreamStatistics,
)
from nvr_core.wire.wants import Window

LOGIN = ("admin", "rahasia")
LENGTH = 60 * 12
"""Frames of a simulated loop."""
RINGED = replace(IMPATIENT, ring_segment=SECOND)


def spec(**changes: object) -> CameraSpec:
    given = {"name": "gang", "user": LOGIN[0], "password": LOGIN[1], **changes}
    return CameraSpec(**given)  # type: ignore[arg-type] # fields of a test's own making


@pytest.mark.parametrize(
    ("codec", "bframes"), [("h264", 0), ("h264", 2), ("h265", 0)], ids=["h264", "b-frames", "h265"]
)
async def test_frames_are_consecutive_over_segments(
    tmp_path: Path, loop_cache: Path, codec: str, bframes: int
) -> None:
    rig = Rig(tmp_path, options=replace(IMPATIENT, segment=3 * SECOND))
    camera = spec(codec=codec, bframes=bframes)
    async with simulate([camera], cache=loop_cache) as site, rig.recorder():
        rig.want(rig.stream(site.url("gang"), login=LOGIN))
        await rig.until(lambda: len(rig.segments()) >= 2, 20)
    segments = rig.segments()
    paths = [Path(fact.path) for fact in segments]
    assert [footage.sound(path) for path in paths] == [""] * len(paths)
    numbers = footage.numbers(paths)
    # Where the recording was ended, a frame may have come whose predecessors in display had not.
    assert footage.consecutive(numbers[: len(numbers) - bframes], LENGTH)
    assert len(numbers) == sum(fact.frames for fact in segments)
    assert len({fact.run for fact in segments}) == 1
    ends = [fact.start + fact.duration for fact in segments]
    assert ends[:-1] == [fact.start for fact in segments[1:]]


async def test_the_gap_before_the_first_frame_ends_where_the_footage_begins(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path)
    async with simulate([spec()], cache=loop_cache) as site, rig.recorder():
        rig.want(rig.stream(site.url("gang"), login=LOGIN))
        first = await rig.until(lambda: rig.told(FragmentWritten))
        await rig.until(lambda: rig.told(GapClosed))
    assert rig.causes()[0] == Cause.WAITING_FOR_KEY_FRAME
    assert rig.told(GapClosed)[0].wall == first[0].wall
    assert rig.causes()[-1] == Cause.RECORDER_STOPPED
    (segment,) = rig.segments()
    assert abs(segment.start - first[0].wall) < SECOND // 10


async def test_a_restart_goes_on_in_the_same_ledger(tmp_path: Path, loop_cache: Path) -> None:
    rig = Rig(tmp_path)
    async with simulate([spec()], cache=loop_cache) as site:
        want = rig.stream(site.url("gang"), login=LOGIN)
        async with rig.recorder():
            rig.want(want)
            await rig.until(lambda: rig.told(SegmentOpened) and not rig.open_gaps())
        async with rig.recorder():
            rig.want(want)
            await rig.until(lambda: len(rig.told(SegmentOpened)) == 2 and not rig.open_gaps())
    first, second = rig.segments()
    closed = {fact.gap: fact.wall for fact in rig.told(GapClosed)}
    reached = first.start + first.duration
    for gap in rig.told(GapOpened):
        if reached - 1000 <= gap.wall < second.start:
            assert abs(gap.wall - reached) <= 1000
            reached = closed[gap.gap]
    assert abs(second.start - reached) < SECOND // 10
    assert Cause.RECORDER_STOPPED in rig.causes()[1:-1]
    assert not list((rig.volume / "open").iterdir())


async def test_a_camera_that_goes_away_is_recorded_again(tmp_path: Path, loop_cache: Path) -> None:
    rig = Rig(tmp_path)
    async with simulate([spec()], cache=loop_cache) as site, rig.recorder():
        rig.want(rig.stream(site.url("gang"), login=LOGIN))
        await rig.until(lambda: rig.told(FragmentWritten))
        site.camera("gang").drop(reset=True)
        await rig.until(lambda: len(rig.told(StreamState, state="recording")) == 2)
    assert Cause.CAMERA_UNREACHABLE in rig.causes()
    assert len(rig.segments()) == 2


async def test_a_silent_camera_is_a_gap_from_its_last_frame_on(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path)
    async with simulate([spec()], cache=loop_cache) as site, rig.recorder():
        rig.want(rig.stream(site.url("gang"), login=LOGIN))
        await rig.until(lambda: rig.told(FragmentWritten))
        site.camera("gang").faults = Faults(freeze_after_s=0.01)
        await rig.until(lambda: Cause.CAMERA_SILENT in rig.causes())
        site.camera("gang").faults = Faults()
        await rig.until(lambda: len(rig.told(StreamState, state="recording")) == 2)
    segment = rig.segments()[0]
    silent = [fact for fact in rig.told(GapClosed) if fact.cause == Cause.CAMERA_SILENT]
    opened = next(fact for fact in rig.facts if getattr(fact, "gap", "") == silent[0].gap)
    assert abs(opened.wall - segment.start - segment.duration) < SECOND // 10  # type: ignore[union-attr] # a gap has a wall time


async def test_a_wrong_password_is_tried_once_and_a_new_one_at_once(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path)
    async with simulate([spec()], cache=loop_cache) as site:
        for _ in range(2):
            async with rig.recorder():
                rig.want(rig.stream(site.url("gang"), login=("admin", "salah")))
                await rig.until(lambda: rig.told(StreamState, state="parked"))
                await asyncio.sleep(0.5)
                assert len(site.camera("gang").logins) == 1
        async with rig.recorder():
            rig.want(rig.stream(site.url("gang"), login=("admin", "salah")))
            await rig.until(lambda: len(rig.told(StreamState, state="parked")) >= 2)
            rig.want(rig.stream(site.url("gang"), login=LOGIN))
            await rig.until(lambda: rig.told(StreamState, state="recording"))
    assert Cause.LOGIN_REFUSED in rig.causes()


async def test_a_password_put_right_at_the_camera_is_tried_after_another_one(
    tmp_path: Path, loop_cache: Path
) -> None:
    """What docs/guide/upkeep.md says: only a changed login is tried, and what was refused last
    is all that is remembered."""
    rig = Rig(tmp_path)
    async with simulate([spec()], cache=loop_cache) as site, rig.recorder():
        camera = site.camera("gang")
        url = site.url("gang")
        for tries, password in enumerate(("baru", "salah"), 1):
            rig.want(rig.stream(url, login=("admin", password)))
            await rig.until(lambda: len(rig.told(LoginParked)) == tries)  # noqa: B023 - at once
            assert len(camera.logins) == tries
        camera.guard = Guard("admin", "baru", "digest")
        rig.want(rig.stream(url, login=("admin", "baru")))
        await rig.until(lambda: rig.told(StreamState, state="recording"))


async def test_a_parked_login_stays_so_whatever_the_camera_would_say_now(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path)
    async with simulate([spec()], cache=loop_cache) as site:
        camera = site.camera("gang")
        want = rig.stream(site.url("gang"), login=("admin", "baru"))
        async with rig.recorder():
            rig.want(want)
            await rig.until(lambda: rig.told(LoginParked))
        camera.guard = Guard("admin", "baru", "digest")
        async with rig.recorder():
            rig.want(want)
            await rig.until(lambda: len(rig.told(StreamState, state="parked")) == 2)
        assert camera.logins == (), "the new guard has met nobody"


async def test_a_stream_that_nobody_keeps_lives_in_memory_and_ages(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path, options=RINGED)
    async with simulate([spec()], cache=loop_cache) as site, rig.recorder():
        rig.want(rig.stream(site.url("gang"), login=LOGIN, keep_always=False, ring_seconds=3))
        await rig.until(lambda: [f for f in rig.facts if getattr(f, "why", "") == "aged"], 20)
        files = list(rig.runtime.rglob("*.mp4"))
        assert 1 <= len(files) <= 5
    assert rig.segments() == []
    assert rig.causes() == []
    assert rig.told(SegmentClosed, ring=True)


async def test_what_the_ring_holds_is_kept_when_keeping_begins(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path, options=RINGED)
    async with simulate([spec()], cache=loop_cache) as site, rig.recorder():
        ring = rig.stream(site.url("gang"), login=LOGIN, keep_always=False)
        rig.want(ring)
        await rig.until(lambda: len(rig.told(SegmentClosed, ring=True)) >= 3)
        rig.want(rig.stream(site.url("gang"), login=LOGIN))
        await rig.until(lambda: len(rig.told(SegmentOpened, ring=False)) >= 1)
        await rig.until(lambda: len(rig.segments()) >= 3)
        await asyncio.sleep(1)
    segments = rig.segments()
    assert len({fact.run for fact in segments}) == 1
    assert segments[0].start == rig.told(SegmentClosed, ring=True)[0].start
    paths = [Path(fact.path) for fact in segments]
    assert all(path.is_relative_to(rig.volume) for path in paths)
    assert footage.consecutive(footage.numbers(paths), LENGTH)
    assert not list((rig.volume / "open").iterdir())


async def test_a_window_ends_in_a_pause_and_its_beginning_takes_no_earlier_minute(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path, options=RINGED)
    now = rig.clock.wall()
    window = Window(start=now + 4 * SECOND, end=now + 8 * SECOND)
    async with simulate([spec()], cache=loop_cache) as site, rig.recorder():
        rig.want(rig.stream(site.url("gang"), login=LOGIN, keep_always=False, windows=(window,)))
        await rig.until(lambda: rig.causes().count(Cause.BY_SCHEDULE) == 2, 25)
    segments = rig.segments()
    assert window.start - 2 * SECOND <= segments[0].start <= window.start + SECOND
    last = segments[-1]
    assert window.end - SECOND <= last.start + last.duration <= window.end + 2 * SECOND
    assert set(rig.causes()) <= {
        Cause.BY_SCHEDULE,
        Cause.WAITING_FOR_KEY_FRAME,
        Cause.RECORDER_STOPPED,
    }


async def test_what_a_stream_brings_is_told_every_few_seconds(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path)
    async with simulate([spec()], cache=loop_cache) as site, rig.recorder():
        rig.want(rig.stream(site.url("gang"), login=LOGIN))
        found = await rig.until(lambda: rig.told(StreamStatistics)[1:], 20)
    assert 11 <= found[0].frames_per_second <= 13
    assert found[0].bits_per_second > 50_000
    assert 0.9 <= found[0].gop_seconds <= 1.1
    assert (found[0].lost_packets, found[0].dropped_bytes, found[0].reconnects) == (0, 0, 0)


async def test_sound_is_a_stream_of_its_own(tmp_path: Path, loop_cache: Path) -> None:
    rig = Rig(tmp_path)
    async with simulate([spec(audio="pcma")], cache=loop_cache) as site, rig.recorder():
        url = site.url("gang")
        rig.want(rig.stream(url, login=LOGIN), rig.stream(url, "main-audio", login=LOGIN))
        await rig.until(lambda: len({f.stream for f in rig.told(FragmentWritten)}) == 2)
        assert len(site.camera("gang").sessions) == 1
        await asyncio.sleep(1)
    (audio,) = rig.segments("main-audio")
    assert audio.codec in ("alaw", "g711a", "pcma")
    assert footage.sound(Path(audio.path)) == ""
