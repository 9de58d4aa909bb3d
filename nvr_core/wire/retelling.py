"""The fact of a closed segment, as its file's boxes say it: whoever reads one tells the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nvr_core.media import segment
from nvr_core.media.footage import Segment
from nvr_core.media.segment import Closing, FragmentEntry, Opening
from nvr_core.wire.facts import SegmentClosed
from nvr_core.wire.parts import PackedParts, Part


def retold(path: Path, found: Segment, opening: Opening, closing: Closing) -> SegmentClosed:
    """What the recorder told when it closed this file.

    found: what was read, with the fragments and the size that the file has now.
    opening, closing: its first and last word, which are there.
    """
    return SegmentClosed(
        camera=opening.camera,
        stream=opening.stream,
        run=opening.run,
        segment=opening.segment,
        recorder_start=opening.recorder_start,
        sequence=opening.sequence,
        path=str(path),
        ring=False,
        start=closing.start,
        duration=closing.duration_us,
        frames=closing.frames,
        size=found.size,
        sha256=closing.sha256,
        parts=parts(found.fragments),
        codec=opening.codec,
        timescale=found.timescale,
        init_size=found.init_size,
        base=found.base,
        width=found.width,
        height=found.height,
        lost_packets=closing.lost_packets,
        damaged_frames=closing.damaged_frames,
        no_key=closing.no_key,
        repaired=closing.repaired,
        clock_error=opening.clock.bound,
    )


def parts(fragments: Sequence[FragmentEntry]) -> PackedParts:
    """The groups of fragments from key frame to key frame, as facts carry them."""
    return PackedParts.of(
        [
            Part(offset=part.offset, size=part.size, start=part.start, duration=part.duration)
            for part in segment.parts(fragments)
        ]
    )
