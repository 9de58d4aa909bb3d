"""The contract of a vendor as tests: a class that inherits this proves a brand's plugin."""

from __future__ import annotations

from typing import ClassVar

import pytest

from nvr_core.contract import Config, Role, StreamSource, Unsupported, Vendor
from nvr_core.host import configs
from nvr_core.host.kinds import Kind
from nvr_core.testing.fake_context import FakeContext
from nvr_core.testing.provider_suite import ProviderSuite


class VendorSuite(ProviderSuite):
    """`class TestAcme(VendorSuite)` with `provider_type = Acme` and a fixture `stored`."""

    kind: ClassVar[Kind] = Kind.VENDOR

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

    async def test_a_stream_that_is_not_there_is_unsupported(
        self, provider: Vendor[Config], config: Config, context: FakeContext
    ) -> None:
        async with provider.open(config, context) as device:
            with pytest.raises(Unsupported):
                await device.stream_source("no-such-channel", Role.MAIN)
            for channel in device.info.channels:
                for role in set(Role) - set(channel.roles):
                    with pytest.raises(Unsupported):
                        await device.stream_source(channel.id, role)
