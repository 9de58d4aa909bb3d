"""Every text of ours is there in Indonesian, and a stranger's missing one costs nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nvr_core.contract import Text
from nvr_core.host.finding import Loading
from nvr_core.host.loader import load
from nvr_core.host.speech import Speech, texts_of
from nvr_core.words import LANGUAGES

ROOT = Path(__file__).parents[3]
HOMES = {
    "nvr_core.host": ("nvr_core/host", "nvr_core/contract", "nvr_core/kit"),
    "nvr_plugins.hikvision": ("plugins/nvr_plugins/hikvision",),
    "nvr_plugins.onvif": ("plugins/nvr_plugins/onvif",),
    "nvr_plugins.rtsp": ("plugins/nvr_plugins/rtsp",),
    "nvr_plugins.local_disk": ("plugins/nvr_plugins/local_disk",),
    "nvr_acme": ("docs/examples/nvr-acme/nvr_acme",),
}
"""Package with a locale → the folders whose texts it holds."""
SAME = {"{label}: {text}", "Folder", "Acme", "ONVIF", "Hikvision", "HTTPS"}
"""What both languages share."""


def literals(*folders: str) -> Iterator[str]:
    for file in (file for folder in folders for file in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Text"), args=[ast.Constant(value=str(said)), *_]):
                    yield said


@pytest.mark.parametrize("package", HOMES)
def test_every_text_is_translated_and_none_is_left_over(package: str) -> None:
    ours = texts_of(package, "id")
    said = set(literals(*HOMES[package]))
    assert said
    assert set(ours) == said
    for message, (form,) in ours.items():
        assert set(re.findall(r"\{\w+\}", form)) == set(re.findall(r"\{\w+\}", message)), message
        assert form.strip() == form
        assert (form != message) or message in SAME, message


def test_every_bundled_plugin_has_its_locale() -> None:
    bundled = {one.package for one in load(Loading()).plugins if one.origin.bundled}
    assert bundled == {package for package in HOMES if package.startswith("nvr_plugins.")}
    assert LANGUAGES == ("id", "en"), "English is the text itself; a third one needs its files"


def test_texts_are_said_in_the_readers_language() -> None:
    registry = load(Loading())
    text = Text(
        "The address {why}.",
        why=Text("has port 0, which nobody can answer; leave it out or write the right one"),
    )
    ours, english = Speech(registry, "id"), Speech(registry, "en")
    assert ours.say(text, "rtsp").startswith("Alamatnya memakai porta 0")
    assert english.say(text, "rtsp") == str(text)
    assert ours.say(text).startswith("The address memakai porta 0"), "it is the plugin's text"
    assert ours.say(Text("Acme {x}", x=1), "acme") == "Acme 1"
    assert ours.say(Text("It is not connected yet."), "acme") == "Belum tersambung."


def test_a_broken_locale_leaves_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    package = tmp_path / "nvr_odd_words"
    (package / "locale").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "locale" / "id.po").write_bytes(b'msgid "a\nmsgstr \xff\xfe"')
    monkeypatch.syspath_prepend(str(tmp_path))
    assert texts_of("nvr_odd_words", "id") == {}
    assert "stay English" in caplog.text
    assert texts_of("nvr_odd_words", "en") == {}
    assert texts_of("no_such_package_here", "id") == {}
