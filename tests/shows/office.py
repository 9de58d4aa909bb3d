"""A small office whose recorder is ill-treated: cameras, a data folder, a volume, a desired set."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from nvr_core.clock import Clock, SystemClock
from nvr_core.recorder.running import installation_id
from nvr_core.simulators import CameraSpec
from nvr_core.wire import codec, seal, volume
from nvr_core.wire.wants import Login, Source, StreamWant, Want

ROOT = Path(__file__).parents[2]
LOOPS = ROOT / ".cache" / "loops"
FPS = 12
LAP = 60 * FPS
"""Frames of a camera's loop, after which the drawn numbers begin anew."""


def cameras(count: int) -> list[CameraSpec]:
    """Small pictures that share one loop, spread over the time of a frame."""
    return [
        CameraSpec(
            name=f"cam-{number:03d}",
            width=320,
            height=180,
            fps=FPS,
            label="office",
            scene="gang",
            sub=False,
            delay_ms=number * 83 // count,
        )
        for number in range(count)
    ]


@dataclass(frozen=True)
class Office:
    """The folders of one installation."""

    data: Path
    volume: Path
    runtime: Path
    clock: Clock

    @staticmethod
    def at(disk: Path, runtime: Path) -> Office:
        """Everything on one disk; the runtime folder where memory is."""
        return Office(disk / "data", disk / "volume", runtime, SystemClock())

    def prepare(
        self, urls: Sequence[str], *, logins: Mapping[str, tuple[str, str]] = MappingProxyType({})
    ) -> None:
        """Make a volume, and seal a desired set as a server would: a recorder then needs none.

        logins: user and password of cameras that want them, by name.
        """
        streams = tuple(
            StreamWant(
                camera=url.rsplit("/", 1)[1],
                stream="main",
                source=Source(url=url, login=_login(logins.get(url.rsplit("/", 1)[1]))),
                login_group=url,
                volume=str(self.volume),
            )
            for url in urls
        )
        self.want(*streams)

    def want(self, *streams: StreamWant) -> None:
        """The same with these streams."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.runtime.mkdir(parents=True, exist_ok=True)
        volume.prepare(self.volume, installation_id(self.data, self.clock))
        line = codec.encode(Want(serial=1, streams=streams))
        sealed = self.data / "want" / "rtsp.sealed"
        sealed.parent.mkdir(exist_ok=True)
        sealed.write_bytes(seal.seal(seal.load_or_make_key(self.data), line, b"want rtsp"))
        subprocess.run(["sync", "-f", str(self.data)], check=True)

    @property
    def journal(self) -> Path:
        return self.data / "journal" / "rtsp"


def _login(given: tuple[str, str] | None) -> Login | None:
    return Login(user=given[0], password=given[1]) if given else None
