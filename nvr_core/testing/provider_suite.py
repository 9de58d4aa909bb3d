"""What every provider must do, whatever its kind: the part that all suites inherit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from nvr_core.contract import Config, Provider
from nvr_core.host import checks, configs, form
from nvr_core.host.kinds import Kind
from nvr_core.testing.fake_context import FakeContext

JUNK: tuple[Any, ...] = (None, "", "\0", "x" * 5000, -1, 1e309, True, [], [None], {}, {"a": [1]})
TURNS = (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, None)
"""Of the loop, after which `open` is cancelled: at its first steps, while it connects; None: when
it is open."""
SETTLING = 5.0
"""Seconds in which a task must end that nobody waits for: a simulated device, in the same loop,
notices a little later that its client is gone."""


class ProviderSuite:
    """Inherit a suite of a kind, not this. `provider_type` and the fixture `stored` are yours."""

    kind: ClassVar[Kind]
    provider_type: ClassVar[type[Provider[Any, Any]]]

    @pytest.fixture
    def stored(self) -> Mapping[str, Any]:
        """A config that works in this test, as it would be stored."""
        raise NotImplementedError("write a fixture `stored` that returns a config")

    @pytest.fixture
    def provider(self) -> Provider[Any, Any]:
        return checks.provider_of(self.kind, self.provider_type)

    @pytest.fixture
    def config(self, provider: Provider[Any, Any], stored: Mapping[str, Any]) -> Config:
        return configs.read(provider, stored, provider.config_version)

    @pytest.fixture
    def context(self, tmp_path: Path) -> FakeContext:
        cache = tmp_path / "cache-of-the-instance"
        cache.mkdir()
        return FakeContext(cache)

    async def test_it_opens_and_closes_cleanly_twice(
        self, provider: Provider[Any, Any], config: Config, context: FakeContext
    ) -> None:
        before = asyncio.all_tasks()
        for _ in range(2):
            async with provider.open(config, context) as live:
                assert live is not None
        assert not await left_behind(before), "tasks are left behind"

    async def test_cancelling_open_leaves_no_task(
        self, provider: Provider[Any, Any], config: Config, context: FakeContext
    ) -> None:
        before = asyncio.all_tasks()
        for turns in TURNS:
            is_open = asyncio.Event()

            async def opened(is_open: asyncio.Event = is_open) -> None:
                async with provider.open(config, context):
                    is_open.set()
                    await asyncio.Event().wait()

            task = asyncio.create_task(opened())
            if turns is None:
                waiting = asyncio.create_task(is_open.wait())
                await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                await asyncio.wait({waiting})
            for _ in range(turns or 0):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
            assert task.cancelled(), "open does not let itself be cancelled"
        assert not await left_behind(before), "tasks are left behind"

    async def test_no_secret_in_logs_or_repr(
        self,
        provider: Provider[Any, Any],
        config: Config,
        context: FakeContext,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        async with provider.open(config, context) as live:
            said = [repr(config), str(config), repr(live), str(live)]
        said += [caplog.text]
        for secret in filter(None, configs.secrets_of(config)):
            assert not any(secret in one for one in said), "a secret is shown"

    def test_junk_in_a_stored_config_is_refused_with_sentences(
        self, provider: Provider[Any, Any], stored: Mapping[str, Any]
    ) -> None:
        for option in form.options(provider.config_type):
            for junk in JUNK:
                for said in _sentences(provider, {**stored, option.name: junk}):
                    assert "failed on this config" not in said, (option.name, junk)
                    assert said != "refused without a sentence"

    def test_what_is_stored_comes_back_whole(
        self, provider: Provider[Any, Any], stored: Mapping[str, Any]
    ) -> None:
        version = provider.config_version
        config = configs.read(provider, stored, version)
        kept = configs.written(config, {**stored, "of-a-later-version": [1]})
        assert kept["of-a-later-version"] == [1]
        assert configs.read(provider, kept, version) == config


async def left_behind(before: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Tasks that were not there before, and do not end."""
    found = asyncio.all_tasks() - before
    return (await asyncio.wait(found, timeout=SETTLING))[1] if found else found


def _sentences(provider: Provider[Any, Any], stored: Mapping[str, Any]) -> list[str]:
    """The mistakes in it, none when it can be used."""
    try:
        configs.read(provider, stored, provider.config_version)
    except configs.ConfigRefused as refusal:
        return [str(one.sentence) for one in refusal.mistakes] or ["refused without a sentence"]
    return []
