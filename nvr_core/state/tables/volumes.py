"""Where footage lies, and how much of it lies there."""

from __future__ import annotations

from sqlalchemy import PrimaryKeyConstraint, Table

from nvr_core.state.columns import number, text, to, uuid, whole
from nvr_core.state.tables.base import metadata

volumes = Table(
    "volumes",
    metadata,
    number("Local number."),
    uuid("volume", "Id, UUIDv7."),
    text("root", "Absolute path of its folder, or the address of a store.", unique=True),
    text("role", "primary, copy, archive; unknown: files lie there that nobody placed."),
    whole("limit_bytes", "Most bytes of footage; null: what the disk can spare.", nullable=True),
    whole("reserve_bytes", "Bytes that stay free; null: the usual.", nullable=True),
    text("state", "here, missing (not mounted), foreign, leaving (being emptied)."),
    comment="""A row is an opened store of segments. It goes only when no file points at it.""",
)

totals = Table(
    "totals",
    metadata,
    to("volume", "volumes", "Where."),
    to("stream", "streams", "Whose."),
    whole("files", "How many files are here."),
    whole("bytes", "What they hold together."),
    PrimaryKeyConstraint("volume", "stream"),
    comment="""A row counts the files of a stream that are here on a volume. It moves in the same
transaction as their rows, because summing millions of rows takes seconds and retention asks once a
minute.""",
)
