"""One refusal parks a login that never worked, for every stream, process and restart."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from nvr_core.clock import SECOND
from nvr_core.recorder.failures import DeviceFull, LoginRefused
from nvr_core.recorder.logins import Logins, LoginState, Parked, after_refusal, may_try
from nvr_core.recorder.worker import Worker
from nvr_core.wire.wants import Login

AFTER = 90 * SECOND
LOGIN = Login(user="admin", password="rahasia")


class HandClock:
    def __init__(self) -> None:
        self.now = 1_700_000_000 * SECOND

    def wall(self) -> int:
        return self.now

    def monotonic(self) -> int:
        return self.now


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    made = Worker("logins", asyncio.get_running_loop())
    yield made
    assert await made.stop(1.0)


def logins_of(folder: Path, worker: Worker, clock: HandClock) -> Logins:
    return Logins(folder, b"k" * 32, worker, clock, second_after=AFTER)


def test_rules_of_a_login_that_never_worked() -> None:
    state = after_refusal(LoginState(fingerprint="f"), 5, AFTER)
    assert state.parked
    assert may_try(state, 10**18, AFTER)


def test_rules_of_a_login_that_has_worked() -> None:
    worked = LoginState(fingerprint="f", worked=True)
    once = after_refusal(worked, 0, AFTER)
    assert not once.parked
    assert may_try(once, AFTER - 1, AFTER)
    assert not may_try(once, AFTER, AFTER)
    assert after_refusal(once, AFTER, AFTER).parked


def test_a_refusal_noted_by_a_clock_that_ran_ahead_counts_as_long_ago() -> None:
    ahead = LoginState(fingerprint="f", worked=True, refused_at=10**15)
    assert not may_try(ahead, 10**15 - 1, AFTER)
    assert after_refusal(ahead, 10**15 - 1, AFTER).parked


async def refuse(logins: Logins, tried: list[str], name: str, login: Login = LOGIN) -> None:
    async with logins.turn("device", login) as turn:
        tried.append(name)
        await asyncio.sleep(0.01)
        raise logins.refused(turn)


async def test_sixteen_streams_with_a_wrong_password_try_once(
    tmp_path: Path, worker: Worker
) -> None:
    logins = logins_of(tmp_path, worker, HandClock())
    tried: list[str] = []
    outcomes = await asyncio.gather(
        *(refuse(logins, tried, str(number)) for number in range(16)), return_exceptions=True
    )
    assert len(tried) == 1
    assert all(isinstance(outcome, Parked) for outcome in outcomes)


async def test_two_processes_try_once_between_them(tmp_path: Path, worker: Worker) -> None:
    clock = HandClock()
    one, two = (logins_of(tmp_path, worker, clock) for _ in range(2))
    tried: list[str] = []
    await asyncio.gather(
        refuse(one, tried, "one"), refuse(two, tried, "two"), return_exceptions=True
    )
    assert len(tried) == 1


async def test_a_restart_remembers_and_a_changed_password_clears(
    tmp_path: Path, worker: Worker
) -> None:
    clock = HandClock()
    tried: list[str] = []
    with pytest.raises(Parked):
        await refuse(logins_of(tmp_path, worker, clock), tried, "first")
    with pytest.raises(Parked):
        await refuse(logins_of(tmp_path, worker, clock), tried, "again")
    changed = Login(user="admin", password="benar")
    async with logins_of(tmp_path, worker, clock).turn("device", changed) as turn:
        turn.accepted()
    assert tried == ["first"]


async def test_a_login_that_worked_is_tried_again_once_and_only_later(
    tmp_path: Path, worker: Worker
) -> None:
    clock = HandClock()
    logins = logins_of(tmp_path, worker, clock)
    async with logins.turn("device", LOGIN) as turn:
        turn.accepted()
    tried: list[str] = []
    with pytest.raises(LoginRefused) as refusal:
        await refuse(logins, tried, "first")
    assert not isinstance(refusal.value, Parked)
    clock.now += AFTER - 1
    with pytest.raises(LoginRefused):
        await refuse(logins, tried, "too early")
    clock.now += 1
    with pytest.raises(Parked):
        await refuse(logins, tried, "second")
    assert tried == ["first", "second"]


async def test_what_is_stored_tells_neither_user_nor_password(
    tmp_path: Path, worker: Worker
) -> None:
    logins = logins_of(tmp_path, worker, HandClock())
    async with logins.turn("device", LOGIN) as turn:
        turn.accepted()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"rahasia" not in stored
    assert b"admin" not in stored
    assert stored


async def test_a_damaged_file_costs_one_more_try(tmp_path: Path, worker: Worker) -> None:
    logins = logins_of(tmp_path, worker, HandClock())
    async with logins.turn("device", LOGIN) as turn:
        turn.accepted()
    (stored,) = tmp_path.glob("*.json")
    stored.write_bytes(b'{"fingerprint": 3')
    async with logins.turn("device", LOGIN) as turn:
        assert not turn.state.worked


async def test_a_data_folder_that_takes_nothing_lets_no_refused_login_be_tried_again(
    tmp_path: Path, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = tmp_path / "a file where the folder should be"
    nowhere.touch()
    logins = logins_of(nowhere, worker, HandClock())
    tried: list[str] = []
    outcomes = await asyncio.gather(
        *(refuse(logins, tried, str(number)) for number in range(4)), return_exceptions=True
    )
    assert len(tried) == 1
    assert all(isinstance(outcome, Parked) for outcome in outcomes)
    assert "make room in the data folder" in caplog.text
    changed = Login(user="admin", password="benar")
    async with logins.turn("device", changed) as turn:
        turn.accepted()
    async with logins.turn("device", changed) as turn:
        assert turn.state.worked


async def let_in(logins: Logins) -> Callable[[], None]:
    async with logins.turn("device", LOGIN) as turn:
        turn.accepted()
        return logins.enter(turn)


async def test_a_device_that_serves_a_login_and_refuses_it_is_full(
    tmp_path: Path, worker: Worker
) -> None:
    clock = HandClock()
    logins = logins_of(tmp_path, worker, clock)
    leave = await let_in(logins)
    tried: list[str] = []
    for _ in range(3):
        with pytest.raises(DeviceFull):
            await refuse(logins, tried, "one viewer too many")
        with pytest.raises(DeviceFull):
            await refuse(logins, tried, "too early")
        clock.now += AFTER
    assert tried == ["one viewer too many"] * 3
    leave()
    # Nothing of that was held against the login.
    with pytest.raises(LoginRefused) as refusal:
        await refuse(logins, tried, "alone")
    assert not isinstance(refusal.value, Parked)


async def test_sixteen_streams_try_a_changed_password_once(tmp_path: Path, worker: Worker) -> None:
    logins = logins_of(tmp_path, worker, HandClock())
    for leave in [await let_in(logins) for _ in range(16)]:
        leave()
    tried: list[str] = []
    outcomes = await asyncio.gather(
        *(refuse(logins, tried, str(number)) for number in range(16)), return_exceptions=True
    )
    assert len(tried) == 1
    assert all(isinstance(outcome, LoginRefused) for outcome in outcomes)


async def test_streams_beside_one_that_is_served_do_not_wait_for_each_other(
    tmp_path: Path, worker: Worker
) -> None:
    logins = logins_of(tmp_path, worker, HandClock())
    await let_in(logins)
    together = asyncio.Barrier(3)

    async def enter() -> None:
        async with logins.turn("device", LOGIN) as turn:
            await together.wait()
            turn.accepted()

    async with asyncio.timeout(5):
        await asyncio.gather(enter(), enter(), enter())
