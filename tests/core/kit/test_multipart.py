"""Events are read from every way in which devices write them, cut anywhere."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.kit.multipart import HEAD, MOST, EventPart, EventParts, PartError

XML = b"<EventNotificationAlert>\r\n<eventType>VMD</eventType>\r\n</EventNotificationAlert>"
TEXT = b'Code=VideoMotion;action=Start;index=0;data={\n  "Id" : [ 0 ],\n  "Name" : "--"\n}'
JPEG = b"\xff\xd8" + bytes(range(256)) * 3 + b"\r\n--\r\n--other\r\n\xff\xd9"


def part(
    body: bytes,
    kind: str = "application/xml",
    *,
    edge: bytes = b"--boundary",
    length: int | None = 0,
    feed: bytes = b"\r\n",
) -> bytes:
    """One part as a device writes it. length: by how much it is wrong; None: it is left out."""
    head = [edge, b"Content-Type: " + kind.encode()]
    if length is not None:
        head.append(b"Content-Length: %d" % (len(body) + length))
    return feed.join([*head, b"", body, b""])


def read(stream: bytes, cuts: tuple[int, ...] = (), *, quiet: bool = True) -> list[EventPart]:
    """All parts of a stream that comes in pieces, and falls silent at its end."""
    parts = EventParts()
    found, before = [], 0
    for cut in (*sorted(min(cut, len(stream)) for cut in cuts), len(stream)):
        found += parts.feed(stream[before:cut])
        before = cut
    if quiet and (last := parts.pause()) is not None:
        found.append(last)
    return found


DIALECTS = {
    "as it should be": part(XML) + part(XML),
    "a boundary with a blank": part(TEXT, "text/plain", edge=b"-- myboundary") * 2,
    "a length that is too small by two": part(TEXT, "text/plain", length=-2) * 2,
    "a length that is too large by two": part(TEXT, "text/plain", length=2) * 2,
    "a length that is far too small": part(XML, length=-40) * 2,
    "no length": part(XML, length=None) * 2,
    "a length that is no number": part(XML).replace(b"Length: ", b"Length: about ") * 2,
    "line feeds alone": part(TEXT, "text/plain", feed=b"\n") * 2,
    "a line before the first": b"\r\nhello\r\n" + part(XML) * 2,
    "more lines between": (part(XML) + b"\r\n\r\n") * 2,
    "an end, and it goes on": part(XML) + b"--boundary--\r\n\r\n" + part(XML),
    "hyphens in the name": part(XML, edge=b"----WebKit--x") * 2,
}
BODIES = {name: TEXT if b"Code=" in stream else XML for name, stream in DIALECTS.items()}


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_is_read(name: str) -> None:
    found = read(DIALECTS[name])
    assert [one.body for one in found if one.body] == [BODIES[name]] * 2


@given(st.sampled_from(list(DIALECTS)), st.lists(st.integers(0, 500), max_size=9))
def test_wherever_it_is_cut(name: str, cuts: list[int]) -> None:
    whole = read(DIALECTS[name])
    assert read(DIALECTS[name], tuple(cuts)) == whole


def test_a_picture_is_not_looked_through() -> None:
    stream = part(XML) + part(JPEG, "image/jpeg; charset=binary") + part(XML)
    found = read(stream)
    assert [one.kind for one in found] == ["application/xml", "image/jpeg", "application/xml"]
    assert found[1].body == JPEG


def test_headers_are_by_small_letters_and_the_first_counts() -> None:
    stream = b"--b\r\nX-Name:  a b \r\nx-name: other\r\nno colon\r\n\r\nbody\r\n--b\r\n"
    (found,) = read(stream, quiet=False)
    assert found.headers == {"x-name": "a b"}
    assert (found.kind, found.body) == ("", b"body")


def test_a_part_without_a_header_is_one() -> None:
    (found,) = read(b"--b\r\n\r\nHeartbeat\r\n--b\r\n", quiet=False)
    assert (found.headers, found.body) == ({}, b"Heartbeat")


def test_a_part_is_given_as_soon_as_the_device_falls_silent() -> None:
    parts = EventParts()
    assert parts.feed(part(XML)) == []
    found = parts.pause()
    assert found is not None
    assert found.body == XML
    assert parts.pause() is None
    assert parts.feed(part(XML) + b"--boundary\r\n")[0].body == XML


@pytest.mark.parametrize("upto", [60, 90, 120])
def test_half_a_part_is_waited_for(upto: int) -> None:
    parts = EventParts()
    whole = part(XML)
    assert parts.feed(whole[:upto]) == []
    assert parts.pause() is None
    assert parts.feed(whole[upto:] + b"--boundary\r\n")[0].body == XML


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (b"x" * (HEAD + 1), "no boundary"),
        (b"--b\r\nA: " + b"x" * HEAD, "the header of a part"),
        (b"--b\r\n\r\n" + b"x" * (MOST + 1), "a part has more"),
    ],
    ids=["no-boundary", "header", "body"],
)
def test_what_has_no_end_is_refused(stream: bytes, why: str) -> None:
    with pytest.raises(PartError, match=why):
        read(stream, tuple(range(0, len(stream), 4096)))


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"\r\n", b"--", b"--b\r\n"]), max_size=9))
def test_no_bytes_raise_anything_else(pieces: list[bytes]) -> None:
    parts = EventParts(most=100)
    with contextlib.suppress(PartError):
        for piece in pieces:
            parts.feed(piece)
            parts.pause()


def test_a_part_that_comes_byte_by_byte_costs_no_more_than_its_length() -> None:
    body = b"<a>" + b"x" * 20_000 + b"</a>"
    stream = part(body, length=None) + b"--boundary\r\n"
    parts = EventParts()
    began = time.process_time()
    found = [one for place in range(len(stream)) for one in parts.feed(stream[place : place + 1])]
    assert [one.body for one in found] == [body]
    assert time.process_time() - began < 2
