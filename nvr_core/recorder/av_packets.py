"""A chapter of a feed opened by PyAV: its wanted tracks, its packets, and what its errors mean."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.container.core
from av import open as open_input
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from nvr_core.media.errors import UnsupportedMedia
from nvr_core.media.track import FrameSink
from nvr_core.recorder import packets
from nvr_core.recorder.failures import Ended, NoConnection, Silent, SourceFailed, Unsupported
from nvr_core.recorder.feeds import Readable
from nvr_core.recorder.interruption import Interruption
from nvr_core.recorder.packets import Packets
from nvr_core.recorder.times import TrackTimes


class Impatient:
    """Stands in for the module `time` where PyAV measures how long FFmpeg may wait.

    PyAV can end a wait by its time-out only, and asks this clock ten times a second whether that
    has come. For a thread that was interrupted it leaps: each answer lies further ahead than any
    time-out reaches. A PyAV that asks elsewhere just waits its time-out.
    """

    LEAP = 1e6

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def watch(self, interruption: Interruption) -> None:
        """From now on this thread's waits end when it is interrupted."""
        self._of_thread.interruption = interruption
        self._of_thread.ahead = 0.0

    def monotonic(self) -> float:
        interruption: Interruption | None = getattr(self._of_thread, "interruption", None)
        if interruption is not None and interruption.is_set():
            self._of_thread.ahead += self.LEAP
            return time.monotonic() + float(self._of_thread.ahead)
        return time.monotonic()


IMPATIENT = Impatient()
vars(av.container.core)["time"] = IMPATIENT


@dataclass(frozen=True, kw_only=True)
class Track:
    """A stream of the container that is wanted and can be stored."""

    kind: str
    stream: VideoStream | AudioStream
    packets: Packets
    times: TrackTimes

    @property
    def begins(self) -> Fraction:
        """Second of its first frame, as far as FFmpeg knows."""
        return (self.stream.start_time or 0) * _unit(self.stream)

    def take(self, packet: Packet[Any], at: Fraction) -> None:
        """Give the frames of a packet, shown at this second, to the sink. Raises MediaError."""
        if packet.has_sidedata("new_extradata"):
            self.packets.config(bytes(packet.get_sidedata("new_extradata")))
        self.packets.packet(bytes(packet), at, packet.is_corrupt)


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """What can be recorded of it."""

    container: InputContainer
    tracks: tuple[Track, ...]
    refused: Mapping[str, str]
    """Kind → why it is not among the tracks."""

    def packets(self) -> Iterator[tuple[Track, Packet[Any]]]:
        """In the order of the container. Raises av.FFmpegError."""
        by_index = {track.stream.index: track for track in self.tracks}
        for packet in self.container.demux([track.stream for track in self.tracks]):
            if packet.size:
                yield by_index[packet.stream_index], packet


@contextlib.contextmanager
def opened(
    chapter: Readable | str,
    options: Mapping[str, str],
    sinks: Mapping[str, FrameSink],
    place: str,
    interruption: Interruption,
    patience: float,
) -> Iterator[Chapter]:
    """Open bytes, or an address; close them after the block. Raises SourceFailed, Interrupted.

    options: FFmpeg's own, for an address. place: the address for sentences. patience: seconds
    for opening an address, and for each read.
    """
    guarded = None if isinstance(chapter, str) else _Guarded(chapter)
    opening = True
    try:
        with _open(chapter, guarded, options, patience) as container:
            opening = False
            yield _look(container, sinks, place)
    except av.FFmpegError as error:
        interruption.check()
        if guarded is None or guarded.failure is None:
            raise _explain(error, place, opening, patience) from None
    finally:
        if not isinstance(chapter, str):
            chapter.close()
    if guarded is not None and guarded.failure is not None:
        raise guarded.failure


def _open(
    chapter: Readable | str,
    guarded: _Guarded | None,
    options: Mapping[str, str],
    patience: float,
) -> InputContainer:
    if guarded is None:
        assert isinstance(chapter, str)
        return open_input(chapter, "r", options=dict(options), timeout=(patience, patience))
    # Whatever the bytes say, FFmpeg opens nothing else.
    return open_input(
        guarded, "r", options={"protocol_whitelist": "none", "analyzeduration": "3000000"}
    )


class _Guarded:
    """Keeps what a read raises out of native code, which would go on with half of it."""

    def __init__(self, chapter: Readable) -> None:
        self._chapter = chapter
        self.failure: Exception | None = None

    def read(self, most: int) -> bytes:
        if self.failure is None:
            try:
                return self._chapter.read(most)
            except Exception as error:
                self.failure = error
        return b""


def _look(container: InputContainer, sinks: Mapping[str, FrameSink], place: str) -> Chapter:
    found: list[Track] = []
    refused: dict[str, str] = {}
    for kind, sink in sinks.items():
        stream = container.streams.best("video" if kind == "video" else "audio")
        if not isinstance(stream, VideoStream | AudioStream):
            refused[kind] = f"{place} has no {kind}"
            continue
        try:
            made = _packets(stream, sink)
        except UnsupportedMedia as error:
            refused[kind] = f"{place}: {error}"
        else:
            times = TrackTimes(container.format.name, _unit(stream))
            found.append(Track(kind=kind, stream=stream, packets=made, times=times))
    if not found:
        raise Unsupported("; ".join(refused.values()) or f"nothing is wanted of {place}")
    return Chapter(container=container, tracks=tuple(found), refused=refused)


def _packets(stream: VideoStream | AudioStream, sink: FrameSink) -> Packets:
    if isinstance(stream, VideoStream):
        video = stream.codec_context
        return packets.create(_codec(stream), sink, (video and video.extradata) or b"", 0, 0)
    sound = stream.codec_context
    extradata = (sound and sound.extradata) or b""
    return packets.create(_codec(stream), sink, extradata, stream.rate, stream.channels)


def _codec(stream: VideoStream | AudioStream) -> str:
    """FFmpeg's name; empty for what it cannot decode, which has no context."""
    context = stream.codec_context
    return context.codec.canonical_name if context else ""


def _unit(stream: VideoStream | AudioStream) -> Fraction:
    unit = stream.time_base or Fraction(1, 90000)
    return Fraction(unit.numerator, unit.denominator)  # PyAV 19 has a type of its own


def _explain(error: av.FFmpegError, place: str, opening: bool, patience: float) -> SourceFailed:
    if isinstance(error, av.ExitError):
        if opening and not place.startswith("udp:"):
            return NoConnection(
                f"nothing came from {place} for {patience:g} s; check its power, its network "
                "and the address"
            )
        return Silent(f"nothing came from {place} for {patience:g} s")
    if isinstance(error, OSError):
        what = "no connection to" if opening else "the connection broke to"
        return NoConnection(f"{what} {place}: {error.strerror}; check the address")
    if opening:
        return Unsupported(f"{place} sends nothing that FFmpeg understands ({error.strerror})")
    return Ended(f"{place} sends damaged data ({error.strerror})")
