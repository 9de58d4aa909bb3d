"""A house whose cameras ask for logins, written in each place where one may stand."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from urllib.parse import quote

from nvr_core.simulators import CameraSpec
from nvr_core.simulators.site import Site
from tests.shows.house import House
from tests.shows.leaks import Secret
from tests.shows.office import FPS

SECRETS = {
    secret.name: secret
    for secret in (
        Secret("of Digest", "op", "k#3/ä\"x\\:&<9q z'z"),
        Secret("of Basic", "admin", "b@5 %2F'+=zt&~\\n"),
        Secret("in an address", "in@url", 'u:r@l/p?w#[7]%41"s'),
        Secret("that is wrong", "op2", "wr0ng'pa\"ss\\d <z>"),
        Secret("of a feed", "viewer", "hls:7&x=\"y'/% k"),
        Secret("at a closed door", "op3", "d00r/+é&\\t\"'?x"),
        Secret("of a device", "op5", "d3v&ice\"s'%/\\ <ü"),
        Secret("in wrong settings", "op4", "m1st@ke='\"\\<&>/é"),
    )
}
"""Devices that are added by a command get theirs here too, and are furnished in `furnish`."""
MISTAKES: Mapping[str, Mapping[str, str | int | bool]] = {
    "a login twice": {
        "main": "rtsp://{user}:{quoted}@127.0.0.1/x",
        "user": "u",
        "password": "{text}",
    },
    "an address that is none": {"main": "rtsp://{user}:{text}@127.0.0.1:port/x"},
    "a scheme that is none": {"main": "gopher://{user}:{quoted}@127.0.0.1/x"},
    "a password without a user": {"main": "rtsp://127.0.0.1/x", "password": "{text}"},
    "a password that is too long": {
        "main": "rtsp://127.0.0.1/x",
        "user": "u",
        "password": "{text}" * 20,
    },
    "a field that is none": {"main": "rtsp://127.0.0.1/x", "pasword": "{text}"},
    "a password of a wrong kind": {"main": "rtsp://127.0.0.1/x", "user": "{text}", "password": 5},
}
"""Cameras in ronda.toml that are refused, and the refusal must not quote the password.

What is written as a name, or as the user, is none: sentences repeat those.
"""


def specs() -> list[CameraSpec]:
    """Small cameras that ask for logins, in every way that simulated ones can."""
    shared = {"width": 320, "height": 180, "fps": FPS, "label": "office", "scene": "gang"}
    return [
        CameraSpec(
            name=name,
            sub=sub,
            user=SECRETS[secret].user,
            password=SECRETS[secret].password,
            auth=auth,  # type: ignore[arg-type] # one of Auth
            **shared,  # type: ignore[arg-type] # fields of CameraSpec
        )
        for name, secret, auth, sub in (
            ("digest", "of Digest", "digest", True),
            ("sha", "of Digest", "digest-sha256", False),
            ("basic", "of Basic", "basic", True),
            ("address", "in an address", "digest-both", False),
            ("right", "of Digest", "digest", False),
            ("added", "of a device", "digest", False),
            ("stops", "of Basic", "basic", False),
        )
    ]


def furnish(house: House, site: Site, stops: Site, hls: str) -> None:
    """Cameras with a login in each place where one may be written."""
    shut = SECRETS["at a closed door"]
    house.write(
        [
            _camera("digest", site.url("digest"), "of Digest", sub=site.url("digest", sub=True)),
            _camera("sha", site.url("sha"), "of Digest"),
            _camera("basic", site.url("basic"), "of Basic", sub=site.url("basic", sub=True)),
            {"name": "address", "main": site.url("address", login=True)},
            _camera("refused", site.url("right"), "that is wrong"),
            _camera("stops", stops.url("stops"), "of Basic"),
            _camera("feed", hls, "of a feed"),
            _camera("feed-refused", hls, "that is wrong"),
            _camera("nowhere", site.url("digest").replace("digest", "nowhere"), "at a closed door"),
            {
                "name": "closed",
                "main": f"rtsp://{shut.user}:{quote(shut.password, '')}@127.0.0.1:{free_port()}/x",
            },
        ]
    )


def _camera(name: str, main: str, secret: str, **more: str) -> dict[str, str]:
    own = SECRETS[secret]
    return {"name": name, "main": main, "user": own.user, "password": own.password, **more}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
