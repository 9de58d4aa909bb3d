"""A stream as a vendor names it: where it is and how to log in; the core opens and records it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nvr_core.contract.secrecy import HIDDEN, Secret

_USERINFO = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*@", re.IGNORECASE)


class Role(StrEnum):
    """Which encoding of a channel: the large one that is recorded, or the small one."""

    MAIN = "main"
    SUB = "sub"


class Transport(StrEnum):
    """How RTP travels: inside the RTSP connection, or as datagrams, which a network may lose."""

    TCP = "tcp"
    UDP = "udp"


class Refresh(StrEnum):
    """When a recorder asks for another source: before each connect but the first with this one, or
    when the device refused it. One that expires is asked for in time, whatever stands here."""

    NEVER = "never"
    EACH_CONNECT = "each_connect"
    ON_REFUSAL = "on_refusal"


@dataclass(frozen=True, kw_only=True)
class Login:
    """A user name and a password."""

    user: str
    password: Secret


@dataclass(frozen=True, kw_only=True)
class StreamSource:
    """Where a stream comes from. Raises ValueError for a url with a login inside."""

    url: str
    login: Login | None = None
    transport: Transport = Transport.TCP
    verify_tls: bool = True
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """HTTP headers that the url needs."""
    expires_at: int | None = None
    """Wall time in µs after which the url is worthless."""
    refresh: Refresh = Refresh.NEVER
    secret_parts: tuple[str, ...] = field(default=(), repr=False)
    """Pieces of the url that are secret, for brands that put passwords into paths."""

    def __post_init__(self) -> None:
        if _USERINFO.match(self.url):
            raise ValueError("the url of a StreamSource carries no login; it has a field for it")

    def __repr__(self) -> str:
        url = self.url
        for part in self.secret_parts:
            url = url.replace(part, HIDDEN) if part else url
        return (
            f"StreamSource(url={url!r}, login={self.login!r}, transport={self.transport.value!r}, "
            f"verify_tls={self.verify_tls!r}, refresh={self.refresh.value!r})"
        )
