"""The demo's folder: its settings, its cameras, and the ports that are free for them."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nvr_core import settings
from nvr_core.cli.process import Program
from nvr_core.cli.programs import log_folder
from nvr_core.kit import sizes
from nvr_core.settings import Settings
from nvr_core.wire.errors import SentenceError

LIMIT = "900 MiB"
"""Loops, journal and open segments come on top: the whole folder stays under 1 GiB."""

LEAST_FREE = 256 << 20
PORTS = 200
"""How many ports are tried, beginning with the one that was asked for."""

CAMERAS = {"gang-mawar": "Gang Mawar", "pos-rw-06": "Pos RW 06", "dermaga": "Dermaga"}
"""Path at the simulated cameras → name for people."""

USER, PASSWORD = "admin", "rahasia"


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the demo lives when nobody says otherwise (XDG Base Directory Specification)."""
    home = environment.get("XDG_DATA_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".local" / "share"
    return base / "ronda-demo"


def free_port(first: int) -> int:
    """The first port from here on that nobody on this machine listens on."""
    for port in range(first, min(first + PORTS, 65536)):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SentenceError(f"no port from {first} on is free; name another one with --port")


@dataclass(frozen=True)
class Stage:
    """A folder in which everything of a demo lies."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "ronda.toml"

    @property
    def drawn(self) -> bool:
        """Whether the cameras' loops were encoded before."""
        return any((self.folder / "loops").glob("*.loop"))

    def settings(self) -> Settings:
        """Of the demo that wrote them last; the folders are the same for all."""
        if self.config.exists():
            return settings.load(self.config)
        return settings.parse("", self.config)

    def check_space(self) -> None:
        """Raises SentenceError when the disk is too full to show anything."""
        free = shutil.disk_usage(self.folder).free
        if free < LEAST_FREE:
            raise SentenceError(
                f"{self.folder} has {sizes.spoken(free)} free, and the demo needs "
                f"{sizes.spoken(LEAST_FREE)}; make room, or name a folder with --folder"
            )

    def write(self, page: int, rtsp: int) -> Settings:
        """Write the settings for these two ports."""
        tables = [
            "# Written anew by every `ronda demo`: copy it elsewhere to change it.",
            f'[server]\nport = {page}\n\n[storage]\nlimit = "{LIMIT}"',
        ]
        for path, name in CAMERAS.items():
            address = f"rtsp://127.0.0.1:{rtsp}/{path}"
            tables.append(
                f'[[camera]]\nname = "{name}"\nmain = "{address}"\nsub = "{address}/sub"\n'
                f'user = "{USER}"\npassword = "{PASSWORD}"'
            )
        text = "\n\n".join(tables) + "\n"
        self.config.write_text(text)
        self.config.chmod(0o600)
        return settings.parse(text, self.config)

    def cameras(self, rtsp: int, runtime: Path) -> Program:
        """The simulated cameras. They end with the demo, however it ends."""
        login = f"user={USER},password={PASSWORD}"
        each = [f"--camera=name={path},{login}" for path in CAMERAS]
        options = (f"--port={rtsp}", f"--cache={self.folder / 'loops'}", "--die-with-parent")
        return Program(
            name="cameras",
            arguments=("-m", "nvr_core.simulators", *options, *each),
            log=log_folder(runtime) / "cameras.log",
        )
