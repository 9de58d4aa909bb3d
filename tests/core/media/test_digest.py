"""Logging in: the RFCs' own examples, cameras' odd challenges, and when to stop."""

from __future__ import annotations

import base64

import pytest

from nvr_core.media import digest
from nvr_core.media.digest import Authorizer, Challenge, Credentials

URI = "/dir/index.html"
NONCE_2617 = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
NONCE_7616 = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE_7616 = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def challenge(*values: str) -> Challenge:
    found = Challenge.parse(values)
    assert found is not None
    return found


def test_the_example_of_rfc_2617() -> None:
    asked = challenge(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", '
        f'nonce="{NONCE_2617}", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    answer = asked.answer(Credentials("Mufasa", "Circle Of Life"), "GET", URI, 1, "0a4f113b")
    assert 'response="6629fae49393a05397450978507c4ef1"' in answer
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in answer
    assert 'nc=00000001, cnonce="0a4f113b"' in answer
    assert "algorithm" not in answer


def test_the_example_of_rfc_2069_without_qop() -> None:
    """With the value that the RFC's errata put right."""
    asked = challenge(f'Digest realm="testrealm@host.com", nonce="{NONCE_2617}"')
    answer = asked.answer(Credentials("Mufasa", "CircleOfLife"), "GET", URI, 1, "unused")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in answer
    assert "qop" not in answer
    assert "cnonce" not in answer


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, response: str) -> None:
    asked = challenge(
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
        f'nonce="{NONCE_7616}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    answer = asked.answer(Credentials("Mufasa", "Circle of Life"), "GET", URI, 1, CNONCE_7616)
    assert f'response="{response}"' in answer
    assert f"algorithm={algorithm}" in answer


def test_basic() -> None:
    asked = challenge('Basic realm="cam"')
    answer = asked.answer(Credentials("admin", "pa:ss é"), "DESCRIBE", "rtsp://cam/")
    assert answer == "Basic " + base64.b64encode("admin:pa:ss é".encode()).decode()


DIGEST = 'Digest realm="r", nonce="n1"'


@pytest.mark.parametrize(
    ("values", "scheme", "algorithm"),
    [
        (['Basic realm="r"', DIGEST], "digest", ""),
        ([f"{DIGEST}, algorithm=MD5", f"{DIGEST}, algorithm=SHA-256"], "digest", "SHA-256"),
        ([f'{DIGEST}, algorithm="SHA-256", Basic realm="r"'], "digest", "SHA-256"),
        (['Basic realm="r", ' + DIGEST], "digest", ""),
        ([f"{DIGEST}, algorithm=SHA-512-256", 'Basic realm="r"'], "basic", ""),
        ([f"{DIGEST}, qop=auth-int", 'Basic realm="r"'], "basic", ""),
        (['Negotiate abc, NTLM x=, Bearer realm="digest", Basic realm="r"'], "basic", ""),
        (["basic"], "basic", ""),
        (["digest realm = r ,nonce=n1,, stale = TRUE"], "digest", ""),
        (['Digest realm="a \\"Basic\\" one, Digest realm=", nonce="n1"'], "digest", ""),
        (['Digest realm="r", nonce="never closed'], "digest", ""),
    ],
)
def test_the_strongest_challenge_is_answered(
    values: list[str], scheme: str, algorithm: str
) -> None:
    asked = challenge(*values)
    assert (asked.scheme, asked.algorithm) == (scheme, algorithm)


@pytest.mark.parametrize(
    "values", [[], [""], ["Bearer x"], ['Digest realm="r"'], ["realm=x, nonce=y"], [",,;=,"]]
)
def test_what_cannot_be_answered_is_none(values: list[str]) -> None:
    assert Challenge.parse(values) is None
    assert not Authorizer("admin", "x").challenged(values)


def test_quotes_in_names_are_escaped() -> None:
    asked = challenge('Digest realm="a \\"b\\" c", nonce="n"')
    assert asked.realm == 'a "b" c'
    answer = asked.answer(Credentials('ad"min', "x"), "GET", "/")
    assert 'username="ad\\"min", realm="a \\"b\\" c"' in answer


def test_a_password_stays_out_of_every_repr() -> None:
    assert "secret" not in repr(Credentials("admin", "secret"))


def test_nothing_is_sent_before_a_challenge() -> None:
    assert Authorizer("admin", "x").header("OPTIONS", "rtsp://cam/") is None


def test_each_use_of_a_nonce_is_counted() -> None:
    login = Authorizer("admin", "x")
    assert login.challenged([f'{DIGEST}, qop="auth"'])
    headers = [login.header("PLAY", "rtsp://cam/") or "" for _ in range(3)]
    assert [f"nc=0000000{n}" in header for n, header in enumerate(headers, 1)] == [True] * 3
    assert len({header.partition("cnonce=")[2] for header in headers}) == 3


def test_a_wrong_login_is_tried_once() -> None:
    login = Authorizer("admin", "wrong")
    assert login.challenged([DIGEST])
    login.header("DESCRIBE", "rtsp://cam/")
    assert not login.challenged(['Digest realm="r", nonce="n2"'])


def test_a_wrong_login_is_tried_once_also_with_basic() -> None:
    login = Authorizer("admin", "wrong")
    assert login.challenged(['Basic realm="r"'])
    login.header("DESCRIBE", "rtsp://cam/")
    assert not login.challenged(['Basic realm="r"'])


def test_a_stale_nonce_is_no_wrong_login() -> None:
    login = Authorizer("admin", "right")
    assert login.challenged([DIGEST])
    login.header("DESCRIBE", "rtsp://cam/")
    assert login.challenged(['Digest realm="r", nonce="n2", stale=true'])
    assert 'nonce="n2"' in (login.header("DESCRIBE", "rtsp://cam/") or "")
    assert not login.challenged(['Digest realm="r", nonce="n2", stale=true'])


def test_a_camera_that_always_says_stale_is_believed_twice() -> None:
    login = Authorizer("admin", "wrong")
    worth = []
    for n in range(5):
        worth.append(login.challenged([f'Digest realm="r", nonce="n{n}", stale={n > 0}']))
        login.header("DESCRIBE", "rtsp://cam/")
    assert worth == [True, True, True, False, False]


def test_a_new_nonce_for_each_request_is_no_wrong_login() -> None:
    """Some recorders renew the nonce without saying stale, once they have let us in."""
    login = Authorizer("admin", "right")
    assert login.challenged([DIGEST])
    for n in range(2, 6):
        login.header("DESCRIBE", "rtsp://cam/")  # was answered with 200
        login.header("SETUP", "rtsp://cam/1")  # is answered with 401
        assert login.challenged([f'Digest realm="r", nonce="n{n}"'])


@pytest.mark.parametrize("algorithm", ["", "MD5", "MD5-sess", "SHA-256", "SHA-256-sess"])
@pytest.mark.parametrize("qop", ["", ', qop="auth"'])
def test_the_cameras_side_agrees(algorithm: str, qop: str) -> None:
    login = Authorizer('ad"min', "pässword")
    named = f", algorithm={algorithm}" if algorithm else ""
    assert login.challenged([f'Digest realm="r", nonce="n1"{named}{qop}'])
    header = login.header("PLAY", "rtsp://cam/a?b=c,d") or ""
    users = {'ad"min': "pässword", "other": "x"}
    assert digest.verify(header, "PLAY", users=users, realm="r", nonce="n1")
    assert not digest.verify(header, "PAUSE", users=users, realm="r", nonce="n1")
    assert not digest.verify(header, "PLAY", users=users, realm="r", nonce="n2")
    assert not digest.verify(header, "PLAY", users=users, realm="x", nonce="n1")
    assert not digest.verify(header, "PLAY", users={'ad"min': "no"}, realm="r", nonce="n1")
    assert not digest.verify(header, "PLAY", users={}, realm="r", nonce="n1")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic YWRtaW4=",
        "Digest",
        'Digest username="admin"',
        'Digest username="admin", realm="r", nonce="n1", algorithm=CRC, uri="/", response="0"',
        'Digest username="admin", realm="r", nonce="n1", uri="/"',
        "\xff",
    ],
)
def test_the_cameras_side_refuses_noise(header: str) -> None:
    assert not digest.verify(header, "PLAY", users={"admin": "x"}, realm="r", nonce="n1")


def test_the_cameras_side_takes_basic() -> None:
    header = "Basic " + base64.b64encode(b"admin:a:b").decode()
    assert digest.verify(header, "PLAY", users={"admin": "a:b"}, realm="r", nonce="")
    assert not digest.verify(header, "PLAY", users={"admin": "a"}, realm="r", nonce="")
