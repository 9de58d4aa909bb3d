"""`ronda record URL FOLDER`: one camera into a folder, without a server or settings."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import click

from nvr_core.clock import SECOND, SystemClock
from nvr_core.recorder.options import Options
from nvr_core.recorder.running import Setting, installation_id, recording
from nvr_core.recording.wants import login_group
from nvr_core.settings import address
from nvr_core.settings.address import Address, AddressError
from nvr_core.wire import codec, volume
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.facts import (
    FragmentWritten,
    LoginParked,
    Notice,
    Numbered,
    SegmentClosed,
    StreamState,
)
from nvr_core.wire.lock import single
from nvr_core.wire.wants import Source, StreamWant, Want

CAMERA = "00000000-0000-7000-8000-000000000001"
"""The one camera of such a folder."""


@dataclass
class Progress:
    """What the progress line says."""

    state: str = "connecting"
    sentence: str = ""
    bytes: int = 0
    media: float = 0.0
    segments: int = 0
    scale: dict[str, int] = field(default_factory=dict)

    def line(self) -> str:
        shown = f"{self.state}  {self.media:8.1f} s  {self.bytes / 1e6:8.1f} MB  "
        return shown + f"{self.segments} segments closed  {self.sentence}"


def read_address(text: str) -> Address:
    """By the same rule as in ronda.toml. Raises SentenceError for what cannot be recorded."""
    try:
        return address.parse(text, Path())
    except AddressError as error:
        raise SentenceError(f"{address.shown(text)} {error}") from None


@click.command()
@click.argument("url")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--seconds", type=float, default=None, help="Stop after this long; else Ctrl-C.")
@click.option("--audio", is_flag=True, help="Record the sound too, into files of its own.")
@click.option("--udp", is_flag=True, help="RTP over UDP instead of the RTSP connection.")
@click.option("--insecure", is_flag=True, help="Take a camera's self-made TLS certificate.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of text.")
def command(
    url: str,
    folder: Path,
    seconds: float | None,
    audio: bool,
    udp: bool,
    insecure: bool,
    as_json: bool,
) -> None:
    """Record one camera into FOLDER until Ctrl-C."""
    place = read_address(url)
    source = Source(
        url=place.url,
        login=place.login,
        transport="udp" if udp else "tcp",
        verify_tls=not insecure,
    )
    home = folder / ".ronda"
    home.mkdir(parents=True, exist_ok=True)
    with single(home / "record.lock"), tempfile.TemporaryDirectory(prefix="ronda-") as runtime:
        setting = Setting(
            name=place.recorder,
            data=home,
            runtime=Path(runtime),
            options=Options(),
            clock=SystemClock(),
        )
        progress = asyncio.run(_record(source, folder, setting, seconds, audio, as_json))
    if progress.media == 0:
        raise SentenceError(f"nothing was recorded: {progress.sentence or progress.state}")


async def _record(
    source: Source,
    folder: Path,
    setting: Setting,
    seconds: float | None,
    audio: bool,
    as_json: bool,
) -> Progress:
    volume.prepare(folder, installation_id(setting.data, setting.clock))
    streams = [
        StreamWant(
            camera=CAMERA,
            stream=stream,
            source=source,
            login_group=login_group(source.url, source.login),
            volume=str(folder.resolve()),
        )
        for stream in (("main", "main-audio") if audio else ("main",))
    ]
    progress = Progress()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)

    def listen(line: bytes, _kept: bool) -> None:
        _note(progress, codec.decode(line))
        if as_json:
            click.echo(line.decode(), nl=False)

    async with recording(setting) as running:
        running.telling.subscribe(listen)
        running.recorder.want(Want(serial=1, streams=tuple(streams)))
        until = None if seconds is None else loop.time() + seconds
        while not ended.is_set() and (until is None or loop.time() < until):
            if not as_json and sys.stderr.isatty():
                click.echo(f"\r\x1b[K{progress.line()}", nl=False, err=True)
            try:
                async with asyncio.timeout(0.5):
                    await ended.wait()
            except TimeoutError:
                continue
    if not as_json:
        click.echo(
            f"\r\x1b[K{progress.line()}" if sys.stderr.isatty() else progress.line(), err=True
        )
    else:
        click.echo(json.dumps({"type": "ended", "seconds": round(progress.media, 3)}))
    return progress


def _note(progress: Progress, message: object) -> None:
    fact = message.fact if isinstance(message, Numbered) else message
    if isinstance(fact, StreamState):
        progress.state, progress.sentence = fact.state, fact.sentence
    elif isinstance(fact, Notice | LoginParked):
        progress.sentence = fact.sentence
    elif isinstance(fact, FragmentWritten):
        progress.bytes += fact.size
    elif isinstance(fact, SegmentClosed) and fact.width:
        progress.segments += 1
        progress.media += fact.duration / SECOND
