"""Everything that is not RTSP, read by FFmpeg through PyAV: one thread a source.

Only the second recorder process imports this: native code on foreign bytes shares its fate with
no RTSP recording.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import threading
from collections.abc import Callable, Mapping
from fractions import Fraction

from nvr_core.media.errors import MediaError
from nvr_core.media.track import FrameSink
from nvr_core.recorder import av_packets, feeds
from nvr_core.recorder.failures import Ended, SourceFailed, Unsupported
from nvr_core.recorder.feeds import Again, Feed
from nvr_core.recorder.hand_over import HandOver, Lane
from nvr_core.recorder.http_failures import shown
from nvr_core.recorder.interruption import Interrupted, Interruption
from nvr_core.recorder.times import LEAD, Pace
from nvr_core.wire.wants import Login

log = logging.getLogger(__name__)

KINDS = ("video", "audio")

PATIENCE = 10.0
"""Seconds for opening, and for each read."""


class AvSource:
    """One address, opened once and read until it ends, fails, or is stopped."""

    def __init__(
        self,
        want_url: str,
        *,
        options: Mapping[str, str],
        tracks: Callable[[str], FrameSink | None],
        ended: Callable[[Exception | None], None],
        batch: Callable[[int], None] | None = None,
        opened: Callable[[Mapping[str, str]], None] | None = None,
        login: Login | None = None,
        headers: Mapping[str, str] | None = None,
        verify_tls: bool = True,
        patience: float = PATIENCE,
    ) -> None:
        """All functions are called on the event loop that `start` is called on.

        options: FFmpeg's own, for addresses that it opens itself. tracks: the sink for "video"
        and for "audio", None where it is not wanted; asked at start. opened: the address answers,
        and frames follow; told a sentence for each wanted track that is not there or cannot be
        stored. ended: once, last of all; with a SourceFailed, or None after `stop`. batch: told
        the bytes of each batch of frames. patience: seconds for opening, and for each read.
        """
        self._url = want_url
        self._place = shown(want_url)
        self._options = options
        self._asked = tracks
        self._ended = ended
        self._batch = batch
        self._opened = opened
        self._login = login
        self._headers = headers
        self._verify_tls = verify_tls
        self._patience = patience
        self._interruption = Interruption()
        self._pace = Pace(self._interruption)
        self._lanes: dict[str, Lane] = {}
        self._over: HandOver | None = None
        self._fault: Exception | None = None
        self._end = Fraction(LEAD)
        """Second at which the newest frame of any track ends."""

    def start(self) -> None:
        """Begin to read. Call it once, on the event loop."""
        loop = asyncio.get_running_loop()
        over = self._over = HandOver(loop, batch=self._batch, broken=self._sink_failed)
        for kind in KINDS:
            sink = self._asked(kind)
            if sink is not None:
                self._lanes[kind] = over.lane(sink)
        # A daemon: a program that ends waits for no camera.
        threading.Thread(target=self._run, args=(over,), name="source", daemon=True).start()

    def stop(self) -> None:
        """Deliver nothing further, and end the thread soon. Idempotent."""
        self._interruption.set()
        if self._over is not None:
            self._over.close()

    def _sink_failed(self, error: Exception) -> None:
        self._fault = error
        self._interruption.set()

    def _run(self, over: HandOver) -> None:
        av_packets.IMPATIENT.watch(self._interruption)
        failure: Exception | None = None
        try:
            self._follow(over)
        except Interrupted:
            pass
        except MediaError as error:
            failure = Unsupported(f"{self._place}: {error}")
        except SourceFailed as error:
            failure = error
        except Exception as error:
            log.exception("%s: a fault of Ronda", self._place)
            failure = error
        over.finish(lambda: self._ended(self._fault or failure))

    def _follow(self, over: HandOver) -> None:
        feed = feeds.reach(
            self._url,
            self._interruption,
            login=self._login,
            headers=self._headers,
            verify_tls=self._verify_tls,
            patience=self._patience,
        )
        options = feeds.native_options(self._url, self._verify_tls, self._options)
        told = False
        while (source := feed.next()) is not None:
            with av_packets.opened(
                source,
                options,
                self._lanes,
                self._place,
                self._interruption,
                self._patience,
            ) as chapter:
                if not told and self._opened is not None:
                    over.put(functools.partial(self._opened, chapter.refused))
                told = True
                self._play(chapter, feed)
        raise Ended(f"{self._place} has ended")

    def _play(self, chapter: av_packets.Chapter, feed: Feed) -> None:
        """Deliver every frame of a chapter."""
        shift = Fraction(LEAD)
        if isinstance(feed, Again):
            shift = self._end - min(track.begins for track in chapter.tracks)
        leading = chapter.tracks[0]
        before = self._end
        for track, packet in chapter.packets():
            self._interruption.check()
            at = shift + track.times.seconds(packet.pts, packet.dts, packet.duration)
            if feed.paced and track is leading:
                self._pace.wait(at, feed.hurried())
            track.take(packet, at)
            self._end = max(self._end, at + track.times.length(packet.duration))
        if isinstance(feed, Again) and self._end == before:
            raise Ended(f"{self._place} ends without a single frame")
