"""A check finds what does not fit, says it, changes nothing, and mends what is safe."""

from __future__ import annotations

import fcntl
import os
from functools import partial
from pathlib import Path

from sqlalchemy import update

from nvr_core.state import files, footage, keeping, recorded
from nvr_core.state.tables.segments import files as table
from nvr_core.state.tables.volumes import totals
from nvr_core.storage import check as checking
from nvr_core.storage.check import Check, check
from nvr_core.storage.report import EXAMPLES, Kind, Report
from nvr_core.testing.story import Story
from tests.core.storage.house import MINUTE, OURS, House, run


async def looked(office: House, mend: bool = False) -> Report:
    return await check(office.state, office.clock, run, installation=OURS, mend=mend)


async def test_a_sound_office_is_sound(office: House) -> None:
    await office.record("gang", 3)
    await office.record("pos", 3)
    report = await looked(office)
    assert report.sound
    assert report.sentences() == ["12 rows and files were looked at, and all is well"]
    office.clock.passed += MINUTE
    await office.record("gang", 1)
    report = await looked(office)
    assert report.counts == {Kind.TILING: 1}
    assert "gang main: untold for 61.5 s" in report.sentences()[0]


async def test_a_missing_file_is_told_and_its_row_dropped_by_mending_only(office: House) -> None:
    made = await office.record(count=2)
    Path(made[0].path).unlink()
    report = await looked(office)
    assert report.counts == {Kind.MISSING: 1}
    assert made[0].path in report.sentences()[0]
    assert len(await office.rows()) == 2
    report = await looked(office, mend=True)
    assert "marked as missing" in report.sentences()[0]
    await office.fits()
    gone = await office.state.read(partial(footage.record, segment_id=made[0].segment))
    assert gone is not None
    assert gone.deleted_why == "missing"
    assert (await looked(office)).sound


async def test_a_volume_that_is_away_has_lost_nothing(office: House) -> None:
    await office.record(count=2)
    office.root().rename(office.root("away"))
    for mend in (False, True):
        report = await looked(office, mend)
        assert report.counts == {Kind.AWAY: 1}
        assert "not mounted" in report.sentences()[0]
    assert len(await office.rows()) == 2
    office.root("away").rename(office.root())
    assert (await looked(office)).sound


async def test_an_orphan_is_adopted_as_its_recorder_would_have_told_it(office: House) -> None:
    made = await office.record(count=3)
    before = await office.state.read(partial(footage.segment, segment_id=made[1].segment))
    record = await office.state.read(partial(footage.record, segment_id=made[1].segment))
    assert before is not None
    held = files.Held(before.number, before.stream, before.volume, before.key, before.size)
    await office.state.write(
        partial(files.drop, held=[held], at=office.clock.wall(), why="missing"), now=True
    )
    assert (await looked(office)).counts == {Kind.ORPHAN: 1}
    report = await looked(office, mend=True)
    assert report.adopted == 1
    await office.fits()
    after = await office.state.read(partial(footage.segment, segment_id=made[1].segment))
    assert after == before
    assert record == await office.state.read(partial(footage.record, segment_id=made[1].segment))
    assert (await looked(office)).sound


async def test_what_others_hold_or_left_is_told_and_left_alone(office: House) -> None:
    made = await office.record(count=1)
    folder = Path(made[0].path).parent
    story = Story("gang", folder=folder, run="other", wall=office.clock.wall())
    (folder / "holiday.mp4").write_bytes(b"these are no pictures of a camera" * 20)
    (folder / "notes.txt").write_text("mine")
    (folder / "again.mp4").write_bytes(Path(made[0].path).read_bytes())
    torn = story.begin("torn")
    story.fragment()
    busy = story.begin("busy")
    story.fragment()
    story.close()
    marked = story.begin("marked")
    opened = story.begin("opened")
    await office.tell([opened])
    (office.root() / "open").mkdir()
    key = str(Path(marked.path).relative_to(office.root()))
    (office.root() / "open" / key.replace("/", "~")).touch()
    before = office.disk()
    held = os.open(busy.path, os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        for mend in (False, True):
            report = await looked(office, mend)
            assert report.counts == {Kind.TWICE: 1, Kind.TORN: 1, Kind.FOREIGN: 2}
            said = "\n".join(report.sentences())
            assert torn.path in said
            assert "notes.txt" in said
            assert "holiday.mp4: no segment of ours" in said
    finally:
        os.close(held)
    assert office.disk() == before
    # Let go of, it is an orphan like any other.
    assert (await looked(office)).counts[Kind.ORPHAN] == 1


async def test_sizes_totals_and_garbage_are_told(office: House) -> None:
    made = await office.record(count=4)
    Path(made[0].path).write_bytes(Path(made[0].path).read_bytes() + b"more")
    aged = await office.state.read(partial(recorded.in_order, volume=1, now=0, limit=9))
    await office.state.write(
        partial(files.become, held=[aged[1].held], state=files.GARBAGE), now=True
    )
    await office.state.write(
        lambda connection: connection.execute(update(totals).values(files=77)), now=True
    )
    expected = {Kind.SIZE: 1, Kind.GARBAGE: 1, Kind.TOTALS: 1}
    assert (await looked(office)).counts == expected
    assert (await looked(office, mend=True)).counts == expected
    assert len(office.disk()) == 3
    assert (await looked(office)).counts == {Kind.SIZE: 1}
    (total,) = await office.state.read(keeping.totals_of)
    assert total.files == 3


async def test_a_row_that_lies_elsewhere_than_its_folder_says_is_no_fault(office: House) -> None:
    made = await office.record(count=1)
    moved = office.root() / "elsewhere" / "x" / "1.mp4"
    moved.parent.mkdir(parents=True)
    Path(made[0].path).rename(moved)

    def rename(connection) -> None:  # type: ignore[no-untyped-def] # sqlalchemy is fenced
        connection.execute(update(table).values(key="elsewhere/x/1.mp4"))

    await office.state.write(rename, now=True)
    assert (await looked(office)).sound


async def test_it_goes_on_where_another_stopped_page_by_page(
    office: House, monkeypatch: object
) -> None:
    monkeypatch.setattr(checking, "PAGE", 2)  # type: ignore[attr-defined] # a module by its name
    made = []
    for camera in ("gang", "pos", "kali"):
        made += await office.record(camera, 5)
    for fact in made[::5]:
        Path(fact.path).unlink()
    (office.root() / "gang" / "a.txt").write_text("mine")
    spot, stops, found = None, 0, Report()
    while stops < 100:
        one = Check(office.state, office.clock, run, installation=OURS, spot=spot)
        spot = await anext(one.pages(), None)
        for kind, examples in one.report.examples.items():
            found.add(kind, examples[0])
        if spot is None:
            break
        stops += 1
    assert 20 < stops < 100
    assert set(found.counts) == set((await looked(office)).counts)
    assert found.counts[Kind.MISSING] >= 3
    assert found.counts[Kind.FOREIGN] == 1


def test_a_report_is_bounded_and_speaks() -> None:
    report = Report(looked_at=7)
    assert report.sentences() == ["7 rows and files were looked at, and all is well"]
    for number in range(1000):
        report.add(Kind.MISSING, f"file {number}")
    assert len(report.examples[Kind.MISSING]) == EXAMPLES
    assert report.sentences() == [
        "1000 files have a row and are not there (file 0; file 1; file 2; file 3; file 4; …)"
    ]
    assert not report.sound
