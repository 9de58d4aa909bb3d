"""What a reader sees of a camera's state: words, icon and colour, for pages and for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nvr_core.recording.archive import Kept
from nvr_core.recording.notices import DISK, Told
from nvr_core.recording.service import Camera, Recording
from nvr_core.recording.states import CameraState, Word
from nvr_core.words import Words

_LOOKS: Mapping[Word, tuple[str, str]] = {
    "recording": ("rec", "rec"),
    "live-only": ("nyala", "nyala"),
    "connecting": ("nyala", "nyala"),
    "unknown": ("", "unseen"),
    "off": ("mati", "mati"),
    "no-picture": ("warn", "unseen"),
    "warning": ("warn", "warn"),
    "paused": ("jeda", "jeda"),
}
"""Word of state → colour and icon (looks.md: never colour alone)."""

_NOTICES = frozenset({"unsupported", "foreign-file", "rings-shortened", "memory-full"})
"""Codes of notices that have words of their own; those of disks have the words of their cause."""

_WORST: tuple[Word, ...] = ("off", "no-picture", "warning")
MOST_ALERTS = 3


@dataclass(frozen=True, slots=True)
class StreamView:
    stream: str
    codec: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class CameraView:
    """One camera's tile and chip."""

    id: str
    name: str
    kind: str
    icon: str
    word: str
    line: str
    """Why and since when, beside the word."""
    live: bool
    """Whether frames arrive now."""
    streams: tuple[StreamView, ...]
    """Streams that arrive now, main first."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A card that says what needs a person, and what to do."""

    kind: str
    icon: str
    title: str
    todo: str
    camera: str = ""
    """The id of the camera it is about; "" when it is about more."""
    said: str = ""
    """The recorder's own sentence, for whoever repairs it."""


def of_camera(recording: Recording, camera: Camera, words: Words, now: int) -> CameraView:
    state = recording.state(camera)
    kind, icon = _LOOKS[state.word]
    said = [words(f"cause.{state.cause}")] if state.cause else []
    if state.since and not state.well:
        said.append(words("span.since", time=words.since(state.since, now)))
    streams = tuple(
        StreamView(name, segment.codec, segment.width, segment.height)
        for name, segment in recording.arriving(camera)
    )
    return CameraView(
        id=camera.id,
        name=camera.name,
        kind=kind,
        icon=icon,
        word=words(f"state.{state.word}"),
        line=" · ".join(said),
        live=bool(streams),
        streams=streams,
    )


def alerts(recording: Recording, words: Words, now: int) -> list[Alert]:
    """What needs a person, worst first; what is more than a few becomes a number."""
    found = _all_alerts(recording, words, now)
    if len(found) > MOST_ALERTS + 1:
        rest = len(found) - MOST_ALERTS
        found[MOST_ALERTS:] = [Alert("warn", "warn", words.many("wall.more", rest), "")]
    return found


def _all_alerts(recording: Recording, words: Words, now: int) -> list[Alert]:
    found = [
        Alert("mati", "warn", words("recorder.silent", name=name), words("recorder.silent-do"))
        for name in recording.silent()
    ]
    told = recording.notices.standing(now)
    found += [card for one in told if (card := _notice(recording, one, words, now)) is not None]
    # One card for the disk, not one for each of its cameras.
    known = {one.notice.code for one in told if one.notice.code in DISK}
    cameras = [(recording.state(camera), camera) for camera in recording.cameras]
    cameras = [(state, camera) for state, camera in cameras if state.cause not in known]
    for word in _WORST:
        found += [
            _alert(state, camera, words, now) for state, camera in cameras if state.word == word
        ]
    return found


def _notice(recording: Recording, told: Told, words: Words, now: int) -> Alert | None:
    """The card of a notice; None when the camera's own card says the same."""
    notice, time = told.notice, words.since(told.origin.at, now)
    camera = recording.camera(notice.camera) if notice.camera else None
    if notice.camera and camera is None:
        return None
    if camera and notice.stream == "main" and recording.state(camera).cause == notice.code:
        return None
    code = notice.code
    if code in DISK:
        word, todo = words(f"cause.{code}"), words(f"do.{code}")
    elif code in _NOTICES:
        word, todo = words(f"notice.{code}", stream=notice.stream), words(f"notice-do.{code}")
    else:
        word, todo = words("notice.other"), ""
    if camera:
        title = words("wall.trouble", camera=camera.name, word=word, time=time)
    else:
        title = words("notice.since", word=word, time=time)
    return Alert("warn", "warn", title, todo, camera.id if camera else "", notice.sentence)


def of_one(recording: Recording, camera: Camera, words: Words, now: int) -> list[Alert]:
    """The same for one camera's page."""
    return [one for one in _all_alerts(recording, words, now) if one.camera in ("", camera.id)]


def _alert(state: CameraState, camera: Camera, words: Words, now: int) -> Alert:
    kind, icon = _LOOKS[state.word]
    cause = words(f"cause.{state.cause}")
    if state.since:
        title = words(
            "wall.trouble", camera=camera.name, word=cause, time=words.since(state.since, now)
        )
    else:
        title = words("wall.trouble-now", camera=camera.name, word=cause)
    return Alert(kind, icon, title, words(f"do.{state.cause}"), camera.id)


def facts(
    recording: Recording, found: Camera, words: Words, now: int, kept: Kept
) -> list[tuple[str, str]]:
    """The column of facts beside the picture. kept: of its main stream."""
    state = recording.state(found)
    rows = [(words("camera.now"), words(f"state.{state.word}"))]
    if state.since:
        rows.append((words("camera.since"), words.since(state.since, now)))
    for name, segment in recording.arriving(found):
        shown = f"{name} {codec_name(segment.codec)} {segment.width}×{segment.height}"
        rows.append((words("camera.stream"), shown))
        said = recording.footage.stream(found.id, name).statistics
        if said is not None:
            rate = words(
                "camera.rate-value",
                mbit=words.number(said.bits_per_second / 1e6, 1),
                fps=words.number(said.frames_per_second, 1),
            )
            rows.append((words("camera.rate"), rate))
    rows.append((words("camera.kept"), words.size(kept.bytes)))
    oldest = words.since(kept.oldest, now) if kept.oldest else words("camera.nothing-yet")
    rows.append((words("camera.oldest"), oldest))
    if state.sentence:
        rows.append((words("camera.recorder-says"), state.sentence))
    return rows


def codec_name(codec: str) -> str:
    """H.264 for avc1.64001f."""
    return {"avc1": "H.264", "avc3": "H.264", "hvc1": "H.265", "hev1": "H.265"}.get(
        codec[:4], codec
    )


def headline(recording: Recording, words: Words) -> str:
    """The sentence before the pictures: how many cameras record."""
    count = sum(recording.state(camera).word == "recording" for camera in recording.cameras)
    return words.many("wall.title", len(recording.cameras), recording=count)


def states(
    recording: Recording, words: Words, now: int, about: Camera | None = None
) -> dict[str, Any]:
    """The message that tells a page's script all of it; about: whose page it is, if one's."""
    shown = of_one(recording, about, words, now) if about else alerts(recording, words, now)
    return {
        "type": "states",
        "now": now,
        "headline": headline(recording, words),
        "today": f"{words.date(now)}, {words.time(now)} {words.moment(now).tzname()}",
        "alerts": [asdict(one) for one in shown],
        "cameras": [
            asdict(of_camera(recording, camera, words, now)) for camera in recording.cameras
        ],
    }
