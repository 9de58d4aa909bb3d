"""A source read by PyAV, as a puller sees it: the same conversation as RTSP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from nvr_core.media.track import FrameSink
from nvr_core.recorder.av_source import AvSource
from nvr_core.recorder.failures import LoginRefused, SourceFailed, Unsupported
from nvr_core.recorder.logins import Logins
from nvr_core.recorder.tally import Tally
from nvr_core.wire.wants import Source


class AvSession:
    """Open it, await `ended`, close it. Its thread belongs to the AvSource."""

    def __init__(
        self, source: Source, sinks: Mapping[str, FrameSink], logins: Logins, login_group: str
    ) -> None:
        loop = asyncio.get_running_loop()
        self._wanted = source
        self._logins = logins
        self._login_group = login_group
        self._settled = asyncio.Event()
        self._leave: Callable[[], None] = lambda: None
        self.ended: asyncio.Future[SourceFailed] = loop.create_future()
        self.refused: Mapping[str, str] = {}
        self._source = AvSource(
            source.url,
            options={},
            tracks=sinks.get,
            ended=self._end,
            opened=self._open,
            login=source.login,
            headers=source.headers,
            verify_tls=source.verify_tls,
        )

    async def open(self) -> None:
        """Start to read and wait until the address answers. Raises SourceFailed."""
        if self._wanted.login is None:
            self._source.start()
            await self._answer()
            return
        async with self._logins.turn(self._login_group, self._wanted.login) as turn:
            self._source.start()
            try:
                await self._answer()
            except LoginRefused:
                raise self._logins.refused(turn) from None
            turn.accepted()
            self._leave = self._logins.enter(turn)

    async def keep_alive(self) -> None:
        """HTTP and files need no sign of us."""
        await asyncio.get_running_loop().create_future()

    def tally(self, kind: str) -> Tally:
        """FFmpeg does not tell what it lost."""
        return Tally()

    def fail(self, reason: SourceFailed) -> None:
        """End the conversation from our side."""
        self._source.stop()
        self._end(reason)

    async def close(self) -> None:
        """Stop reading; the thread ends as soon as FFmpeg lets it."""
        self._leave()
        self._source.stop()

    async def _answer(self) -> None:
        await self._settled.wait()
        if self.ended.done():
            raise self.ended.result()

    def _open(self, refused: Mapping[str, str]) -> None:
        self.refused = refused
        self._settled.set()

    def _end(self, error: Exception | None) -> None:
        self._settled.set()
        if self.ended.done():
            return
        if isinstance(error, SourceFailed):
            self.ended.set_result(error)
        else:
            why = f": {error}" if error is not None else ""
            self.ended.set_result(Unsupported(f"the source could not be read{why}"))
