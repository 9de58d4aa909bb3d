"""The first schema. What each table and column means stands in nvr_core.state.tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "encodings",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("timescale", WHOLE, nullable=False),
        sa.Column("init_size", WHOLE, nullable=False),
        sa.Column("width", WHOLE, nullable=False),
        sa.Column("height", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="encodings_key"),
        sa.UniqueConstraint(
            "codec",
            "timescale",
            "init_size",
            "width",
            "height",
            name="encodings_one_codec_timescale_init_size_width_height",
        ),
    )
    op.create_table(
        "events",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("began", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=True),
        sa.Column("measured_at", WHOLE, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="events_key"),
        sa.UniqueConstraint("event", name="events_one_event"),
    )
    op.create_index("events_by_began", "events", ["began"], unique=False)
    op.create_index("events_by_subject_began", "events", ["subject", "began"], unique=False)
    op.create_table(
        "instances",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("instance", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("config", sa.Text(), nullable=False),
        sa.Column("config_version", WHOLE, nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="instances_key"),
        sa.UniqueConstraint("instance", name="instances_one_instance"),
        sa.UniqueConstraint("kind", "folded", name="instances_one_kind_folded"),
    )
    op.create_table(
        "logins",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("login", sa.LargeBinary(), nullable=False),
        sa.Column("login_group", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="logins_key"),
        sa.UniqueConstraint("login", name="logins_one_login"),
        sa.UniqueConstraint("login_group", name="logins_one_login_group"),
    )
    op.create_table(
        "recorders",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("read_to", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="recorders_key"),
        sa.UniqueConstraint("name", name="recorders_one_name"),
    )
    op.create_table(
        "schedules",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("schedule", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("changed_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="schedules_key"),
        sa.UniqueConstraint("folded", name="schedules_one_folded"),
        sa.UniqueConstraint("schedule", name="schedules_one_schedule"),
    )
    op.create_table(
        "settings",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_at", WHOLE, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="settings_key"),
    )
    op.create_table(
        "volumes",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("volume", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("limit_bytes", WHOLE, nullable=True),
        sa.Column("reserve_bytes", WHOLE, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="volumes_key"),
        sa.UniqueConstraint("root", name="volumes_one_root"),
        sa.UniqueConstraint("volume", name="volumes_one_volume"),
    )
    op.create_table(
        "devices",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("uplink", sa.Text(), nullable=False),
        sa.Column("instance", WHOLE, nullable=True),
        sa.Column("login", WHOLE, nullable=True),
        sa.Column("added_at", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["instance"], ["instances.id"], name="devices_to_instances_by_instance"
        ),
        sa.ForeignKeyConstraint(["login"], ["logins.id"], name="devices_to_logins_by_login"),
        sa.PrimaryKeyConstraint("id", name="devices_key"),
        sa.UniqueConstraint("device", name="devices_one_device"),
        sa.UniqueConstraint("folded", name="devices_one_folded"),
    )
    op.create_table(
        "recorder_starts",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("recorder_start", sa.LargeBinary(), nullable=False),
        sa.Column("recorder", WHOLE, nullable=True),
        sa.Column("boot", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("wall", WHOLE, nullable=True),
        sa.Column("monotonic", WHOLE, nullable=True),
        sa.Column("synchronised", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["recorder"], ["recorders.id"], name="recorder_starts_to_recorders_by_recorder"
        ),
        sa.PrimaryKeyConstraint("id", name="recorder_starts_key"),
        sa.UniqueConstraint("recorder_start", name="recorder_starts_one_recorder_start"),
    )
    op.create_table(
        "channels",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("channel", sa.LargeBinary(), nullable=False),
        sa.Column("device", WHOLE, nullable=False),
        sa.Column("place", WHOLE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name="channels_to_devices_by_device"),
        sa.PrimaryKeyConstraint("id", name="channels_key"),
        sa.UniqueConstraint("channel", name="channels_one_channel"),
        sa.UniqueConstraint("device", "place", name="channels_one_device_place"),
    )
    op.create_table(
        "cameras",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("camera", sa.LargeBinary(), nullable=False),
        sa.Column("channel", WHOLE, nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("folded", sa.Text(), nullable=True),
        sa.Column("added_at", WHOLE, nullable=True),
        sa.Column("removed_at", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(
            ["channel"], ["channels.id"], name="cameras_to_channels_by_channel"
        ),
        sa.PrimaryKeyConstraint("id", name="cameras_key"),
        sa.UniqueConstraint("camera", name="cameras_one_camera"),
        sa.UniqueConstraint("folded", name="cameras_one_folded"),
    )
    op.create_table(
        "holds",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("hold", sa.LargeBinary(), nullable=False),
        sa.Column("camera", WHOLE, nullable=False),
        sa.Column("began", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("made_at", WHOLE, nullable=False),
        sa.Column("until", WHOLE, nullable=True),
        sa.Column("released_at", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(["camera"], ["cameras.id"], name="holds_to_cameras_by_camera"),
        sa.PrimaryKeyConstraint("id", name="holds_key"),
        sa.UniqueConstraint("hold", name="holds_one_hold"),
    )
    op.create_index("holds_by_camera", "holds", ["camera"], unique=False)
    op.create_table(
        "streams",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("camera", WHOLE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["camera"], ["cameras.id"], name="streams_to_cameras_by_camera"),
        sa.PrimaryKeyConstraint("id", name="streams_key"),
        sa.UniqueConstraint("camera", "name", name="streams_one_camera_name"),
    )
    op.create_table(
        "gaps",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("gap", sa.LargeBinary(), nullable=False),
        sa.Column("stream", WHOLE, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("refined_cause", sa.Text(), nullable=True),
        sa.Column("refined_by", sa.Text(), nullable=True),
        sa.Column("told", WHOLE, nullable=False),
        sa.Column("began", WHOLE, nullable=False),
        sa.Column("began_monotonic", WHOLE, nullable=False),
        sa.Column("began_in", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=True),
        sa.Column("ended_monotonic", WHOLE, nullable=True),
        sa.Column("ended_in", WHOLE, nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("filled", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["began_in"], ["recorder_starts.id"], name="gaps_to_recorder_starts_by_began_in"
        ),
        sa.ForeignKeyConstraint(
            ["ended_in"], ["recorder_starts.id"], name="gaps_to_recorder_starts_by_ended_in"
        ),
        sa.ForeignKeyConstraint(["stream"], ["streams.id"], name="gaps_to_streams_by_stream"),
        sa.PrimaryKeyConstraint("id", name="gaps_key"),
        sa.UniqueConstraint("gap", name="gaps_one_gap"),
    )
    op.create_index("gaps_by_stream_ended", "gaps", ["stream", "ended"], unique=False)
    op.create_table(
        "lifetimes",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("stream", WHOLE, nullable=False),
        sa.Column("began", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(["stream"], ["streams.id"], name="lifetimes_to_streams_by_stream"),
        sa.PrimaryKeyConstraint("id", name="lifetimes_key"),
    )
    op.create_index("lifetimes_by_stream", "lifetimes", ["stream"], unique=False)
    op.create_table(
        "runs",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.Column("stream", WHOLE, nullable=False),
        sa.Column("recorder_start", WHOLE, nullable=False),
        sa.Column("first_sequence", WHOLE, nullable=False),
        sa.Column("last_sequence", WHOLE, nullable=False),
        sa.Column("told", WHOLE, nullable=False),
        sa.Column("began", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recorder_start"],
            ["recorder_starts.id"],
            name="runs_to_recorder_starts_by_recorder_start",
        ),
        sa.ForeignKeyConstraint(["stream"], ["streams.id"], name="runs_to_streams_by_stream"),
        sa.PrimaryKeyConstraint("id", name="runs_key"),
    )
    op.create_index("runs_by_run", "runs", ["run"], unique=False)
    op.create_index("runs_by_stream_ended", "runs", ["stream", "ended"], unique=False)
    op.create_table(
        "totals",
        sa.Column("volume", WHOLE, nullable=False),
        sa.Column("stream", WHOLE, nullable=False),
        sa.Column("files", WHOLE, nullable=False),
        sa.Column("bytes", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["stream"], ["streams.id"], name="totals_to_streams_by_stream"),
        sa.ForeignKeyConstraint(["volume"], ["volumes.id"], name="totals_to_volumes_by_volume"),
        sa.PrimaryKeyConstraint("volume", "stream", name="totals_key"),
    )
    op.create_table(
        "writing",
        sa.Column("segment", sa.LargeBinary(), nullable=False),
        sa.Column("stream", WHOLE, nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.Column("recorder_start", WHOLE, nullable=False),
        sa.Column("sequence", WHOLE, nullable=False),
        sa.Column("volume", WHOLE, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("encoding", WHOLE, nullable=False),
        sa.Column("start", WHOLE, nullable=False),
        sa.Column("base", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["encoding"], ["encodings.id"], name="writing_to_encodings_by_encoding"
        ),
        sa.ForeignKeyConstraint(
            ["recorder_start"],
            ["recorder_starts.id"],
            name="writing_to_recorder_starts_by_recorder_start",
        ),
        sa.ForeignKeyConstraint(["stream"], ["streams.id"], name="writing_to_streams_by_stream"),
        sa.ForeignKeyConstraint(["volume"], ["volumes.id"], name="writing_to_volumes_by_volume"),
        sa.PrimaryKeyConstraint("segment", name="writing_key"),
    )
    op.create_table(
        "segments",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("segment", sa.LargeBinary(), nullable=False),
        sa.Column("stream", WHOLE, nullable=False),
        sa.Column("run", WHOLE, nullable=False),
        sa.Column("recorder_start", WHOLE, nullable=False),
        sa.Column("sequence", WHOLE, nullable=False),
        sa.Column("encoding", WHOLE, nullable=False),
        sa.Column("start", WHOLE, nullable=False),
        sa.Column("duration", WHOLE, nullable=False),
        sa.Column("base", WHOLE, nullable=False),
        sa.Column("frames", WHOLE, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("parts", sa.LargeBinary(), nullable=True),
        sa.Column("clock_error", WHOLE, nullable=True),
        sa.Column("lost_packets", WHOLE, nullable=False),
        sa.Column("damaged_frames", WHOLE, nullable=False),
        sa.Column("flags", WHOLE, nullable=False),
        sa.Column("deleted_at", WHOLE, nullable=True),
        sa.Column("deleted_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["encoding"], ["encodings.id"], name="segments_to_encodings_by_encoding"
        ),
        sa.ForeignKeyConstraint(
            ["recorder_start"],
            ["recorder_starts.id"],
            name="segments_to_recorder_starts_by_recorder_start",
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="segments_to_runs_by_run"),
        sa.ForeignKeyConstraint(["stream"], ["streams.id"], name="segments_to_streams_by_stream"),
        sa.PrimaryKeyConstraint("id", name="segments_key"),
        sa.UniqueConstraint("segment", name="segments_one_segment"),
    )
    op.create_index(
        "segments_gone",
        "segments",
        ["deleted_at"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index(
        "segments_here",
        "segments",
        ["stream", "start", "duration"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "files",
        sa.Column("segment", WHOLE, nullable=False),
        sa.Column("volume", WHOLE, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("size", WHOLE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("verified_at", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(["segment"], ["segments.id"], name="files_to_segments_by_segment"),
        sa.ForeignKeyConstraint(["volume"], ["volumes.id"], name="files_to_volumes_by_volume"),
        sa.PrimaryKeyConstraint("segment", "volume", "key", name="files_key"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "files_unsettled",
        "files",
        ["volume", "state"],
        unique=False,
        sqlite_where=sa.text("state != 'here'"),
        postgresql_where=sa.text("state != 'here'"),
    )
