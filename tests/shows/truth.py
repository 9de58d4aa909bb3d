"""What the cameras sent against what was stored and what was told: nothing may be unaccounted."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from nvr_core.clock import SECOND
from nvr_core.simulators import CameraSpec
from nvr_core.simulators.session import Sent
from tests.shows.office import FPS
from tests.shows.stored import frame_number
from tests.shows.tiling import Span

FRAME = SECOND // FPS


@dataclass(frozen=True)
class Hole:
    """Frames of a camera that no file holds."""

    camera: str
    first: int
    after: int
    """Counts since 1970: the first one missing, and the next one that is there."""
    begin: int
    end: int
    """When these two were due, µs of wall time."""

    @property
    def length(self) -> int:
        return self.end - self.begin


@dataclass
class Truth:
    """The verdict on one camera."""

    camera: str
    holes: list[Hole] = field(default_factory=list)
    twice: int = 0
    """Frames that stand in two files."""
    sent_and_lost: list[int] = field(default_factory=list)
    """When frames left the camera that are in no file, µs."""
    untold: list[Hole] = field(default_factory=list)
    """Holes that no gap of the journal covers, to within a frame."""


def judge(spec: CameraSpec, sent: Iterable[Sent], frames: Sequence[int], gaps: list[Span]) -> Truth:
    """Compare one camera's frames. `frames`: what its files hold, in any order."""
    truth = Truth(spec.name)
    counted = Counter(frames)
    truth.twice = sum(count - 1 for count in counted.values())
    there = sorted(counted)
    late = spec.delay_ms * 1000
    for last, after in pairwise(there):
        if after > last + 1:
            begin, end = (count * SECOND // FPS + late for count in (last + 1, after))
            truth.holes.append(Hole(spec.name, last + 1, after, begin, end))
    truth.untold = [hole for hole in truth.holes if not covered(hole, gaps)]
    for one in sent:
        number = frame_number(one.number, one.wall)
        if there and there[0] <= number <= there[-1] and number not in counted:
            truth.sent_and_lost.append(one.wall)
    return truth


def covered(hole: Hole, gaps: list[Span]) -> bool:
    """Do these gaps, together, reach from one side of the hole to the other?"""
    reached = hole.begin + 3 * FRAME // 2
    for gap in gaps:
        if gap.start <= reached:
            reached = max(reached, gap.end + 3 * FRAME // 2)
    return reached >= hole.end


HANGING_UP = 200_000
"""µs in which a camera may go on sending to a viewer that was killed."""


def before(moments: Sequence[int], moment: int) -> int | None:
    """How long before the next of these (sorted) moments it was; None when none follows.

    0 for what was sent to a viewer that had just been killed.
    """
    at = bisect_left(moments, moment)
    if at and moment - moments[at - 1] < HANGING_UP:
        return 0
    return moments[at] - moment if at < len(moments) else None
