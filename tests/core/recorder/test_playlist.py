"""Playlists as servers write them, and as nobody should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.media.errors import MediaError, UnsupportedMedia
from nvr_core.recorder.playlist import Resource, parse

URL = "https://cam.example/live/main.m3u8?t=1"

LIVE = """\
#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:6
#EXT-X-MEDIA-SEQUENCE:41
#EXT-X-MAP:URI="init.mp4"
#EXT-X-KEY:METHOD=NONE
#EXTINF:6.006,
a.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z
#EXTINF:5.9,title, with a comma
/abs/b.m4s

# a comment
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="https://other.example/init2.mp4",BYTERANGE="500@100"
#EXTINF:6,
https://other.example/c.m4s?x=y
"""


def test_a_live_playlist() -> None:
    found = parse("\ufeff" + LIVE.replace("\n", "\r\n"), URL)
    assert not found.ended
    assert found.target == 6
    assert [s.sequence for s in found.segments] == [41, 42, 43]
    assert [s.resource.url for s in found.segments] == [
        "https://cam.example/live/a.m4s",
        "https://cam.example/abs/b.m4s",
        "https://other.example/c.m4s?x=y",
    ]
    assert [s.duration for s in found.segments] == [6.006, 5.9, 6]
    assert [s.discontinuity for s in found.segments] == [False, False, True]
    first = Resource("https://cam.example/live/init.mp4")
    second = Resource("https://other.example/init2.mp4", 100, 500)
    assert [s.head for s in found.segments] == [first, first, second]


def test_byte_ranges_follow_each_other() -> None:
    text = (
        "#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:100@50\nall.ts\n"
        "#EXTINF:1,\n#EXT-X-BYTERANGE:70\nall.ts\n#EXTINF:1,\n#EXT-X-BYTERANGE:9\nnew.ts\n"
        "#EXT-X-ENDLIST\n"
    )
    found = parse(text, URL)
    spans = [(s.resource.start, s.resource.size) for s in found.segments]
    assert spans == [(50, 100), (150, 70), (0, 9)]
    assert found.ended


def test_a_segment_that_is_missing_leaves_a_break() -> None:
    text = "#EXTM3U\n#EXTINF:1,\na.ts\n#EXT-X-GAP\n#EXTINF:1,\nb.ts\n#EXTINF:1,\nc.ts\n"
    found = parse(text, URL)
    assert [(s.sequence, s.discontinuity) for s in found.segments] == [(0, False), (2, True)]


def test_the_best_variant_has_a_picture() -> None:
    text = (
        '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9000000,CODECS="mp4a.40.2"\nsound.m3u8\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=640x360,CODECS="avc1.4d,mp4a.40.2"\n'
        "low.m3u8\n#EXT-X-STREAM-INF:PROGRAM-ID=1, BANDWIDTH=2000000\nhigh.m3u8\n"
    )
    best = parse(text, URL).best()
    assert best is not None
    assert best.url == "https://cam.example/live/high.m3u8"
    assert parse("#EXTM3U\n", URL).best() is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "begins with #EXTM3U"),
        ("<html>", "begins with #EXTM3U"),
        ("#EXTM3U\n#EXTINF:abc,\nx", "no number"),
        ("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:-1", "no number"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:nan", "no number"),
        ("#EXTM3U\n#EXT-X-BYTERANGE:all\nx.ts", "size@start is right"),
        ("#EXTM3U\n" + "#EXTINF:1,\nx.ts\n" * 20001, "more than 20000 segments"),
    ],
)
def test_what_is_no_playlist(text: str, sentence: str) -> None:
    with pytest.raises(MediaError, match=sentence):
        parse(text, URL)


def test_encryption_is_refused() -> None:
    with pytest.raises(UnsupportedMedia, match="encrypted"):
        parse('#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:1,\na.ts\n', URL)


def test_a_number_that_comes_late_numbers_nothing_twice() -> None:
    text = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:41\na.m4s\n#EXT-X-MEDIA-SEQUENCE:41\nb.m4s\n"
    assert [one.sequence for one in parse(text, URL).segments] == [41, 42]


LINES = st.one_of(
    st.sampled_from([*LIVE.splitlines(), "#EXT-X-ENDLIST", "#EXT-X-GAP", "#EXT-X-BYTERANGE:9@"]),
    st.text(max_size=40),
    st.builds("#{}:{}".format, st.sampled_from(["EXTINF", "EXT-X-MAP", "EXT-X-KEY"]), st.text()),
)


@given(st.lists(LINES, max_size=30).map("\n".join))
def test_nothing_but_media_errors_come_of_any_text(text: str) -> None:
    try:
        found = parse("#EXTM3U\n" + text, URL)
    except MediaError:
        return
    numbers = [s.sequence for s in found.segments]
    assert numbers == sorted(set(numbers))
