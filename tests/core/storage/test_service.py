"""A volume stays within its room, the oldest goes first, and what is held stays."""

from __future__ import annotations

import logging
from functools import partial

import pytest

from nvr_core.clock import SECOND
from nvr_core.state import files, footage, holds, recorded
from nvr_core.storage import policy
from nvr_core.storage.ages import Trust
from nvr_core.storage.policy import Policies, Policy
from tests.core.storage.house import DAY, MINUTE, NOON, House


async def hold(office: House, camera: str, began: int, ended: int, until: int | None = None) -> str:
    made = await office.state.write(
        partial(
            holds.add_hold,
            clock=office.clock,
            camera=camera,
            began=began,
            ended=ended,
            reason="letter 7",
            author="somebody",
            until=until,
        ),
        now=True,
    )
    return made.hold


def keys(office: House, facts: list) -> set[str]:  # type: ignore[type-arg] # facts of any kind
    return {fact.path.removeprefix(f"{office.root()}/") for fact in facts}


async def test_the_oldest_go_when_the_limit_is_reached_whosever_they_are(office: House) -> None:
    made = []
    for camera in ("gang", "pos") * 3:
        made += await office.record(camera, apart=MINUTE)
    size = made[0].size
    await office.limit("volume", 4 * size + size // 2)
    assert await office.storage().round() == made[0].size + made[1].size
    assert office.disk() == keys(office, made[2:])
    await office.fits()
    gone = await office.state.read(partial(footage.record, segment_id=made[0].segment))
    assert gone is not None
    assert (gone.deleted_why, gone.deleted_at) == ("full", office.clock.wall())
    assert await office.storage().round() == 0


async def test_a_reserve_stays_free(office: House) -> None:
    made = await office.record(count=4, apart=MINUTE)
    size = made[0].size
    await office.limit("volume", 5 * size, reserve=2 * size)
    await office.storage().round()
    assert office.disk() == keys(office, made[1:])


async def test_what_is_held_stays_and_what_was_held_goes(office: House) -> None:
    made = await office.record(count=6, apart=10 * MINUTE)
    held = await hold(office, "gang", made[1].start, made[1].start + SECOND)
    until = office.clock.wall() + 3 * MINUTE
    await hold(office, "gang", made[3].start, made[3].start + SECOND, until)
    await office.limit("volume", 1)
    storage = office.storage()
    await storage.round()
    assert office.disk() == keys(office, [made[1], made[3]])
    office.clock.passed += 4 * MINUTE
    office.trust = Trust(synchronised=False)
    await storage.round()
    assert len(office.disk()) == 2, "no hold ends by a clock that is in doubt"
    office.trust = Trust(synchronised=True)
    await storage.round()
    assert office.disk() == keys(office, [made[1]])
    await office.state.write(partial(holds.release, hold=held, at=office.clock.wall()), now=True)
    await storage.round()
    assert office.disk() == set()
    await office.fits()


async def test_age_goes_by_ceilings_and_no_faster_than_twice_as_fast_as_it_came(
    office: House,
) -> None:
    days = 20
    for _ in range(days):
        await office.record("gang", count=6, apart=4 * 60 * MINUTE)
        await office.record("pos", count=1)
    kept = Policies(Policy(), {"pos": Policy(days=3)})
    await policy.choose(office.state, office.clock, kept, by="me")
    storage = office.storage()
    assert await storage.round() == 0, "nothing is saved up yet"
    for _ in range(12):
        before = len(office.disk())
        office.clock.passed += 60 * MINUTE
        await storage.round()
        assert before - len(office.disk()) <= 2
    # 140 files may stay for 14 days: ten a day are usual, so no more than twenty go in a day.
    assert 120 + 20 - len(office.disk()) == 10
    for _ in range(24 * 10):
        office.clock.passed += 60 * MINUTE
        await storage.round()
    await office.fits()
    left = await office.state.read(
        partial(footage.between, stream=1, began=0, ended=1 << 62, limit=1000)
    )
    assert min(one.end for one in left) > office.clock.wall() - 15 * DAY
    assert len({key for key in office.disk() if key.startswith("pos")}) == 0


@pytest.mark.parametrize(
    "trust",
    [Trust(synchronised=False), Trust(synchronised=True, stepped=-2 * 60 * MINUTE)],
    ids=lambda trust: trust.doubt,
)
async def test_no_age_is_told_by_a_clock_in_doubt(office: House, trust: Trust) -> None:
    await office.record(count=4)
    office.trust = trust
    storage = office.storage()
    for _ in range(5):
        office.clock.passed += 20 * DAY
        assert await storage.round() == 0
    assert len(office.disk()) == 4
    office.trust = Trust(synchronised=True)
    await storage.round()
    office.clock.passed += 60 * MINUTE
    assert await storage.round() > 0
    assert len(office.disk()) < 4


async def test_a_quota_is_kept_by_the_oldest_of_that_camera(office: House) -> None:
    other = await office.record("pos", count=2, apart=MINUTE)
    made = await office.record("gang", count=4, apart=MINUTE)
    kept = Policies(Policy(), {"gang": Policy(quota=2 * made[0].size)})
    await policy.choose(office.state, office.clock, kept, by="me")
    await office.storage().round()
    await office.storage().round()
    left = office.disk()
    assert keys(office, other) <= left
    assert left - keys(office, other) <= keys(office, made[2:])
    assert len(left) >= 3
    await office.fits()


async def test_footage_stamped_1970_waits_for_its_turn(office: House) -> None:
    made = await office.record(count=4, apart=MINUTE)
    office.clock.wall_offset = -NOON
    wrong = await office.record(count=1)
    office.clock.wall_offset = 0
    made += await office.record(count=1, apart=MINUTE)
    await office.limit("volume", 3 * made[0].size + 2 * wrong[0].size)
    await office.storage().round()
    assert keys(office, wrong) <= office.disk()
    assert not keys(office, made[:1]) & office.disk()


async def test_a_volume_that_is_away_loses_nothing_and_is_said_once(
    office: House, caplog: pytest.LogCaptureFixture
) -> None:
    await office.record(count=3, apart=MINUTE)
    await office.limit("volume", 1)
    storage = office.storage()
    away = office.root("unmounted")
    for empty in (False, True):
        office.root().rename(away)
        if empty:
            office.root().mkdir()
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert await storage.round() == 0
            assert await storage.round() == 0
        assert (
            len([one for one in caplog.records if "nothing is deleted there" in one.message]) == 1
        )
        assert set((await office.rows()).values()) == {files.HERE}
        if empty:
            office.root().rmdir()
        away.rename(office.root())
        await office.fits()
        await storage.usage()
        office.storage()
        storage = office.storage()
    await storage.round()
    assert office.disk() == set()


async def test_garbage_lies_ahead_for_recorders_only_when_the_volume_is_nearly_full(
    office: House,
) -> None:
    made = await office.record(count=20, apart=MINUTE)
    size = made[0].size
    storage = office.storage()
    await office.limit("volume", None)
    await storage.round()
    assert await storage.reclaim() == ()
    # Bytes a second are measured from segments of half a second: the share of the volume is less.
    await office.limit("volume", 30 * size, reserve=None)
    office.clock.passed += 11 * MINUTE
    await storage.round()
    paths = await storage.reclaim()
    assert paths == tuple(one.path for one in made[: len(paths)])
    assert 2 * size <= len(paths) * size <= 4 * size
    assert set((await office.rows()).values()) == {files.HERE, files.GARBAGE}
    await office.fits()
    # A recorder takes some, and somebody holds the next.
    for path in paths[:1]:
        (office.root() / path).unlink()
    await hold(office, "gang", made[1].start, made[2].start)
    office.clock.passed += MINUTE
    storage = office.storage()
    await storage.start()
    await storage.round()
    assert (await office.rows())[next(iter(keys(office, [made[1]])))] == files.HERE
    assert made[1].path not in await storage.reclaim()
    await office.fits()


async def test_usage_says_how_much_how_old_and_for_how_long(office: House) -> None:
    made = await office.record("gang", count=48, apart=30 * MINUTE)
    size = made[0].size
    await office.limit("volume", 100 * size)
    found = await office.storage().usage()
    (share,) = found.shares
    assert (share.camera, share.files, share.bytes) == ("gang", 48, 48 * size)
    assert share.oldest == made[0].start
    (filled,) = found.volumes
    assert filled.days_left == pytest.approx(52 / 48, rel=0.02)
    office.root().rename(office.root("away"))
    (filled,) = (await office.storage().usage()).volumes
    assert "not mounted" in filled.trouble
    assert filled.days_left is None


async def test_empty_days_go_but_not_those_that_may_be_written_to(office: House) -> None:
    await office.record(count=1)
    office.clock.passed += 3 * DAY
    await office.record(count=2, apart=MINUTE)
    await office.limit("volume", 1)
    await office.storage().round()
    folders = {str(one.relative_to(office.root())) for one in office.root().rglob("*/*/*/*/*")}
    assert folders == {"gang/main/2026/11/27"}
    left = await office.state.read(partial(recorded.garbage_bytes, volume=1))
    assert left == 0


async def test_stopping_waits_and_begins_nothing(office: House) -> None:
    await office.record(count=2, apart=MINUTE)
    await office.limit("volume", 1)
    storage = office.storage()
    await storage.stop()
    assert await storage.round() == 0
    assert len(office.disk()) == 2


async def test_the_days_of_ronda_toml_hold_until_somebody_chooses(office: House) -> None:
    assert (await policy.chosen(office.state)).usual.days == policy.DAYS
    assert (await policy.chosen(office.state, 30)).usual.days == 30
    await policy.choose(office.state, office.clock, Policies(Policy(days=7)), by="somebody")
    assert (await policy.chosen(office.state, 30)).usual.days == 7
