"""Which programs make up a running Ronda, and how each is started."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nvr_core.cli.process import Program
from nvr_core.settings import Settings
from nvr_core.wire import lock
from nvr_core.wire.errors import SentenceError

RECORDERS = ("rtsp", "av")


class RunsElsewhere(SentenceError):
    """Programs that we cannot take over use this data folder."""


def check_nobody_else(settings: Settings, runtime: Path) -> None:
    """Raise RunsElsewhere when recorders of another runtime folder write to this data folder.

    That is so where systemd keeps them running: each would be refused, again and again.
    """
    for name in RECORDERS:
        pid = lock.holder(settings.data / "journal" / f"{name}.lock")
        if pid is not None and pid != lock.holder(runtime / f"{name}.lock"):
            raise RunsElsewhere(
                f"Ronda runs already on {settings.data}: its recorder is process {pid}, with "
                "another runtime folder, as under systemd; end that one first "
                "(systemctl stop ronda.target)"
            )


def log_folder(runtime: Path) -> Path:
    """Where the programs' logs lie."""
    return runtime / "log"


def programs(
    settings: Settings, config: Path, runtime: Path, plugins: Sequence[str | Path] = ()
) -> list[Program]:
    """The recorders first: they record before anybody asks.

    plugins: options of the server that choose which plugins take part.
    """
    started = [
        _program(
            runtime,
            f"recorder-{name}",
            "nvr_core.recorder",
            ("--data", settings.data, "--runtime", runtime, "--name", name),
            lock=name,
        )
        for name in RECORDERS
    ]
    started.append(
        _program(
            runtime,
            "analyst",
            "nvr_core.analyst",
            ("--runtime", runtime, "--root", settings.volume),
        )
    )
    started.append(
        _program(runtime, "server", "nvr_web", ("--config", config.absolute(), *plugins))
    )
    return started


def _program(
    runtime: Path, name: str, module: str, options: tuple[str | Path, ...], lock: str = ""
) -> Program:
    return Program(
        name=name,
        arguments=("-m", module, *map(str, options)),
        lock=runtime / f"{lock or name}.lock",
        log=log_folder(runtime) / f"{name}.log",
    )
