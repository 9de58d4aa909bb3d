"""Copies of the catalogue from before an upgrade."""

from __future__ import annotations

from pathlib import Path

from nvr_core.clock import SECOND
from nvr_core.state import backups, opening, revisions
from tests.core.state.conftest import Noon


def test_five_copies_stay_and_the_newest_one_whatever_the_clock_says(tmp_path: Path) -> None:
    data = tmp_path
    opening.prepare(data / opening.NAME, data, Noon(), revisions.folder())
    clock = Noon()
    for _ in range(8):
        clock.now += 3600 * SECOND
        backups.made(data / opening.NAME, data / "backup", "0001", clock)
    kept = backups.listed(data / "backup")
    assert len(kept) == backups.KEPT
    clock.now = 0
    made = backups.made(data / opening.NAME, data / "backup", "0001", clock)
    assert made.name == "ronda-0001-19700101T000000Z.db"
    assert set(backups.listed(data / "backup")) == {made, *kept[:4]}
