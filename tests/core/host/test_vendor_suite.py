"""What the suite of a vendor says of its login, and of a device that is not there, is found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nvr_core.contract import AuthFailed, Context, NotReady, Text
from nvr_core.host.calls import Limits
from nvr_core.testing import vendor_suite
from nvr_core.testing.fake_context import FakeContext
from nvr_core.testing.vendor_suite import VendorSuite
from tests.core.host.stage import PASSWORD, Stage, StageConfig
from tests.core.host.test_suites import GoodDevice, yielding


def refusing(error: Exception, tries: int = 1) -> Stage:
    """A stage that asks its device so often, and then raises this."""

    class Own(Stage):
        @asynccontextmanager
        async def open(self, config: StageConfig, context: Context) -> AsyncIterator[Any]:
            DEVICE.asked += tries
            if tries:
                raise error
            yield GoodDevice(config)

    return Own()


class Asked:
    """A device that counts."""

    asked = 0


DEVICE = Asked()
REFUSED = AuthFailed(Text("It refuses."))


class Counted(VendorSuite):
    def __init__(self, *, connects: bool = True) -> None:
        self.connects = connects  # type: ignore[misc]  # a test's own choice for each instance


WRONG_LOGINS = [
    (Counted(), yielding(GoodDevice), "None is no AuthFailed"),
    (Counted(), refusing(NotReady(Text("It refuses."))), "is no AuthFailed"),
    (Counted(), refusing(REFUSED, tries=2), "was tried 2 times"),
    (Counted(), refusing(AuthFailed("plain")), "is no Text"),  # type: ignore[arg-type]  # its point
    (Counted(), refusing(AuthFailed(Text("{p}?", p=PASSWORD))), "a secret is said"),
    (Counted(connects=False), refusing(REFUSED), "open asks somebody"),
]


@pytest.mark.parametrize(("suite", "provider", "sentence"), WRONG_LOGINS)
async def test_a_login_that_is_not_tried_once_is_found(
    suite: Counted,
    provider: Any,
    sentence: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Fixtures:
        @staticmethod
        def getfixturevalue(name: str) -> Any:
            return {"logins": lambda: DEVICE.asked}[name]

    async def judged(suite: VendorSuite, provider: Any) -> None:
        given: Any = Fixtures()
        wrong = {"password": PASSWORD}
        await suite.test_a_wrong_password_is_tried_once(
            provider, wrong, FakeContext(tmp_path), caplog, given
        )

    with pytest.raises(AssertionError, match=sentence):
        await judged(suite, provider)
    await judged(Counted(), refusing(REFUSED))
    await judged(Counted(connects=False), yielding(GoodDevice))


NOBODY = [
    (Counted(), yielding(GoodDevice), "None is no NotReady"),
    (Counted(), refusing(REFUSED), "is no NotReady"),
    (Counted(connects=False), refusing(OSError("nobody")), "open asks somebody"),
]


@pytest.mark.parametrize(("suite", "provider", "sentence"), NOBODY)
async def test_an_open_where_nobody_is_that_does_otherwise_is_found(
    suite: Counted, provider: Any, sentence: str, tmp_path: Path
) -> None:
    context = FakeContext(tmp_path)
    with pytest.raises(AssertionError, match=sentence):
        await suite.test_where_nobody_is_it_is_not_ready_in_time(provider, {}, context)
    well: Any
    for error in (NotReady(Text("Nobody.")), OSError("nobody"), TimeoutError()):
        well = refusing(error)
        await Counted().test_where_nobody_is_it_is_not_ready_in_time(well, {}, context)


async def test_an_open_that_does_not_give_up_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Waiting(Stage):
        @asynccontextmanager
        async def open(self, config: StageConfig, context: Context) -> AsyncIterator[Any]:
            await asyncio.Event().wait()
            yield GoodDevice(config)

    stage: Any = Waiting()
    monkeypatch.setattr(vendor_suite, "Limits", lambda: Limits(open=0.1))
    with pytest.raises(pytest.fail.Exception, match="does not give up"):
        await Counted().test_where_nobody_is_it_is_not_ready_in_time(
            stage, {}, FakeContext(tmp_path)
        )
