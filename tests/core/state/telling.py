"""A recorder's story: what happened to one stream, the facts that tell it, and what is true."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Connection, select

from nvr_core.clock import SECOND
from nvr_core.state import cameras, ledger
from nvr_core.state.tables import metadata
from nvr_core.wire.facts import (
    Cause,
    GapClosed,
    GapOpened,
    Kept,
    Numbered,
    RecorderStarted,
    SegmentClosed,
    SegmentOpened,
    StreamState,
)
from nvr_core.wire.parts import PackedParts, Part

BEGAN = 1_795_000_000 * SECOND
MISSING = (Cause.CAMERA_UNREACHABLE, Cause.NETWORK_LOSS, Cause.DISK_SLOW, Cause.POWER)
WISHED = (Cause.BY_SCHEDULE, Cause.BY_PERSON)
TREMBLE = 40_000
"""µs by which frames come earlier or later than the ledger says."""


@dataclass(frozen=True)
class Truth:
    """What really was, in wall time µs: recorded, missing, wished away, or not wanted at all."""

    began: int
    ended: int
    what: str


@dataclass
class Teller:
    """Tells acts one after the other."""

    camera: str = "01900000-0000-7000-8000-0000000000ca"
    stream: str = "main"
    recorder_start: str = "01900000-0000-7000-8000-000000000001"
    now: int = BEGAN
    facts: list[tuple[int, Kept]] = field(default_factory=list)
    truth: list[Truth] = field(default_factory=list)
    sequence: int = 0
    wanted: bool = False
    gap: GapOpened | None = None
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def started(self) -> None:
        self.tell(
            RecorderStarted(
                recorder_start=self.recorder_start,
                boot="boot",
                version="1",
                wall=self.now,
                monotonic=0,
                synchronised=True,
            )
        )

    def tell(self, fact: Kept) -> None:
        self.facts.append((self.now, fact))

    def id(self) -> str:
        return f"01900000-0000-7000-8000-{next(self._ids) + 4096:012x}"

    def record(self, lengths: Sequence[int], tremble: int = 0) -> None:
        """One run, segment by segment; lengths in µs. Ends the gap that is open."""
        began = self.now
        self.close()
        run = self.id()
        for place, length in enumerate(lengths):
            start = self.now + (tremble if place == 0 else 0)
            segment = self.id()
            said = {
                "camera": self.camera,
                "stream": self.stream,
                "run": run,
                "segment": segment,
                "recorder_start": self.recorder_start,
                "sequence": self.sequence,
                "path": f"/vol/{self.camera}/{self.stream}/2026/11/23/{segment}.mp4",
                "ring": False,
                "codec": "avc1.64001f",
                "timescale": 90_000,
                "init_size": 800,
                "base": start,
                "width": 1920,
                "height": 1080,
                "start": start,
            }
            self.tell(SegmentOpened(**said))  # type: ignore[arg-type] # fields that several facts share
            self.now += length
            self.sequence += 1
            self.tell(
                SegmentClosed(
                    **said,  # type: ignore[arg-type] # fields that several facts share
                    duration=self.now - start,
                    frames=25,
                    size=1000 + length % 1000,
                    sha256="ab" * 32,
                    parts=PackedParts.of(
                        [Part(offset=900, size=100, start=start, duration=length)]
                    ),
                )
            )
        self._true(began, "recorded")
        self.wanted = True

    def miss(self, cause: Cause, length: int) -> None:
        """A gap, or a pause. One that follows another ends it."""
        began = self.now
        self.close()
        self.gap = GapOpened(
            camera=self.camera,
            stream=self.stream,
            gap=self.id(),
            cause=cause,
            wall=self.now,
            monotonic=self.now - BEGAN,
            recorder_start=self.recorder_start,
        )
        self.tell(self.gap)
        self.now += length
        self._true(began, "wished" if cause in WISHED else "missing")
        self.wanted = True

    def close(self) -> None:
        if self.gap is not None:
            self.tell(self.closing(self.gap, self.now))
            self.gap = None

    def closing(self, gap: GapOpened, wall: int) -> GapClosed:
        return GapClosed(
            camera=self.camera,
            stream=self.stream,
            gap=gap.gap,
            wall=wall,
            monotonic=wall - BEGAN,
            recorder_start=self.recorder_start,
            cause=gap.cause,
        )

    def end(self, length: int) -> None:
        """Nobody wants it for a while."""
        if not self.wanted:
            return
        self.close()
        self.tell(StreamState(camera=self.camera, stream=self.stream, state="ended"))
        began = self.now
        self.now += length
        self._true(began, "unwanted")
        self.wanted = False

    def _true(self, began: int, what: str) -> None:
        if self.truth and self.truth[-1].what == what == "recorded":
            self.truth[-1] = replace(self.truth[-1], ended=self.now)
        else:
            self.truth.append(Truth(began, self.now, what))

    def numbered(self) -> list[Numbered]:
        return [
            Numbered(number=number, at=at, fact=fact)
            for number, (at, fact) in enumerate(self.facts, 1_000_001)
        ]


def reckoned(truth: Sequence[Truth], began: int, ended: int) -> tuple[int, int]:
    """(recorded, wanted) by adding up what really was."""
    recorded = wanted = 0
    for one in truth:
        inside = max(0, min(one.ended, ended) - max(one.began, began))
        recorded += inside * (one.what == "recorded")
        wanted += inside * (one.what in ("recorded", "missing"))
    return recorded, wanted


@st.composite
def stories(draw: st.DrawFn) -> Teller:
    """One stream's life, in which frames tremble and facts are told late and twice."""
    teller = Teller()
    teller.started()
    lengths = st.integers(1, 90).map(lambda tenths: tenths * SECOND)
    for _ in range(draw(st.integers(1, 12))):
        match draw(st.sampled_from(["record", "record", "miss", "wish", "end"])):
            case "record":
                some = draw(st.lists(lengths, min_size=1, max_size=4))
                # What nothing trembles against is exact: the beginning of all.
                exact = not teller.wanted
                tremble = 0 if exact else draw(st.integers(-TREMBLE, TREMBLE))
                teller.record(some, tremble)
            case "miss":
                teller.miss(draw(st.sampled_from(MISSING)), draw(lengths))
            case "wish":
                teller.miss(draw(st.sampled_from(WISHED)), draw(lengths))
            case "end":
                teller.end(draw(lengths))
    return teller


@st.composite
def retold(draw: st.DrawFn, teller: Teller) -> list[Numbered]:
    """The same story with facts told twice, closings told too late first, and segments late."""
    told: list[tuple[int, Kept]] = []
    owed: list[tuple[int, Kept]] = []
    for at, fact in teller.facts:
        if isinstance(fact, GapClosed) and draw(st.booleans()):
            told.append((at, replace(fact, wall=fact.wall + 30 * SECOND)))
        if isinstance(fact, SegmentClosed) and draw(st.booleans()):
            owed.append((at, fact))
            continue
        told.append((at, fact))
        if draw(st.integers(0, 3)) == 0 and not isinstance(fact, StreamState):
            told.append((at, fact))
        if draw(st.booleans()):
            told += owed
            owed = []
    told += owed
    return [
        Numbered(number=number, at=at, fact=fact)
        for number, (at, fact) in enumerate(told, 1_000_001)
    ]


def contents(connection: Connection, *but: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    return {
        name: sorted(map(tuple, connection.execute(select(table))), key=repr)
        for name, table in metadata.tables.items()
        if name not in but
    }


def told(connection: Connection, teller: Teller) -> int:
    """Apply a story. Returns its stream."""
    ledger.apply(connection, "rtsp", teller.numbered())
    found = cameras.stream(connection, teller.camera, teller.stream)
    assert found is not None
    return found
