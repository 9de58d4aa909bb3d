"""Logins belong to the device: one refusal parks them for every stream, process and restart."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nvr_core.clock import Clock
from nvr_core.recorder import disk
from nvr_core.recorder.failures import LoginRefused

if TYPE_CHECKING:
    from nvr_core.recorder.worker import Worker
    from nvr_core.wire.wants import Login

ELSEWHERE = 0.25
"""Seconds between looks at whether another process has finished its try of the same login."""


class Parked(LoginRefused):
    """Nobody may try this login again until a person changes it."""


@dataclass(frozen=True, kw_only=True)
class LoginState:
    """What is known of one device's login. A changed credential starts afresh."""

    fingerprint: str
    """Keyed hash of user and password: tells a change without telling the password."""
    worked: bool = False
    refused_at: int | None = None
    """Wall time (µs) of the refusal of a login that had worked before."""
    parked: bool = False


def after_refusal(state: LoginState, now: int, second_after: int) -> LoginState:
    """A login that never worked is parked at once, one that has worked by its second refusal."""
    if not state.worked:
        return replace(state, parked=True)
    if state.refused_at is None:
        return replace(state, refused_at=now)
    return replace(state, parked=now - state.refused_at >= second_after)


def may_try(state: LoginState, now: int, second_after: int) -> str:
    """Empty when the login may be tried now, else the sentence that says why not."""
    if state.parked:
        return (
            "the camera refused this user name and password; it is not tried again until "
            "one of them is changed"
        )
    if state.refused_at is not None and now - state.refused_at < second_after:
        return "the camera refused a login that has worked before; it is tried once more later"
    return ""


class Turn:
    """One try of a login: say how it went."""

    def __init__(self, state: LoginState) -> None:
        self.state = state
        self.result: LoginState | None = None

    def accepted(self) -> None:
        """The device let us in."""
        self.result = replace(self.state, worked=True, refused_at=None, parked=False)

    def refused(self, now: int, second_after: int) -> bool:
        """The device did not let us in. Returns True when that parks the login."""
        self.result = after_refusal(self.state, now, second_after)
        return self.result.parked


class Logins:
    """The states of all login groups, in small files that every process of ours shares."""

    def __init__(
        self, folder: Path, key: bytes, worker: Worker, clock: Clock, *, second_after: int
    ) -> None:
        self._folder = folder
        self._key = key
        self._worker = worker
        self._clock = clock
        self._second_after = second_after
        self._turns: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def turn(self, group: str, login: Login | None) -> AsyncIterator[Turn]:
        """Wait for the right to try this login. Raises LoginRefused when nobody may try it.

        A login known to work is tried by any number of streams at once, an unknown one by one.
        """
        fingerprint = self._fingerprint(group, login)
        state = await self._worker.call(lambda: self._load(group, fingerprint))
        if state.worked and state.refused_at is None and not state.parked:
            async with self._noting(group, state) as turn:
                yield turn
            return
        async with self._turns.setdefault(group, asyncio.Lock()):
            lock = await self._lock_elsewhere(group)
            try:
                state = await self._worker.call(lambda: self._load(group, fingerprint))
                refusal = may_try(state, self._clock.wall(), self._second_after)
                if refusal:
                    raise (Parked if state.parked else LoginRefused)(refusal)
                async with self._noting(group, state) as turn:
                    yield turn
            finally:
                os.close(lock)

    @asynccontextmanager
    async def _noting(self, group: str, state: LoginState) -> AsyncIterator[Turn]:
        """One try, whose outcome is stored however the block ends."""
        turn = Turn(state)
        try:
            yield turn
        finally:
            result = turn.result
            if result is not None and result != state:
                await self._worker.call(lambda: self._store(group, result))

    def refused(self, turn: Turn) -> LoginRefused:
        """Note a refusal and get the error to raise for it."""
        if turn.refused(self._clock.wall(), self._second_after):
            return Parked(
                "the camera refused the user name or password; check them, then save them again"
            )
        return LoginRefused(
            "the camera refused a login that has worked before; it is tried once more later"
        )

    def _fingerprint(self, group: str, login: Login | None) -> str:
        text = f"{group}\0{login.user}\0{login.password}" if login else f"{group}\0"
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:32]

    def _path(self, group: str) -> Path:
        return self._folder / f"{hashlib.sha256(group.encode()).hexdigest()[:24]}.json"

    def _load(self, group: str, fingerprint: str) -> LoginState:
        raw = disk.read_small(self._path(group))
        fresh = LoginState(fingerprint=fingerprint)
        if raw is None:
            return fresh
        try:
            stored = json.loads(raw)
            state = LoginState(
                fingerprint=str(stored["fingerprint"]),
                worked=stored["worked"] is True,
                refused_at=int(stored["refused_at"]) if stored["refused_at"] is not None else None,
                parked=stored["parked"] is True,
            )
        except (ValueError, KeyError, TypeError):
            return fresh
        return state if state.fingerprint == fingerprint else fresh

    def _store(self, group: str, state: LoginState) -> None:
        disk.write_small(self._path(group), json.dumps(asdict(state)).encode())

    async def _lock_elsewhere(self, group: str) -> int:
        """Hold the group's lock file, so that the other recorder does not try meanwhile."""
        path = self._path(group).with_suffix(".lock")
        fd: int = await self._worker.call(lambda: disk.open_lock(path))
        try:
            while True:
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    await asyncio.sleep(ELSEWHERE)
                else:
                    return fd
        except BaseException:
            os.close(fd)
            raise
