"""Addresses as people and cameras write them: the login comes out, and mistakes are named."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.kit.address import RTSP, THROUGH_PYAV
from nvr_core.settings import address
from nvr_core.settings.address import Address, AddressError
from nvr_core.wire.wants import Login

HERE = Path("/etc/ronda")


@pytest.mark.parametrize(
    ("text", "url", "login"),
    [
        ("rtsp://10.0.0.7/a/b?c=1", "rtsp://10.0.0.7/a/b?c=1", None),
        ("RTSP://10.0.0.7:8554/", "rtsp://10.0.0.7:8554/", None),
        ("rtsp://u:p@h/a", "rtsp://h/a", ("u", "p")),
        ("rtsp://u@h/a", "rtsp://h/a", ("u", "")),
        (
            "rtsps://admin:p%40ss%3A%2F@[fe80::1]:322/a",
            "rtsps://[fe80::1]:322/a",
            ("admin", "p@ss:/"),
        ),
        ("rtsp://admin:p@ss@h/a", "rtsp://h/a", ("admin", "p@ss")),
        ("rtsp://admin:a:b@h/a", "rtsp://h/a", ("admin", "a:b")),
        ("rtsp://u:p@camera/stream@1", "rtsp://camera/stream@1", ("u", "p")),
        ("rtsp://u:p@[fe80::1]:322/s@1", "rtsp://[fe80::1]:322/s@1", ("u", "p")),
        (
            "rtsp://h/user=admin_password=x_channel=1.sdp",
            "rtsp://h/user=admin_password=x_channel=1.sdp",
            None,
        ),
        ("rtsp://10.0.0.7:554/stream@1", "rtsp://10.0.0.7:554/stream@1", None),
        ("rtsp://camera/stream@1", "rtsp://camera/stream@1", None),
        ("http://h/live.m3u8?t=%20", "http://h/live.m3u8?t=%20", None),
        ("/srv/loop one.mp4", "file:///srv/loop%20one.mp4", None),
        ("loops/gang#1.mp4", "file:///etc/ronda/loops/gang%231.mp4", None),
        ("file:///srv/a%20b.mp4", "file:///srv/a%20b.mp4", None),
    ],
)
def test_the_url_and_the_login_inside_it(
    text: str, url: str, login: tuple[str, str] | None
) -> None:
    expected = Login(user=login[0], password=login[1]) if login else None
    assert address.parse(text, HERE) == Address(url=url, login=expected)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("htp://h/a", "is not an address Ronda can open; use rtsp://"),
        ("rtsp:h/a", "is not an address Ronda can open; use rtsp://"),
        ("rtsp:///a", "names no host"),
        ("rtsp://", "names no host"),
        ("rtsp://h:99999/", "a port that is no number from 1 to 65535"),
        ("rtsp://h:x/", "a port that is no number"),
        ("rtsp://h:0/", "has port 0"),
        ("rtsp://[::1/", "broken [IPv6]"),
        ("rtsp://h/a b", "holds a blank"),
        ("rtsp://h/a\n", "holds a line feed"),
        ("rtsp://rtsp://h/a", "begins with its scheme twice"),
        ("rtsp://admin:a/b@h/c", "fields user and password"),
        ("rtsp://admin:12/b@h/c", "fields user and password"),
        ("rtsp://admin:a#b@h/c", "fields user and password"),
        ("rtsp://admin:a@b/c@10.0.0.7/d", "fields user and password"),
        ("rtsp://admin:a@b?c@camera:554/d", "fields user and password"),
        ("rtsp://admin:a@'\"\\<b>/c@camera/d", "fields user and password"),
        ("file://elsewhere/a.mp4", "is not the path of a file"),
        ("", "is not an address of 1 to 2048 characters"),
        ("x" * 2049, "is not an address of 1 to 2048 characters"),
    ],
)
def test_a_mistake_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(AddressError) as caught:
        address.parse(text, HERE)
    assert sentence in str(caught.value)


def test_which_recorder_opens_it() -> None:
    kinds = {text: address.parse(text, HERE).recorder for text in ("rtsps://h", "rtmp://h", "a.ts")}
    assert kinds == {"rtsps://h": "rtsp", "rtmp://h": "av", "a.ts": "av"}


@given(st.text(min_size=1, max_size=12), st.text(max_size=12))
def test_no_escaped_login_stays_in_the_url(user: str, password: str) -> None:
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    found = address.parse(f"rtsp://{login}@camera/main", HERE)
    assert found == Address(url="rtsp://camera/main", login=Login(user=user, password=password))


@given(st.text(max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    for whole in (text, f"rtsp://{text}"):
        try:
            found = address.parse(whole, HERE)
        except AddressError:
            continue
        assert found.url.partition(":")[0] in ("file", *RTSP, *THROUGH_PYAV)


@pytest.mark.parametrize(
    "text", ["htp://u:rahasia@h/a", "rtsp://u:rah@asia@h/a", "htp://:rahasia@h"]
)
def test_a_sentence_never_repeats_a_login(text: str) -> None:
    assert "asia" not in address.shown(text)
