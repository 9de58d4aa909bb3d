"""Who told what the catalogue knows, and how far its journal has been read."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Table

from nvr_core.state.columns import number, text, to, uuid, whole
from nvr_core.state.tables.base import metadata

recorders = Table(
    "recorders",
    metadata,
    number("Local number."),
    text("name", "Name of its journal's folder and socket: rtsp, av.", unique=True),
    whole(
        "read_to",
        "Number of the last fact of its journal that stands in the tables; moves in the same "
        "transaction as the rows that the fact made.",
    ),
    comment="""A row is one recorder. What it tells up to read_to is stored, what comes after is
not: so a fact is applied exactly once, whatever is killed when.""",
)

recorder_starts = Table(
    "recorder_starts",
    metadata,
    number("Local number; a later life has a higher one, so it orders runs that overlap."),
    uuid("recorder_start", "Id, UUIDv7."),
    to("recorder", "recorders", "Whose life it was; null: only footage names it.", nullable=True),
    text("boot", "The kernel's boot id; another one: the machine was off between.", nullable=True),
    text("version", "Of the recorder's software.", nullable=True),
    whole("wall", "Wall time at its start, µs UTC.", nullable=True),
    whole(
        "monotonic",
        "Monotonic time at its start, µs since boot: with wall it lays this life's line on the "
        "calendar.",
        nullable=True,
    ),
    Column(
        "synchronised",
        Boolean,
        nullable=True,
        comment="Whether the kernel believed its clock; null: nobody said.",
    ),
    comment="""A row is one life of a recorder, from its start to its end. All monotonic times that
it tells lie on its own line.""",
)
