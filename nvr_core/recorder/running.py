"""From a command line to a recorder that runs: what it opens, in written order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nvr_core.clock import Clock
from nvr_core.media.track import FrameSink
from nvr_core.recorder import disk, history
from nvr_core.recorder.buffers import Buffers
from nvr_core.recorder.ghosts import Ghosts
from nvr_core.recorder.logins import Logins
from nvr_core.recorder.options import Options
from nvr_core.recorder.program import Recorder
from nvr_core.recorder.puller import Connect, Conversation, source_key
from nvr_core.recorder.serving import Serving
from nvr_core.recorder.session import RtspSession, Terms
from nvr_core.recorder.telling import Telling, first_number
from nvr_core.recorder.ticking import ticking
from nvr_core.recorder.worker import Worker
from nvr_core.wire import codec, notify, seal
from nvr_core.wire.errors import WireError
from nvr_core.wire.installation import installation_id as installation_id
from nvr_core.wire.journal import Journal
from nvr_core.wire.journal_recall import recall
from nvr_core.wire.lock import single
from nvr_core.wire.wants import Source, StreamWant, Want

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Where a recorder lives, and its numbers."""

    name: str
    data: Path
    runtime: Path
    options: Options
    clock: Clock


def last_want(setting: Setting, key: bytes) -> Want | None:
    """The desired set in force before: from memory, else sealed on disk, else none."""

    def in_memory() -> bytes | None:
        return disk.read_small(_kept(setting))

    def on_disk() -> bytes | None:
        sealed = disk.read_small(setting.data / "want" / f"{setting.name}.sealed")
        return sealed and seal.unseal(key, sealed, f"want {setting.name}".encode())

    for place, read in {"in memory": in_memory, "on disk": on_disk}.items():
        try:
            raw = read()
            want = codec.decode(raw) if raw is not None else None
        except (WireError, OSError) as error:
            log.warning("the desired set that is stored %s cannot be used (%s)", place, error)
            continue
        if isinstance(want, Want):
            return want
    log.info("no desired set is at hand; waiting for the server")
    return None


def _kept(setting: Setting) -> Path:
    """The copy of the desired set in memory, for a restart without the server."""
    return setting.runtime / f"{setting.name}.want"


def connector(setting: Setting, logins: Logins, ghosts: Ghosts) -> Connect:
    """How this recorder opens a source: RTSP by our own client, all else through PyAV."""
    if setting.name == "av":
        from nvr_core.recorder.av_session import AvSession  # native code: this process only

        def through_av(
            source: Source, want: StreamWant, sinks: Mapping[str, FrameSink]
        ) -> Conversation:
            return AvSession(source, sinks, logins, want.login_group)

        return through_av

    buffers = Buffers()

    def over_rtsp(source: Source, want: StreamWant, sinks: Mapping[str, FrameSink]) -> Conversation:
        name = source_key(want)
        terms = Terms(
            login_group=want.login_group,
            patience=setting.options.connect_timeout,
            buffers=buffers,
            ghost=ghosts.session(name),
            note=lambda session: ghosts.note(name, session),
        )
        return RtspSession(source, terms, sinks, logins)

    return over_rtsp


def replay(folder: Path, last_sign: Path) -> history.Past:
    """What the journal and the heartbeat say of the time before this start."""
    sign = disk.read_small(last_sign)
    return history.read(recall(folder), int(sign) if sign and sign.isdigit() else 0)


@dataclass(frozen=True, kw_only=True)
class Running:
    """A recorder and what belongs to it, while it runs."""

    recorder: Recorder
    telling: Telling
    paper: Worker
    key: bytes


@contextlib.asynccontextmanager
async def recording(setting: Setting) -> AsyncIterator[Running]:
    """A recorder without a server: give it wants, listen to what it tells.

    Raises Held when another one writes this journal, from whichever runtime folder.
    """
    disk.private_folder(setting.data / "journal")
    with single(setting.data / "journal" / f"{setting.name}.lock"):
        async with _alone(setting) as running:
            yield running


@contextlib.asynccontextmanager
async def _alone(setting: Setting) -> AsyncIterator[Running]:
    loop = asyncio.get_running_loop()
    key = seal.load_or_make_key(setting.data)
    folder = setting.data / "journal" / setting.name
    past = replay(folder, setting.runtime / f"{setting.name}.alive")
    journal = Journal(folder)
    paper = Worker("journal", loop)
    telling = Telling(journal, first_number(journal.next_number), paper, setting.clock)
    second_after = setting.options.second_login_after
    logins = Logins(setting.data / "logins", key, paper, setting.clock, second_after=second_after)
    ghosts = Ghosts(setting.runtime / f"{setting.name}.sessions", paper)
    recorder = Recorder(
        installation=installation_id(setting.data, setting.clock),
        runtime=setting.runtime / setting.name,
        clock=setting.clock,
        options=setting.options,
        telling=telling,
        journal=paper,
        logins=logins,
        connect=connector(setting, logins, ghosts),
        past=past,
    )

    def beat() -> None:
        notify.watchdog()
        sign = str(setting.clock.wall()).encode()
        paper.submit(lambda: disk.write_small(setting.runtime / f"{setting.name}.alive", sign))

    recorder.start()
    try:
        async with ticking(recorder, beat):
            yield Running(recorder=recorder, telling=telling, paper=paper, key=key)
    finally:
        await recorder.stop()


def take(running: Running, setting: Setting, want: Want) -> None:
    """Do what is wanted from now on, and after a restart too: what is in force is stored."""
    if running.recorder.want(want):
        line = codec.encode(want)
        running.paper.submit(lambda: disk.write_small(_kept(setting), line))


async def run(setting: Setting) -> None:
    """Serve wants on the socket and record until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with recording(setting) as running:
        if (want := last_want(setting, running.key)) is not None:
            running.recorder.want(want)

        serving = Serving(
            setting.runtime / f"{setting.name}.sock",
            running.telling,
            present=running.recorder.present,
            wanted=lambda want: take(running, setting, want),
            acknowledged=running.recorder.acknowledged,
        )
        await serving.start()
        try:
            notify.ready()
            log.info("recording")
            await ended.wait()
            notify.stopping()
        finally:
            await serving.stop()
