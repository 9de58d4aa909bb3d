"""The tables, the migrations and the page say the same, on SQLite and on PostgreSQL."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from nvr_core.state import revisions
from nvr_core.state.tables import metadata
from tests.core.state import schema_page

POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call] # theirs is not typed


def test_the_migrations_lead_to_these_tables(connection: Connection) -> None:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    assert compare_metadata(context, metadata) == []
    # What the comparison does not look at.
    made = {
        name: connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)
        ).scalar_one()
        for name in metadata.tables
    }
    assert {name for name, sql in made.items() if "WITHOUT ROWID" in sql} == {"files"}
    found = {
        name: {index["name"]: index for index in inspect(connection).get_indexes(name)}
        for name in metadata.tables
    }
    for table in metadata.tables.values():
        for index in table.indexes:
            where = found[table.name][index.name or ""].get("dialect_options", {})
            asked = index.dialect_options["sqlite"]["where"]
            assert (asked is None) == ("sqlite_where" not in where)


def test_every_table_and_column_says_what_it_means() -> None:
    for table in metadata.tables.values():
        assert (table.comment or "").strip().startswith("A row "), table.name
        for column in table.columns:
            assert column.comment, f"{table.name}.{column.name}"
            assert column.comment.endswith((".", "…")), f"{table.name}.{column.name}"


def test_the_pages_are_what_the_tables_say() -> None:
    chapters = [names for page in schema_page.PAGES.values() for names in page.values()]
    assert sorted(name for names in chapters for name in names) == sorted(metadata.tables)
    told = "write them with: python -m tests.core.state.schema_page"
    for page in schema_page.PAGES:
        written = (schema_page.FOLDER / page).read_text(encoding="utf-8")
        assert written == schema_page.page(page), told


def test_the_tables_can_be_made_on_postgresql() -> None:
    for table in metadata.sorted_tables:
        assert "BIGINT" in str(CreateTable(table).compile(dialect=POSTGRESQL))
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=POSTGRESQL))


def test_revisions_are_numbered_without_holes() -> None:
    found = list(revisions.known(revisions.folder()))
    assert found == [f"{number:04d}" for number in range(1, len(found) + 1)]
