"""Everything that only SQLite has: how its files are opened, kept safe, copied and looked at.

What stands here has its counterpart on another database, or needs none. Nothing else of the
package speaks to one database only.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from nvr_core.state import standing

HEAD = b"SQLite format 3\0"
"""The first bytes of every database file (sqlite.org/fileformat2, 1.3)."""
PATIENCE = 5.0
"""Seconds that a statement waits for a lock of another process."""
WAL_LEFT = 64 << 20
"""Bytes of write-ahead log that stay after a checkpoint, to be written over."""
CACHE_KIB = 16 << 10
MAPPED = 1 << 30
"""Bytes of the file that are read through a mapping: half of a lookup is finding the page."""
BACKUP_PAGES = 1024
"""Pages copied at a time: 4 MiB."""

_ALWAYS = (
    "PRAGMA foreign_keys = ON",
    # FULL syncs the log at every commit: what was committed survives a power cut.
    "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = MEMORY",
    f"PRAGMA cache_size = -{CACHE_KIB}",
    f"PRAGMA mmap_size = {MAPPED}",
    f"PRAGMA journal_size_limit = {WAL_LEFT}",
)


def writer(path: Path) -> Engine:
    """An engine with one connection, whose transactions take the write lock as they begin."""
    return _engine(path, ["PRAGMA journal_mode = WAL", *_ALWAYS], "BEGIN IMMEDIATE", 1)


def readers(path: Path, count: int) -> Engine:
    """An engine whose connections cannot write; each transaction sees one moment."""
    return _engine(path, [*_ALWAYS, "PRAGMA query_only = ON"], "BEGIN", count)


def upgrader(path: Path) -> Engine:
    """An engine for a change of the schema.

    Foreign keys are not followed meanwhile, because SQLite changes a table by building another;
    `broken_keys` looks afterwards.
    """
    pragmas = ["PRAGMA journal_mode = WAL", *_ALWAYS, "PRAGMA foreign_keys = OFF"]
    return _engine(path, pragmas, "BEGIN IMMEDIATE", 1)


def _engine(path: Path, pragmas: Sequence[str], begin: str, connections: int) -> Engine:
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        connect_args={"timeout": PATIENCE},
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
    )

    # The driver would begin transactions only at the first change, and never for DDL:
    # SQLAlchemy says BEGIN itself, on every version of Python.
    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    @event.listens_for(engine, "rollback")
    @event.listens_for(engine, "rollback_savepoint")
    def taken_back(connection: Connection, *_which: object) -> None:
        standing.forget(connection)

    return engine


def broken_keys(connection: Connection) -> list[str]:
    """Tables with rows that point at rows which are not there."""
    return sorted({row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")})


def damage(path: Path) -> str:
    """Why the file cannot be a database of ours, in half a sentence; "" when it may be one.

    Writes nothing. An absent or empty file is a database that nobody has begun yet.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(HEAD))
    except FileNotFoundError:
        return ""
    if head and head != HEAD:
        return "it is not a SQLite database"
    if not head:
        return ""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            page = connection.execute("PRAGMA page_size").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        return str(error)
    wal = path.with_name(path.name + "-wal")
    if not wal.exists() and path.stat().st_size < pages * page:
        return f"it has {path.stat().st_size} bytes of {pages * page}"
    return ""


def copy(path: Path, target: Path) -> None:
    """Copy a database that may be in use into a file of its own, durably. Raises OSError."""
    try:
        source = sqlite3.connect(path, timeout=PATIENCE)
        try:
            copied = sqlite3.connect(target)
            try:
                source.backup(copied, pages=BACKUP_PAGES)
                # A file for a shelf: it must be whole without a log beside it.
                copied.execute("PRAGMA journal_mode = DELETE").close()
            finally:
                copied.close()
        finally:
            source.close()
    except sqlite3.Error as error:
        raise OSError(f"{path} cannot be copied to {target}: {error}") from error
    descriptor = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def size(connection: Connection) -> int:
    """Bytes of the database in use, free pages left out."""
    pages, free, page = (
        int(connection.exec_driver_sql(f"PRAGMA {word}").scalar_one())
        for word in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * page
