"""Each broken plugin costs itself, with a sentence; the good ones are there."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from nvr_core.contract import GROUP
from nvr_core.host.finding import Loading
from nvr_core.host.kinds import Kind
from nvr_core.host.loader import load
from nvr_core.host.plugin import PluginState
from tests.core.host.conftest import HEAD, REGISTER, Installed, Written, good


def changed(old: str, new: str) -> str:
    text = good("broken")
    assert old in text
    return text.replace(old, new)


BUNDLED = ["hikvision", "local-disk", "onvif", "rtsp"]
VENDORS = ["hikvision", "onvif", "rtsp"]
BROKEN = {
    "raises": ("raise RuntimeError('no')", "raised RuntimeError while it was loaded: no"),
    "syntax": ("def (", "raised SyntaxError"),
    "exits": ("import sys\nsys.exit(3)", "called sys.exit() while it was loaded"),
    "lacks-a-module": ("import no_such_module_here", "needs no_such_module_here, which is not"),
    "lacks-a-name": ("from json import nothing_like_it", "raised ImportError"),
    "no-hook": ("x = 1", "no function marked with @hookimpl"),
    "unknown-hook": (
        HEAD + REGISTER.replace("vendors", "venders"),
        "a hook nvr_register_venders that this Ronda does not know; there are nvr_register_vendors",
    ),
    "async-hook": (changed("def nvr_reg", "async def nvr_reg"), "nvr_register_vendors is async"),
    "arguments": (changed("vendors()", "vendors(config)"), "are not as the contract has them"),
    "wrapper": (
        changed("@hookimpl", "@hookimpl(wrapper=True)").replace("return [Good]", "yield"),
        "its hook nvr_register_vendors is a wrapper; hooks only register",
    ),
    "no-list": (changed("[Good]", "Good"), "returns no list of classes"),
    "no-class": (changed("[Good]", "[Good()]"), "is no class derived from Vendor"),
    "other-class": (changed("[Good]", "[Config]"), "is no class derived from Vendor"),
    "other-kind": (changed("vendors", "storage_backends"), "derived from StorageBackend"),
    "abstract": (changed("async def open", "async def opened"), "Good lacks the method open"),
    "hook-raises": (changed("return [Good]", "return 1 / 0"), "raised ZeroDivisionError"),
    "hook-exits": (changed("return [Good]", "raise SystemExit"), "called sys.exit()"),
    "bad-slug": (changed('"broken"', '"Acme Cameras"'), "Good.name is 'Acme Cameras'"),
    "no-name": (changed('name = "broken"', ""), "Good.name is None"),
    "no-title": (changed('Text("Good")', '"Good"'), "Good.title is no Text"),
    "no-config": (changed("config_type = Acme", "config_type = dict"), "derived from contract.Con"),
    "odd-option": (changed("host: str", "host: dict[str, str]"), "Acme.host has a type that no"),
    "any-option": (changed("host: str", "host: object"), "Acme.host has a type that no form"),
    "odd-label": (changed('Text("Host")', '"Host"'), "that is no Text"),
    "too-new": (
        changed("title =", 'contract_min = "99.1"\n    title ='),
        "Good needs contract 99.1, and this Ronda offers 0.1; update Ronda",
    ),
    "odd-version": (changed("title =", "contract_min = 1\n    title ="), "contract_min is 1"),
    "odd-config-version": (changed("title =", "config_version = 0\n    title ="), "from 1 on"),
    "bare-open": (changed("    @asynccontextmanager\n", ""), "write @asynccontextmanager above it"),
    "init-raises": (
        changed("title =", "def __init__(self): raise OSError('x')\n    title ="),
        "raised OSError",
    ),
    "stolen": (changed('"broken"', '"good"'), 'vendor "good" is provided by the plugin "a-good"'),
    "stolen-from-us": (changed('"broken"', '"rtsp"'), 'is provided by the plugin "rtsp" already'),
    "twice": (changed("[Good]", "[Good, Good]"), 'is provided by the plugin "twice" already'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_costs_only_itself(plugins: Written, name: str) -> None:
    text, sentence = BROKEN[name]
    files = {"a_good": good("good"), name.replace("-", "_"): text, "z_good": good("later")}
    registry = plugins(files)
    broken = registry.plugin(name)
    assert broken is not None
    assert broken.state is PluginState.FAILED
    assert sentence in str(broken.sentence)
    assert not broken.provides
    for one in ("a-good", "z-good", "rtsp", "local-disk"):
        plugin = registry.plugin(one)
        assert plugin is not None
        assert plugin.state is PluginState.LOADED, plugin.sentence
    assert registry.get(Kind.VENDOR, "later")
    assert registry.get(Kind.VENDOR, "broken") is None
    assert name in str(registry.why_not(Kind.VENDOR, name))


def test_all_of_them_at_once_leave_the_good_ones(plugins: Written) -> None:
    files = {name.replace("-", "_"): text for name, (text, _) in BROKEN.items()}
    registry = plugins({**files, "a_good": good("good")})
    loaded = {one.name for one in registry.plugins if one.state is PluginState.LOADED}
    assert loaded == {"a-good", *BUNDLED}
    assert [one.name for one in registry.of(Kind.VENDOR)] == ["good", *VENDORS]
    assert not [name for name in sys.modules if name == "nvr_plugin_file_raises"]


def test_a_broken_plugin_does_not_keep_its_name_from_a_good_one(plugins: Written) -> None:
    registry = plugins({"a-b": BROKEN["unknown-hook"][0], "a_b": good("good")})
    states = [one.state for one in registry.plugins if one.name == "a-b"]
    assert states == [PluginState.FAILED, PluginState.LOADED]
    assert registry.get(Kind.VENDOR, "good")


def test_a_failure_keeps_its_traceback(plugins: Written) -> None:
    plugin = plugins({"raises": BROKEN["raises"][0]}).plugin("raises")
    assert plugin is not None
    assert "raise RuntimeError('no')" in plugin.traceback


def test_safe_and_blocked_leave_plugins_out_unloaded(plugins: Written) -> None:
    boom = "raise AssertionError('loaded')"
    safe = plugins({"boom": boom}, safe=True)
    blocked = plugins({"boom": boom}, blocked=frozenset({"boom", "rtsp"}))
    left, barred = safe.plugin("boom"), blocked.plugin("boom")
    assert left is not None
    assert barred is not None
    assert left.state is PluginState.LEFT_OUT
    assert "--safe" in str(left.sentence)
    assert barred.state is PluginState.BLOCKED
    assert safe.get(Kind.VENDOR, "rtsp")
    assert blocked.get(Kind.VENDOR, "rtsp") is None
    assert "ronda.toml blocks it" in str(blocked.why_not(Kind.VENDOR, "rtsp"))
    assert "No plugin provides" in str(blocked.why_not(Kind.VENDOR, "acme"))


def test_a_file_that_everybody_may_write_is_not_run(plugins: Written, tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "open.py").write_text("raise AssertionError('loaded')")
    (folder / "open.py").chmod(0o666)
    plugin = plugins({}).plugin("open")
    assert plugin is not None
    assert "chmod o-w" in str(plugin.sentence)


def test_the_bundled_plugins_come_in_by_entry_points() -> None:
    registry = load(Loading())
    ours = {one.name: one for one in registry.plugins if one.origin.bundled}
    assert list(ours) == BUNDLED
    assert ours["rtsp"].origin.distribution == "ronda"
    assert ours["rtsp"].origin.version
    assert ours["rtsp"].package == "nvr_plugins.rtsp"
    assert registry.get(Kind.STORAGE, "local-disk")


def test_distributions_say_who_made_a_plugin_and_ours_come_first() -> None:
    acme = Installed(
        "Metadata-Version: 2.4\nName: nvr-acme\nVersion: 1.2\n"
        "Author-email: Siti <siti@example.org>\nProject-URL: Source, https://example.org/acme\n"
    )
    thief = Installed("Metadata-Version: 2.4\nName: a-thief\nVersion: 1\nHome-page: UNKNOWN\n")
    torn = Installed("")
    strangers = [
        acme.point("acme", "no_such_acme"),
        thief.point("rtsp", "no_such_thief"),
        torn.point("torn", "no module at all"),
    ]
    registry = load(Loading(), lambda group: [*strangers, *entry_points(group=group)])
    found = [one.name for one in registry.plugins]
    assert found == [*BUNDLED, "acme", "rtsp", "torn"]
    acme_found, thief_found, torn_found = registry.plugins[len(BUNDLED) :]
    origin = acme_found.origin
    assert (origin.author, origin.version) == ("Siti", "1.2")
    assert origin.home_page == "https://example.org/acme"
    assert not origin.bundled
    assert (torn_found.name, torn_found.origin.author) == ("torn", "")
    assert registry.plugins[4].state is PluginState.FAILED
    assert 'another plugin is named "rtsp": ronda' in str(thief_found.sentence)
    assert registry.plugins[3].origin.home_page == ""
    assert all(point.group == GROUP for point in strangers)
    assert registry.get(Kind.VENDOR, "rtsp")
