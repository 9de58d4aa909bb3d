"""A kind of place for footage, and a volume of it that is open."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from nvr_core.contract.config import Config
from nvr_core.contract.provider import Provider

ConfigT = TypeVar("ConfigT", bound=Config)


@dataclass(frozen=True, kw_only=True)
class Stat:
    """What a volume knows of one object without reading it."""

    size: int
    """Bytes."""
    digest: str | None = None
    """SHA-256 in lower-case hex, None when the volume keeps none."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Room, in bytes; None where the volume cannot say."""

    free: int | None = None
    """What can still be written."""
    total: int | None = None
    """The size of what the volume lies on."""
    limit: int | None = None
    """What a person allows Ronda to fill. The core deletes; a volume does not."""


class Volume(ABC):
    """Objects under keys. Keys are made by the core and mean nothing here but their order.

    Everything may be repeated after a crash: an object is there as a whole or not at all, under
    its key, and putting or deleting again does no harm. OSError counts as NotReady.
    """

    @abstractmethod
    async def put(self, key: str, path: Path) -> None:
        """Copy a file in; returns only when a power cut cannot lose it. Replaces what was there.

        Tell `context.moved` as bytes go through. Raises KeyRefused, VolumeFull.
        """

    @abstractmethod
    async def put_small(self, key: str, content: bytes) -> None:
        """The same for bytes, at most a MiB."""

    @abstractmethod
    def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """Bytes [start, stop) in pieces of at most a MiB; less when the object ends before.

        Raises KeyMissing, KeyRefused.
        """

    @abstractmethod
    async def stat(self, key: str) -> Stat | None:
        """Size and digest; None when there is nothing under this key. Raises KeyRefused."""

    @abstractmethod
    async def delete(self, key: str) -> None:
        """Take it away for good; nothing happens when it is not there. Raises KeyRefused."""

    @abstractmethod
    def keys(self, prefix: str = "", after: str = "") -> AsyncIterator[str]:
        """Every key that begins with `prefix` and comes after `after`, by code point."""

    @abstractmethod
    async def usage(self) -> Usage:
        """How much room there is, within 10 s."""

    def recording_root(self) -> Path | None:
        """The folder in which recorders may write segments in place, keys being paths below it."""
        return None

    async def local_path(self, key: str) -> Path | None:
        """The file that holds the object on this machine, for sendfile, within 10 s.

        None when the volume is elsewhere. Raises KeyMissing, KeyRefused.
        """
        return None


class StorageBackend(Provider[ConfigT, Volume], Generic[ConfigT]):
    """A kind of place for footage: `open` yields a Volume."""
