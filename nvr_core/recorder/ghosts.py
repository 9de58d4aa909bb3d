"""Sessions that a crash left open at cameras: they count as viewers until somebody ends them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from nvr_core.recorder import disk

if TYPE_CHECKING:
    from nvr_core.recorder.worker import Worker


class Ghosts:
    """Session ids by source, in small files of the runtime folder."""

    def __init__(self, folder: Path, worker: Worker, *, live: bool = False) -> None:
        """live: what stands there now are sessions of a predecessor that still records."""
        self._folder = folder
        self._worker = worker
        self._sessions = {} if live else disk.read_folder(folder)

    def session(self, source: str) -> str:
        """The session that an earlier conversation with this source may have left; or empty."""
        return self._sessions.get(self._name(source), "")

    def note(self, source: str, session: str) -> None:
        """This session is open now; an empty one means that the last was closed properly."""
        name = self._name(source)
        if self._sessions.get(name, "") == session:
            return
        self._sessions[name] = session
        path = self._folder / name
        if session:
            self._write(name, session)
        else:
            self._worker.submit(lambda: disk.remove(path))

    def rewrite(self) -> None:
        """A predecessor has closed its sessions, and taken our notes of the same sources away."""
        for name, session in self._sessions.items():
            if session:
                self._write(name, session)

    def _write(self, name: str, session: str) -> None:
        path = self._folder / name
        self._worker.submit(lambda: disk.write_small(path, session.encode()))

    @staticmethod
    def _name(source: str) -> str:
        return hashlib.sha256(source.encode()).hexdigest()[:24]
