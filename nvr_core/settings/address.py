"""The address of a stream in ronda.toml: the rules of nvr_core.kit, and who opens it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nvr_core.kit import address
from nvr_core.kit.address import USE, AddressError, shown
from nvr_core.wire.wants import Login

__all__ = ["USE", "Address", "AddressError", "parse", "shown"]


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a stream is. The url carries no login."""

    url: str
    login: Login | None = None

    @property
    def recorder(self) -> str:
        """Which recorder opens it: "rtsp", or "av" for all that needs PyAV."""
        return "rtsp" if self.url.partition(":")[0] in address.RTSP else "av"


def parse(text: str, folder: Path) -> Address:
    """Read an address; a relative path of a file begins at `folder`. Raises AddressError."""
    found = address.parse(text, folder)
    login = found.login
    return Address(
        url=found.url,
        login=Login(user=login.user, password=login.password.reveal()) if login else None,
    )
