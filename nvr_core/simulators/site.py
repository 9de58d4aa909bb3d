"""A site of simulated cameras: one address, many cameras, all of them on this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from nvr_core.clock import Clock, SystemClock
from nvr_core.simulators.camera import REMEMBERED, Camera
from nvr_core.simulators.certificate import make_certificate
from nvr_core.simulators.conversation import Conversation
from nvr_core.simulators.description import ABSOLUTE
from nvr_core.simulators.guard import LoginAttempt
from nvr_core.simulators.loops import Spec
from nvr_core.simulators.shelf import Shelf
from nvr_core.simulators.spec import CameraSpec, Stream


def check_host(host: str) -> str:
    """The address, if it is this machine's own: simulated cameras are not for networks.

    Raises ValueError with a sentence otherwise.
    """
    try:
        address = ipaddress.IPv4Address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise ValueError(
            f"Simulated cameras serve this machine only: host {host!r} must be an address from "
            "127.0.0.0 to 127.255.255.255."
        )
    return str(address)


class Site:
    """Running cameras; made by simulate()."""

    def __init__(self, host: str, shelf: Shelf, cameras: Sequence[Camera]) -> None:
        self.host = host
        self.port = 0
        self.tls_port = 0
        """0: there is no rtsps."""
        self.certificate: Path | None = None
        """PEM file of the rtsps certificate (and its key)."""
        self.clock = shelf.clock
        self.cameras = {camera.spec.name: camera for camera in cameras}
        self.conversations: set[Conversation] = set()
        self.route: Callable[[str, str], str | None] = lambda path, method: path
        """Path and method of a request → the path of a camera, None: 404. A test's to replace."""

    def camera(self, name: str) -> Camera:
        """The camera of that name."""
        return self.cameras[name]

    @property
    def logins(self) -> tuple[LoginAttempt, ...]:
        """Every attempt to log in at any camera, in order."""
        attempts = [attempt for camera in self.cameras.values() for attempt in camera.logins]
        return tuple(sorted(attempts, key=lambda attempt: attempt.at))

    def url(self, name: str, *, sub: bool = False, tls: bool = False, login: bool = False) -> str:
        """The address of a camera's stream; login puts user and password into it."""
        spec = self.cameras[name].spec
        if sub and not spec.sub:
            raise ValueError(f"The camera {name} has no sub stream.")
        if tls and not self.tls_port:
            raise ValueError("This site has no rtsps; start it with tls=True.")
        who = f"{quote(spec.user, '')}:{quote(spec.password, '')}@" if login and spec.user else ""
        scheme, port = ("rtsps", self.tls_port) if tls else ("rtsp", self.port)
        return f"{scheme}://{who}{self.host}:{port}/{name}{'/sub' if sub else ''}"

    def find(self, path: str, method: str) -> tuple[Camera, Stream] | None:
        """The camera and stream that a path names."""
        led = self.route(path, method)
        if led is None:
            return None
        name, _, rest = led.removesuffix("/" + ABSOLUTE).partition("/")
        camera = self.cameras.get(name)
        if camera is None or rest not in ("", "sub") or (rest and not camera.spec.sub):
            return None
        return camera, "sub" if rest else "main"


def _wanted(specs: Sequence[CameraSpec]) -> list[Spec]:
    wanted: list[Spec] = [spec.picture(stream) for spec in specs for stream in spec.streams]
    return wanted + [spec.sound for spec in specs if spec.sound]


@asynccontextmanager
async def simulate(
    specs: Sequence[CameraSpec],
    *,
    cache: Path,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: bool = False,
    tls_port: int = 0,
    clock: Clock | None = None,
    remembered: int = REMEMBERED,
) -> AsyncIterator[Site]:
    """Serve cameras until the block ends; port 0 takes a free one, tls adds rtsps (row 24).

    remembered: how many frames and requests each camera keeps for tests to ask.

    Loops that are missing in the cache folder are encoded first, which takes seconds. Raises
    ValueError for what cannot be served and OSError for a port that is taken.
    """
    host = check_host(host)
    if len({spec.name for spec in specs}) < len(specs):
        raise ValueError("Two simulated cameras have the same name; each needs its own.")
    clock = clock or SystemClock()
    shelf = Shelf(cache, clock)
    cameras = [Camera(spec, shelf, remembered) for spec in specs]
    await shelf.fill(_wanted(specs))
    site = Site(host, shelf, cameras)
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        server = await loop.create_server(lambda: Conversation(site), host, port)
        stack.callback(server.close)
        site.port = server.sockets[0].getsockname()[1]
        if tls:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="ronda-simulator-")))
            site.certificate = make_certificate(folder, host, clock)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(site.certificate)
            server = await loop.create_server(
                lambda: Conversation(site), host, tls_port, ssl=context
            )
            stack.callback(server.close)
            site.tls_port = server.sockets[0].getsockname()[1]
        try:
            yield site
        finally:
            for conversation in tuple(site.conversations):
                conversation.transport.abort()
            for camera in cameras:
                for session in camera.sessions:
                    camera.close(session)
