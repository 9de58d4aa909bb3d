"""A long answer says how far it is on a terminal, and nowhere else."""

from __future__ import annotations

import os
import pty
import select
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from click.testing import CliRunner

from nvr_core.admin.answers import Head, Progress, Said, Volume
from nvr_core.admin.questions import Volumes
from nvr_core.cli import asked
from nvr_core.cli.volumes import command

PROGRESS = "1 of 2: looking [2J"
VOLUME = Volume(
    volume="v",
    root="/srv/footage",
    role="primary",
    trouble="",
    files=1,
    bytes=1 << 30,
    oldest=0,
    limit=None,
    reserve=None,
    size=None,
    free=None,
    days_left=1.25,
)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings of an office whose server takes its time."""

    async def answer(*_: object) -> AsyncGenerator[Said, None]:
        yield Head(version="1", zone="Asia/Jakarta", now=0)
        yield Progress(sentence="looking\x1b[2J", done=1, of=2)
        yield VOLUME

    monkeypatch.setattr(asked, "_answer", answer)
    path = tmp_path / "ronda.toml"
    path.touch()
    return path


def test_progress_is_nothing_to_a_script(config: Path) -> None:
    result = CliRunner().invoke(command, ["--config", str(config)], catch_exceptions=False)
    assert result.stderr == ""
    assert "footage    1 GiB in 1 file\n" in result.stdout
    assert "oldest     1970-01-01T07:00:00+07:00\n" in result.stdout
    assert "days left  1.2\n" in result.stdout


def test_progress_stands_on_a_terminal_until_the_answer_comes(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        asked.every(Volumes(), Volume, config)
        shown = ""
        # What was written comes out at the other end a moment later, and in pieces.
        while not (PROGRESS in shown and shown.endswith("\r\x1b[K")):
            assert select.select([ours], [], [], 10)[0], shown
            shown += os.read(ours, 4096).decode()
    os.close(ours)
