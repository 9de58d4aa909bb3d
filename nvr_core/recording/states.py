"""What a camera does now, in one word: rules over its main stream's state and gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nvr_core.recording.footage import Gap, Stream
from nvr_core.wire.facts import Cause

Word = Literal[
    "recording", "live-only", "connecting", "unknown", "off", "no-picture", "warning", "paused"
]

_BY_CAUSE: dict[Cause, Word] = {
    Cause.CAMERA_UNREACHABLE: "off",
    Cause.NETWORK_LOSS: "off",
    Cause.CAMERA_SILENT: "no-picture",
    Cause.WAITING_FOR_KEY_FRAME: "no-picture",
    Cause.BY_SCHEDULE: "paused",
    Cause.BY_PERSON: "paused",
}


@dataclass(frozen=True, slots=True)
class CameraState:
    """One word, why, and since when (wall time in µs; 0 when nobody said)."""

    word: Word
    since: int = 0
    cause: Cause | None = None
    sentence: str = ""
    """The recorder's own sentence, for whoever repairs it."""

    @property
    def well(self) -> bool:
        return self.word in ("recording", "live-only")


def state_of(main: Stream, heard: int | None) -> CameraState:
    """The state of a camera from its main stream.

    heard: when the recorder's link was lost, wall time in µs; None while it stands.
    """
    if heard is not None:
        return CameraState("unknown", heard)
    said = main.state
    gap = _open_gap(main)
    if gap is not None:
        sentence = gap.sentence or (said.sentence if said else "")
        return CameraState(word_of(gap.cause), gap.start, gap.cause, sentence)
    if said is None:
        return CameraState("unknown")
    if said.state == "recording":
        return CameraState("recording", main.since)
    if said.state == "ring":
        return CameraState("live-only", main.since)
    if said.cause is not None:
        return CameraState(word_of(said.cause), main.since, said.cause, said.sentence)
    return CameraState("connecting", main.since, None, said.sentence)


def word_of(cause: Cause) -> Word:
    """The word of state that a cause is shown with."""
    return _BY_CAUSE.get(cause, "warning")


def _open_gap(stream: Stream) -> Gap | None:
    return next(reversed(stream.gaps.values()), None)
