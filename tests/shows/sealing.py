"""A desired set as a server leaves it for a recorder that starts without one."""

from __future__ import annotations

from collections.abc import Sequence

from nvr_core.wire import codec, seal
from nvr_core.wire.wants import StreamWant, Want
from tests.shows.office import Office


def seal_want(office: Office, streams: Sequence[StreamWant]) -> None:
    """Make this the whole desired set of the recorder that starts next."""
    line = codec.encode(Want(serial=1, streams=tuple(streams)))
    sealed = seal.seal(seal.load_or_make_key(office.data), line, b"want rtsp")
    (office.data / "want" / "rtsp.sealed").write_bytes(sealed)
