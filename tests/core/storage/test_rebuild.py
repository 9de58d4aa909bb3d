"""The catalogue is deleted, and the volumes alone answer the same questions."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from nvr_core.clock import SECOND
from nvr_core.state import cameras, coverage, footage, history, recorded
from nvr_core.state.opening import NAME
from nvr_core.storage.rebuild import rebuild
from nvr_core.storage.report import Kind, Report
from tests.core.storage.house import DAY, MINUTE, NOON, OURS, House, house, run


async def rebuilt(office: House, *names: str) -> Report:
    roots = [office.root(name) for name in names or ("volume",)]
    return await rebuild(office.state, office.clock, run, roots, installation=OURS)


async def answers(office: House) -> dict[str, Any]:
    """What pages ask of footage, by names that outlive a catalogue."""
    made: dict[str, Any] = {}
    roots = await office.state.read(footage.roots)
    for number, (camera, stream) in (await office.state.read(cameras.list_streams)).items():
        page = await office.state.read(
            partial(footage.between, stream=number, began=0, ended=1 << 61)
        )
        encodings = await office.state.read(partial(footage.encodings_of, found=page))
        runs = await office.state.read(
            partial(history.runs_between, stream=number, began=0, ended=1 << 61)
        )
        here = await office.state.read(
            partial(coverage.available, stream=number, began=0, ended=1 << 61)
        )
        made[f"{camera}/{stream}"] = (
            [
                (
                    one.segment,
                    one.start,
                    one.duration,
                    one.base,
                    one.flags,
                    one.parts(),
                    f"{roots[one.volume]}/{one.key}",
                    one.size,
                    encodings[one.encoding],
                )
                for one in page
            ],
            [(one.run, one.began, one.ended) for one in runs],
            here,
        )
        for one in page:
            found = await office.state.read(partial(footage.record, segment_id=one.segment))
            assert found is not None
            made[one.segment] = (
                found.run,
                found.recorder_start,
                found.sequence,
                found.sha256,
                found.frames,
            )
    return made


def forgotten(data: Path) -> None:
    for path in data.glob(f"{NAME}*"):
        path.unlink()


async def story(data: Path) -> dict[str, Any]:
    async with house(data) as office:
        await office.add_volume()
        await office.add_volume("second")
        for _ in range(3):
            await office.record("gang", 4)
            await office.record("pos", 2, apart=MINUTE)
            office.clock.passed += DAY
        await office.record("kali", 3, name="second")
        return await answers(office)


async def test_footage_questions_have_the_same_answers(tmp_path: Path) -> None:
    before = await story(tmp_path)
    forgotten(tmp_path)
    async with house(tmp_path) as office:
        assert await answers(office) == {}
        report = await rebuilt(office, "volume", "second")
        assert report.sound
        assert report.adopted == 21
        assert await answers(office) == before
        for number, name in ((1, "volume"), (2, "second")):
            rows = await office.rows(number)
            assert set(rows) == office.disk(name)
        # Told in the order of recording, whichever camera it was: deletion goes by it.
        told = await office.state.read(partial(recorded.in_order, volume=1, now=0, limit=99))
        days = [one.start // DAY for one in told]
        assert days == sorted(days)
        # A stream was wanted until its last frame, and is wanted anew when a fact says so.
        gang = await office.state.read(partial(cameras.stream, camera="gang", name="main"))
        assert gang is not None
        later = office.clock.wall() + 100 * DAY
        found = await office.state.read(
            partial(coverage.coverage, streams=[gang], began=later - DAY, ended=later, now=later)
        )
        assert found[gang].wanted == 0


async def test_it_may_be_repeated_and_adds_to_what_is_there(tmp_path: Path) -> None:
    before = await story(tmp_path)
    async with house(tmp_path) as office:
        assert (await rebuilt(office, "volume")).adopted == 0
        assert await answers(office) == before
    forgotten(tmp_path)
    async with house(tmp_path) as office:
        assert (await rebuilt(office, "second")).adopted == 3
        assert (await rebuilt(office, "volume", "second")).adopted == 18
        assert await answers(office) == before


async def test_what_is_not_ours_and_what_is_open_is_told_and_left_alone(tmp_path: Path) -> None:
    await story(tmp_path)
    forgotten(tmp_path)
    folder = tmp_path / "volume" / "gang" / "main"
    whole = next((tmp_path / "volume").rglob("*.mp4"))
    (folder / "holiday.mp4").write_bytes(b"\0" * 5000)
    (folder / "torn.mp4").write_bytes(whole.read_bytes()[:-200])
    (folder / "again.mp4").write_bytes(whole.read_bytes())
    (folder / "notes.txt").write_text("mine")
    (tmp_path / "volume" / "open").mkdir()
    key = str(whole.relative_to(tmp_path / "volume"))
    (tmp_path / "volume" / "open" / key.replace("/", "~")).touch()
    async with house(tmp_path) as office:
        report = await rebuilt(office, "volume", "second", "nowhere")
        # The marked one is its recorder's, so its copy is the first to be found.
        assert report.adopted == 21
        assert report.counts == {Kind.FOREIGN: 2, Kind.TORN: 1, Kind.AWAY: 1}
        assert (folder / "torn.mp4").exists()


async def test_impossible_days_are_told_last_so_that_they_do_not_go_first(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        await office.add_volume()
        office.clock.wall_offset = -NOON
        wrong = await office.record("gang", 1)
        office.clock.wall_offset = 0
        await office.record("gang", 2)
    forgotten(tmp_path)
    async with house(tmp_path) as office:
        await rebuilt(office)
        told = await office.state.read(partial(recorded.in_order, volume=1, now=0, limit=9))
        assert told[-1].start == wrong[0].start
        assert told[-1].start < 3600 * SECOND
