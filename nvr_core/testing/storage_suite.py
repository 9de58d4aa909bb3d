"""The contract of a storage backend as tests: a class that inherits this proves a plugin."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar

import pytest

from nvr_core.contract import Config, KeyMissing, StorageBackend, Volume
from nvr_core.host.kinds import Kind
from nvr_core.testing.fake_context import FakeContext
from nvr_core.testing.provider_suite import ProviderSuite

KEYS = ["a", "a-b", "a/b", "a/b-c", "a/b/c", "a0", "kamera/main/2026-11-24/081400.mp4", "ä/ö"]
"""In the order of their code points; "a" and "a/b" cannot both be files of one folder."""


class StorageSuite(ProviderSuite):
    """`class TestAcme(StorageSuite)` with `provider_type = Acme` and a fixture `stored`."""

    kind: ClassVar[Kind] = Kind.STORAGE

    @pytest.fixture
    async def volume(
        self, provider: StorageBackend[Config], config: Config, context: FakeContext
    ) -> AsyncIterator[Volume]:
        async with provider.open(config, context) as volume:
            yield volume

    @staticmethod
    async def whole(volume: Volume, key: str, start: int = 0, stop: int | None = None) -> bytes:
        """All that `read` gives."""
        return b"".join([piece async for piece in volume.read(key, start, stop)])

    @staticmethod
    async def listed(volume: Volume, prefix: str = "", after: str = "") -> list[str]:
        """All that `keys` gives."""
        return [key async for key in volume.keys(prefix, after)]

    async def test_what_was_put_is_read(
        self, volume: Volume, context: FakeContext, tmp_path: Path
    ) -> None:
        content = bytes(range(256)) * 10_000
        file = tmp_path / "segment.mp4"
        file.write_bytes(content)
        await volume.put("kamera/main/081400.mp4", file)
        assert file.read_bytes() == content, "put copies, it does not move"
        assert context.bytes_moved >= len(content), "put tells what went through"
        stat = await volume.stat("kamera/main/081400.mp4")
        assert stat is not None, "what was put is not there"
        assert stat.size == len(content), "its size is not the file's"
        digest = hashlib.sha256(content).hexdigest()
        assert stat.digest in (None, digest), "its digest is no SHA-256 of the file"
        assert await self.whole(volume, "kamera/main/081400.mp4") == content
        if path := await volume.local_path("kamera/main/081400.mp4"):
            assert path.read_bytes() == content

    @pytest.mark.parametrize(
        ("start", "stop"), [(0, 1), (3, 7), (9, None), (10, None), (4, 4), (8, 99), (50, 60)]
    )
    async def test_any_span_is_read(self, volume: Volume, start: int, stop: int | None) -> None:
        await volume.put_small("k", b"0123456789")
        assert await self.whole(volume, "k", start, stop) == b"0123456789"[start:stop]

    async def test_putting_and_deleting_again_do_no_harm(
        self, volume: Volume, tmp_path: Path
    ) -> None:
        file = tmp_path / "hold.json"
        file.write_bytes(b"second")
        await volume.put_small("holds/1.json", b"first, and longer")
        for _ in range(2):
            await volume.put("holds/1.json", file)
            assert await self.whole(volume, "holds/1.json") == b"second"
        for _ in range(2):
            await volume.delete("holds/1.json")
            assert await volume.stat("holds/1.json") is None
        assert await self.listed(volume) == []

    async def test_what_is_not_there_is_missing(self, volume: Volume) -> None:
        assert await volume.stat("nothing/here") is None
        with pytest.raises(KeyMissing):
            await self.whole(volume, "nothing/here")
        await volume.delete("nothing/here")

    async def test_a_failed_put_leaves_nothing(self, volume: Volume, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="no-such-file"):
            await volume.put("k", tmp_path / "no-such-file")
        assert await volume.stat("k") is None
        assert await self.listed(volume) == []

    async def test_keys_come_in_order_from_anywhere(self, volume: Volume) -> None:
        keys = [key for key in KEYS if not any(one.startswith(key + "/") for one in KEYS)]
        for key in reversed(keys):
            await volume.put_small(key, key.encode())
        assert await self.listed(volume) == keys, "the keys are not in order of their code points"
        for prefix in ("", "a", "a/", "a/b", "kamera/ma", "ä", "nothing"):
            assert await self.listed(volume, prefix) == [k for k in keys if k.startswith(prefix)]
        for after in [*keys, "a/a", "b", "zzz", "a/b/"]:
            assert await self.listed(volume, "", after) == [key for key in keys if key > after]

    async def test_an_empty_object_is_an_object(self, volume: Volume) -> None:
        await volume.put_small("empty", b"")
        assert await self.whole(volume, "empty") == b""
        assert (await self.listed(volume)) == ["empty"]

    async def test_usage_is_sensible(self, volume: Volume) -> None:
        usage = await volume.usage()
        for size in (usage.free, usage.total, usage.limit):
            assert size is None or size >= 0
