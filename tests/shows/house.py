"""All of Ronda as `ronda run` starts it, so that each of its programs can be killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.shows.office import ROOT, Office

PROGRAMS = ("parent", "server", "rtsp")
RONDA = "from nvr_core.cli import main; main()"
COMING = 15.0
"""Seconds in which a program must have come (back) to its lock."""
GLANCE = 0.02


class House:
    """A folder with a ronda.toml, and the parent that runs there."""

    def __init__(
        self,
        folder: Path,
        runtime: Path,
        port: int,
        *,
        ronda: Sequence[str] = (sys.executable, "-c", RONDA),
        place: Path = ROOT,
    ) -> None:
        """ronda: the command, of this tree by default. place: the folder in which it runs."""
        self.office = Office.at(folder, runtime)
        self.config = folder / "ronda.toml"
        self.log = folder / "ronda.log"
        self._port = port
        self._ronda = ronda
        self._place = place
        self._parent: asyncio.subprocess.Process | None = None

    def furnish(self, urls: Sequence[str]) -> None:
        """Write ronda.toml with these cameras, each named after the last part of its address."""
        self.write({"name": url.rsplit("/", 1)[1], "main": url} for url in urls)

    def write(self, cameras: Iterable[Mapping[str, str | int | bool]]) -> None:
        """Write ronda.toml with cameras of these fields."""
        office = self.office
        lines = [
            f"data = {json.dumps(str(office.data))}\nruntime = {json.dumps(str(office.runtime))}",
            f"[server]\nport = {self._port}\n[storage]\nfolder = {json.dumps(str(office.volume))}",
        ]
        for fields in cameras:
            # What is a string in JSON is one in TOML.
            lines.append("[[camera]]")
            lines += [f"{name} = {json.dumps(value)}" for name, value in fields.items()]
        self.config.write_text("\n".join(lines) + "\n")
        self.config.chmod(0o600)

    def names(self) -> dict[str, str]:
        """The cameras' names by their ids."""
        said = json.loads((self.office.data / "cameras.json").read_text())
        return {number: name for name, number in said["cameras"].items()}

    @property
    def page(self) -> str:
        """Address of the page, without a slash at its end."""
        return f"http://127.0.0.1:{self._port}"

    async def begin(self, *options: str, **environment: str) -> None:
        """`ronda run`; returns when it and all of its programs hold their locks."""
        with self.log.open("ab") as log:
            self._parent = await asyncio.create_subprocess_exec(
                *self._command("run", *options),
                stdout=log,
                stderr=log,
                cwd=self._place,
                env=self._environment() | environment,
                start_new_session=True,
            )
        for program in PROGRAMS:
            await self.present(program)

    async def ask(self, *words: str) -> tuple[int, str]:
        """A command of `ronda` with these settings: its exit code and all that it said."""
        asked = await asyncio.create_subprocess_exec(
            *self._command(*words),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self._place,
            env=self._environment(),
        )
        said, _ = await asked.communicate()
        assert asked.returncode is not None
        return asked.returncode, said.decode(errors="replace")

    def _command(self, *words: str) -> list[str]:
        return [*self._ronda, *words, "--config", str(self.config)]

    def _environment(self) -> dict[str, str]:
        """Without what would lead another version to this one's code."""
        own = self._place == ROOT
        return {name: value for name, value in os.environ.items() if own or name != "PYTHONPATH"}

    def pid(self, program: str) -> int:
        """The process that wrote itself into the program's lock, if it is alive; else 0.

        Asking the lock itself would take it for a moment, in the way of whoever starts.
        """
        if program == "parent":
            alive = self._parent is not None and self._parent.returncode is None
            return self._parent.pid if alive and self._parent is not None else 0
        try:
            pid = int((self.office.runtime / f"{program}.lock").read_text())
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return 0
        return 0 if state == "Z" else pid

    async def present(self, program: str, other_than: int = 0) -> int:
        """Wait for a (new) process of the program."""
        for _ in range(round(COMING / GLANCE)):
            pid = self.pid(program)
            if pid not in (0, other_than):
                return pid
            await asyncio.sleep(GLANCE)
        raise TimeoutError(f"{program} did not come within {COMING} s")

    def kill(self, program: str) -> None:
        """kill -9, if it is alive."""
        if pid := self.pid(program):
            os.kill(pid, signal.SIGKILL)

    async def buried(self) -> None:
        """The killed parent's end is noticed."""
        assert self._parent is not None
        await self._parent.wait()

    async def end(self) -> int:
        """Ctrl-C, as it reaches the parent. Returns its exit code."""
        assert self._parent is not None
        self._parent.send_signal(signal.SIGINT)
        return await self._parent.wait()

    def abolish(self) -> None:
        """For the end of a row that failed: nothing of it goes on."""
        for program in (*PROGRAMS, "av", "analyst"):
            self.kill(program)
