"""Logs are copied line by line, stay bounded, and no terminal makes anybody wait."""

from __future__ import annotations

import asyncio
import os
import pty
import stat
import termios
import time
from pathlib import Path

import pytest

from nvr_core.cli import logs
from nvr_core.cli.logs import Log
from nvr_core.cli.process import Program
from nvr_core.cli.terminal import Terminal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


def add(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_whole_lines_come_once(path: Path) -> None:
    log = Log(path)
    assert log.news() == []
    add(path, "one\ntw")
    assert log.news() == ["one"]
    assert log.news() == []
    add(path, "o\nthree\n")
    assert log.news() == ["two", "three"]


def test_what_stood_there_before_is_not_shown_again(path: Path) -> None:
    add(path, "older\n")
    log = Log(path)
    add(path, "newer\n")
    assert log.news() == ["newer"]


def test_a_line_without_end_does_not_stop_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "READ", 8)
    log = Log(path)
    add(path, "0123456789\n")
    assert log.news() == ["01234567"]
    assert log.news() == ["89"]


def test_a_log_stays_within_its_bound_and_its_writer_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "BYTES", 100)
    log = Log(path)
    writer = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number in range(30):
        os.write(writer, f"line number {number}\n".encode())
        assert log.news() == [f"line number {number}"]
        log.trim()
        assert path.stat().st_size <= 100
    os.close(writer)
    older = path.with_name("server.log.1")
    assert older.stat().st_size <= 120
    assert stat.S_IMODE(older.stat().st_mode) == 0o600


async def test_lines_are_shown_while_programs_run(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "INTERVAL", 0.01)
    shown: asyncio.Queue[str] = asyncio.Queue()
    program = Program(name="server", arguments=(), log=path)
    async with logs.followed([program], shown.put_nowait):
        add(path, "first\n")
        assert await shown.get() == "first"
        add(path, "last\n")
    assert await shown.get() == "last"


def test_a_pipe_that_nobody_reads_makes_nobody_wait() -> None:
    read, write = os.pipe()
    with os.fdopen(read, "rb") as reader, os.fdopen(write, "w") as writer:
        terminal = Terminal(writer)
        began = time.monotonic()
        for _ in range(5000):
            terminal.say("x" * 100)
        assert time.monotonic() - began < 10
        assert len(os.read(reader.fileno(), 1 << 20)) >= 4096


def test_a_stopped_terminal_makes_nobody_wait() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as screen:
        terminal = Terminal(screen)
        terminal.say("before")
        assert os.read(master, 100) == b"before\r\n"
        termios.tcflow(slave, termios.TCOOFF)  # what Ctrl-S does
        for _ in range(2000):
            terminal.say("x" * 100)
        termios.tcflow(slave, termios.TCOON)
        os.close(master)
        terminal.say("nobody is there")


def test_colours_only_where_somebody_sees_them(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as screen, os.fdopen(master):
        monkeypatch.delenv("NO_COLOR", raising=False)
        assert Terminal(screen).strong("x") == "\x1b[1mx\x1b[0m"
        monkeypatch.setenv("NO_COLOR", "1")
        assert Terminal(screen).strong("x") == "x"
    read, write = os.pipe()
    with os.fdopen(write, "w") as writer, os.fdopen(read):
        assert Terminal(writer).dim("x") == "x"
