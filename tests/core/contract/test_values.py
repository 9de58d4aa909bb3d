"""The contract's values: texts, secrets, identities, sources, and the errors that steer."""

from __future__ import annotations

import copy
import time

import pytest

from nvr_core.contract import (
    AuthFailed,
    Config,
    ConfigInvalid,
    DeviceConfig,
    Identity,
    IdentityKind,
    Login,
    NotReady,
    Secret,
    StreamSource,
    Text,
    hide_logins,
    option,
)


def test_a_text_is_a_sentence_with_its_values() -> None:
    text = Text("{host} does not answer", host="10.0.0.7")
    assert str(text) == "10.0.0.7 does not answer"
    assert text.filled("{host} tidak menjawab") == "10.0.0.7 tidak menjawab"
    assert text.filled("{hots} {host.__class__} {") == "{hots} {host.__class__} {"
    assert str(Text("Password {p}", p=Secret("rahasia"))) == "Password …"
    assert text == Text("{host} does not answer", host="10.0.0.7")
    assert text != Text("{host} does not answer", host="10.0.0.8")
    assert copy.deepcopy(text) is text is copy.copy(text)
    with pytest.raises(AttributeError):
        text.message = "other"


def test_a_secret_shows_nothing_but_when_asked() -> None:
    secret = Secret("rahasia")
    assert secret.reveal() == "rahasia"
    for shown in (str(secret), repr(secret), f"{secret}", f"{secret!r:>20}", repr([secret])):
        assert "rahasia" not in shown
    assert secret == Secret("rahasia") != Secret("other")
    assert copy.deepcopy(secret) is secret is copy.copy(secret)
    assert not Secret("")


class Odd(DeviceConfig):
    main: str = option(label=Text("Main"))
    more: list[str] = option(["rtsp://u:rahasia@h/"], label=Text("More"))
    token: Secret = option(Secret(""), label=Text("Token"), longest=4)


def test_a_config_shows_no_secret_in_its_repr_or_its_mistakes() -> None:
    config = Odd(address="h", password=Secret("rahasia"), main="rtsp://u:rahasia@h/a")
    assert "rahasia" not in repr(config) + str(config)
    assert "h/a" in repr(config)
    with pytest.raises(ValueError, match="2 validation errors") as wrong:
        Odd.model_validate({"address": "h", "port": 0, "password": 7, "main": "rahasia"})
    assert "rahasia" not in str(wrong.value)
    with pytest.raises(ValueError, match="frozen"):
        setattr(config, "port", 1)  # noqa: B010 -- mypy knows that it is frozen
    assert isinstance(config, Config)
    with pytest.raises(ValueError, match="token") as wrong:
        Odd.model_validate({"address": "h", "main": "m", "token": "rahasia"})
    assert "rahasia" not in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://u:p@h/a", "rtsp://…@h/a"),
        ("see rtsp://u:p@ss/w@h/a now", "see rtsp://…@h/a now"),
        ("rtsp://h/a", "rtsp://h/a"),
        ("mail a@b", "mail a@b"),
    ],
)
def test_logins_in_urls_are_hidden(text: str, shown: str) -> None:
    assert hide_logins(text) == shown


@pytest.mark.parametrize("text", ["a" * 200_000 + "@", "@" + "a://" * 50_000])
def test_hiding_costs_no_more_than_the_length_of_a_text(text: str) -> None:
    began = time.process_time()
    hide_logins(text)
    assert time.process_time() - began < 5  # seconds; without bounds it would be minutes


def test_a_source_takes_no_login_in_its_url_and_shows_no_secret() -> None:
    with pytest.raises(ValueError, match="carries no login"):
        StreamSource(url="rtsp://u:p@h/a")
    source = StreamSource(
        url="rtsp://h/user=a_password=rahasia",
        login=Login(user="a", password=Secret("rahasia")),
        headers={"Authorization": "rahasia"},
        secret_parts=("rahasia", ""),
    )
    assert "rahasia" not in repr(source)
    assert StreamSource(url="rtsp://h/stream@1").url == "rtsp://h/stream@1"


@pytest.mark.parametrize(
    ("kind", "value", "normal", "certain"),
    [
        ("mac", "9C-8E-CD-10-20-30", "9c:8e:cd:10:20:30", True),
        ("mac", "9c8ecd102030", "9c:8e:cd:10:20:30", True),
        ("mac", "00:00:00:00:00:00", "00:00:00:00:00:00", False),
        ("mac", "02:11:22:33:44:55", "02:11:22:33:44:55", False),
        ("serial", " 4d 0001ab ", "4D0001AB", True),
        ("serial", "0000", "0000", False),
        (
            "uuid",
            "urn:uuid:5F1A2B3C-0000-1000-8000-9C8ECD102030",
            "5f1a2b3c-0000-1000-8000-9c8ecd102030",
            True,
        ),
    ],
)
def test_identities_are_normalised(kind: str, value: str, normal: str, certain: bool) -> None:
    found = Identity(kind=IdentityKind(kind), value=value)
    assert (found.value, found.certain) == (normal, certain)


@pytest.mark.parametrize(
    ("kind", "value"), [("mac", "9c:8e"), ("mac", "zz" * 6), ("uuid", "x"), ("serial", "  ")]
)
def test_what_identifies_nothing_is_refused(kind: str, value: str) -> None:
    with pytest.raises(ValueError, match=kind):
        Identity(kind=IdentityKind(kind), value=value)


def test_errors_carry_a_text_and_a_stable_code() -> None:
    slow = NotReady(Text("{host} is slow", host="h"), retry_after=9)
    assert (str(slow), slow.code, slow.retry_after) == ("h is slow", "not-ready", 9)
    assert AuthFailed(Text("no"), code="locked-out").code == "locked-out"
    assert AuthFailed(Text("no")).code == "login-refused"
    assert ConfigInvalid(Text("no"), option="port").option == "port"
