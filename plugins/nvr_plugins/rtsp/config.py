"""What a person knows of a camera without a brand: its addresses and its login."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nvr_core.contract import Config, ConfigInvalid, Login, Secret, Text, Transport, option
from nvr_core.kit.address import LENGTH, Address, AddressError, parse

ADDRESS = Text(
    "an address such as rtsp://…, rtsps://…, http(s)://….m3u8, rtmp(s)://… or the path of a file"
)
ROOT = Path("/")
STREAMS = ("main", "sub")


class RtspConfig(Config):
    """Addresses are kept without their logins; the login is one for both."""

    main: str = option(
        label=Text("Main address"),
        means=Text("The large stream, which is recorded. A login may stand in it."),
        right=ADDRESS,
        longest=LENGTH,
    )
    sub: str = option(
        "",
        label=Text("Sub address"),
        means=Text("The small stream of the same camera, for the wall of pictures."),
        right=ADDRESS,
        longest=LENGTH,
    )
    username: str = option("", label=Text("User name"), longest=256)
    password: Secret = option(Secret(""), label=Text("Password"))
    transport: Transport = option(
        Transport.TCP,
        label=Text("Transport"),
        means=Text("How RTP travels; with udp the network may lose some of it."),
    )
    audio: bool = option(
        False, label=Text("Audio"), means=Text("Whether sound is recorded too, into its own files.")
    )
    verify_tls: bool = option(
        True,
        label=Text("Check the certificate"),
        means=Text("Of rtsps:// and https:// addresses. Cameras mostly make their own."),
    )

    @classmethod
    def tidied(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """A login inside an address moves to its fields, where it is kept as a secret."""
        tidy = dict(given)
        for name in STREAMS:
            if isinstance(given.get(name), str) and given[name]:
                _tidy(name, tidy)
        return tidy

    def check(self) -> None:
        if not self.main:
            raise ConfigInvalid(Text("It is missing; write {right}.", right=ADDRESS), option="main")
        for name, address in self.addresses():
            if address.url.startswith("file:") and not getattr(self, name).startswith(
                ("/", "file:")
            ):
                raise ConfigInvalid(
                    Text("The path of a file must begin with /, such as /srv/loop.mp4."),
                    option=name,
                )

    def addresses(self) -> Iterator[tuple[str, Address]]:
        """Role and address of each stream there is. Raises ConfigInvalid."""
        for name in STREAMS:
            if text := getattr(self, name):
                yield name, _parsed(name, text)

    @property
    def login(self) -> Login | None:
        if not self.username and not self.password:
            return None
        return Login(user=self.username, password=self.password)


def _tidy(name: str, tidy: dict[str, Any]) -> None:
    address = _parsed(name, tidy[name])
    if address.login is None:
        return
    tidy[name] = address.url
    own = (tidy.get("username") or "", _revealed(tidy.get("password")))
    found = (address.login.user, address.login.password.reveal())
    if own not in (("", ""), found):
        raise ConfigInvalid(
            Text("The camera has two different logins, in its addresses or fields; write it once."),
            option="username",
            code="two-logins",
        )
    tidy["username"], tidy["password"] = found


def _revealed(password: object) -> str:
    return password.reveal() if isinstance(password, Secret) else str(password or "")


def _parsed(name: str, text: str) -> Address:
    try:
        return parse(text, ROOT)
    except AddressError as error:
        raise ConfigInvalid(Text("The address {why}.", why=error.text), option=name) from None
