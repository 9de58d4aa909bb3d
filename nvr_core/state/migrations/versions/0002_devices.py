"""Devices are opened by instances of plugins, which remember; cameras are kept at their own hours.

Until now no release wrote a row into the tables that are made anew here; cameras stay as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for table in ("schedules", "channels", "devices", "logins"):
        op.drop_table(table)
    op.create_table(
        "devices",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("instance", WHOLE, nullable=False),
        sa.Column("uplink", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("added_at", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["instance"], ["instances.id"], name="devices_to_instances_by_instance"
        ),
        sa.PrimaryKeyConstraint("id", name="devices_key"),
        sa.UniqueConstraint("device", name="devices_one_device"),
        sa.UniqueConstraint("folded", name="devices_one_folded"),
        sa.UniqueConstraint("instance", name="devices_one_instance"),
    )
    op.create_table(
        "channels",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("channel", sa.LargeBinary(), nullable=False),
        sa.Column("device", WHOLE, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name="channels_to_devices_by_device"),
        sa.PrimaryKeyConstraint("id", name="channels_key"),
        sa.UniqueConstraint("channel", name="channels_one_channel"),
        sa.UniqueConstraint("device", "key", name="channels_one_device_key"),
    )
    op.create_table(
        "schedules",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("camera", WHOLE, nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("changed_at", WHOLE, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["camera"], ["cameras.id"], name="schedules_to_cameras_by_camera"),
        sa.PrimaryKeyConstraint("id", name="schedules_key"),
        sa.UniqueConstraint("camera", name="schedules_one_camera"),
    )
    op.create_table(
        "remembered",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("instance", WHOLE, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance"], ["instances.id"], name="remembered_to_instances_by_instance"
        ),
        sa.PrimaryKeyConstraint("id", name="remembered_key"),
        sa.UniqueConstraint("instance", "key", name="remembered_one_instance_key"),
    )
