"""Which segment this is, and the name under which it lies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from nvr_core.clock import SECOND


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What tells a segment from all others, whoever made them."""

    camera: str
    stream: str
    run: str
    segment: str
    recorder_start: str
    sequence: int

    def key(self, start: int) -> str:
        """Path below the root of a store: sortable, opaque, never parsed for truth."""
        moment = datetime.fromtimestamp(start / SECOND, UTC)
        name = f"{moment:%H%M%S}{moment.microsecond // 1000:03d}"
        mark = f"{self.recorder_start[-12:]}-{self.sequence:06d}"
        return f"{self.camera}/{self.stream}/{moment:%Y/%m/%d}/{name}-{mark}.mp4"
