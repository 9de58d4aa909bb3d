"""A camera that is dead for months does not keep the journal of months."""

import functools
from pathlib import Path

import pytest

from nvr_core.recorder import running
from nvr_core.testing.recording import Rig
from nvr_core.wire.facts import GapClosed, GapOpened
from nvr_core.wire.journal import Journal
from nvr_core.wire.journal_reader import JournalReader

NOWHERE = "rtsp://127.0.0.1:9/none"
PAGE = 1500
"""Bytes of a file of this journal: some facts."""


async def test_a_gap_that_goes_on_is_told_again_and_the_journal_before_it_can_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "Journal", functools.partial(Journal, file_bytes=PAGE))
    rig = Rig(tmp_path)
    folder = rig.data / "journal" / "rtsp"

    def facts() -> list[object]:
        return [numbered.fact for numbered in JournalReader(folder).read(0, 10_000)]

    async with rig.recorder():
        rig.want(rig.stream(NOWHERE))
        await rig.until(lambda: len(list(folder.iterdir())) >= 5)
        (gap,) = rig.open_gaps()
        files = sorted(folder.iterdir())

        def forgotten() -> bool:
            rig.acknowledge()  # again and again, as a server does: the fact must be durable first
            return not files[-2].exists()

        await rig.until(forgotten)
        first = rig.told(GapOpened, gap=gap)[0]
        again = [fact for fact in facts() if isinstance(fact, GapOpened)]
        assert {(fact.gap, fact.wall, fact.cause) for fact in again} == {
            (gap, first.wall, first.cause)
        }
    rig.facts.clear()
    async with rig.recorder():
        rig.want(rig.stream(NOWHERE))
        await rig.until(lambda: rig.told(GapOpened))
    assert next(fact.gap for fact in facts() if isinstance(fact, GapClosed)) == gap
