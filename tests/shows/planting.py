"""Proves that a scan can fail: each form of each password is planted, and must be found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web

from tests.core.recorder import feeding
from tests.shows.leaks import Scan, Secret

WAITING = "print(flush=True); input()"
AROUND = b'\x00\x01ftypmp42 {"a": "', b'"}\xff\xfe'
"""What stands before and behind it: neither text nor binary alone."""


@dataclass
class Planted:
    """What was planted, and what of it was not found, as sentences."""

    planted: int = 0
    missed: list[str] = field(default_factory=list)

    def must(self, where: str, what: str, found: Iterable[str]) -> None:
        self.planted += 1
        if not list(found):
            self.missed.append(f"{what} was planted in {where} and not found")


async def prove(secrets: Iterable[Secret], folder: Path) -> Planted:
    """Plant in files, in answers over HTTP, in a command line and in an environment."""
    every = list(secrets)
    scan, done = Scan(every), Planted()
    before, behind = AROUND
    folder.mkdir(parents=True)
    forms = list(scan.forms.items())
    for number, (form, what) in enumerate(forms):
        path = folder / str(number)
        path.mkdir()
        (path / "file").write_bytes(before * 1000 + form + behind)
        done.must("a file", what, scan.tree(path))

    async def answer(request: web.Request) -> web.StreamResponse:
        number = int(request.match_info["path"])
        return web.Response(body=before + forms[number][0] + behind)

    async with feeding.answering(answer) as address, aiohttp.ClientSession(address) as session:
        for number, (_, what) in enumerate(forms):
            async with session.get(f"/{number}") as answered:
                done.must("an answer", what, scan.look("an answer", await answered.read()))
    for secret in every:
        _process(secret, done)
    shutil.rmtree(folder)
    return done


def _process(secret: Secret, done: Planted) -> None:
    said = [sys.executable, "-c", WAITING, secret.password]
    environment = {**os.environ, "PLANTED": secret.password}
    for where, arguments, env in (
        ("a command line", said, None),
        ("an environment", said[:-1], environment),
    ):
        with subprocess.Popen(
            arguments, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            try:
                # The kernel shows both a moment after exec() has returned to whoever started it.
                assert process.stdout is not None
                process.stdout.readline()
                found = Scan([secret]).processes([process.pid])
                own = [one for one in found if f"process {process.pid} " in one]
                done.must(where, f"the password {secret.name}", own)
            finally:
                process.kill()
