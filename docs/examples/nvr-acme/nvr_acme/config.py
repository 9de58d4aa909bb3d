"""What a person fills in for one Acme device; Ronda makes the form of it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from nvr_core.contract import ConfigInvalid, DeviceConfig, Text, option

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?")
ADDRESS = Text("a host or an IP address, such as 192.0.2.64")


class AcmeConfig(DeviceConfig):
    """`address`, `port`, `username` and `password` come from DeviceConfig."""

    address: str = option(label=Text("Address"), right=ADDRESS, longest=253)
    audio: bool = option(
        False,
        label=Text("Audio"),
        means=Text("Whether sound is recorded too, of channels that have a microphone."),
    )

    @classmethod
    def tidied(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """People paste what stands in a browser; its parts move to the fields they belong to."""
        pasted = given.get("address")
        if not isinstance(pasted, str) or not pasted.strip().startswith("http://"):
            return given
        try:
            parts = urlsplit(pasted.strip())
            host, port = parts.hostname, parts.port
        except ValueError:  # a port that is no number, or a broken [IPv6]
            host, port = None, None
        if not host:
            raise ConfigInvalid(
                Text("It names no host; write {right}.", right=ADDRESS), option="address"
            )
        tidy = {**given, "address": host}
        if port:
            tidy["port"] = port
        if parts.username:
            # The password must reach its own field before anything is stored: there it is sealed.
            tidy["username"] = unquote(parts.username)
            tidy["password"] = unquote(parts.password or "")
        return tidy

    def check(self) -> None:
        if not _is_host(self.address):
            raise ConfigInvalid(Text("It is not {right}.", right=ADDRESS), option="address")
        if not self.username:
            raise ConfigInvalid(
                Text("An Acme device lets nobody in without a user name; write it."),
                option="username",
            )

    @property
    def host(self) -> str:
        """The address as a url holds it: an IPv6 address stands in brackets."""
        return f"[{self.address}]" if ":" in self.address else self.address


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return HOST.fullmatch(text) is not None
    return True
