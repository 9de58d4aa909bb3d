"""Answers about footage itself: which segments hold a time of a camera, and where each lies."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

from nvr_core.admin import answers, naming, questions, watched
from nvr_core.admin.office import Office
from nvr_core.state import cameras, whereabouts
from nvr_core.state.cameras import Camera
from nvr_core.state.told_segments import IMPORTED, NO_KEY, REPAIRED
from nvr_core.state.whereabouts import Lying, Place


async def answer(
    office: Office, asked: questions.Segments
) -> AsyncGenerator[answers.Segment, None]:
    """Stream by stream, page by page: a page is forgotten before the next one is read."""
    camera = await watched.one(office, asked.camera)
    streams = await office.state.read(partial(cameras.list_streams, camera=camera.camera))
    for number, (_, name) in streams.items():
        if asked.stream not in (None, name):
            continue
        written = partial(whereabouts.growing, stream=number, began=asked.began, ended=asked.ended)
        pages = partial(whereabouts.page, stream=number, began=asked.began, ended=asked.ended)
        # Before the closed ones, or what is closed meanwhile would be missed.
        growing = {one.segment: one for one in await office.state.read(written)}
        page = await office.state.read(pages)
        while page.found:
            for one in page.found:
                growing.pop(one.segment, None)
                yield _said(camera, name, one)
            page = await office.state.read(partial(pages, after=page.last))
        for one in growing.values():
            yield _said(camera, name, one)


def _said(camera: Camera, stream: str, one: Lying) -> answers.Segment:
    return answers.Segment(
        camera=camera.camera,
        name=naming.label(camera),
        stream=stream,
        segment=one.segment,
        start=one.start,
        duration=one.duration,
        codec=one.codec,
        width=one.width,
        height=one.height,
        frames=one.frames,
        sha256=None if one.sha256 is None else one.sha256.hex(),
        clock_error=one.clock_error,
        lost_packets=one.lost_packets,
        damaged_frames=one.damaged_frames,
        no_key=bool(one.flags & NO_KEY),
        repaired=bool(one.flags & REPAIRED),
        imported=bool(one.flags & IMPORTED),
        copies=tuple(map(_copy, one.places)),
    )


def _copy(place: Place) -> answers.Copy:
    return answers.Copy(
        volume=place.volume,
        root=place.root,
        key=place.key,
        bytes=place.size,
        verified=place.verified_at,
    )
