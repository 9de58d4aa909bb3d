"""Opens the catalogue: alone, whole, and in the schema of this program, or with a sentence why not.

async with opened(data, clock) as state:
    await state.write(work)
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from nvr_core.clock import Clock
from nvr_core.state import backups, revisions, sqlite
from nvr_core.state.catalogue import State, to_its_end
from nvr_core.state.errors import Unusable
from nvr_core.state.readers import THREADS
from nvr_core.state.steps import Step, onward
from nvr_core.state.upgrade import upgrade
from nvr_core.state.writer import PAUSE
from nvr_core.wire import lock

log = logging.getLogger(__name__)

NAME = "ronda.db"
LOCK = "catalogue.lock"
BACKUPS = "backup"


@contextlib.asynccontextmanager
async def opened(
    data: Path,
    clock: Clock,
    *,
    url: str = "",
    pause: float = PAUSE,
    scripts: Path | None = None,
    step: Step = onward,
) -> AsyncIterator[State]:
    """The catalogue of a data folder, made or upgraded where needed, for as long as the block runs.

    url: of the database; empty for ronda.db in the data folder.
    scripts: the folder of migrations; step: is told of each change on the way.
    Raises Unusable (the file is as it was), lock.Held (another process writes), OSError.
    """
    path = database(data, url)
    data.mkdir(parents=True, exist_ok=True)
    with lock.single(data / LOCK):
        await to_its_end(partial(prepare, path, data, clock, scripts or revisions.folder(), step))
        state = State(sqlite.writer(path), sqlite.readers(path, THREADS), pause=pause)
        try:
            yield state
        finally:
            await state.close()


def database(data: Path, url: str) -> Path:
    """The file of the database that a URL names. Raises Unusable."""
    if not url:
        return data / NAME
    try:
        named = make_url(url)
    except ArgumentError:
        raise Unusable(
            f"database: {url!r} is no URL of a database; leave it out for {NAME} in the data "
            "folder, or write sqlite:////absolute/path/ronda.db"
        ) from None
    if named.get_backend_name() != "sqlite" or not named.database or named.query:
        raise Unusable(
            f"database: {named.render_as_string()!r} is no file of SQLite, and this version opens "
            f"no other; leave it out for {NAME} in the data folder"
        )
    return data / named.database


def prepare(path: Path, data: Path, clock: Clock, scripts: Path, step: Step = onward) -> None:
    """Make the database, or bring it to this program's schema. The caller holds the lock. Blocks.

    Killed anywhere, the next call finds the old schema or the new one, and finishes.
    """
    if why := sqlite.damage(path):
        raise _damaged(path, data, why)
    newest = revisions.newest(scripts)
    there = _present(path, data)
    if there == newest:
        return
    if there is None:
        raise Unusable(
            f"{path} is a database, but not a catalogue of Ronda; move it away, or name another "
            "data folder"
        )
    if there and there not in revisions.known(scripts):
        raise Unusable(_newer(path, data, there, newest))
    if there:
        copy = backups.made(path, data / BACKUPS, there, clock, step)
        log.info("the catalogue goes from %s to %s; a copy is %s", there, newest, copy)
    _upgraded(path, scripts, step)
    backups.sync(path.parent)
    step("upgrade: done")


def _present(path: Path, data: Path) -> str | None:
    """The revision of the database, found without writing to it."""
    if not path.exists():
        return ""
    engine = sqlite.readers(path, 1)
    try:
        with engine.connect() as connection:
            return revisions.present(connection)
    except SQLAlchemyError as error:
        raise _damaged(path, data, str(getattr(error, "orig", error))) from None
    finally:
        engine.dispose()


def _upgraded(path: Path, scripts: Path, step: Step) -> None:
    engine = sqlite.upgrader(path)
    try:
        upgrade(engine, scripts, step)
    except SQLAlchemyError as error:
        raise Unusable(
            f"The upgrade of the catalogue was taken back ({getattr(error, 'orig', error)}); it "
            "is as it was. Make space on the disk if it is full; else run the version before, "
            "and report this."
        ) from error
    finally:
        engine.dispose()


def _damaged(path: Path, data: Path, why: str) -> Unusable:
    return Unusable(
        f"{path} cannot be read ({why}); it was not changed. Move it away and put "
        f"{_newest_copy(data)} in its place, or start without one and let the catalogue be rebuilt "
        "from the volumes."
    )


def _newest_copy(data: Path) -> str:
    copies = backups.listed(data / BACKUPS)
    return f"the copy {copies[0]}" if copies else "a copy of your own"


def _newer(path: Path, data: Path, there: str, newest: str) -> str:
    fitting = [
        copy
        for copy in backups.listed(data / BACKUPS)
        if (match := backups.NAME.fullmatch(copy.name)) and match["revision"] <= newest
    ]
    back = (
        f"or put back {fitting[0]}, which lacks what was written since"
        if fitting
        else "for no copy from before is there"
    )
    return (
        f"{path} was written by a newer version of Ronda (schema {there}; this one knows up to "
        f"{newest}). Install that version again, {back}."
    )
