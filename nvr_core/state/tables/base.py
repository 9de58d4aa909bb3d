"""Where all tables are gathered, and how their constraints are named on every database."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
        "uq": "%(table_name)s_one_%(column_0_N_name)s",
        "fk": "%(table_name)s_to_%(referred_table_name)s_by_%(column_0_N_name)s",
        "pk": "%(table_name)s_key",
    }
)
"""Every table of the catalogue. Times are microseconds since 1970-01-01 UTC, as whole numbers."""
