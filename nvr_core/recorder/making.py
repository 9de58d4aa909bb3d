"""What every pipeline of a recorder is made with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nvr_core.clock import Clock
from nvr_core.media.segment import ClockState
from nvr_core.recorder.ledger import Ledger
from nvr_core.recorder.options import Options
from nvr_core.recorder.rings import Rings
from nvr_core.recorder.store import Volume
from nvr_core.wire.facts import Fact


@dataclass(frozen=True, kw_only=True)
class Making:
    """Shared things, handed over once; no pipeline knows the recorder itself."""

    clock: Clock
    options: Options
    tell: Callable[[Fact], object]
    recorder_start: str
    ledger: Ledger
    rings: Rings
    volume: Callable[[str], Volume]
    clock_state: Callable[[], ClockState]
    relieve: Callable[[Volume], None]
