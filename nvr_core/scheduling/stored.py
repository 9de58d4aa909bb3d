"""A policy as it is stored: JSON with a version, which a newer program still understands."""

from __future__ import annotations

from typing import Any, assert_never

from nvr_core.scheduling.policy import (
    ALWAYS,
    NEVER,
    Always,
    Never,
    Policy,
    PolicyError,
    Span,
    Weekly,
    weekly,
)

VERSION = 1


def stored(policy: Policy) -> dict[str, Any]:
    """{"version": 1, "keep": "weekly", "windows": [[360, 1080]]}, in minutes of the week."""
    match policy:
        case Always():
            return {"version": VERSION, "keep": "always"}
        case Never():
            return {"version": VERSION, "keep": "never"}
        case Weekly(spans=spans):
            windows = [list(span) for span in spans]
            return {"version": VERSION, "keep": "weekly", "windows": windows}
        case _:
            assert_never(policy)


def restored(value: object, field: str = "recording") -> Policy:
    """The policy that `stored` made this of. Raises PolicyError for anything else."""
    match value:
        case {"version": int(version)} if version > VERSION:
            raise PolicyError(
                f"field {field}: version {version} of a policy is newer than this program, which "
                f"knows {VERSION}; upgrade Ronda"
            )
        case {"version": 1, "keep": "always"}:
            return ALWAYS
        case {"version": 1, "keep": "never"}:
            return NEVER
        case {"version": 1, "keep": "weekly", "windows": list(windows)} if all(
            isinstance(window, list) and [type(minute) for minute in window] == [int, int]
            for window in windows
        ):
            return weekly((Span(*window) for window in windows), field)
    text = repr(value)
    raise PolicyError(
        f"field {field}: {text if len(text) <= 60 else text[:60] + '…'} is no stored policy; "
        f"right would be such as {stored(ALWAYS)}"
    )
