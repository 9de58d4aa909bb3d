"""`ronda` itself: its help, its version, and how it refuses."""

from __future__ import annotations

import errno
import importlib
import subprocess
import sys

import click
import pytest

import nvr_core
from nvr_core import cli
from nvr_core.media.errors import MediaError
from nvr_core.wire.errors import SentenceError


def ronda(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from nvr_core.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_its_version_is_the_packages() -> None:
    assert ronda("--version").stdout == f"ronda {nvr_core.__version__}\n"


def test_its_help_names_every_command_with_a_line() -> None:
    shown = ronda("--help")
    assert shown.returncode == 0, shown.stderr
    lines = [line.split() for line in shown.stdout.partition("Commands:")[2].splitlines()]
    assert [words[0] for words in lines if words] == list(cli.COMMANDS)
    assert all(len(words) > 2 for words in lines if words)


@pytest.mark.parametrize(("name", "module"), cli.COMMANDS.items())
def test_every_command_is_there_under_its_name(name: str, module: str) -> None:
    command = importlib.import_module(module).command
    assert isinstance(command, click.Command)
    assert command.help


def test_an_unknown_command_is_a_usage_error() -> None:
    refused = ronda("recrod")
    assert refused.returncode == 2
    assert "No such command 'recrod'" in refused.stderr


def test_naming_one_command_imports_no_other() -> None:
    script = (
        "import sys\nfrom nvr_core.cli import ronda\n"
        "try:\n    ronda(['doctor', '--help'])\nexcept SystemExit:\n    pass\n"
        "print([n for n in ('aiohttp', 'av', 'jinja2') if n in sys.modules], file=sys.stderr)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert shown.stderr == "[]\n"


@pytest.mark.parametrize(
    "error", [SentenceError("the disk is full"), MediaError("the disk is full")]
)
def test_a_refusal_is_one_sentence_and_exit_code_1(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_options: str) -> None:
        raise error

    monkeypatch.setattr(cli, "ronda", refuse)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "the disk is full\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "/srv/ronda/secret.key"),
            "/srv/ronda/secret.key is not ours: Permission denied",
        ),
        (
            OSError(errno.EROFS, "Read-only file system", "/srv/footage/.ronda"),
            "/srv/footage/.ronda lies on a disk that is mounted read-only: Read-only file system",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device", "/srv/a", None, "/srv/b"),
            "/srv/b lies on a full disk; free space, or name another folder: "
            "No space left on device",
        ),
        (
            OSError(errno.EXDEV, "Invalid cross-device link", b"/srv/a"),
            "/srv/a cannot be used: Invalid cross-device link",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "the system refuses: No space left on device",
        ),
        (OSError("no answer"), "the system refuses: no answer"),
    ],
)
def test_what_the_system_refuses_is_one_sentence_with_the_file(
    error: OSError,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(**_options: str) -> None:
        raise error

    monkeypatch.setattr(cli, "ronda", refuse)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"{said}\n"
