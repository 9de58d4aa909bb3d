"""A simulated camera: its loops, its sessions, and what it remembers for tests to ask."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from nvr_core.simulators.address import Track
from nvr_core.simulators.faults import Faults
from nvr_core.simulators.guard import Guard, LoginAttempt
from nvr_core.simulators.loops import Loop, Spec
from nvr_core.simulators.session import Line, Sent, Session
from nvr_core.simulators.shelf import Shelf
from nvr_core.simulators.spec import CameraSpec, Stream

REMEMBERED = 65536
"""Frames and requests that a camera remembers."""


@dataclass(frozen=True)
class Asked:
    """One RTSP request that came for this camera."""

    at: int
    """µs since 1970."""
    method: str
    url: str
    user_agent: str
    session: str


class Camera:
    """One camera of a site."""

    def __init__(self, spec: CameraSpec, shelf: Shelf, remembered: int = REMEMBERED) -> None:
        self.spec = spec
        self.guard = Guard(spec.user, spec.password, spec.auth)
        self.frames_sent: deque[Sent] = deque(maxlen=remembered)
        self.requests: deque[Asked] = deque(maxlen=remembered)
        self.lines: set[Line] = set()
        """Connections on which this camera was asked for something."""
        self._shelf = shelf
        self._faults = spec.faults
        self._sessions: dict[str, Session] = {}
        self._check(spec.faults)

    @property
    def faults(self) -> Faults:
        """What is wrong with it at present; may be replaced at any time."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._check(faults)
        self._faults = faults

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Sessions that count at present, ghosts included."""
        return tuple(self._sessions.values())

    @property
    def logins(self) -> tuple[LoginAttempt, ...]:
        """Every request so far that carried a login."""
        return tuple(self.guard.attempts)

    def loop(self, stream: Stream = "main") -> Loop:
        """The pictures of a stream."""
        return self._shelf.loop(self.spec.picture(stream))

    def tracks(self, stream: Stream) -> list[Loop]:
        """Picture and sound of a stream."""
        sound = self.spec.sound
        return [self.loop(stream), *([self._shelf.loop(sound)] if sound else [])]

    def specs(self, stream: Stream, track: Track) -> tuple[Spec, ...]:
        """The loop of a track; of a picture also the one of the other size, for row 10."""
        if track == "audio":
            return (self.spec.sound,) if self.spec.sound else ()
        picture = self.spec.picture(stream)
        other = self.spec.picture("sub" if stream == "main" else "main")
        return (picture, other) if self.spec.sub and other.codec == picture.codec else (picture,)

    def open(self, stream: Stream, line: Line) -> Session:
        """A new session."""
        session = Session(
            self._shelf, stream, line, faults=lambda: self._faults, sent=self.frames_sent.append
        )
        self._sessions[session.id] = session
        return session

    def find(self, session_id: str) -> Session | None:
        """The session of that id."""
        return self._sessions.get(session_id)

    def rename(self, session: Session) -> None:
        """Row 14: give a session another id."""
        del self._sessions[session.id]
        self._sessions[session.new_id()] = session

    def touch(self, session: Session) -> None:
        """A sign of life of a session."""

        def expired() -> None:
            self.close(session)
            if session.line is not None:
                session.line.hang_up(False)

        session.touch(self.spec.timeout_s, expired)

    def close(self, session: Session) -> None:
        """End a session."""
        session.end()
        self._sessions.pop(session.id, None)

    def left(self, line: Line) -> None:
        """A connection is gone: its sessions end, or become ghosts (row 12)."""
        self.lines.discard(line)
        for session in self.sessions:
            if session.line is line:
                if self._faults.ghosts:
                    session.abandon()
                else:
                    self.close(session)

    def drop(self, reset: bool = False) -> None:
        """End every connection of this camera now, on request by a TCP reset."""
        for line in tuple(self.lines):
            line.hang_up(reset)

    def _check(self, faults: Faults) -> None:
        if faults.change_every_s and len(self.specs("main", "video")) < 2:
            raise ValueError(
                f"{self.spec.name}: change_every_s needs a sub stream of the main stream's codec."
            )
