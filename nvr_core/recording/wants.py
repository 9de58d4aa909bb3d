"""From watched cameras to what each recorder is asked for: rules without clock or disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

from nvr_core.kit.address import RTSP
from nvr_core.recording.live import Key
from nvr_core.wire.wants import Login, Source, StreamWant, Window

RECORDERS = ("rtsp", "av")
"""RTSP is our own, and no hostile feed in native code can end it; all else goes through PyAV."""
WATCHED_MS = 250
"""Longest fragment of a stream that somebody watches."""
RANKS = {"sub": 0, "main": 1}
"""What a disk that is too slow loses first."""


class Watched(Protocol):
    """What there is to know of a watched camera."""

    @property
    def camera(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def uplink(self) -> str: ...
    @property
    def rules(self) -> Mapping[str, object] | None:
        """When it is kept, as it is stored; None: always."""

    @property
    def streams(self) -> Mapping[str, Source] | None:
        """By role: main, sub. None while nobody has said yet: what was wanted before counts."""

    @property
    def audio(self) -> bool: ...


class Kept(Protocol):
    """When a stream is kept: two fields of a StreamWant, and until when they are enough."""

    @property
    def keep_always(self) -> bool: ...
    @property
    def windows(self) -> tuple[Window, ...]: ...
    @property
    def renew_at(self) -> int | None:
        """Wall time in µs at which to ask again; None: only after a change."""


def login_group(url: str, login: Login | None) -> str:
    """Streams with the same group share a login: one refusal parks them all.

    A device is known by its host: the channels of one differ in port or path only.
    """
    host = (urlsplit(url).hostname or url).lower()
    return f"{login.user}@{host}" if login else host


def recorder_of(source: Source) -> str:
    """Which recorder opens it."""
    return "rtsp" if source.url.partition(":")[0] in RTSP else "av"


def _streams(camera: Watched, kept: Kept, volume: str) -> Iterator[StreamWant]:
    """A want for each stream: main is kept when the camera is, sub lives in a ring."""
    sources = camera.streams or {}
    for name in RANKS:
        if name not in sources:
            continue
        source = sources[name]
        main = name == "main"
        want = StreamWant(
            camera=camera.camera,
            stream=name,
            source=source,
            login_group=login_group(source.url, source.login),
            uplink=camera.uplink,
            keep_always=main and kept.keep_always,
            windows=kept.windows if main else (),
            volume=volume,
            rank=RANKS[name],
        )
        yield want
        if camera.audio and main and (kept.keep_always or kept.windows):
            yield replace(want, stream=f"{name}-audio")


def _as_before(
    camera: Watched, kept: Kept, volume: str, before: Iterable[StreamWant]
) -> Iterator[StreamWant]:
    """What was wanted of this camera, at the hours of now."""
    for want in before:
        if want.camera == camera.camera:
            main = want.stream.startswith("main")
            yield replace(
                want,
                uplink=camera.uplink,
                keep_always=main and kept.keep_always,
                windows=kept.windows if main else (),
                volume=volume,
            )


def wants(
    cameras: Iterable[Watched],
    kept: Mapping[str, Kept],
    *,
    volume: str,
    watched: frozenset[Key] = frozenset(),
    before: Iterable[StreamWant] = (),
) -> dict[str, tuple[StreamWant, ...]]:
    """The whole desired set of every recorder, also of one that has nothing to do.

    kept: by camera. before: what was wanted last, for cameras of which nobody has said yet where
    their streams are.
    """
    last = tuple(before)
    found: dict[str, list[StreamWant]] = {name: [] for name in RECORDERS}
    for camera in cameras:
        hours = kept[camera.camera]
        asked = (
            _as_before(camera, hours, volume, last)
            if camera.streams is None
            else _streams(camera, hours, volume)
        )
        for want in asked:
            seen = (want.camera, want.stream) in watched
            found[recorder_of(want.source)].append(
                replace(want, fragment_ms=WATCHED_MS) if seen else want
            )
    return {name: tuple(streams) for name, streams in found.items()}
