"""Logins belong to the device: one refusal parks them for every stream, process and restart."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import hmac
import json
import logging
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nvr_core.clock import Clock
from nvr_core.recorder import disk
from nvr_core.recorder.failures import DeviceFull, LoginRefused, SourceFailed

if TYPE_CHECKING:
    from nvr_core.recorder.worker import Worker
    from nvr_core.wire.wants import Login, StreamWant

log = logging.getLogger(__name__)

ELSEWHERE = 0.25
"""Seconds between looks at whether another process has finished its try of the same login."""


FULL = (
    "the camera refused a login with which it serves another stream: it probably serves as many "
    "viewers as it can; end others, or check whether its password was changed"
)


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
    return replace(state, parked=not within(second_after, state.refused_at, now))


def within(span: int, since: int, now: int) -> bool:
    """Less than a span has passed. A moment that lies ahead was noted by a clock that went wrong:
    it would hold for years, and counts as long ago."""
    return 0 <= now - since < span


def may_try(state: LoginState, now: int, second_after: int) -> str:
    """Empty when the login may be tried now, else the sentence that says why not."""
    if state.parked:
        return (
            "the camera refused this user name and password; it is not tried again until "
            "one of them is changed"
        )
    if state.refused_at is not None and within(second_after, state.refused_at, now):
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
        self._inside: Counter[str] = Counter()
        """Conversations that devices serve us now, by the fingerprint that let them in."""
        self._predecessor: set[str] = set()
        """Fingerprints that let a predecessor in, which is still there."""
        self._doubted: dict[str, int] = {}
        """Wall time (µs) of a refusal of a login that was inside at that moment."""
        self._unwritten: dict[str, LoginState] = {}
        """What no disk took, by group: a full one must not let a wrong password be tried on."""

    @asynccontextmanager
    async def turn(self, group: str, login: Login | None) -> AsyncIterator[Turn]:
        """Wait for the right to try this login. Raises LoginRefused when nobody may try it.

        A login that serves another stream at this moment is tried by any number at once. Any
        other is tried by one, however often it worked before: a password may have been changed,
        and sixteen streams that come back together would lock the account.
        """
        fingerprint = self._fingerprint(group, login)
        state = await self._state(group, fingerprint)
        if not self._serves(state):
            async with self._turns.setdefault(group, asyncio.Lock()):
                lock = await self._lock_elsewhere(group)
                try:
                    state = await self._state(group, fingerprint)
                    if not self._serves(state):
                        self._ask_leave(state)
                        async with self._noting(group, state) as turn:
                            yield turn
                        return
                finally:
                    if lock is not None:
                        os.close(lock)
        self._ask_room(state)
        async with self._noting(group, state) as turn:
            yield turn

    def enter(self, turn: Turn) -> Callable[[], None]:
        """A conversation goes on with this login. Returns what to call when it is over."""
        name = turn.state.fingerprint
        inside = self._inside
        inside[name] += 1
        self._doubted.pop(name, None)

        def leave() -> None:
            nonlocal name
            if name:
                inside[name] -= 1
                if not inside[name]:
                    del inside[name]
            name = ""

        return leave

    @property
    def inside(self) -> tuple[str, ...]:
        """Fingerprints that let us in, now."""
        return tuple(self._inside)

    def predecessor_inside(self, fingerprints: Iterable[str]) -> None:
        """Devices serve a predecessor with these: a refusal means that they serve nobody more."""
        self._predecessor = set(fingerprints)

    def predecessor_left(self, want: StreamWant, *, last: bool) -> None:
        """It has hung up on this stream, and there is room for us. last: of those with its login"""
        fingerprint = self._fingerprint(want.login_group, want.source.login)
        self._doubted.pop(fingerprint, None)
        if last:
            self._predecessor.discard(fingerprint)

    def _serves(self, state: LoginState) -> bool:
        good = state.worked and state.refused_at is None and not state.parked
        inside = state.fingerprint in self._inside or state.fingerprint in self._predecessor
        return good and inside

    def _ask_leave(self, state: LoginState) -> None:
        refusal = may_try(state, self._clock.wall(), self._second_after)
        if refusal:
            raise (Parked if state.parked else LoginRefused)(refusal)

    def _ask_room(self, state: LoginState) -> None:
        doubted = self._doubted.get(state.fingerprint)
        if doubted is not None and within(self._second_after, doubted, self._clock.wall()):
            raise DeviceFull(FULL)

    @asynccontextmanager
    async def _noting(self, group: str, state: LoginState) -> AsyncIterator[Turn]:
        """One try, whose outcome is stored however the block ends."""
        turn = Turn(state)
        try:
            yield turn
        finally:
            result = turn.result
            if result is not None and result != state:
                await self._store(group, result)

    def refused(self, turn: Turn) -> SourceFailed:
        """Note a refusal and get the error to raise for it.

        Some devices say 401 to one viewer too many. While this very login serves another stream,
        that is the likelier reason: nothing is parked, and it is not tried again for a while.
        """
        if self._serves(turn.state):
            self._doubted[turn.state.fingerprint] = self._clock.wall()
            return DeviceFull(FULL)
        if turn.refused(self._clock.wall(), self._second_after):
            return Parked(
                "the camera refused the user name or password; it is not tried again until "
                "one of them is changed"
            )
        return LoginRefused(
            "the camera refused a login that has worked before; it is tried once more later"
        )

    def _fingerprint(self, group: str, login: Login | None) -> str:
        text = f"{group}\0{login.user}\0{login.password}" if login else f"{group}\0"
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:32]

    def _path(self, group: str) -> Path:
        return self._folder / f"{hashlib.sha256(group.encode()).hexdigest()[:24]}.json"

    async def _state(self, group: str, fingerprint: str) -> LoginState:
        kept = self._unwritten.get(group)
        if kept is not None and kept.fingerprint == fingerprint:
            return kept
        state: LoginState = await self._worker.call(lambda: self._load(group, fingerprint))
        return state

    def _load(self, group: str, fingerprint: str) -> LoginState:
        fresh = LoginState(fingerprint=fingerprint)
        try:
            raw = disk.read_small(self._path(group))
        except OSError as error:
            log.warning("what is known of a camera's login cannot be read: %s", error)
            return fresh
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

    async def _store(self, group: str, state: LoginState) -> None:
        content = json.dumps(asdict(state)).encode()
        self._unwritten[group] = state
        try:
            await self._worker.call(lambda: disk.write_small(self._path(group), content))
        except OSError as error:
            log.warning(
                "how a camera answered its login is kept in memory only, and a restart tries once "
                "more: %s; make room in the data folder, or make it writable",
                error,
            )
        else:
            if self._unwritten.get(group) is state:
                del self._unwritten[group]

    async def _lock_elsewhere(self, group: str) -> int | None:
        """Hold the group's lock file, so that the other recorder does not try meanwhile.

        None when there can be no such file: then streams of this process alone take turns.
        """
        path = self._path(group).with_suffix(".lock")
        try:
            fd: int = await self._worker.call(lambda: disk.open_lock(path))
        except OSError as error:
            log.warning("recorders cannot take turns with a camera's login: %s", error)
            return None
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
