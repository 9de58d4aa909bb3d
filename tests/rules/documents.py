"""Whether the documents tell everything: links that resolve, pages that the index names, and every
command, setting, cause, notice and licence of the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.rules.locks import pins
from tests.rules.tree import Breach, Module, Verdict, files, modules

INDEX = "docs/README.md"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PAGE = re.compile(r"\bdocs/[a-z]+(?:/[a-z-]+)*\.md\b")
SPEAKING = (".py", ".js", ".html", ".toml", ".service", "CHANGELOG.md")
ELSEWHERE = re.compile(r"[a-z]+:")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def pages(root: Path) -> list[Path]:
    return [
        path for path in files(root, ".md") if path.parent == root or root / "docs" in path.parents
    ]


def anchors(text: str) -> set[str]:
    """What a link can point at after '#': headings as code hosts spell them."""
    headings = re.findall(r"^#+ +(.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.strip().lower()).replace(" ", "-") for one in headings}


def links(root: Path) -> Verdict:
    """Every relative link leads to a file of the tree and to a heading in it."""
    looked_at, breaches = 0, []
    for page in pages(root):
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for target in LINK.findall(line):
                if ELSEWHERE.match(target):
                    continue
                looked_at += 1
                place, _, anchor = target.partition("#")
                file = (page.parent / place).resolve() if place else page
                there = file.exists() and (
                    not anchor or anchor in anchors(file.read_text(encoding="utf-8"))
                )
                if not there:
                    sentence = f"{target} leads nowhere"
                    breaches.append(Breach(str(page.relative_to(root)), number, sentence))
    return Verdict(looked_at, breaches)


def mentions(root: Path) -> Verdict:
    """Every page that code, a script or a text names is there."""
    looked_at, breaches = 0, []
    for file in files(root, *SPEAKING):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for page in PAGE.findall(line):
                looked_at += 1
                if not (root / page).exists():
                    breaches.append(
                        Breach(str(file.relative_to(root)), number, f"{page} is missing")
                    )
    return Verdict(looked_at, breaches)


def index(root: Path) -> Verdict:
    """Every page under docs/ is linked from the index."""
    text = (root / INDEX).read_text(encoding="utf-8")
    linked = {
        str(((root / INDEX).parent / one.partition("#")[0]).resolve()) for one in LINK.findall(text)
    }
    every = [page for page in pages(root) if root / "docs" in page.parents and page != root / INDEX]
    missing = [page for page in every if str(page.resolve()) not in linked]
    return Verdict(
        len(every),
        [Breach(INDEX, 1, f"does not link {page.relative_to(root)}") for page in missing],
    )


def opening(root: Path) -> Verdict:
    """The README opens with the two commands."""
    lines = (root / "README.md").read_text(encoding="utf-8").splitlines()
    first = "\n".join(lines[:6])
    breaches = [
        Breach("README.md", 1, f"does not open with {command}")
        for command in ("scripts/demo", "scripts/test")
        if command not in first
    ]
    return Verdict(len(lines), breaches)


def told(root: Path, page: str, words: list[tuple[Module, int, str]], kind: str) -> Verdict:
    """Every word stands on the page, or on one that begins with its name, between backticks."""
    files = sorted((root / page).parent.glob(f"{Path(page).stem}*.md"))
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    spelt = set(re.findall(r"`([^`\n]+)`", text))
    return Verdict(
        len(words),
        [
            module.breach(line, f"{kind} `{word}` is not told in {page}")
            for module, line, word in words
            if word not in spelt
        ],
    )


def settings(root: Path) -> Verdict:
    """Every field that ronda.toml may hold is told."""
    fields = [
        (module, line.lineno, line.target.id)
        for module in modules(root)
        if module.within("nvr_core.settings.model")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        for line in node.body
        if isinstance(line, ast.AnnAssign)
        and isinstance(line.target, ast.Name)
        and not line.target.id.startswith(("_", "model_"))
    ]
    return told(root, "docs/ref/settings.md", fields, "the setting")


def causes(root: Path) -> Verdict:
    """Every cause of a gap is told, with what an administrator can do."""
    found = [
        (module, line.lineno, str(line.value.value))
        for module in modules(root)
        if module.name == "nvr_core.wire.facts"
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and node.name == "Cause"
        for line in node.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
    ]
    return told(root, "docs/guide/what-is-lost.md", found, "the cause")


def spoken(module: Module, value: ast.expr) -> set[str]:
    """The strings that an expression can be, through the assignments of the names in it."""
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    values = [value] + [
        node.value
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assign)
        and any(isinstance(one, ast.Name) and one.id in names for one in node.targets)
    ]
    every = [node for one in values for node in ast.walk(one)]
    return {n.value for n in every if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def notices(root: Path) -> Verdict:
    """Every notice that a recorder can send is told."""
    found = [
        (module, node.lineno, code)
        for module in modules(root)
        if module.within("nvr_core.recorder")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "Notice"
        for keyword in node.keywords
        if keyword.arg == "code"
        for code in sorted(spoken(module, keyword.value)) or ["?"]
    ]
    return told(root, "docs/ref/notices.md", found, "the notice")


def registered(module: Module) -> Iterator[tuple[str, str, int]]:
    """Command, its module and its line, of the register COMMANDS = {"run": "nvr_core.cli.run"}."""
    for node in module.tree.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id="COMMANDS"), value=ast.Dict() as table):
                for key, value in zip(table.keys, table.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
                        yield str(key.value), str(value.value), key.lineno


def decorators(module: Module) -> Iterator[tuple[str, str, int]]:
    """Owner, name and first argument's text of each: "command", "command" and "install"."""
    for node in ast.walk(module.tree):
        for call in getattr(node, "decorator_list", []):
            match call:
                case ast.Call(
                    func=ast.Attribute() as made, args=[*_, ast.Constant(value=str(said))]
                ):
                    yield ast.unparse(made), said, call.lineno
                case ast.Call(func=ast.Attribute() as made):
                    yield ast.unparse(made), str(getattr(node, "name", "")), call.lineno


def commands(root: Path) -> Verdict:
    """Every command of ronda is told by its whole name, `ronda systemd install`."""
    cli = {module.name: module for module in modules(root) if module.within("nvr_core.cli")}
    found = []
    for home in cli.values():
        for name, place, line in registered(home):
            found.append((home, line, f"ronda {name}"))
            if module := cli.get(place):
                found += [
                    (module, line, f"ronda {name} {said.replace('_', '-')}")
                    for made, said, line in decorators(module)
                    if made == "command.command"
                ]
    return told(root, "docs/ref/commands.md", found, "the command")


def options(root: Path) -> Verdict:
    """Every option of a command is told."""
    found = [
        (module, node.lineno, str(word.value))
        for module in modules(root)
        if module.within("nvr_core.cli")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "click.option"
        for word in node.args
        if isinstance(word, ast.Constant) and str(word.value).startswith("--")
    ]
    return told(root, "docs/ref/commands.md", found, "the option")


def licences(root: Path) -> Verdict:
    """Every library that is installed with the product has its licence told."""
    text = (root / "docs/licences.md").read_text(encoding="utf-8")
    names = {pin.key[0]: pin for pin in pins(root, "runtime")}
    return Verdict(
        len(names),
        [
            Breach(pin.path, pin.line, f"{name} has no row in docs/licences.md")
            for name, pin in names.items()
            if not re.search(rf"^\| {re.escape(name)}\b", text, re.MULTILINE)
        ],
    )
