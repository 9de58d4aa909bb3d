"""The units that `ronda systemd install` wrote on this machine, read back."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from nvr_core.cli import systemd

FOLDER = Path("/etc/systemd/system")


@dataclass(frozen=True, kw_only=True)
class Installed:
    """What systemd starts: whose programs, with which settings."""

    folder: Path
    user: str
    config: Path
    texts: Mapping[str, str]
    """Path below the folder → what stands in the file."""

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The units in a folder; None where they are not, or cannot be read."""
        names = (*systemd.UNITS, systemd.HARDENING)
        try:
            texts = {name: (folder / name).read_text() for name in names}
            words = command(texts["ronda-server.service"])
            config = Path(words[words.index("--config") + 1])
            user = field(texts[systemd.HARDENING], "User")
        except (OSError, ValueError, IndexError):
            return None
        return cls(folder=folder, user=user, config=config, texts=texts)

    @property
    def most_files(self) -> int:
        """How many files a recorder may open."""
        said = field(self.texts["ronda-recorder@.service"], "LimitNOFILE")
        return int(said) if said.isdigit() else 0


def field(text: str, name: str) -> str:
    """What a unit says of a field, empty when it says nothing."""
    found = re.search(rf"^{name}=(.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def command(text: str) -> list[str]:
    """The words of a unit's ExecStart, as systemd makes them of what `systemd.quoted` wrote."""
    words = shlex.split(field(text, "ExecStart"))
    return [word.replace("%%", "%").replace("$$", "$") for word in words]
