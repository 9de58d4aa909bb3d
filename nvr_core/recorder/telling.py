"""How a recorder says what it saw: kept facts into the journal, all of it to those who listen."""

from __future__ import annotations

import logging
import sys
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from nvr_core.clock import Clock
from nvr_core.recorder.owed import OWED, Owed, worth
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

Listener = Callable[[bytes, bool], None]
"""Takes an encoded line, and whether it is kept (true) or may be missed (false)."""


def first_number(next_in_journal: int) -> int:
    """The number of a new start's first fact."""
    return -(-next_in_journal // NUMBERS_A_START) * NUMBERS_A_START or NUMBERS_A_START


def kept(fact: Fact) -> TypeGuard[Kept]:
    """True for what stands in the journal. A ring's segments come and go too fast for it."""
    if isinstance(fact, FragmentWritten | Durable | StreamStatistics):
        return False
    if isinstance(fact, SegmentOpened | SegmentClosed | SegmentGone):
        return not fact.ring
    return True


@dataclass(slots=True)
class Promise:
    """A call that waits until the facts from `first` to below `end` are durable."""

    first: int
    end: int
    then: Callable[[], object]


class Telling:
    """Numbers facts, writes them down through the journal's worker and passes them on."""

    def __init__(
        self,
        journal: Journal | None,
        number: int,
        worker: Worker,
        clock: Clock,
        *,
        limit: int = OWED,
    ) -> None:
        """journal: None while another recorder writes it: all facts wait until `write_in`.
        limit: facts that may wait, for that or for a full disk."""
        self._journal = journal
        self._worker = worker
        self._clock = clock
        self._number = number
        self._dirty = False
        self._failing = False
        self._overflown = False
        self._owed = Owed(limit)
        self._listeners: set[Listener] = set()
        self._promises: list[Promise] = []
        """In the order of their numbers."""
        self._newest = 0
        self.rotated: Callable[[int], object] = lambda newest: None
        """Called when the journal begins a file, with the number of that: older files may go."""

    @property
    def next_number(self) -> int:
        """The number of the next kept fact."""
        return self._number

    def write_in(self, journal: Journal) -> None:
        """The journal is ours from now on: what has waited for it is written first."""
        self._journal = journal
        self._dirty = True
        self.sync()

    def pass_on(self, line: bytes) -> None:
        """Let the listeners hear what another recorder told; it writes that down itself."""
        for listener in tuple(self._listeners):
            listener(line, False)

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
        gone = self._owed.add(number, line, worth(fact))
        if gone is not None:
            self._dropped(gone)
        self._worker.submit(self._append, self._appended)
        for listener in tuple(self._listeners):
            listener(line, True)
        return number

    def durably(self, tell: Callable[[], object], then: Callable[[], object]) -> None:
        """Let `tell` tell, and call back once all of that is proof against a power cut.

        Never, when the disk is full for so long that a fact of it has to go.
        """
        promise = Promise(self._number, sys.maxsize, then)
        self._promises.append(promise)
        tell()
        promise.end = self._number
        self._dirty = True

    def sync(self) -> None:
        """Once a second: what was told becomes proof against a power cut."""
        if self._dirty:
            self._dirty = False
            self._worker.submit(self._append, self._appended)
            self._worker.submit(self._synced_to, self._synced)

    def forget(self, number: int) -> None:
        """Facts up to this number are safe elsewhere."""
        if (journal := self._journal) is not None:
            self._worker.submit(lambda: journal.forget(number), self._written)

    def _append(self) -> int:
        """In the worker: write down what is owed, in order. A full disk leaves it owed.

        Returns the number with which the newest file begins.
        """
        if self._journal is None:
            return 0
        while (owed := self._owed.first()) is not None:
            number, line = owed
            self._journal.append(number, line)
            self._owed.written(number)
        return self._journal.newest

    def _synced_to(self) -> int:
        """In the worker: make it durable. Returns the first number that is not, so far as known."""
        if self._journal is None:
            return 0
        owed = self._owed.first()
        number = self._journal.next_number if owed is None else owed[0]
        self._journal.sync()
        return number

    def _synced(self, number: int | None, error: Exception | None) -> None:
        if number is None:
            self._written(None, error)
            return
        done = [one for one in self._promises if one.end <= number]
        self._promises = [one for one in self._promises if one.end > number]
        for one in done:
            one.then()
        self._dirty = self._dirty or bool(self._promises)

    def _appended(self, newest: int | None, error: Exception | None) -> None:
        self._written(None, error)
        if newest is not None and newest > self._newest:
            self._newest = newest
            self.rotated(newest)

    def _dropped(self, number: int) -> None:
        """A fact had to go: whoever waits for it waits in vain."""
        place = bisect_right(self._promises, number, key=lambda one: one.first) - 1
        if place >= 0 and number < self._promises[place].end:
            del self._promises[place]
        if not self._overflown:
            self._overflown = True
            log.error(
                "so many facts wait for the journal that some go: notices and states first, then "
                "those of segments, whose files the next start finds; free space on the data folder"
            )

    def _written(self, _result: object, error: Exception | None) -> None:
        if error is None:
            self._failing = self._overflown = False
            return
        self._dirty = True
        if not self._failing:
            self._failing = True
            log.error("the journal cannot be written (%s); free space on the data folder", error)
