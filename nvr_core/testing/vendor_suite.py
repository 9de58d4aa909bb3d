"""The contract of a vendor as tests: a class that inherits this proves a brand's plugin."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import pytest

from nvr_core.contract import (
    AuthFailed,
    Config,
    ContractError,
    NotReady,
    Refresh,
    Role,
    StreamSource,
    Text,
    Unsupported,
    Vendor,
)
from nvr_core.host import configs
from nvr_core.host.calls import Limits
from nvr_core.host.kinds import Kind
from nvr_core.testing.fake_context import FakeContext
from nvr_core.testing.provider_suite import ProviderSuite, left_behind

WRONG = "not-the-password"


class VendorSuite(ProviderSuite):
    """`class TestAcme(VendorSuite)` with `provider_type = Acme` and a fixture `stored`.

    A vendor whose `open` asks the device has a fixture `logins` too; of another one, `connects` is
    False, and then nobody is asked: it opens with any login, and wherever nobody is.
    """

    kind: ClassVar[Kind] = Kind.VENDOR
    connects: ClassVar[bool] = True
    """Whether `open` asks the device."""

    @pytest.fixture
    def logins(self) -> Callable[[], int]:
        """Says how often somebody has tried to log in at the device, over all its protocols."""
        raise NotImplementedError("write a fixture `logins` that counts at the device")

    @pytest.fixture
    def wrong(self, stored: Mapping[str, Any]) -> Mapping[str, Any]:
        """The config of `stored` with a password that the device does not take."""
        return {**stored, "password": WRONG}

    @pytest.fixture(params=["refused", "silent"])
    def nobody(
        self, stored: Mapping[str, Any], request: pytest.FixtureRequest
    ) -> Iterator[Mapping[str, Any]]:
        """The config of `stored`, led to a port that refuses, or where nothing is ever said."""
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            if request.param == "silent":
                door.listen()
            yield {**stored, "address": "127.0.0.1", "port": door.getsockname()[1]}

    async def test_a_wrong_password_is_tried_once(
        self,
        provider: Vendor[Config],
        wrong: Mapping[str, Any],
        context: FakeContext,
        caplog: pytest.LogCaptureFixture,
        request: pytest.FixtureRequest,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        config = configs.read(provider, wrong, provider.config_version)
        if not self.connects:
            assert await failure(provider, config, context) is None, "open asks somebody"
            return
        logins: Callable[[], int] = request.getfixturevalue("logins")
        before = logins()
        error = await failure(provider, config, context)
        assert isinstance(error, AuthFailed), f"{error!r} is no AuthFailed"
        tried = logins() - before
        assert tried == 1, f"a wrong password was tried {tried} times"
        must_be_sayable(error)
        said = f"{error} {error!r} {caplog.text}"
        assert not any(one in said for one in configs.secrets_of(config) if one), "a secret is said"

    async def test_where_nobody_is_it_is_not_ready_in_time(
        self, provider: Vendor[Config], nobody: Mapping[str, Any], context: FakeContext
    ) -> None:
        config = configs.read(provider, nobody, provider.config_version)
        before = asyncio.all_tasks()
        error = await failure(provider, config, context)
        assert not await left_behind(before), "tasks are left behind"
        if not self.connects:
            assert error is None, "open asks somebody"
            return
        assert isinstance(error, NotReady | OSError), f"{error!r} is no NotReady"
        must_be_sayable(error)

    async def test_it_has_channels_with_ids_of_their_own(
        self, provider: Vendor[Config], config: Config, context: FakeContext
    ) -> None:
        async with provider.open(config, context) as device:
            ids = [channel.id for channel in device.info.channels]
            again = [channel.id for channel in (await device.refresh()).channels]
        assert ids, "a device has a channel at least"
        assert all(ids), "a channel has no id"
        assert len(set(ids)) == len(ids), f"two channels have one id: {ids}"
        assert again == ids, "a channel changed its id"

    async def test_there_is_a_stream_for_every_advertised_role(
        self, provider: Vendor[Config], config: Config, context: FakeContext
    ) -> None:
        secrets = [secret for secret in configs.secrets_of(config) if secret]
        async with provider.open(config, context) as device:
            for channel in device.info.channels:
                assert channel.roles, f"channel {channel.id} has no stream"
                for role in channel.roles:
                    source = await device.stream_source(channel.id, role)
                    assert isinstance(source, StreamSource), "no StreamSource was returned"
                    assert source.url, f"the stream {role} of channel {channel.id} has no url"
                    shown = any(secret in repr(source) for secret in secrets)
                    assert not shown, "the url holds a secret that secret_parts does not name"
                    must_fit_together(source, context.now())

    async def test_a_stream_that_is_not_there_is_unsupported(
        self, provider: Vendor[Config], config: Config, context: FakeContext
    ) -> None:
        async with provider.open(config, context) as device:
            with pytest.raises(Unsupported) as told:
                await device.stream_source("no-such-channel", Role.MAIN)
            must_be_sayable(told.value)
            for channel in device.info.channels:
                for role in set(Role) - set(channel.roles):
                    with pytest.raises(Unsupported):
                        await device.stream_source(channel.id, role)

    async def test_a_snapshot_is_a_jpeg_or_unsupported(
        self, provider: Vendor[Config], config: Config, context: FakeContext
    ) -> None:
        async with provider.open(config, context) as device:
            for channel in device.info.channels:
                try:
                    picture = await device.snapshot(channel.id)
                except Unsupported as error:
                    must_be_sayable(error)
                else:
                    assert picture.startswith(b"\xff\xd8"), "the snapshot is no JPEG"


async def failure(
    provider: Vendor[Config], config: Config, context: FakeContext
) -> BaseException | None:
    """What `open` raises within its limit; None when it opens."""

    async def opened() -> None:
        async with provider.open(config, context):
            pass

    limit = Limits().open
    task = asyncio.create_task(opened())
    await asyncio.wait({task}, timeout=limit)
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
        pytest.fail(f"open does not give up within its {limit:.0f} s")
    return task.exception()


def must_be_sayable(error: BaseException) -> None:
    """What goes to a person is a Text, which can be translated."""
    if isinstance(error, ContractError):
        assert isinstance(error.text, Text), f"the sentence of {error!r} is no Text"


def must_fit_together(source: StreamSource, now: int) -> None:
    """A source that ends is asked for again, and what it calls secret is there to be hidden."""
    if source.expires_at is not None:
        assert source.expires_at > now, "the url has expired already"
        assert source.refresh is not Refresh.NEVER, "the url expires, and refresh says never"
    absent = [part for part in source.secret_parts if not part or part not in source.url]
    assert not absent, "a part of secret_parts does not stand in the url"
