"""What the news did not say of open segments is read back from their files."""

from __future__ import annotations

import logging
from pathlib import Path

from nvr_core.clock import SECOND, Clock
from nvr_core.media import reading
from nvr_core.media.errors import MediaError
from nvr_core.recording.footage import Footage
from nvr_core.recording.growing import Growing
from nvr_core.recording.reads import Busy, Reads

log = logging.getLogger(__name__)

AGAIN = 30 * SECOND
"""A file that could not be read is tried again after this."""


class Mending:
    """Reads back segments that grew while nobody listened. Call `round` once a second."""

    def __init__(self, footage: Footage, reads: Reads, clock: Clock) -> None:
        self._footage = footage
        self._reads = reads
        self._clock = clock
        self._resting: dict[str, int] = {}

    async def round(self) -> None:
        """Read every open segment of which fragments are missing, one after the other."""
        now = self._clock.monotonic()
        self._resting = {name: due for name, due in self._resting.items() if due > now}
        for growing in self._footage.open_segments():
            if (growing.behind or growing.unheard) and growing.segment.segment not in self._resting:
                await self._read_back(growing)

    async def _read_back(self, growing: Growing) -> None:
        segment = growing.segment
        try:
            found = await self._reads.run(lambda: _read(Path(segment.path)))
        except Busy:
            return
        except (OSError, MediaError) as error:
            self._resting[segment.segment] = self._clock.monotonic() + AGAIN
            log.info("an open segment cannot be read yet: %s", error)
            return
        if not segment.closed:
            growing.read_back(found.fragments)
            stream = self._footage.stream(segment.camera, segment.stream)
            if stream.growing is not growing:
                growing.finish()


def _read(path: Path) -> reading.Segment:
    with path.open("rb") as file:
        return reading.read(file)
