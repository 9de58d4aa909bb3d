"""The recorder's few numbers, in one place, with the reason of each."""

from __future__ import annotations

from dataclasses import dataclass

from nvr_core.clock import SECOND

MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Options:
    """Bounds and time limits of one recorder; the defaults are the product's."""

    segment: int = 60 * SECOND
    """A segment is cut at the first key frame after this."""
    segment_limit: int = 180 * SECOND
    """Without any key frame a segment is cut here and flagged "no key"."""
    segment_bytes: int = 256 * MIB
    ring_segment: int = 6 * SECOND
    opening_fragment: int = SECOND // 4
    """Longest first fragment of a segment: a viewer should not wait for the first picture."""
    silence: int = 10 * SECOND
    """No whole frame for this long, or for two measured GOPs, is a silent camera."""
    connect_timeout: float = 10.0
    """Seconds for a TCP connection, and for each answer of the camera."""
    retry_first: float = 1.0
    retry_limit: float = 30.0
    """Seconds between attempts: doubling from the first to the limit, with jitter."""
    fresh_source: float = 10.0
    """Seconds that another source is waited for where the one at hand is spent."""
    hand_over: float = 20.0
    """Seconds in which a source must deliver its first key frame to a successor beside this
    recorder. One that does not is handed over as it is: perhaps it serves one viewer only."""
    second_login_after: int = 90 * SECOND
    """A login that has worked is tried a second time no sooner than this."""
    queue_bytes: int = 64 * MIB
    """Unwritten bytes a store may hold before whole fragments are dropped."""
    reserve_bytes: int = 64 * MIB
    """Free space that is left alone, so that open files can always be closed."""
    ring_bytes: int = 2048 * MIB
    folder_retry: int = 30 * SECOND
    """A stream whose own folder cannot be written is tried there again after this."""
    sync_interval: float = 1.0
    hashing: bool = True
    """Off only in the benchmark, to show what hashing costs."""
