"""What was recorded: runs, segments, the files that hold them, and what is being written now."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from nvr_core.state.columns import Id, number, sealed, text, to, uuid, whole
from nvr_core.state.tables.base import metadata

encodings = Table(
    "encodings",
    metadata,
    number("Local number."),
    text("codec", "RFC 6381 name, such as avc1.64001f."),
    whole("timescale", "Ticks per second of media times."),
    whole("init_size", "Bytes at the head of a file that a player needs before any part."),
    whole("width", "Pixels shown; 0 for audio."),
    whole("height", "Pixels shown; 0 for audio."),
    UniqueConstraint("codec", "timescale", "init_size", "width", "height"),
    comment="""A row is what thousands of segments have in common, so that each says it in one
byte. Rows are never changed.""",
)

runs = Table(
    "runs",
    metadata,
    number("Local number; grows in the order in which runs were first told."),
    uuid("run", "Id, UUIDv7; not unique: see the table.", unique=False),
    to("stream", "streams", "Whose."),
    to("recorder_start", "recorder_starts", "The life that wrote it."),
    whole("first_sequence", "Sequence of its first segment within that life."),
    whole("last_sequence", "Sequence of its last segment."),
    whole("told", "Number of the fact that first told it; orders it among runs and gaps."),
    whole("began", "Wall time of its first frame, µs UTC."),
    whole("ended", "Wall time after its last frame, µs UTC."),
    Column(
        "imported",
        Boolean,
        nullable=False,
        comment="Fetched later, from a device's own card: a layer above its gap, never counted as "
        "recorded.",
    ),
    Index(None, "run"),
    Index(None, "stream", "ended"),
    comment="""A row is a stretch of consecutive segments without a hole. A run that went to memory
for a while and came back to the volume has a row for each stretch that was kept. Rows outlive their
segments: they say what was recorded, and coverage is reckoned from them alone.""",
)

segments = Table(
    "segments",
    metadata,
    number("Local number, in the order in which segments were closed and told."),
    uuid("segment", "Id, UUIDv7."),
    to("stream", "streams", "Whose."),
    to("run", "runs", "The stretch that it is part of."),
    to("recorder_start", "recorder_starts", "The life that wrote it."),
    whole("sequence", "Order of the segments of a stream within that life."),
    to("encoding", "encodings", "Codec, timescale, size of head and picture."),
    whole("start", "Wall time of its first frame, µs UTC."),
    whole("duration", "µs."),
    whole("base", "Media time at which it begins on its run's line, ticks."),
    whole("frames", "Pictures, or audio frames."),
    sealed(
        "sha256", "Hash of all bytes before the closing box, 32 bytes; null: none.", nullable=True
    ),
    sealed(
        "parts",
        "Key-frame index, packed by nvr_core.wire.parts; null once no file is left.",
        nullable=True,
    ),
    whole(
        "clock_error",
        "Bound of the clock's error when it was written, µs; -1: it was not synchronised; "
        "null: nobody said.",
        nullable=True,
    ),
    whole("lost_packets", "RTP packets that never came."),
    whole("damaged_frames", "Frames of which packets were lost."),
    whole("flags", "Sum of 1 no key frame at its start, 2 repaired after a crash, 4 imported."),
    whole("deleted_at", "When its last file went, µs UTC; null while one is left.", nullable=True),
    text("deleted_why", "aged, empty, missing, by-person, …", nullable=True),
    comment="""A row is what was recorded in about a minute of one stream, wherever its bytes lie.
It is written once, whole, when the segment is closed: a row that grows later tears the page it lies
on. When its last file goes it stays for a day without its parts, then it goes.""",
)
Index(
    "segments_here",
    segments.c.stream,
    segments.c.start,
    segments.c.duration,
    sqlite_where=segments.c.deleted_at.is_(None),
    postgresql_where=segments.c.deleted_at.is_(None),
)
Index(
    "segments_gone",
    segments.c.deleted_at,
    sqlite_where=segments.c.deleted_at.is_not(None),
    postgresql_where=segments.c.deleted_at.is_not(None),
)

files = Table(
    "files",
    metadata,
    to("segment", "segments", "What it holds."),
    to("volume", "volumes", "Where it lies."),
    text("key", "Path relative to the volume's root; never parsed for truth."),
    whole("size", "Bytes."),
    text(
        "state",
        "here (the file is there, whole), copying (being made), garbage (to be unlinked), "
        "quarantined (damaged or foreign, kept aside).",
    ),
    whole("verified_at", "When its hash was last found right, µs UTC.", nullable=True),
    PrimaryKeyConstraint("segment", "volume", "key"),
    # Clustered by its key: two lookups and an index less for each segment.
    sqlite_with_rowid=False,
    comment="""A row is a segment's bytes at one place. State here implies the file. A file that is
to go becomes garbage first, is unlinked, its folder is synced, and only then its row is dropped:
start-up finishes what a crash cut.""",
)
Index(
    "files_unsettled",
    files.c.volume,
    files.c.state,
    sqlite_where=files.c.state != "here",
    postgresql_where=files.c.state != "here",
)

writing = Table(
    "writing",
    metadata,
    Column("segment", Id, primary_key=True, comment="Id of the segment, UUIDv7."),
    to("stream", "streams", "Whose."),
    uuid("run", "Id of its run, UUIDv7.", unique=False),
    to("recorder_start", "recorder_starts", "The life that writes it."),
    whole("sequence", "Order of the segments of a stream within that life."),
    to("volume", "volumes", "Where it grows."),
    text("key", "Path relative to the volume's root."),
    to("encoding", "encodings", "Codec, timescale, size of head and picture."),
    whole("start", "Wall time of its first frame as known so far, µs UTC."),
    whole("base", "Media time at which it begins on its run's line, ticks."),
    comment="""A row is a file that a recorder writes, or left torn: nobody adopts, repairs or
deletes it. It goes when the segment is closed, or said to be gone.""",
)
