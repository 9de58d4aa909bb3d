"""How a source fails: a cause for the gap ledger and a sentence for the admin, nothing else."""

from __future__ import annotations

from nvr_core.wire.facts import Cause


class SourceFailed(Exception):
    """A source of frames ended; `cause` is the ledger's word, `sentence` says what to do.

    The sentence carries no login: whoever raises this has redacted it.
    """

    cause = Cause.CAMERA_UNREACHABLE

    def __init__(self, sentence: str, cause: Cause | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if cause is not None:
            self.cause = cause


class Unreachable(SourceFailed):
    """No connection, no such name, no such page: nothing of the source was seen."""

    cause = Cause.CAMERA_UNREACHABLE


class NoConnection(Unreachable):
    """Not even a connection, or it was lost: the network may be the reason, which links share."""


class LoginRefused(SourceFailed):
    """The device answered and refused the login: trying again may lock the account."""

    cause = Cause.LOGIN_REFUSED


class DeviceFull(SourceFailed):
    """The device serves as many viewers as it can (RTSP 453)."""

    cause = Cause.DEVICE_FULL


class Silent(SourceFailed):
    """Connected, and no whole frame came in time."""

    cause = Cause.CAMERA_SILENT


class Ended(SourceFailed):
    """The source said goodbye, or closed the connection, after frames had come."""

    cause = Cause.CAMERA_SILENT


class Unsupported(SourceFailed):
    """Frames come in a codec or form that cannot be stored."""

    cause = Cause.UNSUPPORTED


class OwnFault(SourceFailed):
    """Ronda itself failed with this source: no camera has to be set to anything."""

    cause = Cause.RECORDER_STOPPED

    def __init__(self, error: Exception) -> None:
        super().__init__(
            f"Ronda met a fault of its own with this stream ({error}); it tries again, and the "
            "recorder's log says more"
        )
