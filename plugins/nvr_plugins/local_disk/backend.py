"""A folder as a volume: its config, what can be wrong with it, and its objects as files."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

from nvr_core.contract import (
    Config,
    ConfigInvalid,
    Context,
    NotReady,
    Stat,
    StorageBackend,
    Text,
    Usage,
    Volume,
    option,
)
from nvr_core.kit import sizes
from nvr_plugins.local_disk.tree import PIECE, Tree, copied, written

PAGE = 1000
"""Keys that are listed in one go."""


class LocalDiskConfig(Config):
    """Where, and how much."""

    folder: Path = option(
        label=Text("Folder"),
        means=Text("Root folder of the volume, on the disk for footage."),
        right=Text("the path of a folder that begins with /"),
    )
    limit: str = option(
        "",
        label=Text("Limit"),
        means=Text("Footage beyond this goes, the oldest first. Empty: what the disk has."),
        right=Text('a size such as "500 GiB"'),
        longest=40,
    )

    def check(self) -> None:
        if not self.folder.is_absolute() or "\0" in str(self.folder):
            raise ConfigInvalid(
                Text("Write the whole path of the folder, from / on."), option="folder"
            )
        try:
            self.bytes_at_most  # noqa: B018 -- it raises
        except ValueError:
            raise ConfigInvalid(
                Text(
                    '{limit} is not a size; write it with its unit, such as "500 GiB".',
                    limit=self.limit,
                ),
                option="limit",
            ) from None

    @property
    def bytes_at_most(self) -> int | None:
        return sizes.parse(self.limit) if self.limit.strip() else None


class LocalDisk(Volume):
    """Every call blocks for as long as the disk likes, so each is made in a thread."""

    def __init__(self, tree: Tree, limit: int | None, context: Context) -> None:
        self._tree = tree
        self._limit = limit
        self._context = context

    async def put(self, key: str, path: Path) -> None:
        await self._context.in_thread(self._tree.put, key, copied(path, self._context.moved))

    async def put_small(self, key: str, content: bytes) -> None:
        await self._context.in_thread(self._tree.put, key, written(content))

    async def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        with await self._context.in_thread(self._tree.open, key) as file:
            while stop is None or start < stop:
                size = PIECE if stop is None else min(PIECE, stop - start)
                piece = await self._context.in_thread(os.pread, file.fileno(), size, start)
                if not piece:
                    return
                self._context.moved(len(piece))
                yield piece
                start += len(piece)

    async def stat(self, key: str) -> Stat | None:
        return await self._context.in_thread(self._tree.stat, key)

    async def delete(self, key: str) -> None:
        await self._context.in_thread(self._tree.delete, key)

    async def keys(self, prefix: str = "", after: str = "") -> AsyncIterator[str]:
        walk = self._tree.keys(prefix, after)
        while page := await self._context.in_thread(lambda: list(islice(walk, PAGE))):
            for key in page:
                yield key

    async def usage(self) -> Usage:
        free, total = await self._context.in_thread(self._tree.room)
        return Usage(free=free, total=total, limit=self._limit)

    def recording_root(self) -> Path:
        return self._tree.root

    async def local_path(self, key: str) -> Path:
        return await self._context.in_thread(self._tree.path, key)


class LocalDiskBackend(StorageBackend[LocalDiskConfig]):
    """The folder must be there: made anew under an unmounted disk it would fill the wrong one."""

    name = "local-disk"
    title = Text("Disk of this machine")
    config_type = LocalDiskConfig

    @asynccontextmanager
    async def open(self, config: LocalDiskConfig, context: Context) -> AsyncIterator[LocalDisk]:
        tree = await context.in_thread(_opened, config.folder)
        try:
            yield LocalDisk(tree, config.bytes_at_most, context)
        finally:
            tree.close()


def _opened(folder: Path) -> Tree:
    try:
        tree = Tree(folder.resolve(strict=True))
    except FileNotFoundError:
        raise NotReady(
            Text(
                "There is no folder {folder}: the disk is not mounted, or it must be made.",
                folder=folder,
            ),
            code="folder-missing",
        ) from None
    except NotADirectoryError:
        raise ConfigInvalid(
            Text("{folder} is no folder.", folder=folder), option="folder"
        ) from None
    except PermissionError:
        raise _not_ours(folder) from None
    try:
        tree.clear()
    except PermissionError:
        tree.close()
        raise _not_ours(folder) from None
    except BaseException:
        tree.close()
        raise
    return tree


def _not_ours(folder: Path) -> ConfigInvalid:
    return ConfigInvalid(
        Text("Ronda's user may not write {folder}; give it the folder: chown.", folder=folder),
        option="folder",
        code="folder-forbidden",
    )
