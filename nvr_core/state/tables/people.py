"""What people set and what they are told: holds, schedules, events, settings."""

from __future__ import annotations

from sqlalchemy import Index, Table

from nvr_core.state.columns import number, text, to, uuid, whole
from nvr_core.state.tables.base import metadata

holds = Table(
    "holds",
    metadata,
    number("Local number."),
    uuid("hold", "Id, UUIDv7."),
    to("camera", "cameras", "Whose footage, all streams of it."),
    whole("began", "Beginning of what must stay, µs UTC."),
    whole("ended", "End of what must stay, µs UTC."),
    text("reason", "Why, with the number of a letter where there is one."),
    text("author", "Who asked for it."),
    whole("made_at", "µs UTC."),
    whole("until", "When it ends by itself, µs UTC; null: never.", nullable=True),
    whole("released_at", "When a person ended it, µs UTC.", nullable=True),
    Index(None, "camera"),
    comment="""A row is footage that must stay. No path of the code deletes a file while an
unreleased hold that has not run out touches it.""",
)

schedules = Table(
    "schedules",
    metadata,
    number("Local number."),
    to("camera", "cameras", "Whose footage it is about.", unique=True),
    text("rules", "JSON of the hours at which it is kept, as the scheduling service reads them."),
    whole("changed_at", "µs UTC."),
    text("changed_by", "Who set it: ronda.toml, or local: with the number of a user."),
    comment="""A row is when a camera is kept. A camera without one is always kept.""",
)

events = Table(
    "events",
    metadata,
    number("Local number, in the order in which they were stored."),
    uuid("event", "Id, UUIDv7."),
    text("topic", "A documented word, or plugin.word."),
    text("subject", "Id of what it is about; empty: the installation."),
    whole("began", "When it began, µs UTC."),
    whole("ended", "When it ended, µs UTC; null: it goes on, or was a moment.", nullable=True),
    whole("measured_at", "When it was noticed, µs UTC."),
    text("source", "Who says so."),
    text("severity", "quiet, notice, warning, critical."),
    text("detail", "JSON object of at most 4 KiB."),
    Index(None, "began"),
    Index(None, "subject", "began"),
    comment="""A row is something seen, kept for people.""",
)

settings = Table(
    "settings",
    metadata,
    text("key", "Dotted name of the setting.", primary_key=True),
    text("value", "JSON."),
    whole("changed_at", "µs UTC."),
    text("changed_by", "Who set it."),
    comment="""A row is a choice made in the application. What a person writes in ronda.toml is not
here.""",
)
