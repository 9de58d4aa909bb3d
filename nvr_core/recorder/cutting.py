"""Pure rules for where one segment ends and the next begins."""

from __future__ import annotations

import zlib

from nvr_core.clock import SECOND
from nvr_core.recorder.growing import Growing
from nvr_core.recorder.options import Options


def due(growing: Growing, base: int) -> bool:
    """Old enough to be cut at a key frame decoded at `base`.

    A camera's first segment is shorter by an amount of its own, so that a hundred cameras do not
    close and open their files in the same second for ever after.
    """
    options = growing.store.options
    length = options.ring_segment if growing.store.ring else options.segment
    if growing.identity.sequence == 0:
        own = zlib.crc32(f"{growing.identity.camera}/{growing.identity.stream}".encode())
        length = length // 2 + own % max(1, length // 2)
    return (base - growing.base) * SECOND >= length * growing.config.timescale


def limits(
    growing: Growing | None, options: Options, *, longest: int, timescale: int
) -> tuple[int, int]:
    """Ticks that the next fragments may last, and those of one that begins with a key frame.

    longest: what the want says, ms.
    """
    limit = longest * timescale // 1000
    if growing is not None and not due(growing, growing.end + timescale):
        return limit, limit
    return limit, min(limit, options.opening_fragment * timescale // SECOND)


def too_long(growing: Growing, base: int) -> bool:
    """So old or large that it is cut without waiting for a key frame."""
    options = growing.store.options
    span = (base - growing.base) * SECOND
    return (
        span >= options.segment_limit * growing.config.timescale
        or growing.size >= options.segment_bytes
    )
