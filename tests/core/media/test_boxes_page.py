"""docs/ref/boxes.md tells of every box that is written and of every field in ours."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from nvr_core.media import boxes, plain, reading, segment
from nvr_core.media.excerpt import Source
from tests.core.media.encoded import T0, build, sound, video

PAGE = Path(__file__).parents[3] / "docs/ref/boxes.md"


def spelt() -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", PAGE.read_text(encoding="utf-8")))


def kinds(made: bytes) -> set[str]:
    return {box.name for _, box in boxes.tree(made)} | {"url "}


def exported() -> bytes:
    made = build(video("libx264", bframes=3), depth=2)
    out = io.BytesIO()
    sources = [Source(reading.read(io.BytesIO(made)), lambda: io.BytesIO(made))]
    plain.export(sources, out, T0 + 1_000_000, T0 + 3_000_000)
    return out.getvalue()


WRITTEN: dict[str, Callable[[], bytes]] = {
    "h264": lambda: build(video("libx264", bframes=3), depth=2),
    "h265": lambda: build(video("libx265")),
    "aac": lambda: build(sound("aac")),
    "an export": exported,
}


@pytest.mark.parametrize("make", WRITTEN.values(), ids=WRITTEN.keys())
def test_every_box_is_told(make: Callable[[], bytes]) -> None:
    found = kinds(make())
    assert len(found) > 15
    assert found - spelt() == set()


def test_every_sample_entry_is_told() -> None:
    for footage in (video("libx264"), video("libx265"), sound("aac"), sound("pcm_alaw")):
        assert footage.config.sample_entry[4:8].decode() in spelt()


@pytest.mark.parametrize(
    ("which", "name"),
    [(segment.Opening, segment.OPENING_UUID), (segment.Closing, segment.CLOSING_UUID)],
)
def test_every_field_and_both_types_are_told(which: type, name: object) -> None:
    text = PAGE.read_text(encoding="utf-8")
    section = text[text.index(f"type `{name}`") :].partition("\n## ")[0]
    told = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert told == ["format", *(field.name for field in fields(which))]
    for field in fields(segment.ClockState):
        assert field.name in spelt()
