"""How a recorder says what it saw: kept facts into the journal, all of it to those who listen."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeGuard

from nvr_core.clock import Clock
from nvr_core.wire import codec
from nvr_core.wire.facts import (
    Durable,
    Fact,
    FragmentWritten,
    Kept,
    Numbered,
    SegmentClosed,
    SegmentGone,
    SegmentOpened,
    StreamStatistics,
)

if TYPE_CHECKING:
    from nvr_core.recorder.worker import Worker
    from nvr_core.wire.journal import Journal

log = logging.getLogger(__name__)

NUMBERS_A_START = 1_000_000
"""Each start numbers from the next multiple. What a power cut took out of the journal, and a
server had read already, then never shares a number with something new."""

OWED = 100_000
"""Facts that wait for a full disk; the oldest go beyond that."""

Listener = Callable[[bytes, bool], None]
"""Takes an encoded line, and whether it is kept (true) or may be missed (false)."""


def first_number(next_in_journal: int) -> int:
    """The number of a new start's first fact."""
    return -(-next_in_journal // NUMBERS_A_START) * NUMBERS_A_START or NUMBERS_A_START


def kept(fact: Fact) -> TypeGuard[Kept]:
    """True for what stands in the journal. A ring's segments come and go too fast for it."""
    if isinstance(fact, FragmentWritten | Durable | StreamStatistics):
        return False
    if isinstance(fact, SegmentOpened | SegmentClosed):
        return not fact.ring
    return not (isinstance(fact, SegmentGone) and fact.why == "aged")


class Telling:
    """Numbers facts, writes them down through the journal's worker and passes them on."""

    def __init__(self, journal: Journal, number: int, worker: Worker, clock: Clock) -> None:
        self._journal = journal
        self._worker = worker
        self._clock = clock
        self._number = number
        self._dirty = False
        self._failing = False
        self._owed: deque[tuple[int, bytes]] = deque(maxlen=OWED)
        self._listeners: set[Listener] = set()
        self._then: list[tuple[int, Callable[[], None]]] = []
        """Calls that wait until facts below this number are durable."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Pass everything on to this listener too. Returns its undo."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def tell(self, fact: Fact) -> int:
        """Say it: numbered and written down when it is worth keeping. Returns the number, or 0."""
        if not kept(fact):
            if self._listeners:
                line = codec.encode(fact)
                for listener in tuple(self._listeners):
                    listener(line, False)
            return 0
        number = self._number
        self._number += 1
        line = codec.encode(Numbered(number=number, at=self._clock.wall(), fact=fact))
        self._dirty = True
        self._owed.append((number, line))
        self._worker.submit(self._append, self._written)
        for listener in tuple(self._listeners):
            listener(line, True)
        return number

    def when_durable(self, then: Callable[[], None]) -> None:
        """Call back once all that was told so far is proof against a power cut."""
        self._dirty = True
        self._then.append((self._number, then))

    def sync(self) -> None:
        """Once a second: what was told becomes proof against a power cut."""
        if self._dirty:
            self._dirty = False
            self._worker.submit(self._append, self._written)
            self._worker.submit(self._synced_to, self._synced)

    def forget(self, number: int) -> None:
        """Facts up to this number are safe elsewhere."""
        self._worker.submit(lambda: self._journal.forget(number), self._written)

    def _append(self) -> None:
        """In the worker: write down what is owed, in order. A full disk leaves it owed."""
        while self._owed:
            number, line = self._owed[0]
            self._journal.append(number, line)
            self._owed.popleft()

    def _synced_to(self) -> int:
        """In the worker: make it durable. Returns the first number that is not, so far as known."""
        number = self._owed[0][0] if self._owed else self._journal.next_number
        self._journal.sync()
        return number

    def _synced(self, number: int | None, error: Exception | None) -> None:
        self._written(number, error)
        if number is None:
            return
        done = [then for told, then in self._then if told <= number]
        self._then = [(told, then) for told, then in self._then if told > number]
        for then in done:
            then()
        self._dirty = self._dirty or bool(self._then)

    def _written(self, _result: object, error: Exception | None) -> None:
        if error is None:
            self._failing = False
            return
        self._dirty = True
        if not self._failing:
            self._failing = True
            log.error("the journal cannot be written (%s); free space on the data folder", error)
