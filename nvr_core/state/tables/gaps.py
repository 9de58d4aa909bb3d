"""The ledger: when a stream was to be kept at all, and what is missing in that time."""

from __future__ import annotations

from sqlalchemy import Index, Table

from nvr_core.state.columns import number, text, to, uuid, whole
from nvr_core.state.tables.base import metadata

lifetimes = Table(
    "lifetimes",
    metadata,
    number("Local number."),
    to("stream", "streams", "Whose."),
    whole("began", "Since when it was to be kept, µs UTC."),
    whole("ended", "Until when, µs UTC; null while it is.", nullable=True),
    Index(None, "stream"),
    comment="""A row is a time in which a stream was to be kept. Runs, gaps and pauses lie end to
end in it; outside of it nothing is missing. Lifetimes of a stream never overlap.""",
)

gaps = Table(
    "gaps",
    metadata,
    number("Local number."),
    uuid("gap", "Id, UUIDv7."),
    to("stream", "streams", "Whose."),
    text(
        "cause",
        "The recorder's last word on why. by-schedule and by-person make it a pause: a hole that "
        "was wished.",
    ),
    text("refined_cause", "What the server made of it, once; null: nothing.", nullable=True),
    text("refined_by", "Who did, and from what.", nullable=True),
    whole("told", "Number of the fact that opened it; orders it among runs and gaps."),
    whole("began", "Since when, wall time, µs UTC."),
    whole("began_monotonic", "The same on the line of its recorder's life, µs since boot."),
    to("began_in", "recorder_starts", "The life that opened it."),
    whole(
        "ended",
        "Until when, wall time, µs UTC; null while it goes on. At its own beginning: it was none.",
        nullable=True,
    ),
    whole(
        "ended_monotonic",
        "The same on the line of the life that closed it, µs since boot; null: the stream's life "
        "ended with it open.",
        nullable=True,
    ),
    to("ended_in", "recorder_starts", "The life that closed it.", nullable=True),
    text("sentence", "For people; may be empty."),
    whole("filled", "µs of it for which footage was imported later."),
    Index(None, "stream", "ended"),
    comment="""A row is a hole in a stream with its cause, or a pause. It outlives the footage
around it. It may be told as closed more than once: the last word counts.""",
)
