"""What the catalogue refuses, each as a sentence that says what to do."""

from __future__ import annotations

from nvr_core.wire.errors import SentenceError


class StateError(SentenceError):
    """The base of everything that the catalogue says no to."""


class Unusable(StateError):
    """The database cannot be opened as it is; nothing in it was changed."""


class Unwritten(StateError):
    """The database did not take a batch: nothing of it is stored."""


class Busy(StateError):
    """Too much waits for the database already. Come again."""


class Closed(StateError):
    """The catalogue is being closed."""


class Refused(StateError):
    """Bad input: the field, the value, and what would be right. Nothing was changed."""

    def __init__(self, field: str, value: object, right: str) -> None:
        shown = repr(value) if len(repr(value)) <= 80 else repr(value)[:80] + "…"
        super().__init__(f"{field}: {shown} {right}")
        self.field = field
