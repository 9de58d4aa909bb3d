"""Loops are there in the end, though other processes use the same cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from nvr_core.clock import SystemClock
from nvr_core.simulators import shelf
from nvr_core.simulators.loops import Loop, LoopSpec, Spec, cache_path, load
from nvr_core.simulators.shelf import Shelf

SPEC = LoopSpec(label="shelf", seconds=1, fps=2)


@pytest.mark.parametrize("often", [1, 2])
async def test_a_loop_that_another_process_takes_away_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, often: int
) -> None:
    taken = 0

    def loading(folder: Path, spec: Spec) -> Loop:
        nonlocal taken
        if taken < often:
            taken += 1
            cache_path(folder, spec).unlink()
        return load(folder, spec)

    monkeypatch.setattr(shelf, "load", loading)
    shelves = Shelf(tmp_path, SystemClock())
    await shelves.fill([SPEC, SPEC])
    assert len(shelves.loop(SPEC).units) == 2
    assert taken == often


async def test_a_cache_that_keeps_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loading(folder: Path, spec: Spec) -> Loop:
        cache_path(folder, spec).unlink()
        return load(folder, spec)

    monkeypatch.setattr(shelf, "load", loading)
    with pytest.raises(FileNotFoundError):
        await Shelf(tmp_path, SystemClock()).fill([SPEC])
