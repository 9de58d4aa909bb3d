"""What ronda.toml may hold: each field with what is right for it, its meaning and its default.

The descriptions and the `right`s are the text of docs/ref/settings.md and of the sentences about
mistakes; a test compares them with the page.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from nvr_core.kit import sizes
from nvr_core.settings import address
from nvr_core.settings.address import Address, AddressError
from nvr_core.wire.wants import Login

CAMERAS = 256
LEAST_STORAGE = 64 << 20
UPLINK = "office"
"""What all cameras share until somebody says otherwise: the way into this machine."""


def wrong(reason: str) -> PydanticCustomError:
    """A mistake with its own sentence, behind the field and the value."""
    return PydanticCustomError("ronda", "{reason}", {"reason": reason})


def setting(right: str, means: str, default: Any = ..., **more: Any) -> Any:
    """A field: what would be right (it ends sentences), what it means, its default."""
    return Field(default, title=right, description=means, **more)


def _folder_of(given: ValidationInfo) -> Path:
    """The folder of ronda.toml, from which relative paths count."""
    folder: Path = (given.context or {})["folder"]
    return folder


def _path(value: object, given: ValidationInfo) -> object:
    if not isinstance(value, str) or not value or "\0" in value:
        raise wrong("is not the path of a folder; write it as text in quotes")
    whole = (_folder_of(given) / Path(value).expanduser()).absolute()
    # One way to write each folder, for programs compare paths. POSIX alone lets // stand.
    return Path("/" + os.path.normpath(whole).lstrip("/"))


def _address(value: object, given: ValidationInfo) -> object:
    if not isinstance(value, str):
        raise wrong(f"is not an address; {address.USE}")
    try:
        return address.parse(value, _folder_of(given))
    except AddressError as error:
        raise wrong(str(error)) from None


def _size(value: object) -> object:
    if type(value) is int:
        return value
    with contextlib.suppress(ValueError):
        if isinstance(value, str):
            return sizes.parse(value)
    raise wrong('is not a size; write it with its unit, such as "500 GiB"')


def _loopback(host: str) -> str:
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise wrong(
            "is not this machine itself: Ronda has no accounts yet, so everybody who reaches the "
            "page would see the cameras; use 127.0.0.1, and look from elsewhere through ssh -L"
        )
    return host


def _label(name: str) -> str:
    if name != name.strip() or not name.isprintable():
        raise wrong("begins or ends with a blank, or holds a character that cannot be printed")
    return name


Folder = Annotated[Path, BeforeValidator(_path)]
Stream = Annotated[Address, BeforeValidator(_address)]
Size = Annotated[int, BeforeValidator(_size)]


class Section(BaseModel):
    """A table of ronda.toml: unknown fields and loose types are mistakes."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )


class Server(Section):
    """[server]: the page."""

    host: Annotated[str, AfterValidator(_loopback)] = setting(
        "127.0.0.1, ::1 or localhost",
        "Address on which the page answers. Only this machine's own, until there are accounts.",
        "127.0.0.1",
    )
    port: int = setting("a port from 1 to 65535", "TCP port of the page.", 8080, ge=1, le=65535)


class Storage(Section):
    """[storage]: the volume that keeps the footage."""

    folder: Folder | None = setting(
        "the path of a folder",
        "Root folder of the volume: the disk for footage. Default: `volume` in the data folder.",
        None,
    )
    limit: Size | None = setting(
        'a size of at least 64 MiB, such as "500 GiB"',
        "Footage beyond this goes, what was recorded first. Default: what the disk has. Room for "
        "two hours of recording is kept free, or a tenth of the limit where that is less.",
        None,
        ge=LEAST_STORAGE,
    )
    days: int = setting(
        "whole days from 1 to 3660",
        "Footage older than this goes, also when there is room for more; never while the clock is "
        "in doubt, and never more than twice as fast as it came.",
        14,
        ge=1,
        le=3660,
    )


def _names(value: object) -> object:
    if not isinstance(value, list):
        raise wrong('is not a list of names, such as ["acme"]')
    if not all(isinstance(one, str) and one for one in value):
        raise wrong('with something that is no name in quotes; write it as ["acme"]')
    return tuple(value)


class Plugins(Section):
    """[plugins]: which plugins take part."""

    blocked: Annotated[tuple[str, ...], BeforeValidator(_names)] = setting(
        'a list of names, such as ["acme"]',
        "Plugins that are not loaded, by name, bundled ones too.",
        (),
    )
    folder: Folder | None = setting(
        "the path of a folder",
        "Folder of plugins that are one file each, `*.py`. Default: none.",
        None,
    )


class Camera(Section):
    """[[camera]]: one camera, as often as there are cameras."""

    name: Annotated[str, AfterValidator(_label)] = setting(
        "a name of 1 to 60 characters",
        "What people call it. Footage stays with the name: a camera that gets another name here "
        "begins anew, and one that gets its old name back finds its footage.",
        min_length=1,
        max_length=60,
    )
    main: Stream = setting(
        "an address",
        "The large stream, which is recorded: `rtsp://`, `rtsps://`, `http(s)://….m3u8`, "
        "`rtmp(s)://`, or the path of a file, which is played in a loop. A login may stand in "
        "it, percent-encoded.",
    )
    sub: Stream | None = setting(
        "an address",
        "The small stream of the same camera, for the wall of pictures. It is kept in memory "
        "only. Default: none.",
        None,
    )
    user: str = setting(
        "text",
        "User name at the camera, written plainly. Not together with a login in an address.",
        "",
        max_length=256,
    )
    password: str = setting(
        "text",
        "Password at the camera, written plainly. It is never shown or logged.",
        "",
        max_length=256,
        repr=False,
    )
    transport: Literal["tcp", "udp"] = setting(
        '"tcp" or "udp"',
        "How RTP travels: inside the RTSP connection, or as datagrams, of which the network may "
        "lose some.",
        "tcp",
    )
    uplink: Annotated[str, AfterValidator(_label)] = setting(
        "a name of at most 60 characters",
        "What it shares on the way here with other cameras: a radio link, say. Cameras of one "
        "uplink that fail together tell of a dead network, not of dead cameras, and come back a "
        "few at a time. Default: one for all. Empty: none.",
        UPLINK,
        max_length=60,
    )
    audio: bool = setting(
        "true or false", "Whether sound is recorded too, into files of its own.", False
    )
    verify_tls: bool = setting(
        "true or false",
        "Whether the certificate of an `rtsps://` or `https://` address is checked. Cameras "
        "mostly make their own, which nobody can check.",
        True,
    )
    keep: bool = setting(
        "true or false",
        "Whether the main stream is recorded on the volume. false: seen live only.",
        True,
    )

    @property
    def login(self) -> Login | None:
        """The one login of the camera, from its fields or from an address."""
        if self.user or self.password:
            return Login(user=self.user, password=self.password)
        return self.main.login or (self.sub.login if self.sub else None)

    @model_validator(mode="after")
    def _has_one_login(self) -> Self:
        streams = [self.main, self.sub] if self.sub else [self.main]
        logins = [stream.login for stream in streams if stream.login]
        if self.user or self.password:
            logins.append(Login(user=self.user, password=self.password))
        if any(login != logins[0] for login in logins):
            raise wrong(
                "has two different logins, in its addresses or its fields user and password; "
                "write it once"
            )
        return self


class Settings(Section):
    """The whole of ronda.toml. Paths are absolute, and addresses carry no login."""

    data: Folder = setting(
        "the path of a folder",
        "The data folder: catalogue, journal, key. Relative paths count from the folder of "
        "ronda.toml. Default: `data` beside it.",
        "data",
        validate_default=True,
    )
    runtime: Folder | None = setting(
        "the path of a folder",
        "Folder in memory for sockets and the newest half minutes. Default: what systemd gives "
        "(`$RUNTIME_DIRECTORY`), else one in `/dev/shm`.",
        None,
    )
    server: Server = setting("a table, [server]", "The page.", Server())
    storage: Storage = setting("a table, [storage]", "Where footage is kept.", Storage())
    plugins: Plugins = setting("a table, [plugins]", "Plugins that take part.", Plugins())
    camera: tuple[Camera, ...] = setting(
        "a list of tables, each under [[camera]]",
        "The cameras, at most 256.",
        (),
        max_length=CAMERAS,
        strict=False,
    )

    @property
    def volume(self) -> Path:
        """Root folder of the volume that keeps the footage."""
        return self.storage.folder or self.data / "volume"

    @model_validator(mode="after")
    def _has_distinct_names(self) -> Self:
        seen: dict[str, int] = {}
        for place, camera in enumerate(self.camera, 1):
            if (first := seen.setdefault(camera.name.casefold(), place)) != place:
                raise wrong(
                    f'[[camera]] {first} and [[camera]] {place} are both named "{camera.name}"; '
                    "give one of them another name"
                )
        return self
