"""Opening: alone, never half upgraded whatever is killed when, and nothing is lost on the way."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from nvr_core.state import backups, opening, revisions
from nvr_core.state.errors import Unusable
from nvr_core.wire import lock
from tests.core.state.conftest import Noon

TODAY = revisions.newest(revisions.folder())
TOMORROW = f"{int(TODAY) + 1:04d}"
SECOND_REVISION = f'''
"""A second schema, for tests."""
import sqlalchemy as sa
from alembic import op

revision = "{TOMORROW}"
down_revision = "{TODAY}"

def upgrade():
    op.add_column("devices", sa.Column("colour", sa.Text(), nullable=False, server_default="grey"))
    with op.batch_alter_table("instances") as table:
        table.alter_column("title", new_column_name="label")
    op.create_table("birds", sa.Column("id", sa.Integer(), primary_key=True))
'''

CHILD = """
import os, sys
from pathlib import Path
from nvr_core.state import opening
from tests.core.state.conftest import Noon

data, scripts, fatal = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
seen = 0

def step(name):
    global seen
    if seen == fatal:
        os._exit(9)
    seen += 1

opening.prepare(data / opening.NAME, data, Noon(), scripts, step)
"""


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The migrations of a version after this one."""
    folder = tmp_path / "migrations of 100 % tomorrow"
    shutil.copytree(revisions.folder(), folder)
    (folder / "versions" / f"{TOMORROW}_second.py").write_text(SECOND_REVISION)
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def prepare(data: Path, scripts: Path | None = None, clock: Noon | None = None) -> list[str]:
    """Bring it up to date. Returns the steps."""
    steps: list[str] = []
    path = data / opening.NAME
    opening.prepare(path, data, clock or Noon(), scripts or revisions.folder(), steps.append)
    return steps


def schema(path: Path) -> list[list[str]]:
    """What is there, line by line: a table that was built anew has its constraints in any order."""
    base = sqlite3.connect(path)
    try:
        found = base.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL").fetchall()
        return sorted(sorted(line.strip(" \t,") for line in sql.splitlines()) for (sql,) in found)
    finally:
        base.close()


def fill(path: Path) -> None:
    base = sqlite3.connect(path)
    base.execute("INSERT INTO settings VALUES ('kept', '1', 1, 'me')")
    base.execute(
        "INSERT INTO instances VALUES (1, x'00', 'vendor', 'x', 'Pos', 'pos', '{}', 1, null)"
    )
    base.commit()
    base.close()


def rows(path: Path) -> tuple[int, int]:
    base = sqlite3.connect(path)
    try:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept = base.execute("SELECT count(*) FROM settings").fetchone()[0]
        return kept, base.execute("SELECT count(*) FROM instances").fetchone()[0]
    finally:
        base.close()


def killed(data: Path, scripts: Path, at: int) -> int:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(data), str(scripts), str(at)], check=False, timeout=60
    )
    return done.returncode


async def test_one_process_writes(data: Path) -> None:
    async with opening.opened(data, Noon()):
        with pytest.raises(lock.Held, match=opening.LOCK):
            async with opening.opened(data, Noon()):
                pass
    async with opening.opened(data, Noon()):
        pass


async def test_who_stops_opening_lets_go_of_the_lock_only_when_all_is_done(
    data: Path, newer: Path
) -> None:
    prepare(data)
    begun, go = threading.Event(), threading.Event()

    def step(name: str) -> None:
        begun.set()
        go.wait(10)

    async def opening_it() -> None:
        async with opening.opened(data, Noon(), scripts=newer, step=step):
            raise AssertionError("it was cancelled")

    task = asyncio.create_task(opening_it())
    assert await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await asyncio.sleep(0.05)
    assert lock.holder(data / opening.LOCK) is not None
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert lock.holder(data / opening.LOCK) is None
    assert prepare(data, newer) == []


def test_nothing_is_done_to_what_is_up_to_date(data: Path) -> None:
    assert "upgrade: 0001" in prepare(data)
    assert prepare(data) == []
    assert not (data / "backup").exists()


def test_an_upgrade_keeps_rows_and_a_copy_of_before(data: Path, newer: Path) -> None:
    prepare(data)
    fill(data / opening.NAME)
    old = schema(data / opening.NAME)
    steps = prepare(data, newer)
    assert steps.index("backup: made") < steps.index("upgrade: begin")
    assert rows(data / opening.NAME) == (1, 1)
    (copy,) = backups.listed(data / "backup")
    assert copy.name == f"ronda-{TODAY}-20261124T060000Z.db"
    assert schema(copy) == old
    assert rows(copy) == (1, 1)


@pytest.mark.parametrize("fresh", [True, False], ids=["new", "upgraded"])
def test_killed_anywhere_it_finishes(data: Path, newer: Path, fresh: bool) -> None:
    model = data.with_name("model")
    model.mkdir()
    if not fresh:
        prepare(data)
        fill(data / opening.NAME)
    old = [] if fresh else schema(data / opening.NAME)
    shutil.copytree(data, model, dirs_exist_ok=True)
    total = len(prepare(model, newer))
    new = schema(model / opening.NAME)
    assert total >= (5 if fresh else 10)
    for at in range(total):
        here = data.with_name(f"killed-{at}")
        shutil.copytree(data, here)
        assert killed(here, newer, at) == 9
        path = here / opening.NAME
        found = schema(path) if path.exists() else []
        assert found in (old, new)
        prepare(here, newer)
        assert schema(path) == new
        assert fresh or rows(path) == (1, 1)
        copies = backups.listed(here / "backup")
        assert all(schema(copy) == old and rows(copy) == (1, 1) for copy in copies)
        assert fresh or found == new or copies
    assert killed(data, newer, total) == 0


def test_an_upgrade_that_fails_is_taken_back(data: Path, newer: Path) -> None:
    prepare(data)
    fill(data / opening.NAME)
    old = schema(data / opening.NAME)
    script = newer / "versions" / f"{TOMORROW}_second.py"
    script.write_text(script.read_text() + '    op.execute("INSERT INTO nowhere VALUES (1)")\n')
    with pytest.raises(Unusable, match="taken back"):
        prepare(data, newer)
    assert schema(data / opening.NAME) == old
    broken = "    op.execute(\"INSERT INTO channels VALUES (1, x'00', 77, 1, 'lost')\")\n"
    script.write_text(SECOND_REVISION + broken)
    with pytest.raises(Unusable, match="rows of channels would point nowhere"):
        prepare(data, newer)
    assert schema(data / opening.NAME) == old
    assert rows(data / opening.NAME) == (1, 1)


def test_a_newer_database_is_refused_and_the_copy_named(data: Path, newer: Path) -> None:
    prepare(data)
    prepare(data, newer)
    before = (data / opening.NAME).read_bytes()
    with pytest.raises(
        Unusable, match=rf"Install that version again, or put back .*ronda-{TODAY}-"
    ):
        prepare(data)
    assert (data / opening.NAME).read_bytes() == before
    shutil.rmtree(data / "backup")
    with pytest.raises(Unusable, match="for no copy from before is there"):
        prepare(data)


def damaged(data: Path, kind: str) -> bytes:
    prepare(data)
    path = data / opening.NAME
    whole = path.read_bytes()
    made = {
        "text": b"these are my photos\n" * 400,
        "torn": whole[: len(whole) // 2],
        "overwritten": whole[:100] + b"\xff" * 4000 + whole[4100:],
    }[kind]
    path.write_bytes(made)
    return made


@pytest.mark.parametrize("kind", ["text", "torn", "overwritten"])
def test_a_damaged_file_is_refused_untouched(data: Path, kind: str) -> None:
    made = damaged(data, kind)
    with pytest.raises(Unusable, match=r"cannot be read \(.*it was not changed"):
        prepare(data)
    assert (data / opening.NAME).read_bytes() == made


def test_a_database_of_something_else_is_refused_untouched(data: Path) -> None:
    base = sqlite3.connect(data / opening.NAME)
    base.execute("CREATE TABLE birds (name)")
    base.close()
    before = (data / opening.NAME).read_bytes()
    with pytest.raises(Unusable, match="not a catalogue of Ronda"):
        prepare(data)
    assert (data / opening.NAME).read_bytes() == before


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("", "ronda.db"),
        ("sqlite:///other.db", "other.db"),
        ("sqlite:////tmp/else.db", "/tmp/else.db"),
    ],
)
def test_a_url_names_the_file(data: Path, url: str, found: str) -> None:
    assert opening.database(data, url) == data / found


@pytest.mark.parametrize("url", ["postgresql://u:secret@h/x", "sqlite://", "nonsense"])
def test_another_url_is_refused_and_tells_no_password(data: Path, url: str) -> None:
    with pytest.raises(Unusable, match="leave it out") as refused:
        opening.database(data, url)
    assert "secret" not in str(refused.value)


def test_alembic_is_loaded_only_when_an_upgrade_is_due(data: Path) -> None:
    prepare(data)
    code = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom nvr_core.state import opening\n"
        "from nvr_core.clock import SystemClock\n"
        "async def main():\n"
        f"    async with opening.opened(Path({str(data)!r}), SystemClock()): pass\n"
        "asyncio.run(main())\nassert 'alembic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
