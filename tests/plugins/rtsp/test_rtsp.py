"""The plugin `rtsp` keeps the contract; logins leave the addresses, and mistakes are told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nvr_core.contract import Role, Secret, Transport
from nvr_core.host import configs
from nvr_core.testing.fake_context import FakeContext
from nvr_core.testing.vendor_suite import VendorSuite
from nvr_plugins.rtsp.config import RtspConfig
from nvr_plugins.rtsp.vendor import RtspVendor

WHOLE = {
    "main": "rtsp://admin:rahasia%40rw06@10.0.0.7/stream1",
    "sub": "rtsp://10.0.0.7/stream2",
    "transport": "udp",
    "audio": True,
}


def read(stored: Mapping[str, Any]) -> RtspConfig:
    config = configs.read(RtspVendor(), stored, 1)
    assert isinstance(config, RtspConfig)
    return config


class TestRtsp(VendorSuite):
    provider_type = RtspVendor
    connects = False  # it names addresses; the recorder finds out whether anybody is there

    @pytest.fixture(
        params=[WHOLE, {"main": "https://h/live.m3u8"}, {"main": "/srv/a b.mp4"}],
        ids=["rtsp", "hls", "file"],
    )
    def stored(self, request: pytest.FixtureRequest) -> Mapping[str, Any]:
        found: Mapping[str, Any] = request.param
        return found

    @pytest.fixture
    def wrong(self) -> Mapping[str, Any]:
        return {"main": "rtsp://admin:salah-sekali@10.0.0.7/stream1"}


async def test_a_source_is_named_without_its_login(tmp_path: Path) -> None:
    config = read(WHOLE)
    assert (config.username, config.password) == ("admin", Secret("rahasia@rw06"))
    assert "rahasia" not in repr(config)
    assert configs.written(config, WHOLE)["main"] == "rtsp://10.0.0.7/stream1"
    async with RtspVendor().open(config, FakeContext(tmp_path)) as device:
        (channel,) = device.info.channels
        assert (channel.roles, channel.audio) == ((Role.MAIN, Role.SUB), True)
        source = await device.stream_source(channel.id, Role.SUB)
    assert source.url == "rtsp://10.0.0.7/stream2"
    assert source.login is not None
    assert (source.login.user, source.login.password.reveal()) == ("admin", "rahasia@rw06")
    assert source.transport is Transport.UDP


def test_a_login_in_the_fields_may_stand_in_the_address_too() -> None:
    both = {"main": "rtsp://u:p@h/", "username": "u", "password": Secret("p")}
    assert read(both) == read({"main": "rtsp://u:p@h/"})


@pytest.mark.parametrize(
    ("stored", "option", "sentence"),
    [
        ({}, "main", "Main address: It is missing; write an address such as rtsp://…"),
        ({"main": "htp://u:rahasia@h/"}, "main", "is not an address Ronda can open; use rtsp://"),
        ({"main": "rtsp://h:0/"}, "main", "The address has port 0"),
        ({"main": ""}, "main", "Main address: "),
        ({"main": "loop.mp4"}, "main", "must begin with /"),
        ({"main": "rtsp://h/", "sub": "rtsp://"}, "sub", "The address names no host"),
        ({"main": "rtsp://u:p@h/", "sub": "rtsp://u:rahasia@h/"}, "username", "two different"),
        ({"main": "rtsp://h/", "transport": "multi"}, "transport", "one of tcp, udp"),
        ({"main": "rtsp://h/", "audio": "loud"}, "audio", '"loud" is not true or false'),
        ({"main": "rtsp://h/", "password": 7}, "password", "This value (not shown) is not"),
    ],
)
def test_mistakes_are_told_at_their_option(
    stored: Mapping[str, Any], option: str, sentence: str
) -> None:
    with pytest.raises(configs.ConfigRefused) as refused:
        read(stored)
    (mistake,) = refused.value.mistakes
    assert mistake.option == option
    assert sentence in str(mistake.sentence)
    assert "rahasia" not in str(mistake.sentence)
