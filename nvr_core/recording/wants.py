"""From ronda.toml to what each recorder is asked for: rules without clock or disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from nvr_core.recording.live import Key
from nvr_core.settings import Camera
from nvr_core.wire.wants import Login, Source, StreamWant

RECORDERS = ("rtsp", "av")
"""RTSP is our own, and no hostile feed in native code can end it; all else goes through PyAV."""
WATCHED_MS = 250
"""Longest fragment of a stream that somebody watches."""


def login_group(url: str, login: Login | None) -> str:
    """Streams with the same group share a login: one refusal parks them all.

    A device is known by its host: the channels of one differ in port or path only.
    """
    host = (urlsplit(url).hostname or url).lower()
    return f"{login.user}@{host}" if login else host


def _streams(camera: Camera, camera_id: str, volume: str) -> Iterator[tuple[str, StreamWant]]:
    """(recorder, want) for each stream: main is kept where the camera is, sub in a ring."""
    login = camera.login
    for rank, (name, address) in enumerate((("sub", camera.sub), ("main", camera.main))):
        if address is None:
            continue
        kept = name == "main" and camera.keep
        want = StreamWant(
            camera=camera_id,
            stream=name,
            source=Source(
                url=address.url,
                login=login,
                transport=camera.transport,
                verify_tls=camera.verify_tls,
            ),
            login_group=login_group(address.url, login),
            uplink=camera.uplink,
            keep_always=kept,
            volume=volume,
            rank=rank,
        )
        yield address.recorder, want
        if camera.audio and kept:
            yield address.recorder, replace(want, stream=f"{name}-audio")


def wants(
    cameras: Iterable[Camera],
    ids: Mapping[str, str],
    *,
    volume: str,
    watched: frozenset[Key] = frozenset(),
) -> dict[str, tuple[StreamWant, ...]]:
    """The whole desired set of every recorder, also of one that has nothing to do."""
    found: dict[str, list[StreamWant]] = {name: [] for name in RECORDERS}
    for camera in cameras:
        for recorder, want in _streams(camera, ids[camera.name], volume):
            seen = (want.camera, want.stream) in watched
            found[recorder].append(replace(want, fragment_ms=WATCHED_MS) if seen else want)
    return {name: tuple(streams) for name, streams in found.items()}
