"""Moments as people write and read them: ISO 8601, and nothing that means two moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from nvr_core.wire.errors import SentenceError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
EXAMPLE = "2026-05-01T21:14:06+07:00"


class MomentError(SentenceError):
    """A text that is no moment; says how to write one."""


def parse(text: str, zone: ZoneInfo | None = None) -> int:
    """UTC in µs of an ISO 8601 time with its zone. Raises MomentError.

    zone: in which a time without one is meant; None: such a time is refused, as is every text of
    which nobody can be sure which moment it means.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise MomentError(
            f"{text!r} is not a time; write the date, the time and the zone, like {EXAMPLE}"
        ) from None
    if moment.tzinfo is None:
        if zone is None:
            example = moment.isoformat() + "+07:00"
            raise MomentError(
                f"{text!r} does not say in which zone; add it, like {example} for WIB, "
                f"or {moment.isoformat()}Z for UTC"
            )
        moment = _in(zone, moment, text)
    return (moment - EPOCH) // MICROSECOND


def lacks_zone(text: str) -> bool:
    """Whether it is a time that does not say in which zone."""
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _in(zone: ZoneInfo, moment: datetime, text: str) -> datetime:
    """A time of the zone's clocks, unless they showed it twice or never."""
    if _is_date(text):
        raise MomentError(f"{text!r} is a whole day; write the time too, like {text}T21:14:06")
    first, second = moment.replace(tzinfo=zone), moment.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    # A pair of zones (PEP 495): in a gap the clocks went past it, in a fold they came back to it.
    there = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment
    what = "there are two of it" if there else "the clocks went past it"
    raise MomentError(
        f"{text!r} means no certain moment in {zone}, where clocks were changed then: {what}; "
        f"write the zone behind it: {first.isoformat()} or {second.isoformat()}"
    )


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def local(wall: int) -> str:
    """A moment in the zone of this machine, to the millisecond, with its offset."""
    return (EPOCH + timedelta(microseconds=wall)).astimezone().isoformat(timespec="milliseconds")


def shown(wall: int, zone: ZoneInfo) -> str:
    """A moment in the office's zone, to the second, with its offset: as `parse` takes it."""
    return (EPOCH + timedelta(microseconds=wall)).astimezone(zone).isoformat(timespec="seconds")


def precisely(wall: int, zone: ZoneInfo) -> str:
    """A moment in the office's zone, to the millisecond, with its offset."""
    moment = EPOCH + timedelta(microseconds=wall)
    return moment.astimezone(zone).isoformat(timespec="milliseconds")


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
