"""Moments as people write and read them: ISO 8601, always with the zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from nvr_core.wire.errors import SentenceError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
EXAMPLE = "2026-05-01T21:14:06+07:00"


class MomentError(SentenceError):
    """A text that is no moment; says how to write one."""


def parse(text: str) -> int:
    """UTC in µs of an ISO 8601 time with its zone. Raises MomentError.

    Without a zone or a date nobody can be sure which moment is meant, so it is refused.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise MomentError(
            f"{text!r} is not a time; write the date, the time and the zone, like {EXAMPLE}"
        ) from None
    if moment.tzinfo is None:
        example = moment.isoformat() + "+07:00"
        raise MomentError(
            f"{text!r} does not say in which zone; add it, like {example} for WIB, "
            f"or {moment.isoformat()}Z for UTC"
        )
    return (moment - EPOCH) // MICROSECOND


def local(wall: int) -> str:
    """A moment in the zone of this machine, to the millisecond, with its offset."""
    return (EPOCH + timedelta(microseconds=wall)).astimezone().isoformat(timespec="milliseconds")


def shown(wall: int, zone: ZoneInfo) -> str:
    """A moment in the office's zone, to the second, with its offset: as `parse` takes it."""
    return (EPOCH + timedelta(microseconds=wall)).astimezone(zone).isoformat(timespec="seconds")


def span(began: str | None, ended: str | None) -> tuple[int, int] | None:
    """FROM and TO as µs; None when both were left out. Raises MomentError."""
    if began is None:
        return None
    if ended is None:
        raise MomentError(f"FROM ({began}) needs a TO behind it, another time like {EXAMPLE}")
    since, until = parse(began), parse(ended)
    if until <= since:
        raise MomentError(f"TO ({ended}) is not after FROM ({began})")
    return since, until


def utc(wall: int) -> str:
    """A moment in UTC, to the microsecond, for programs."""
    moment = EPOCH + timedelta(microseconds=wall)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
