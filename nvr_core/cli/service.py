"""Whose programs these settings run on this machine, and where they meet."""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nvr_core.cli import installed, systemd
from nvr_core.cli.installed import Installed
from nvr_core.settings import Settings, runtime_path


@dataclass(frozen=True, kw_only=True)
class Service:
    """Who runs the programs, which need not be whoever asks about them."""

    uid: int
    gid: int
    runtime: Path
    """Their runtime folder; it may not be there yet."""
    units: Installed | None = None
    """systemd's units of these very settings; None when it does not run them."""

    @classmethod
    def of(cls, settings: Settings, config: Path) -> Service:
        """By the units that name these settings, else by the data folder's owner, else ourselves.

        Raises RuntimeFault.
        """
        units = Installed.read(installed.FOLDER)
        if units is not None and units.config != config.absolute():
            units = None
        uid, gid = os.geteuid(), os.getegid()
        with contextlib.suppress(OSError):
            found = settings.data.stat()
            uid, gid = found.st_uid, found.st_gid
        if units is not None:
            with contextlib.suppress(KeyError):
                known = pwd.getpwnam(units.user)
                uid, gid = known.pw_uid, known.pw_gid
        runtime = settings.runtime or (
            systemd.RUNTIME if units is not None else runtime_path(settings, user=uid)
        )
        return cls(uid=uid, gid=gid, runtime=runtime, units=units)

    @property
    def user(self) -> str:
        """Its name, or its number where it has none."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    @property
    def within_reach(self) -> bool:
        """Whether we are that user, or root, who can become it."""
        return os.geteuid() in (0, self.uid)

    @contextlib.contextmanager
    def acting(self) -> Iterator[None]:
        """Have that user's rights while the block runs: root may write where it may not."""
        before = os.geteuid(), os.getegid(), os.getgroups()
        if before[0] == self.uid or before[0] != 0:
            yield
            return
        try:
            groups = os.getgrouplist(pwd.getpwuid(self.uid).pw_name, self.gid)
        except KeyError:
            groups = [self.gid]
        os.setgroups(groups)
        os.setegid(self.gid)
        os.seteuid(self.uid)
        try:
            yield
        finally:
            os.seteuid(before[0])
            os.setegid(before[1])
            os.setgroups(before[2])
