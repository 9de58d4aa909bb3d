"""Media profiles of a device, and which of them are the large and the small stream of each lens.

Pure. Media1 (ONVIF Media 2.x) knows no H.265, Media2 does; both say the same in other words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nvr_core.contract import Role
from nvr_core.kit.elements import Element

MOST = 256
"""Profiles of one device: a recorder of 64 channels has three each."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One way in which a device sends a lens."""

    token: str
    source: str
    """Token of the video source: the lens."""
    name: str
    width: int
    height: int
    audio: bool


@dataclass(frozen=True, kw_only=True)
class Lens:
    """A video source with its profiles by role."""

    source: str
    name: str
    by_role: Mapping[Role, Profile]


def of_media2(answer: Element) -> Iterator[Profile]:
    """Media2, GetProfilesResponse."""
    for one in answer.all("Profiles"):
        yield from _profile(
            one,
            "Configurations/VideoSource",
            "Configurations/VideoEncoder",
            "Configurations/AudioEncoder",
        )


def of_media1(answer: Element) -> Iterator[Profile]:
    """Media1, GetProfilesResponse."""
    for one in answer.all("Profiles"):
        yield from _profile(
            one,
            "VideoSourceConfiguration",
            "VideoEncoderConfiguration",
            "AudioEncoderConfiguration",
        )


def _profile(one: Element, source: str, video: str, audio: str) -> Iterator[Profile]:
    token, lens = one.attributes.get("token", ""), one.value(f"{source}/SourceToken")
    encoder = one.first(video)
    # A profile without an encoder, or without a lens, has no picture; JPEG is no stream of video.
    if not token or not lens or encoder is None or encoder.value("Encoding").upper() == "JPEG":
        return
    yield Profile(
        token=token,
        source=lens,
        name=one.value("Name"),
        width=_whole(encoder.value("Resolution/Width")),
        height=_whole(encoder.value("Resolution/Height")),
        audio=one.first(audio) is not None,
    )


def lenses(profiles: Iterable[Profile]) -> list[Lens]:
    """The lenses in the order in which the device names them.

    The profile with the most pixels is the large stream, the one with the fewest the small one;
    where several have as many, the first counts: devices list the one that they mean first.
    """
    by_source: dict[str, list[Profile]] = {}
    for one in list(profiles)[:MOST]:
        by_source.setdefault(one.source, []).append(one)
    return [_lens(source, own) for source, own in by_source.items()]


def _lens(source: str, profiles: list[Profile]) -> Lens:
    # What does not say its size is left aside while others do.
    sized = [one for one in profiles if one.width * one.height] or profiles
    main = max(sized, key=lambda one: one.width * one.height)
    sub = min(sized, key=lambda one: one.width * one.height)
    by_role = {Role.MAIN: main}
    if sub.width * sub.height < main.width * main.height:
        by_role[Role.SUB] = sub
    return Lens(source=source, name=main.name, by_role=by_role)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
