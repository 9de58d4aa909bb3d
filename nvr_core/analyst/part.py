"""From a request to the frames it takes: reads the bytes, trusts neither path nor bytes."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nvr_core.media import boxes, reading
from nvr_core.media.errors import MediaError
from nvr_core.media.init import Track
from nvr_core.media.samples import Sample
from nvr_core.wire.pictures import NoPicture, PictureWanted

VISUAL_HEAD = 86
"""Bytes of a VisualSampleEntry before its boxes (ISO/IEC 14496-12, 12.1.3)."""

Decoder = Literal["h264", "hevc"]

CONFIGS: Mapping[bytes, Decoder] = {b"avcC": "h264", b"hvcC": "hevc"}
"""Config box → the decoder's name."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a decoder needs: its config, and the frames in decode order, the first a key frame."""

    codec: Decoder
    config: bytes
    """avcC or hvcC content (ISO/IEC 14496-15): parameter sets, 4-byte lengths."""
    aspect: tuple[int, int]
    """Shape of a pixel, width to height."""
    timescale: int
    frames: Sequence[Sample]
    content: bytes
    """Where the frames' offsets point into."""

    def until(self, at: int | None) -> Sequence[Sample]:
        """The frames to decode, the last being the one shown at this media time.

        None: the newest. Before the first frame: that one.
        """
        if at is None:
            shown = max(self.frames, key=lambda frame: frame.pts)
        else:
            begun = [frame for frame in self.frames if frame.pts <= at]
            shown = max(begun or self.frames[:1], key=lambda frame: frame.pts)
        return self.frames[: self.frames.index(shown) + 1]


def read_part(wanted: PictureWanted, roots: Sequence[Path]) -> Part:
    """Read and take apart the bytes that the request names. Raises NoPicture.

    roots: folders, resolved, below which the file must lie.
    """
    content = _read_bytes(wanted, roots)
    try:
        segment = reading.read(io.BytesIO(content))
        frames = [
            frame
            for fragment in segment.fragments
            for frame in reading.samples(io.BytesIO(content), fragment)
        ]
        codec, config, aspect = _describe(segment.track)
    except MediaError as error:
        raise NoPicture(f"{wanted.path} cannot be read at byte {wanted.offset}: {error}") from None
    if not frames:
        raise NoPicture(
            f"{wanted.path} holds no whole fragment at byte {wanted.offset} "
            f"({wanted.size} bytes): {'; '.join(segment.problems)}"
        )
    if not frames[0].key:
        raise NoPicture(f"the part at byte {wanted.offset} of {wanted.path} has no key frame")
    return Part(
        codec=codec,
        config=config,
        aspect=aspect,
        timescale=segment.timescale,
        frames=frames,
        content=content,
    )


def _read_bytes(wanted: PictureWanted, roots: Sequence[Path]) -> bytes:
    """The head of the file and the part, joined."""
    path = os.path.realpath(wanted.path)
    if not any(Path(path).is_relative_to(root) for root in roots):
        raise NoPicture(f"{wanted.path} lies under no folder that the analyst may read (--root)")
    try:
        # Not blocking: a named pipe would make the analyst wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise NoPicture(f"{wanted.path} is not a file")
            content = file.read(wanted.init_size)
            file.seek(wanted.offset)
            content += file.read(wanted.size)
    except FileNotFoundError:
        raise NoPicture(f"{wanted.path} is gone") from None
    except OSError as error:
        raise NoPicture(f"{wanted.path} cannot be read: {error.strerror}") from None
    if len(content) < wanted.init_size + wanted.size:
        raise NoPicture(f"{wanted.path} ends before byte {wanted.offset + wanted.size}")
    return content


def _describe(track: Track) -> tuple[Decoder, bytes, tuple[int, int]]:
    """Decoder, its config, and the shape of a pixel, from the sample entry."""
    entry = track.sample_entry
    aspect = (1, 1)
    found: tuple[Decoder, bytes] | None = None
    for box in boxes.walk(entry, VISUAL_HEAD) if track.video else ():
        if box.kind in CONFIGS:
            found = CONFIGS[box.kind], entry[box.body : box.end]
        elif box.kind == b"pasp" and box.end - box.body == 8:
            across = int.from_bytes(entry[box.body : box.body + 4], "big")
            down = int.from_bytes(entry[box.body + 4 : box.end], "big")
            aspect = (across, down) if across and down else aspect
    if found is None:
        raise MediaError("its track is no H.264 or H.265 video, so there is nothing to draw")
    return (*found, aspect)
