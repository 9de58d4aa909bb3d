"""What a server wants recorded: the desired set, always whole, never a command."""

from __future__ import annotations

from dataclasses import dataclass, field

from nvr_core.wire.names import PathPart, Root

PROTOCOL = 1


@dataclass(frozen=True, kw_only=True)
class Login:
    """A user name and a password; the password stays out of every repr."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a stream comes from. The url never carries a login."""

    url: str
    login: Login | None = None
    transport: str = "tcp"
    """tcp (interleaved) or udp."""
    verify_tls: bool = True
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    expires_at: int | None = None
    """Wall time in µs after which the url is worthless: it is not tried any more."""
    refresh: str = "never"
    """never, each_connect or on_refusal: when a recorder says that it needs another url. One that
    came meanwhile is used at the next connect, and cuts no running stream."""

    secret_parts: tuple[str, ...] = field(default=(), repr=False)
    """Pieces of the url that are secret: no sentence repeats them."""

    def hide(self, text: str) -> str:
        """The text without secret pieces of the url."""
        for part in self.secret_parts:
            text = text.replace(part, "…") if part else text
        return text

    @property
    def lasting(self) -> bool:
        """Whether the url stays good: then another one is another source."""
        return self.refresh == "never" and self.expires_at is None


@dataclass(frozen=True, kw_only=True)
class Window:
    """Wall time [start, end) in µs."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class StreamWant:
    """One stream that somebody wants: kept on a volume, or only in a ring."""

    camera: PathPart
    """Camera id, a UUID."""
    stream: PathPart
    """main, sub, main-audio or sub-audio. An audio stream names the source of its video."""
    source: Source
    login_group: str
    """Streams of one device share its login: one refusal parks them all."""
    uplink: str = ""
    keep_always: bool = True
    windows: tuple[Window, ...] = ()
    """When keep_always is false, the spans that are kept (the next 48 hours); else a ring."""
    volume: Root = ""
    """Root folder of the volume that keeps it."""
    ring_seconds: int = 30
    fragment_ms: int = 500
    """Longest fragment; the server lowers it to 250 while somebody watches."""
    rank: int = 0
    """When the disk is slow the lowest rank is dropped first."""

    @property
    def key(self) -> str:
        """The name of the stream everywhere: '<camera>/<stream>'."""
        return f"{self.camera}/{self.stream}"

    @property
    def audio(self) -> bool:
        return self.stream.endswith("-audio")


@dataclass(frozen=True, kw_only=True)
class Want:
    """The whole desired set of one recorder."""

    serial: int
    """Grows with every change; an older set than the one in force is ignored."""
    streams: tuple[StreamWant, ...]
    reclaim: tuple[str, ...] = ()
    """Absolute paths of the files that go first: all a recorder may unlink by itself, in this
    order, and only while its disk is full."""


@dataclass(frozen=True, kw_only=True)
class Hello:
    """First message of a listener or of the one controlling server."""

    role: str = "listener"
    """controller or listener."""
    version: int = PROTOCOL


@dataclass(frozen=True, kw_only=True)
class Ack:
    """Every fact up to this number is safe elsewhere; the journal may forget it."""

    number: int
