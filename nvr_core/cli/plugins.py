"""`ronda plugins`: every plugin, who made it, and what it provides or why it does not."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from nvr_core import settings
from nvr_core.cli import asked, table
from nvr_core.host.finding import Loading
from nvr_core.host.loader import load
from nvr_core.host.plugin import Plugin, PluginState
from nvr_core.wire.errors import SentenceError

WORDS = {
    PluginState.LOADED: "loaded",
    PluginState.FAILED: "FAILED",
    PluginState.BLOCKED: "blocked",
    PluginState.LEFT_OUT: "left out",
}


@click.command("plugins")
@click.option(
    "--plugins-dir",
    type=click.Path(path_type=Path),
    help="A folder of one-file plugins, to look at too.",
)
@click.option("--safe", is_flag=True, help="Load only the plugins that come with Ronda.")
@asked.config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(plugins_dir: Path | None, safe: bool, config: Path | None, as_json: bool) -> None:
    """List every plugin, loaded or FAILED.

    With its maker, and what it provides or why it does not. They are loaded for this list, by
    this command; no server is asked. The exit code is 1 when one failed.
    """
    if plugins_dir is not None and not plugins_dir.is_dir():
        raise SentenceError(
            f"the plugins folder {plugins_dir} does not exist, or is no folder; make it, or name "
            "another one with --plugins-dir"
        )
    chosen = _chosen(config)
    registry = load(
        Loading(
            plugins_dir=plugins_dir or chosen.folder, safe=safe, blocked=frozenset(chosen.blocked)
        )
    )
    for number, plugin in enumerate(registry.plugins):
        if as_json:
            click.echo(asked.written(_described(plugin)))
        else:
            click.echo(("\n" if number else "") + "\n".join(_lines(plugin)))
    if not registry.plugins and not as_json:
        click.echo("no plugin is found; install Ronda again: its own are missing")
    sys.exit(1 if any(one.state is PluginState.FAILED for one in registry.plugins) else 0)


def _chosen(config: Path | None) -> settings.Plugins:
    """What ronda.toml says. Without one, nothing: this command looks before there is one."""
    if config is None:
        try:
            config = settings.find()
        except settings.SettingsError:
            return settings.Plugins()
    return settings.load(config).plugins


def _lines(plugin: Plugin) -> list[str]:
    origin = plugin.origin
    pairs = [("from", str(origin) or "nobody says"), ("author", origin.author or "nobody says")]
    if origin.home_page:
        pairs.append(("home page", origin.home_page))
    pairs += [(one.kind.value, f"{one.name}: {one.provider.title}") for one in plugin.provides]
    lines = [f"{table.plain(plugin.name)}  {WORDS[plugin.state]}", *table.fields(pairs)]
    if plugin.sentence is not None:
        lines += table.wrapped(str(plugin.sentence))
    return lines


def _described(plugin: Plugin) -> dict[str, object]:
    origin = plugin.origin
    return {
        "plugin": plugin.name,
        "state": plugin.state.value,
        "sentence": None if plugin.sentence is None else str(plugin.sentence),
        "distribution": origin.distribution,
        "version": origin.version,
        "author": origin.author,
        "home_page": origin.home_page,
        "file": origin.file,
        "bundled": origin.bundled,
        "provides": [
            {"kind": one.kind.value, "name": one.name, "title": str(one.provider.title)}
            for one in plugin.provides
        ],
    }
