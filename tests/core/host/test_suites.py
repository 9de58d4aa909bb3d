"""The suites find what they are for: each planted breach of the contract fails a test of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nvr_core.contract import (
    Channel,
    Context,
    DeviceDetails,
    Login,
    Refresh,
    Role,
    Secret,
    StreamSource,
    Text,
    Unsupported,
)
from nvr_core.testing import provider_suite
from nvr_core.testing.fake_context import FakeContext
from nvr_core.testing.storage_suite import StorageSuite
from nvr_core.testing.vendor_suite import VendorSuite
from nvr_plugins.local_disk.backend import LocalDisk, LocalDiskBackend, LocalDiskConfig
from tests.core.host.stage import PASSWORD, Stage, StageConfig, StageDevice

CONFIG = StageConfig(password=Secret(PASSWORD))


class GoodDevice(StageDevice):
    def __init__(self, config: StageConfig) -> None:
        self._config = config

    async def stream_source(self, channel: str, role: Role) -> StreamSource:
        if (channel, role) != ("1", Role.MAIN):
            raise Unsupported(Text("There is none."))
        return StreamSource(url="rtsp://h/", login=Login(user="u", password=self._config.password))


class Loud(GoodDevice):
    def __repr__(self) -> str:
        return f"Loud({self._config.password.reveal()})"


class Everything(GoodDevice):
    async def stream_source(self, channel: str, role: Role) -> StreamSource:
        return StreamSource(url="rtsp://h/")


class Unmarked(GoodDevice):
    async def stream_source(self, channel: str, role: Role) -> StreamSource:
        return StreamSource(url=f"rtsp://h/password={self._config.password.reveal()}")


class Hiding(GoodDevice):
    async def stream_source(self, channel: str, role: Role) -> StreamSource:
        return StreamSource(url="rtsp://h/", secret_parts=("ticket",))


class Expiring(GoodDevice):
    async def stream_source(self, channel: str, role: Role) -> StreamSource:
        return StreamSource(url="rtsp://h/", expires_at=1)


class Expired(GoodDevice):
    async def stream_source(self, channel: str, role: Role) -> StreamSource:
        return StreamSource(url="rtsp://h/", expires_at=0, refresh=Refresh.EACH_CONNECT)


class Painter(GoodDevice):
    async def snapshot(self, channel: str) -> bytes:
        return b"GIF89a"


class Twins(GoodDevice):
    @property
    def info(self) -> DeviceDetails:
        return DeviceDetails(channels=(Channel(id="1", roles=(Role.MAIN,)),) * 2)


def yielding(kind: Callable[[StageConfig], Any]) -> Stage:
    """A stage whose device is of this kind."""

    class Own(Stage):
        @asynccontextmanager
        async def open(self, config: StageConfig, context: Context) -> AsyncIterator[Any]:
            yield kind(config)

    return Own()


class Leaking(Stage):
    def __init__(self) -> None:
        super().__init__()
        self.left: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def open(self, config: StageConfig, context: Context) -> AsyncIterator[Any]:
        self.left.append(asyncio.create_task(asyncio.sleep(60)))
        yield GoodDevice(config)


class Deaf(Stage):
    @asynccontextmanager
    async def open(self, config: StageConfig, context: Context) -> AsyncIterator[Any]:
        try:
            yield GoodDevice(config)
        except asyncio.CancelledError:
            return


class Chatty(Stage):
    @asynccontextmanager
    async def open(self, config: StageConfig, context: Context) -> AsyncIterator[Any]:
        context.log.debug("password %s", config.password.reveal())
        yield GoodDevice(config)


Suite = VendorSuite
PLANTED = [
    (Leaking(), Suite.test_it_opens_and_closes_cleanly_twice, "tasks are left behind"),
    (Leaking(), Suite.test_cancelling_open_leaves_no_task, "tasks are left behind"),
    (Deaf(), Suite.test_cancelling_open_leaves_no_task, "does not let itself be cancelled"),
    (yielding(Twins), Suite.test_it_has_channels_with_ids_of_their_own, "two channels have one id"),
    (yielding(Unmarked), Suite.test_there_is_a_stream_for_every_advertised_role, "secret_parts"),
    (yielding(Hiding), Suite.test_there_is_a_stream_for_every_advertised_role, "does not stand"),
    (yielding(Expiring), Suite.test_there_is_a_stream_for_every_advertised_role, "says never"),
    (yielding(Expired), Suite.test_there_is_a_stream_for_every_advertised_role, "has expired"),
    (yielding(Painter), Suite.test_a_snapshot_is_a_jpeg_or_unsupported, "no JPEG"),
    (yielding(Everything), Suite.test_a_stream_that_is_not_there_is_unsupported, "DID NOT RAISE"),
]


@pytest.mark.parametrize(
    ("provider", "test", "sentence"), PLANTED, ids=lambda one: getattr(one, "__name__", "")
)
async def test_a_planted_breach_is_found(
    provider: Stage,
    test: Callable[..., Coroutine[Any, Any, None]],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(provider_suite, "SETTLING", 0.1)
    with pytest.raises((AssertionError, pytest.fail.Exception), match=sentence):
        await test(VendorSuite(), provider, CONFIG, FakeContext(tmp_path))
    for task in getattr(provider, "left", []):
        task.cancel()
    await test(VendorSuite(), yielding(GoodDevice), CONFIG, FakeContext(tmp_path))


@pytest.mark.parametrize("provider", [yielding(Loud), Chatty()], ids=["repr", "log"])
async def test_a_secret_that_is_shown_is_found(
    provider: Stage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(AssertionError, match="a secret is shown"):
        await VendorSuite().test_no_secret_in_logs_or_repr(
            provider, CONFIG, FakeContext(tmp_path), caplog
        )


class Moving(LocalDisk):
    async def put(self, key: str, path: Path) -> None:
        await super().put(key, path)
        path.unlink()


class Unsorted(LocalDisk):
    async def keys(self, prefix: str = "", after: str = "") -> AsyncIterator[str]:
        for key in reversed([one async for one in super().keys(prefix, after)]):
            yield key


@pytest.mark.parametrize("kind", [Moving, Unsorted])
async def test_a_volume_that_does_otherwise_is_found(tmp_path: Path, kind: type[LocalDisk]) -> None:
    root = tmp_path / "volume"
    root.mkdir()
    context = FakeContext(tmp_path)
    async with LocalDiskBackend().open(LocalDiskConfig(folder=root), context) as volume:
        other = kind(volume._tree, None, context)
        if kind is Moving:
            with pytest.raises(FileNotFoundError):
                await StorageSuite().test_what_was_put_is_read(other, context, tmp_path)
        else:
            with pytest.raises(AssertionError, match="order of their code points"):
                await StorageSuite().test_keys_come_in_order_from_anywhere(other)
