"""The units that `ronda systemd install` wrote on this machine, read back."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from nvr_core.cli import systemd
from nvr_core.settings import Settings

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

    def lacking(self, settings: Settings) -> list[tuple[str, str]]:
        """(unit, line) of what `ronda systemd install` would write now and these do not say."""
        python = Path(command(self.texts["ronda-server.service"])[0])
        fresh = systemd.units(systemd.marks(settings, self.config, self.user, python))
        return [
            (name, line)
            for name, text in fresh.items()
            for line in text.splitlines()
            if line not in self.texts[name].splitlines()
        ]

    @property
    def again(self) -> str:
        """What root types to write them anew and start what they say."""
        user = "" if self.user == systemd.USER else f" --user {self.user}"
        config = (
            "" if self.config == systemd.CONFIG else f" --config {shlex.quote(str(self.config))}"
        )
        return (
            f"ronda systemd install{user}{config} && systemctl daemon-reload && "
            "systemctl restart ronda.target"
        )

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
