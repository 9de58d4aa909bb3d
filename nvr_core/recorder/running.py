"""From a command line to a recorder that runs: what it opens, in written order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nvr_core.clock import Clock
from nvr_core.media.track import FrameSink
from nvr_core.recorder import disk, history
from nvr_core.recorder.bequest import Bequest
from nvr_core.recorder.buffers import Buffers
from nvr_core.recorder.ghosts import Ghosts
from nvr_core.recorder.logins import Logins
from nvr_core.recorder.options import Options
from nvr_core.recorder.program import Recorder
from nvr_core.recorder.puller import Connect, Conversation, source_key
from nvr_core.recorder.session import RtspSession, Terms
from nvr_core.recorder.telling import Telling, first_number
from nvr_core.recorder.ticking import ticking
from nvr_core.recorder.worker import Worker
from nvr_core.wire import codec, notify, seal
from nvr_core.wire.errors import WireError
from nvr_core.wire.installation import installation_id as installation_id
from nvr_core.wire.journal import Journal
from nvr_core.wire.journal_recall import recall
from nvr_core.wire.lock import Lock, single
from nvr_core.wire.succession import Estate
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

    setting: Setting
    recorder: Recorder
    telling: Telling
    paper: Worker
    key: bytes
    logins: Logins
    ghosts: Ghosts
    lock: Lock
    """The journal's."""

    def replay(self) -> history.Past:
        """What the journal says now. Blocks."""
        return _replay(self.setting)

    def open_journal(self) -> Journal:
        """The journal, to be written from now on. Blocks."""
        return Journal(_journal(self.setting))


def _journal(setting: Setting) -> Path:
    return setting.data / "journal" / setting.name


def _replay(setting: Setting) -> history.Past:
    return replay(_journal(setting), setting.runtime / f"{setting.name}.alive")


@contextlib.asynccontextmanager
async def recording(setting: Setting, bequest: Bequest | None = None) -> AsyncIterator[Running]:
    """A recorder without a server: give it wants, listen to what it tells.

    bequest: of a predecessor that records still. Raises Held when another one writes this journal,
    from whichever runtime folder.
    """
    disk.private_folder(setting.data / "journal")
    if bequest is not None:
        async with _alone(setting, bequest.journal, bequest.estate) as running:
            yield running
        return
    with single(setting.data / "journal" / f"{setting.name}.lock") as lock:
        async with _alone(setting, lock, None) as running:
            yield running


@contextlib.asynccontextmanager
async def _alone(setting: Setting, lock: Lock, estate: Estate | None) -> AsyncIterator[Running]:
    loop = asyncio.get_running_loop()
    key = seal.load_or_make_key(setting.data)
    past = history.Past() if estate else _replay(setting)
    journal = None if estate else Journal(_journal(setting))
    paper = Worker("journal", loop)
    number = first_number(journal.next_number) if journal else estate.first if estate else 1
    telling = Telling(journal, number, paper, setting.clock)
    second_after = setting.options.second_login_after
    logins = Logins(setting.data / "logins", key, paper, setting.clock, second_after=second_after)
    sessions = setting.runtime / f"{setting.name}.sessions"
    ghosts = Ghosts(sessions, paper, live=estate is not None)
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
        renews=estate.recorder_start if estate else "",
    )

    def beat() -> None:
        notify.watchdog()
        if recorder.answers:
            sign = str(setting.clock.wall()).encode()
            paper.submit(lambda: disk.write_small(setting.runtime / f"{setting.name}.alive", sign))

    recorder.start()
    try:
        async with ticking(recorder, beat):
            yield Running(
                setting=setting,
                recorder=recorder,
                telling=telling,
                paper=paper,
                key=key,
                logins=logins,
                ghosts=ghosts,
                lock=lock,
            )
    finally:
        await recorder.stop()


def take(running: Running, want: Want) -> None:
    """Do what is wanted from now on, and after a restart too: what is in force is stored."""
    if running.recorder.want(want):
        line = codec.encode(want)
        path = _kept(running.setting)
        running.paper.submit(lambda: disk.write_small(path, line))
