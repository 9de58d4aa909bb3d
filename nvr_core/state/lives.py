"""Lifetimes of streams: from the first word of a want to the last, drawn from what is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select, update

from nvr_core.state import bulk, standing
from nvr_core.state.tables.gaps import lifetimes
from nvr_core.state.tiling import NEAR

_OWN = lifetimes.c
_OF_STREAMS = select(_OWN.stream, _OWN.began, _OWN.ended, _OWN.id).order_by(_OWN.began)


@dataclass(slots=True)
class Life:
    """One lifetime, µs UTC; without end while the stream is wanted."""

    stream: int
    began: int
    ended: int | None = None
    number: int = 0
    """Of its row; 0: not stored yet."""
    changed: bool = True


class Lives:
    """The lifetimes of a batch's streams, changed in memory and stored once."""

    def __init__(self, connection: Connection, streams: Iterable[int]) -> None:
        self._connection = connection
        before = standing.of(connection).lives
        self._lives: dict[int, list[Life]] = {}
        unread: dict[int, list[Life]] = {}
        for stream in streams:
            known = before.pop(stream, None)
            if known is None:
                known = unread[stream] = []
            self._lives[stream] = known
        for row in bulk.among(connection, _OF_STREAMS, _OWN.stream, list(unread)):
            unread[row[0]].append(Life(row[0], row[1], row[2], row[3], changed=False))

    def covers(self, stream: int, began: int, ended: int) -> None:
        """The stream was wanted in this span: it lies in a lifetime, or makes one.

        What comes after all lifetimes begins one that goes on. What lies before or between is of
        a time of which nothing else is known, and has one of its own.
        """
        lives = self._lives.setdefault(stream, [])
        if lives and lives[-1].ended is None and lives[-1].began + NEAR < began:
            return  # nearly always: deep in the lifetime that goes on, behind all others
        goes_on = any(life.ended is None for life in lives)
        # While a lifetime goes on, what touches the end of an older one came late, and belongs
        # there. While none does, it is wanted anew.
        near = NEAR if goes_on else -1
        for life in lives:
            if life.began - NEAR <= began and (life.ended is None or began <= life.ended + near):
                self._reach(lives, life, min(began, life.began), ended)
                return
        for life in lives:
            if began < life.began <= ended + NEAR:
                self._reach(lives, life, began, ended)
                return
        newest = not goes_on and all((life.ended or 0) <= began for life in lives)
        lives.append(Life(stream, began, None if newest else ended))

    @staticmethod
    def _reach(lives: Iterable[Life], life: Life, began: int, ended: int) -> None:
        """Let a lifetime reach so far, but not into another one."""
        for other in lives:
            if other is not life and other.ended is not None and other.ended <= life.began:
                began = max(began, other.ended)
            if other is not life and other.began >= (life.ended or other.began + 1):
                ended = min(ended, other.began)
        if began < life.began:
            life.began, life.changed = began, True
        if life.ended is not None and ended > life.ended:
            life.ended, life.changed = ended, True

    def end(self, stream: int, at: int) -> None:
        """Nobody wants the stream any more."""
        for life in self._lives.setdefault(stream, []):
            if life.ended is None:
                life.ended, life.changed = max(at, life.began), True

    def store(self) -> None:
        """Write what has changed."""
        changed = [life for one in self._lives.values() for life in one if life.changed]
        fresh = [
            {"stream": life.stream, "began": life.began, "ended": life.ended}
            for life in changed
            if not life.number
        ]
        moved = [
            {"row": life.number, "began": life.began, "ended": life.ended}
            for life in changed
            if life.number
        ]
        if fresh:
            self._connection.execute(insert(lifetimes), fresh)
        if moved:
            self._connection.execute(
                update(lifetimes)
                .where(lifetimes.c.id == bindparam("row"))
                .values(began=bindparam("began"), ended=bindparam("ended")),
                moved,
            )
        for life in changed:
            life.changed = False
        # A row that was made now has a number that only the database knows.
        anew = {life.stream for life in changed if not life.number}
        kept = standing.of(self._connection).lives
        standing.keep(kept, ((one, own) for one, own in self._lives.items() if one not in anew))
