"""The office where no server runs: its catalogue is locked, opened, and answers the same."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from nvr_core.admin.office import Office
from nvr_core.clock import Clock
from nvr_core.devices.building import built
from nvr_core.discovery.service import Discovery
from nvr_core.host.finding import Loading
from nvr_core.host.redaction import Redaction
from nvr_core.recording.reads import Reads
from nvr_core.state import opening
from nvr_core.storage.service import Storage
from nvr_core.storage.trusting import ClockTrust
from nvr_core.wire import installation
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.kernel_clock import kernel_clock
from nvr_core.wire.lock import Held


class CannotAnswer(SentenceError):
    """There is no catalogue that can be opened now; says what to do."""


@asynccontextmanager
async def alone(
    data: Path,
    clock: Clock,
    zone: ZoneInfo,
    version: str,
    loading: Loading,
    *,
    anew: bool = False,
) -> AsyncIterator[Office]:
    """The office of a data folder, which nobody else may be writing. Its devices are not opened.

    Nothing is made where no catalogue is, unless it is to be made anew. Raises CannotAnswer,
    Unusable, OSError.
    """
    path = opening.database(data, "")
    if not path.exists() and not anew:
        raise CannotAnswer(
            f"{path} is not there: nothing was recorded with these settings yet; start ronda run"
        )
    reads = Reads()
    async with AsyncExitStack() as stack:
        stack.callback(reads.close)
        try:
            state = await stack.enter_async_context(opening.opened(data, clock))
        except Held as held:
            who = f"process {held.pid}" if held.pid else "another process"
            raise CannotAnswer(
                f"{who} has the catalogue open and does not answer: it is a server that starts or "
                "ends, one of other settings, or another command; ask again in a moment"
            ) from None
        storage = None
        if (data / installation.NAME).exists():
            storage = Storage(
                state,
                clock,
                reads.run,
                installation=installation.installation_id(data, clock),
                trust=ClockTrust(clock, lambda: kernel_clock().synchronised),
            )
        redaction = Redaction()
        stack.enter_context(redaction.guarding())
        devices = built(data, state, clock, loading, redaction)
        await stack.enter_async_context(devices.supervisor)
        await devices.look()
        yield Office(
            state=state,
            clock=clock,
            zone=zone,
            version=version,
            storage=storage,
            devices=devices,
            discovery=Discovery(devices.registry, clock),
            follows=False,
            by=f"local:{os.getuid()}",
        )
