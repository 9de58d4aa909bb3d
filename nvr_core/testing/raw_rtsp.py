"""An RTSP client of few lines for tests: shows what is on the wire, byte by byte.

It shares no code with the recorder or with nvr_core.media, so that a test of a simulated camera
is not a mirror of itself. It forgives nothing and decides nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from struct import unpack_from

PATIENCE = 10.0


@dataclass(frozen=True)
class Packet:
    """One interleaved packet."""

    channel: int
    raw: bytes

    @property
    def marker(self) -> bool:
        return bool(self.raw[1] & 0x80)

    @property
    def payload_type(self) -> int:
        return self.raw[1] & 0x7F

    @property
    def sequence(self) -> int:
        return int.from_bytes(self.raw[2:4], "big")

    @property
    def timestamp(self) -> int:
        return int.from_bytes(self.raw[4:8], "big")

    @property
    def ssrc(self) -> int:
        return int.from_bytes(self.raw[8:12], "big")

    @property
    def payload(self) -> bytes:
        return self.raw[12:]


@dataclass(frozen=True)
class Answer:
    """One RTSP answer, its head as it came."""

    status: int
    head: str
    body: str

    def get(self, name: str) -> str:
        """The first value of a header, empty when there is none; blanks around it are kept."""
        found = re.search(rf"^{name}:(.*)\r$", self.head, re.IGNORECASE | re.MULTILINE)
        return found[1].removeprefix(" ") if found else ""

    @property
    def session(self) -> str:
        return self.get("Session").strip().split(";")[0]


@dataclass
class RawClient:
    """One connection: requests, answers and packets in the order of the wire."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    seen: list[Packet | Answer] = field(default_factory=list)
    """Everything that came, in order."""
    headers: dict[str, str] = field(default_factory=lambda: {"User-Agent": "raw"})
    _cseq: int = 0

    @property
    def packets(self) -> list[Packet]:
        return [one for one in self.seen if isinstance(one, Packet)]

    def video(self) -> list[Packet]:
        """RTP packets of the first channel."""
        return [packet for packet in self.packets if packet.channel == 0]

    async def ask(self, method: str, url: str, **headers: str) -> Answer:
        """Send a request and wait for its answer; '_' in header names stands for '-'."""
        self._cseq += 1
        lines = {"CSeq": str(self._cseq), **self.headers}
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.writer.write(f"{method} {url} RTSP/1.0\r\n{text}\r\n".encode())
        while True:
            one = await self.next()
            if isinstance(one, Answer):
                return one

    async def next(self) -> Packet | Answer:
        """The next thing on the wire. Raises IncompleteReadError when the camera has closed."""
        async with asyncio.timeout(PATIENCE):
            first = await self.reader.readexactly(1)
            if first == b"$":
                channel, size = unpack_from(">BH", await self.reader.readexactly(3))
                one: Packet | Answer = Packet(channel, await self.reader.readexactly(size))
            else:
                head = (first + await self.reader.readuntil(b"\r\n\r\n")).decode()
                length = re.search(r"Content-Length: *(\d+)", head, re.IGNORECASE)
                body = await self.reader.readexactly(int(length[1]) if length else 0)
                one = Answer(int(head.split()[1]), head, body.decode())
        self.seen.append(one)
        return one

    async def until(self, enough: Callable[[], object]) -> None:
        """Read on until that is true."""
        while not enough():
            await self.next()

    async def frames(self, count: int) -> list[list[Packet]]:
        """The first whole frames (up to the marker) of the first channel."""
        await self.until(lambda: sum(packet.marker for packet in self.video()) >= count)
        found: list[list[Packet]] = [[]]
        for packet in self.video():
            found[-1].append(packet)
            if packet.marker:
                found.append([])
        return found[:count]

    async def setup(self, url: str, track: int = 0, **headers: str) -> Answer:
        """SETUP of a track on channels 2*track and 2*track+1."""
        way = f"RTP/AVP/TCP;unicast;interleaved={2 * track}-{2 * track + 1}"
        return await self.ask("SETUP", f"{url}/trackID={track}", **{"Transport": way, **headers})

    async def play(self, url: str, tracks: int = 1) -> Answer:
        """SETUP of the first tracks, and PLAY; the answer to PLAY."""
        session = ""
        for track in range(tracks):
            answer = await self.setup(url, track, **({"Session": session} if session else {}))
            session = answer.session
        return await self.ask("PLAY", url, Session=session)

    async def closed(self) -> bool:
        """Read until the camera has closed. True: by a TCP reset."""
        try:
            while True:
                await self.next()
        except asyncio.IncompleteReadError:
            return False
        except ConnectionResetError:
            return True


@asynccontextmanager
async def connect(
    host: str, port: int, tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawClient]:
    """A connection that ends with the block."""
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        yield RawClient(reader, writer)
    finally:
        writer.transport.abort()


def digest(challenge: str, user: str, password: str, method: str, url: str) -> str:
    """The Authorization value for a Digest challenge without qop (RFC 2069), MD5."""
    realm, nonce = (re.findall(rf'{name}="([^"]*)"', challenge)[0] for name in ("realm", "nonce"))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    proof = md5(f"{md5(f'{user}:{realm}:{password}')}:{nonce}:{md5(f'{method}:{url}')}")
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{url}", '
        f'response="{proof}"'
    )
