"""Stored configs: mistakes are sentences, upgrades lose nothing, secrets keep their paths."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from nvr_core.contract import Secret
from nvr_core.host import configs, form
from nvr_core.host.configs import ConfigRefused
from nvr_core.host.form import OptionKind
from tests.core.host.stage import PASSWORD, Stage, StageConfig


def refused(stored: dict[str, Any], version: int = 2) -> dict[str, str]:
    before = copy.deepcopy(stored)
    with pytest.raises(ConfigRefused) as refusal:
        configs.read(Stage(), stored, version)
    assert stored == before, "what was stored has changed"
    assert PASSWORD not in str(refusal.value)
    assert refusal.value.__cause__ is None
    return {one.option: str(one.sentence) for one in refusal.value.mistakes}


def test_every_mistake_is_a_sentence_at_its_option() -> None:
    assert refused({"host": "x" * 21, "port": "many", "password": [PASSWORD]}) == {
        "host": 'Host: "xxxxxxxxxxxxxxxxxxxxx" is not a text of at most 20 characters.',
        "port": 'Port: "many" is not a number from 1 to 65535.',
        "password": "Password: This value (not shown) is not a text.",
    }
    assert refused({"nested": {"names": ["a", 7], "token": 7}}) == {
        "nested.names": "Names: 7 is not a text.",
        "nested.token": "Token: This value (not shown) is not a text.",
    }
    assert refused({"nested": {"names": "a"}}) == {"nested.names": 'Names: "a" is not a list.'}
    assert refused({"nested": PASSWORD}) == {
        "nested": "More: This value (not shown) is not a group of options."
    }


def test_what_single_fields_cannot_tell_is_told_by_check() -> None:
    assert refused({"host": "nobody"}) == {"host": "Host: nobody is nobody."}
    assert refused({"host": "boom", "password": PASSWORD}) == {
        "": "The plugin failed on this config (RuntimeError)."
    }


def test_older_configs_are_upgraded_on_a_copy() -> None:
    stored = {"address": "10.0.0.7", "later": True}
    config = configs.read(Stage(), stored, 1)
    assert isinstance(config, StageConfig)
    assert config.host == "10.0.0.7"
    assert stored == {"address": "10.0.0.7", "later": True}


def test_an_upgrade_that_fails_and_a_newer_config_are_mistakes() -> None:
    told = refused({"explode": 1, "password": PASSWORD}, 1)
    assert "from version 1 to 2 (RuntimeError). What was stored is untouched." in told[""]
    assert "newer version of the plugin (config 3, this one knows 2)" in refused({}, 3)[""]


def test_what_is_written_keeps_what_is_not_known() -> None:
    stored = {"host": "a", "later": [1], "nested": {"token": "t", "deep": {"x": 1}}}
    config = configs.read(Stage(), stored, 2)
    written = configs.written(config, stored)
    assert written == {
        "host": "a",
        "port": 80,
        "password": "",
        "nested": {"token": "t", "names": [], "deep": {"x": 1}},
        "later": [1],
    }
    written["later"].append(2)
    assert stored["later"] == [1]
    assert configs.read(Stage(), written, 2) == config


def test_secrets_keep_their_paths() -> None:
    assert configs.secret_paths(StageConfig) == ("password", "nested.token")
    stored = {"password": "a", "nested": {"token": "b"}}
    config = configs.read(Stage(), stored, 2)
    assert list(configs.secrets_of(config)) == ["a", "b"]
    assert list(configs.stored_secrets(Stage(), stored)) == ["a", "b"]
    odd = {"password": Secret("a"), "nested": [{"token": "b"}]}
    assert list(configs.stored_secrets(Stage(), odd)) == ["a"]


def test_a_config_is_a_form() -> None:
    host, port, password, nested = form.options(StageConfig)
    assert (host.kind, host.longest, host.required) == (OptionKind.TEXT, 20, False)
    assert (port.kind, port.least, port.most, port.default) == (OptionKind.WHOLE, 1, 65535, 80)
    assert password.kind is OptionKind.SECRET
    assert (nested.kind, [one.name for one in nested.inner]) == (
        OptionKind.GROUP,
        ["token", "names"],
    )
    assert nested.inner[1].many
