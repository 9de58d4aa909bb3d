"""Each error has its state and its next step; what one instance does costs the others nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from nvr_core.contract import (
    AuthFailed,
    ConfigInvalid,
    Context,
    ContractError,
    NotReady,
    Role,
    Text,
    Unsupported,
)
from nvr_core.host.calls import INSTANCE
from nvr_core.host.configs import ConfigRefused
from nvr_core.host.steering import PluginFailed, State
from nvr_core.host.supervisor import Supervisor
from tests.core.host.stage import (
    PASSWORD,
    Hours,
    Stage,
    StageConfig,
    Told,
    instance,
    raising,
)


async def test_an_instance_is_opened_called_and_closed(
    host: Supervisor, stage: Stage, told: Told
) -> None:
    host.put(instance())
    await told.until(State.LIVE)
    source = await host.call("kamera-1", lambda device: device.stream_source("1", Role.MAIN))
    assert source.url == "rtsp://h/"
    host.put(instance())
    assert stage.opens == 1, "nothing has changed"
    host.put(instance(host="other"))
    await told.until(State.LIVE, count=2)
    assert (stage.opens, stage.closes) == (2, 1)
    closing = host.take_away("kamera-1")
    assert closing is not None
    await asyncio.wait({closing})
    assert told.states()[-1] is State.STOPPED
    assert stage.closes == 2
    with pytest.raises(NotReady, match="no such instance"):
        await host.call("kamera-1", lambda device: device.refresh())


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (AuthFailed(Text("no")), State.NEEDS_LOGIN, "login-refused"),
        (ConfigInvalid(Text("no"), option="port"), State.MISCONFIGURED, "config-invalid"),
        (Unsupported(Text("no")), State.MISCONFIGURED, "unsupported"),
        (
            ExceptionGroup("g", [ValueError(), ExceptionGroup("h", [AuthFailed(Text("no"))])]),
            State.NEEDS_LOGIN,
            "login-refused",
        ),
    ],
    ids=["login", "config", "unsupported", "group"],
)
async def test_what_a_person_must_change_waits_for_a_person(
    host: Supervisor, stage: Stage, told: Told, error: Exception, state: State, code: str
) -> None:
    stage.opening = raising(error)
    host.put(instance())
    report = await told.until(state)
    assert (report.code, report.again_at) == (code, None)
    assert report.option == ("port" if code == "config-invalid" else "")
    await asyncio.sleep(0.2)
    assert stage.opens == 1, "it asked again"
    with pytest.raises(NotReady, match="no"):
        await host.call("kamera-1", lambda device: device.refresh())
    host.retry("kamera-1")
    await told.until(State.LIVE)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotReady(Text("asleep")), "not-ready"),
        (ConnectionRefusedError(111, "refused"), "not-reached"),
        (TimeoutError(), "time-out"),
        (asyncio.CancelledError(), "plugin-failed"),
        (SystemExit(1), "plugin-failed"),
        (ValueError("x"), "plugin-failed"),
    ],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
async def test_what_may_pass_is_tried_again(
    host: Supervisor, stage: Stage, told: Told, error: BaseException, code: str
) -> None:
    stage.opening = raising(error)
    host.put(instance())
    report = await told.until(State.RETRYING)
    assert report.code == code
    assert report.again_at is not None
    assert bool(report.traceback) == (code == "plugin-failed")
    await told.until(State.LIVE)


async def test_five_mistakes_are_enough(host: Supervisor, stage: Stage, told: Told) -> None:
    stage.opening = raising(*[ValueError(f"no {PASSWORD}") for _ in range(5)])
    host.put(instance(password=PASSWORD))
    report = await told.until(State.BROKEN)
    assert told.states().count(State.RETRYING) == 4
    assert "ValueError" in report.traceback
    assert report.again_at is None
    await asyncio.sleep(0.2)
    assert stage.opens == 5
    host.retry("kamera-1")
    await told.until(State.LIVE)
    assert not any(PASSWORD in repr(one) for one in told.reports)


async def test_a_live_failure_reopens_once_at_once(
    host: Supervisor, stage: Stage, told: Told
) -> None:
    host.put(instance())
    await told.until(State.LIVE)

    async def failing(device: Any) -> None:
        raise ConnectionResetError

    with pytest.raises(NotReady, match="ConnectionResetError"):
        await host.call("kamera-1", failing)
    await told.until(State.LIVE, count=2)
    first = await told.until(State.RETRYING)
    assert first.again_at == first.since
    with pytest.raises(NotReady):
        await host.call("kamera-1", failing)
    second = await told.until(State.RETRYING, count=2)
    assert second.again_at == second.since + 50_000
    await told.until(State.LIVE, count=3)
    assert stage.closes == 2


@pytest.mark.parametrize("error", [Unsupported(Text("no")), AuthFailed(Text("no"))])
async def test_a_call_that_is_answered_no_reopens_nothing(
    host: Supervisor, told: Told, error: ContractError
) -> None:
    host.put(instance())
    await told.until(State.LIVE)

    async def refused(device: Any) -> None:
        raise error

    with pytest.raises(type(error)):
        await host.call("kamera-1", refused)
    await asyncio.sleep(0.05)
    harmless = isinstance(error, Unsupported)
    assert told.states()[-1] is (State.LIVE if harmless else State.NEEDS_LOGIN)


async def test_siblings_live_on(host: Supervisor, stage: Stage, told: Told) -> None:
    async def some(config: StageConfig, context: Context) -> None:
        if config.host != "good":
            raise {"exit": SystemExit(), "value": ValueError()}[config.host]

    stage.opening = some
    host.put(instance("good", host="good"))
    host.put(instance("exits", host="exit"))
    host.put(instance("fails", host="value"))
    host.put(instance("unknown", provider="broken"))
    await told.until(State.BROKEN, "exits")
    await told.until(State.BROKEN, "fails")
    assert told.states("good") == [State.LIVE]
    assert "it is broken" in str(host.reports["unknown"].text)
    assert {name: one.state for name, one in host.reports.items()} == {
        "good": State.LIVE,
        "exits": State.BROKEN,
        "fails": State.BROKEN,
        "unknown": State.BROKEN,
    }


async def test_a_background_task_of_a_plugin_ends_its_instance(
    host: Supervisor, stage: Stage, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = asyncio.TaskGroup()

    async def entered(config: StageConfig, context: Context) -> None:
        await group.__aenter__()
        group.create_task(raising(NotReady(Text("the line is gone")))(config, context))

    async def left(config: StageConfig, context: Context) -> None:
        await group.__aexit__(None, None, None)

    stage.opening, stage.closing = entered, left
    host.put(instance())
    report = await told.until(State.RETRYING)
    assert str(report.text) == "the line is gone"


async def test_a_config_that_cannot_be_used_says_why(host: Supervisor, told: Told) -> None:
    host.put(instance(port=0, password=PASSWORD))
    report = await told.until(State.MISCONFIGURED)
    assert (report.option, str(report.text)) == (
        "port",
        "Port: 0 is not a number from 1 to 65535.",
    )


async def test_an_instance_is_tried_out_before_it_is_stored(
    host: Supervisor, stage: Stage, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask(device: Any) -> int:
        return len(device.info.channels)

    assert await host.try_out(instance(), ask) == 1
    assert (stage.opens, stage.closes, told.reports, dict(host.reports)) == (1, 1, [], {})
    with pytest.raises(ConfigRefused) as refused:
        await host.try_out(instance(port=0, host=7), ask)
    assert [one.option for one in refused.value.mistakes] == ["host", "port"]
    for error, kind in (
        (AuthFailed(Text("no")), AuthFailed),
        (OSError("x"), NotReady),
        (ValueError("x"), PluginFailed),
        (ExceptionGroup("g", [OSError(), AuthFailed(Text("no"))]), AuthFailed),
    ):
        stage.opening = raising(error)
        with pytest.raises(kind):
            await host.try_out(instance(), ask)
    with pytest.raises(NotReady, match="it is broken"):
        await host.try_out(instance(provider="broken"), ask)


async def test_no_report_shows_a_secret(host: Supervisor, stage: Stage, told: Told) -> None:
    said = Text("{url} and {secret} failed", url="rtsp://u:p@h/", secret=PASSWORD)
    stage.opening = raising(NotReady(said))
    host.put(instance(login=PASSWORD))  # where only `tidied` knows it for a password
    report = await told.until(State.RETRYING)
    assert str(report.text) == "rtsp://…@h/ and … failed"


async def test_a_state_that_lasts_keeps_its_beginning(
    host: Supervisor, stage: Stage, told: Told, clock: Hours
) -> None:
    stage.opening = raising(*[NotReady(Text("away"))] * 2)
    began = clock.at
    host.put(instance())
    await told.until(State.RETRYING)
    clock.at += 1_000_000
    again = await told.until(State.RETRYING, count=2)
    assert again.since == began
    assert again.again_at == clock.at + 100_000
    assert (await told.until(State.LIVE)).since == clock.at


async def test_code_of_an_instance_knows_whose_it_is(host: Supervisor, told: Told) -> None:
    host.put(instance())
    await told.until(State.LIVE)

    async def whose(device: Any) -> list[str]:
        async def inner() -> str:
            return INSTANCE.get()

        return [INSTANCE.get(), await asyncio.create_task(inner())]

    assert await host.call("kamera-1", whose) == ["kamera-1", "kamera-1"]
