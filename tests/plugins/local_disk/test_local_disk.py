"""The plugin `local-disk` keeps the contract, after crashes too, and no key leads out of it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from nvr_core.contract import ConfigInvalid, KeyRefused, NotReady, Volume, VolumeFull
from nvr_core.host import configs
from nvr_core.testing.fake_context import FakeContext
from nvr_core.testing.storage_suite import StorageSuite
from nvr_plugins.local_disk.backend import LocalDiskBackend, LocalDiskConfig
from nvr_plugins.local_disk.tree import PUTTING, Tree, written


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "volume"
    folder.mkdir()
    return folder


@pytest.fixture
async def volume(root: Path, tmp_path: Path) -> AsyncIterator[Volume]:
    config = LocalDiskConfig(folder=root)
    async with LocalDiskBackend().open(config, FakeContext(tmp_path)) as volume:
        yield volume


class TestLocalDisk(StorageSuite):
    provider_type = LocalDiskBackend

    @pytest.fixture
    def stored(self, root: Path) -> Mapping[str, Any]:
        return {"folder": str(root), "limit": "500 GiB"}


HOSTILE = [
    *("", "/", "/etc/passwd", "../x", "a/../x", "a//b", "a/", ".", "..", "./a", ".putting/a"),
    *("a\0b", "a\nb", "x" * 256, "/".join(["x" * 100] * 11), "\ud800"),
]


@pytest.mark.parametrize("key", HOSTILE, ids=ascii)
async def test_no_key_leads_out_of_the_folder(volume: Volume, key: str, root: Path) -> None:
    with pytest.raises(KeyRefused):
        await volume.put_small(key, b"x")
    with pytest.raises(KeyRefused):
        await volume.stat(key)
    with pytest.raises(KeyRefused):
        await volume.delete(key)
    with pytest.raises(KeyRefused):
        await volume.local_path(key)
    with pytest.raises(KeyRefused):
        await anext(volume.read(key))
    assert os.listdir(root) == [PUTTING]


async def test_links_are_refused_and_not_listed(volume: Volume, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "letter").write_text("private")
    (root / "folder").symlink_to(outside)
    (root / "file").symlink_to(outside / "letter")
    os.mkfifo(root / "pipe")
    for key in ("folder/letter", "file", "pipe", "folder"):
        with pytest.raises(KeyRefused):
            await anext(volume.read(key))
        with pytest.raises(KeyRefused):
            await volume.local_path(key)
    with pytest.raises(KeyRefused):
        await volume.put_small("folder/new", b"x")
    with pytest.raises(KeyRefused):
        await volume.delete("folder/letter")
    assert [key async for key in volume.keys("")] == []
    assert os.listdir(outside) == ["letter"]
    await volume.put_small("file", b"ours")  # takes the place of the link, not of its target
    assert (outside / "letter").read_text() == "private"


async def test_a_folder_in_the_way_is_a_sentence(volume: Volume) -> None:
    await volume.put_small("a/b", b"x")
    for attempt in (volume.put_small("a", b"x"), volume.put_small("a/b/c", b"x")):
        with pytest.raises(KeyRefused, match="in the way"):
            await attempt


async def test_put_returns_only_when_all_is_synced(
    volume: Volume, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def synced(fd: int) -> None:
        steps.append(os.readlink(f"/proc/self/fd/{fd}").removeprefix(str(root)))
        fsync(fd)

    def replaced(*names: Any, **fds: Any) -> None:
        steps.append("renamed")
        replace(*names, **fds)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    await volume.put_small("a/b/c", b"x")
    assert steps[0].startswith(f"/{PUTTING}/")
    assert steps[1:] == ["", "/a", "renamed", "/a/b"]
    steps.clear()
    await volume.delete("a/b/c")
    assert steps == ["/a/b"]


CRASH = """
import os, sys
from pathlib import Path
from nvr_plugins.local_disk.tree import Tree, written
tree = Tree(Path(sys.argv[1]))
setattr(os, sys.argv[2], lambda *_, **__: os._exit(9))
tree.put("a/b", written(b"new"))
"""


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_crash_at_any_step_leaves_the_old_or_the_new(root: Path, step: str) -> None:
    tree = Tree(root)
    tree.clear()
    tree.put("a/b", written(b"old"))
    assert subprocess.run([sys.executable, "-c", CRASH, root, step]).returncode == 9
    assert len(os.listdir(root / PUTTING)) == 1
    assert (root / "a/b").read_bytes() == b"old"
    tree.clear()
    assert not os.listdir(root / PUTTING)
    tree.put("a/b", written(b"new"))
    assert list(tree.keys("", "")) == ["a/b"]
    assert (root / "a/b").read_bytes() == b"new"
    tree.close()


async def test_a_full_disk_is_told_and_leaves_nothing(
    volume: Volume, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VolumeFull, match="full"):
        await volume.put_small("a", b"x")
    assert os.listdir(root / PUTTING) == []
    assert await volume.stat("a") is None


async def test_a_source_that_is_no_file_is_not_the_keys_fault(
    volume: Volume, root: Path, tmp_path: Path
) -> None:
    with pytest.raises(IsADirectoryError):
        await volume.put("a", tmp_path)
    assert os.listdir(root / PUTTING) == []


async def test_a_closed_folder_is_not_written_any_more(root: Path) -> None:
    tree = Tree(root)
    tree.clear()
    tree.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        tree.put("a", written(b"x"))


async def opened(folder: Path, tmp_path: Path) -> None:
    async with LocalDiskBackend().open(LocalDiskConfig(folder=folder), FakeContext(tmp_path)):
        pass


async def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="not mounted"):
        await opened(tmp_path / "nowhere", tmp_path)
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "file").touch()
    with pytest.raises(ConfigInvalid, match="is no folder"):
        await opened(tmp_path / "file", tmp_path)


@pytest.mark.parametrize(
    ("stored", "option", "sentence"),
    [
        ({"folder": "here"}, "folder", "Write the whole path"),
        ({"folder": "/srv", "limit": "much"}, "limit", "much is not a size"),
        ({"folder": 3}, "folder", "3 is not the path of a folder that begins with /"),
    ],
)
def test_mistakes_are_told_at_their_option(
    stored: Mapping[str, Any], option: str, sentence: str
) -> None:
    with pytest.raises(configs.ConfigRefused) as refused:
        configs.read(LocalDiskBackend(), stored, 1)
    assert [one.option for one in refused.value.mistakes] == [option]
    assert sentence in str(refused.value.mistakes[0].sentence)
