"""No text of a want leads a recorder out of its volume, or to one volume by two names."""

from __future__ import annotations

import dataclasses
import json

import pytest

from nvr_core.wire import codec
from nvr_core.wire.errors import WireError
from nvr_core.wire.wants import Source, StreamWant, Want

STREAM = StreamWant(
    camera="c", stream="main", source=Source(url="rtsp://127.0.0.1/x"), login_group="g"
)
WANT = Want(serial=1, streams=(STREAM,))


def wanting(**fields: object) -> bytes:
    """A want whose one stream has these fields."""
    value = json.loads(codec.encode(WANT))
    value["streams"][0] |= fields
    return json.dumps(value).encode()


@pytest.mark.parametrize("field", ["camera", "stream"])
@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../up", "a/b", "/etc", "a~b", "a\0b", "a b", "-rf", ".hidden", "x" * 65, "é"],
)
def test_what_becomes_part_of_a_path_names_one_thing_in_a_folder(field: str, name: str) -> None:
    with pytest.raises(WireError) as caught:
        codec.decode(wanting(**{field: name}))
    sentence = str(caught.value)
    assert sentence.startswith(f"want, field streams[0].{field}: ")
    assert json.dumps(name, ensure_ascii=False)[:60] in sentence
    assert "is not a name of 1 to 64 letters" in sentence


@pytest.mark.parametrize(
    "root",
    [
        "srv",
        "./srv",
        "/srv/",
        "//srv",
        "/srv//a",
        "/srv/./a",
        "/srv/../etc",
        "/..",
        "/srv/a\0b",
        "~/srv",
        ".",
    ],
)
def test_a_volume_is_written_in_one_way_only(root: str) -> None:
    with pytest.raises(WireError) as caught:
        codec.decode(wanting(volume=root))
    assert "field streams[0].volume: " in str(caught.value)
    assert "is not the absolute path of a folder" in str(caught.value)


@pytest.mark.parametrize("root", ["", "/", "/srv", "/srv/my footage", "/srv/..a"])
def test_a_volume_may_be_any_folder(root: str) -> None:
    assert codec.decode(wanting(volume=root)) == dataclasses.replace(
        WANT, streams=(dataclasses.replace(STREAM, volume=root),)
    )
