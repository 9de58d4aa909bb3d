"""Options as text, each read as its form wants it."""

from __future__ import annotations

from enum import StrEnum

import pytest

from nvr_core.contract import Config, Secret, Text, option
from nvr_core.devices.filling import NotFilled, filled
from nvr_core.devices.parted import joined, parted
from nvr_core.host.configs import secret_paths
from nvr_core.host.form import options


class Colour(StrEnum):
    RED = "red"


class Inner(Config):
    token: Secret = option(Secret(""), label=Text("Token"))
    tries: int = option(3, label=Text("Tries"))


class Outer(Config):
    address: str = option(label=Text("Address"))
    port: int = option(80, label=Text("Port"))
    factor: float = option(1.0, label=Text("Factor"))
    tls: bool = option(False, label=Text("TLS"))
    colour: Colour = option(Colour.RED, label=Text("Colour"))
    channels: list[int] = option([], label=Text("Channels"))
    note: str | None = option(None, label=Text("Note"))
    password: Secret = option(Secret(""), label=Text("Password"))
    inner: Inner = option(Inner(), label=Text("Inner"))


FORM = options(Outer)


def test_each_text_is_read_by_its_kind() -> None:
    said = {
        "address": "10.0.0.7",
        "port": "8080",
        "factor": "0.5",
        "tls": "Yes",
        "colour": "red",
        "channels": "1, 2,3",
        "note": "",
        "password": "rahasia",
        "inner.token": "t",
        "inner.tries": "4",
    }
    config = Outer.model_validate(filled(said, FORM))
    assert (config.port, config.factor, config.tls, config.channels) == (8080, 0.5, True, [1, 2, 3])
    assert config.note is None
    assert (config.inner.tries, config.inner.token.reveal()) == (4, "t")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("port", "eighty", "port: 'eighty' is not a whole number"),
        ("factor", "half", "factor: 'half' is not a number"),
        ("tls", "perhaps", "tls: 'perhaps' is not true or false"),
        ("channels", "1,x", "channels: 'x' is not a whole number"),
        ("adress", "10.0.0.7", "no option 'adress'; there are: address, port"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_would_be_right(
    name: str, text: str, sentence: str
) -> None:
    with pytest.raises(NotFilled, match=sentence):
        filled({name: text}, FORM)


def test_secrets_stand_apart_and_come_together_again() -> None:
    config = {"address": "a", "password": "p", "inner": {"token": "t", "tries": 1}}
    shown, hidden = parted(config, secret_paths(Outer))
    assert shown == {"address": "a", "inner": {"tries": 1}}
    assert hidden == {"password": "p", "inner.token": "t"}
    assert joined(shown, hidden) == config
    assert parted({"address": "a", "password": ""}, secret_paths(Outer)) == ({"address": "a"}, {})
