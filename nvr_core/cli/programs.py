"""Which programs make up a running Ronda, and how each is started."""

from __future__ import annotations

from pathlib import Path

from nvr_core.cli.process import Program
from nvr_core.settings import Settings

RECORDERS = ("rtsp", "av")


def log_folder(runtime: Path) -> Path:
    """Where the programs' logs lie."""
    return runtime / "log"


def programs(settings: Settings, config: Path, runtime: Path) -> list[Program]:
    """The recorders first: they record before anybody asks."""
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
    started.append(_program(runtime, "server", "nvr_web", ("--config", config.absolute())))
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
