"""`ronda` itself: its help, its version, and how it refuses."""

from __future__ import annotations

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


def test_a_file_of_somebody_else_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_options: str) -> None:
        raise PermissionError(13, "Permission denied", "/srv/ronda/secret.key")

    monkeypatch.setattr(cli, "ronda", refuse)
    with pytest.raises(SystemExit):
        cli.main()
    assert capsys.readouterr().err == "/srv/ronda/secret.key is not ours: Permission denied\n"
