"""Asks a running house everything that it answers, so that all of it can be read.

Nothing is asked from a list by hand alone: a command or an address that nobody here has a question
for is a sentence in `unasked`.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import aiohttp
from yarl import URL

from nvr_core.cli import COMMANDS
from nvr_core.wire import codec
from nvr_core.wire.wants import Hello
from nvr_web.routes import STATIC, application
from tests.shows.house import RONDA
from tests.shows.office import ROOT

Take = Callable[[str, bytes], object]
"""Is given the name of each answer, and all of its bytes."""
BAD = ("nope", "%00", "..%2f..%2fronda.toml", "'\"<&>", "9" * 400)
"""In place of an id, for the pages that tell a mistake."""
ELSEWHERE = frozenset({"run", "demo"})
"""Commands that are what is asked here, or the same with cameras of their own."""


@dataclass
class Asking:
    """One house's answers."""

    config: Path
    page: str
    take: Take
    answers: Counter[str] = field(default_factory=Counter)
    """How many, of a command, page, live socket, or socket of a recorder."""
    failures: int = 0
    """Answers that were errors: the paths on which much is told."""
    unasked: list[str] = field(default_factory=list)

    def _told(self, kind: str, place: str, content: bytes, *, failed: bool = False) -> None:
        self.answers[kind] += 1
        self.failures += failed
        self.take(place, content)

    async def command(self, *words: str | Path, twice: bool = True, told: str = "") -> bytes:
        """A command as people write it, and with --json. Returns what the first one printed.

        told: what it reads where it asks for a password.
        """
        printed = b""
        for more in ((), ("--json",)) if twice else ((),):
            said = [*map(str, words), *more]
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", RONDA, *said),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=ROOT,
                env={**os.environ, "COLUMNS": "80"},
            )
            out, err = await process.communicate(f"{told}\n".encode())
            place = f"ronda {' '.join(said[:2])}{' --json' if more else ''}"
            self._told("command", place, out + b"\n" + err, failed=process.returncode != 0)
            printed = printed or out
        return printed

    async def commands(self, camera: str, times: Sequence[str], folder: Path) -> None:
        """Every command of `ronda`, right and wrong. times: from, to, and one with footage."""
        begin, end, moment = times
        own = ("--config", self.config)
        questions: Mapping[str, Sequence[Sequence[str | Path]]] = {
            "camera": (
                ("list",),
                ("show", camera),
                ("show", "nope"),
                ("rename", camera, "nope\n"),
                ("remove", camera),
                ("add", camera, "1"),
            ),
            "discover": (("--network", "127.0.99.0/30"), ("--network", "8.8.8.0/24")),
            "device": (("list",), ("show", camera), ("show", "nope"), ("remove", camera)),
            "schedule": ((), (camera,), (camera, "some day"), (camera, "always")),
            "gaps": ((camera,), (camera, begin, end), ("nope",)),
            "coverage": ((), (camera, "--days", "2"), ("nope",)),
            "volumes": ((),),
            "events": ((), ("--since", begin)),
            "check": ((), ("--mend",)),
            "rebuild": ((),),
            "plugins": ((),),
            "doctor": ((),),
            "inspect": ((camera, "--at", moment), (camera, "--at", "2001-01-01T00:00:00Z")),
            "export": (
                (camera, begin, end, folder / "a.mp4", "--overwrite"),
                ("nope", begin, end, folder / "b.mp4"),
            ),
        }
        for name in COMMANDS:
            if name in ELSEWHERE:
                continue
            if name == "record":
                continue  # asked with a login, by `record`
            if name == "renew":
                await self.command(name, *own, twice=False)  # it takes no --json either
                continue
            if name == "systemd":
                # It takes no --json.
                where = ("--prefix", folder / "image")
                await self.command("systemd", "install", *where, *own, twice=False)
                continue
            if name not in questions:
                self.unasked.append(f"nobody asks the command {name}")
                continue
            for words in questions[name]:
                await self.command(name, *words, *own)
        for path in sorted(folder.rglob("*.mp4"))[:1]:
            await self.command("inspect", "--boxes", "--frames", path)

    async def devices(self, url: str, user: str, password: str) -> None:
        """Add devices with a login: as is right, and with every kind of mistake."""
        add = ("device", "add", "rtsp")
        right = ("--set", f"main={url}", "--set", f"username={user}", "--password")
        login = f"rtsp://{user}:{quote(password, '')}@127.0.0.1"
        own = ("--config", self.config)
        for words in (
            ("added", *right),
            ("wrong", "--set", "main=gopher://x/", "--set", f"username={user}", "--password"),
            ("wrong", "--set", f"main={login}:port/x", "--password"),
            ("wrong", "--set", f"main={login}/x", "--set", "username=another", "--password"),
            ("wrong", "--set", "min=x", "--password"),
            ("wrong", *right, "--set", "transport=carrier-pigeon"),
            ("wrong", *right, "--set", f"password={password}"),
            ("wrong\n", *right),
        ):
            await self.command(*add, *words, *own, told=password)
        await self.command("device", "add", "nope", "wrong", *right, *own, told=password)
        await self._tables(url, user, password)
        changes = (("--password",), ("--set", "main=rtp://x", "--password"), ("--name", "new"))
        for change in changes:
            await self.command("device", "set", "added", *change, *own, told=password)
        await self.command("device", "set", "new", "--name", "added", *own)
        await self.command("device", "show", "added", *own)

    async def _tables(self, url: str, user: str, password: str) -> None:
        """Import tables with a login: a right one, twice, and two with a mistake beside it."""
        file = self.config.with_name("devices.csv")
        for row in ("rtsp,imported,", "rtsp,imported,", "rtsp,odd,carrier-pigeon", "acme,none,"):
            head = "vendor,name,transport,main,username,password"
            quoted = password.replace('"', '""')
            file.write_text(f'{head}\n{row},{url},{user},"{quoted}"\n', encoding="utf-8")
            await self.command("device", "import", file, "--config", self.config)
        file.unlink()  # a person's own file: it holds what was written into it

    async def pages(self, cameras: Sequence[str], now: int) -> None:
        """Every address of the route table, with right and wrong ids. now: wall time, µs."""
        async with aiohttp.ClientSession(self.page, auto_decompress=False) as session:
            values = {"camera": tuple(cameras)}
            values |= await parts(session, cameras, now)
            for method, path in addresses(values, self.unasked):
                asks = method == "GET" and not path.startswith("/static/")
                for query in _queries(now) if asks else ("",):
                    await self._ask(session, method, path, query, {"Accept-Language": "en"})
                await self._ask(session, method, path, "", {})
            for headers in (
                {"Host": "evil.example"},
                {"Origin": "http://evil.example"},
                {"Sec-Fetch-Site": "cross-site"},
                {"X-Long": "x" * 9000},
            ):
                for path in ("/", "/api/v1/cameras", "/api/v1/live"):
                    await self._ask(session, "GET", path, "", headers)

    async def _ask(
        self,
        session: aiohttp.ClientSession,
        method: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
    ) -> None:
        url = URL(f"{self.page}{path}{query}", encoded=True)
        with suppress(aiohttp.ClientError):
            async with session.request(method, url, headers=headers) as answer:
                head = f"{answer.status} {answer.reason}\n".encode()
                head += b"\n".join(b": ".join(pair) for pair in answer.raw_headers)
                body = await answer.read()
                self._told(
                    "page", f"{method} {path[:80]}", head + b"\n" + body, failed=answer.status > 399
                )

    async def live(self, cameras: Sequence[str], seconds: float) -> None:
        """What the live view's socket tells meanwhile."""
        async with (
            aiohttp.ClientSession(self.page) as session,
            session.ws_connect("/api/v1/live", headers={"Origin": self.page}) as socket,
        ):
            for channel, camera in enumerate((*cameras, "nope"), 1):
                said = {"type": "subscribe", "channel": channel, "camera": camera, "stream": "main"}
                await socket.send_json(said)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    async for message in socket:
                        data = message.data
                        content = data if isinstance(data, bytes) else str(data).encode()
                        self._told("live socket", "the live socket", content)

    async def facts(self, runtime: Path, seconds: float) -> None:
        """What recorders tell whoever listens."""
        for path in sorted(runtime.glob("*.sock")):
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(seconds):
                    async for content in _listened(path):
                        self._told("socket", f"the socket {path.name}", content)


async def _listened(path: Path) -> AsyncIterator[bytes]:
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        writer.write(codec.encode(Hello(role="listener")))
        while content := await reader.read(1 << 20):
            yield content
    finally:
        writer.close()


async def parts(
    session: aiohttp.ClientSession, cameras: Sequence[str], now: int
) -> Mapping[str, tuple[str, ...]]:
    """Ids of a segment and the place of one of its parts, as the page learns them."""
    for camera in cameras:
        url = f"/api/v1/cameras/{camera}/parts?from={now - 3600 * 1_000_000}"
        async with session.get(url) as answer:
            told = json.loads(await answer.read())
        for item in told["items"]:
            offset, size = item["parts"][0][:2]
            return {
                "segment": (item["segment"],),
                "offset": (str(offset),),
                "size": (str(size),),
            }
    return {}


def addresses(values: Mapping[str, Sequence[str]], unasked: list[str]) -> Iterator[tuple[str, str]]:
    """Method and path of every route, with each of the values and each bad one in its places.

    A place that has no values is a sentence in `unasked`.
    """
    table = application(cast("Any", None)).router
    for resource in table.resources():
        info = resource.get_info()
        if "prefix" in info:
            names = [path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.*")]
            for name in [*names, "", *BAD]:
                yield "GET", f"{info['prefix']}/{name}"
            continue
        pattern = info.get("path") or info["formatter"]
        names = re.findall(r"\{(\w+)\}", pattern)
        if missing := [name for name in names if not values.get(name)]:
            unasked.append(f"{pattern} is asked without a {missing[0]} that is there")
        good = {name: (values.get(name) or BAD)[0] for name in names}
        every = [{**good, name: value} for name in names for value in (*values.get(name, ()), *BAD)]
        for one in every or [good]:
            path = pattern
            for name, value in one.items():
                path = path.replace(f"{{{name}}}", value)
            for method in ("GET", "HEAD", "POST"):
                yield method, path
    yield "GET", "/nowhere"


def _queries(now: int) -> tuple[str, ...]:
    """Right for one address or another, and wrong for all."""
    ago = now - 60 * 1_000_000
    return (
        "",
        f"?from={ago}&to={now}&at={ago}&stream=main",
        f"?from={ago}&to={now}&at={ago}&stream=sub",
        "?from=x&to=-1&at=%00&stream=%27%3C&after=nope/x&day=32&about=nope",
    )
