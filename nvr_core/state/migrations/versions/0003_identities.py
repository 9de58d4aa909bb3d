"""What a device says of itself: maker, model, firmware, and the marks by which it is recognised."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("devices") as table:
        for name in ("manufacturer", "model", "firmware"):
            table.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("devices") as table:
        for name in ("manufacturer", "model", "firmware"):
            table.alter_column(name, server_default=None)
    op.create_table(
        "identities",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("device", WHOLE, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name="identities_to_devices_by_device"),
        sa.PrimaryKeyConstraint("id", name="identities_key"),
        sa.UniqueConstraint("device", "kind", "value", name="identities_one_device_kind_value"),
    )
    op.create_index("identities_by_kind_value", "identities", ["kind", "value"], unique=False)
