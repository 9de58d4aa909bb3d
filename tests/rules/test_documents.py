"""The documents are complete and their links resolve; what is missing or broken is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rules import documents
from tests.rules.tree import ROOT, Plant, Verdict

RULES = (
    documents.causes,
    documents.commands,
    documents.index,
    documents.licences,
    documents.links,
    documents.mentions,
    documents.notices,
    documents.opening,
    documents.options,
    documents.settings,
)

TREE = {
    "README.md": "# Planted\n\n```sh\nscripts/demo\nscripts/test\n```\n"
    "[all](docs/README.md#all-of-it)\n",
    "docs/README.md": "## All of it\n[a](guide/what-is-lost.md) [b](licences.md)\n"
    "[c](ref/commands.md) [d](ref/notices.md) [e](ref/settings.md)\n",
    "docs/guide/what-is-lost.md": "`disk-full`\n",
    "docs/licences.md": "| aiohttp | MIT |\n",
    "docs/ref/commands.md": "`ronda run` `--json`\n`ronda systemd`"
    " `ronda systemd install` `ronda systemd take-away`\n",
    "docs/ref/notices.md": "`clock-stepped` `disk-slow`\n",
    "docs/ref/settings.md": "`port`\n",
    "nvr_core/settings/model.py": "# see docs/licences.md\n"
    "class Server:\n    port: int = 1\n    _inner: int = 2\n",
    "nvr_core/wire/facts.py": "class Cause:\n    DISK_FULL = 'disk-full'\n",
    "nvr_core/recorder/a.py": "SLOW = 'disk-slow'\n"
    "Notice(code='clock-stepped')\nNotice(code=SLOW)\n",
    "nvr_core/cli/__init__.py": "COMMANDS: Mapping[str, str] = {'run': 'nvr_core.cli.run',\n"
    " 'systemd': 'nvr_core.cli.systemd'}\n",
    "nvr_core/cli/run.py": "@click.command()\n@click.option('--json', is_flag=True)\n"
    "def command(): ...\n",
    "nvr_core/cli/systemd.py": "@click.group()\ndef command(): ...\n"
    "@command.command('install')\ndef put(): ...\n@command.command()\ndef take_away(): ...\n",
    "requirements/runtime.txt": "aiohttp==1 --hash=sha256:0\n",
}

PLANTED = [
    (documents.links, "README.md", "README.md#all-of-it", "nowhere.md", "nowhere.md leads"),
    (documents.links, "README.md", "#all-of-it", "#none-of-it", "README.md#none-of-it leads"),
    (documents.mentions, "nvr_core/settings/model.py", "licences", "less", "less.md is missing"),
    (documents.index, "docs/README.md", "[b](licences.md)", "", "docs/licences.md"),
    (documents.opening, "README.md", "scripts/demo", "make demo", "scripts/demo"),
    (documents.opening, "README.md", "# Planted", "# Planted\n\n\n\n", "scripts/test"),
    (documents.causes, "docs/guide/what-is-lost.md", "`disk-full`", "disk-full", "`disk-full`"),
    (documents.notices, "docs/ref/notices.md", "`disk-slow`", "", "`disk-slow`"),
    (documents.notices, "docs/ref/notices.md", "`clock-stepped`", "", "`clock-stepped`"),
    (documents.settings, "docs/ref/settings.md", "`port`", "", "`port`"),
    (documents.commands, "docs/ref/commands.md", "`ronda run`", "", "`ronda run`"),
    (documents.commands, "docs/ref/commands.md", "systemd install", "", "`ronda systemd install`"),
    (documents.commands, "docs/ref/commands.md", "take-away", "", "`ronda systemd take-away`"),
    (documents.options, "docs/ref/commands.md", "`--json`", "", "`--json`"),
    (documents.licences, "docs/licences.md", "aiohttp", "yarl", "aiohttp has no row"),
]


@pytest.mark.parametrize("rule", RULES)
def test_the_projects_documents_are_complete(rule: Callable[[Path], Verdict]) -> None:
    rule(ROOT).must_hold()


@pytest.mark.parametrize("rule", RULES)
def test_whole_documents_have_no_breach(plant: Plant, rule: Callable[[Path], Verdict]) -> None:
    rule(plant(TREE)).must_hold()


@pytest.mark.parametrize(("rule", "path", "old", "new", "sentence"), PLANTED)
def test_a_planted_breach_is_found(
    plant: Plant,
    rule: Callable[[Path], Verdict],
    path: str,
    old: str,
    new: str,
    sentence: str,
) -> None:
    changed = TREE[path].replace(old, new)
    assert changed != TREE[path]
    found = [str(breach) for breach in rule(plant({**TREE, path: changed})).breaches]
    assert any(sentence in one for one in found), found
