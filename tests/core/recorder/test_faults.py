"""Each fault of the field list, once: what should go on goes on, and a gap says the right cause."""

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nvr_core.simulators import simulate
from nvr_core.testing.ordeal import HARSH, Crowd, Trial, trials
from nvr_core.testing.recording import IMPATIENT, Rig
from nvr_core.testing.switches import ELSEWHERE, SWITCHES, Switch, specs
from nvr_core.wire.facts import Cause, GapOpened

Trials = dict[str, Trial]


async def ordeal(folder: Path, cache: Path) -> Trials:
    """All switches at once, one round each."""
    rig = Crowd(folder, options=HARSH)
    async with simulate(specs(SWITCHES), cache=cache, tls=True) as site, rig.recorder():
        found = trials(rig, site, SWITCHES)
        await asyncio.gather(*(trial.recorded() for trial in found))
        await asyncio.gather(*(trial.suffer(1) for trial in found))
    return {trial.switch.row: trial for trial in found}


@pytest.fixture(scope="module")
def suffered(loop_cache: Path) -> Iterator[Trials]:
    with tempfile.TemporaryDirectory() as folder:
        yield asyncio.run(ordeal(Path(folder), loop_cache))


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.row.replace(" ", "-"))
def test_row(switch: Switch, suffered: Trials) -> None:
    trial = suffered[switch.row]
    trial.look()
    assert trial.wrong == []
    assert (trial.resumed, trial.seen) == (1, 1)


async def test_row_24_a_certificate_that_nobody_vouches_for(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path, options=replace(IMPATIENT, retry_first=5))
    async with simulate([ELSEWHERE], cache=loop_cache, tls=True) as site, rig.recorder():
        rig.want(rig.stream(site.url("elsewhere", tls=True)))
        gap = await rig.until(lambda: rig.told(GapOpened, cause=Cause.CAMERA_UNREACHABLE))
    assert "verify_tls = false" in gap[0].sentence
