"""Looks for passwords where none may stand, in each form that a program might write them in.

scan = Scan([Secret("gate", "op", "p@ss")])
scan.look("the answer to /", body)
scan.tree(folder, exempt={"ronda.toml"})
scan.found                      sentences that name the place and the form, never the password
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

from nvr_core.simulators.guard import REALM

SHORTEST = 8
"""A password of fewer bytes stands in footage by chance."""
BLANKS = re.compile(rb"\s+")


@dataclass(frozen=True)
class Secret:
    """A password of the test, and what may be made of it and its user."""

    name: str
    """What it is called in findings."""
    user: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.password.encode()) < SHORTEST:
            raise ValueError(f"the password {self.name} is too short to be looked for")

    def forms(self) -> dict[str, bytes]:
        """What to look for, by what it is called."""
        text, pair = self.password, f"{self.user}:{self.password}"
        made: dict[str, str | bytes] = {
            "as it is": text,
            "percent-encoded": quote(text, safe=""),
            "percent-encoded but for /": quote(text),
            "percent-encoded in small letters": re.sub(
                "%..", lambda found: found[0].lower(), quote(text, safe="")
            ),
            "percent-encoded with +": quote_plus(text),
            "in JSON": json.dumps(text)[1:-1],
            "in JSON of UTF-8": json.dumps(text, ensure_ascii=False)[1:-1],
            "in JSON in JSON": json.dumps(json.dumps(text))[3:-3],
            "as repr": repr(text)[1:-1],
            "as repr of bytes": repr(text.encode())[2:-1],
            "as repr in repr": repr(repr(text))[2:-2],
            "in HTML": html.escape(text),
            "in HTML with &#34;": html.escape(text).replace("&quot;", "&#34;"),
            "in HTML with &#39;": html.escape(text)
            .replace("&quot;", "&#34;")
            .replace("&#x27;", "&#39;"),
            "in UTF-16": text.encode("utf-16-le"),
            "in hexadecimal": text.encode().hex(),
            "Basic": base64.b64encode(pair.encode()).rstrip(b"="),
            "Basic for urls": base64.urlsafe_b64encode(pair.encode()).rstrip(b"="),
        }
        for place in range(3):
            made[f"in base64, {place} bytes behind"] = _inside(text.encode(), place)
        for hashed in ("md5", "sha256"):
            # Whoever has this needs no password (RFC 7616, 3.4.2).
            whole = f"{self.user}:{REALM}:{text}".encode()
            made[f"Digest's {hashed}"] = hashlib.new(hashed, whole).hexdigest()
        return {
            name: form.encode() if isinstance(form, str) else form for name, form in made.items()
        }


def _inside(content: bytes, place: int) -> bytes:
    """Base64 of the content within other bytes: the letters that it alone decides."""
    coded = base64.b64encode(bytes(place) + content)
    first = (place * 8 + 5) // 6
    last = (place + len(content)) * 8 // 6
    return coded[first:last]


class Scan:
    """Counts what it looked at, and remembers what it found."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self.forms: dict[bytes, str] = {}
        for secret in secrets:
            for name, form in secret.forms().items():
                self.forms.setdefault(form, f"the password {secret.name} {name}")
        # A line may have been broken where a blank stood.
        self._squeezed = {BLANKS.sub(b"", form): said for form, said in self.forms.items()}
        self.places = 0
        self.bytes = 0
        self.found: list[str] = []

    def look(self, place: str, content: bytes) -> list[str]:
        """What stands in these bytes, as sentences."""
        self.places += 1
        self.bytes += len(content)
        hits = {said for form, said in self.forms.items() if form in content}
        if len(content) < 1 << 20:
            whole = BLANKS.sub(b"", content)
            hits |= {said for form, said in self._squeezed.items() if form in whole}
        sentences = [f"{place} holds {said}" for said in sorted(hits)]
        self.found += sentences
        return sentences

    def tree(self, folder: Path, *, exempt: Callable[[Path], bool] = lambda _: False) -> list[str]:
        """Every file below a folder, and every name of one."""
        found: list[str] = []
        for path in sorted(folder.rglob("*")):
            found += self.look(f"the name of {path}", os.fsencode(path))
            if path.is_file() and not path.is_symlink() and not exempt(path):
                try:
                    content = path.read_bytes()
                except FileNotFoundError:
                    continue  # deleted since it was listed
                found += self.look(str(path), content)
        return found

    def processes(self, own: Iterable[int]) -> list[str]:
        """The command lines of all processes, and the environments of our own."""
        found: list[str] = []
        mine = frozenset(own)
        for pid in _pids():
            for what in ("cmdline", "environ") if pid in mine else ("cmdline",):
                try:
                    content = Path(f"/proc/{pid}/{what}").read_bytes()
                except OSError:
                    continue  # ended since it was listed
                found += self.look(f"the {what} of process {pid}", content)
        return found


def family(parent: int) -> list[int]:
    """A process and all that it, and they, started."""
    children: dict[int, list[int]] = {}
    for pid in _pids():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(stat[1]), []).append(pid)
    found, new = [parent], [parent]
    while new:
        new = [child for pid in new for child in children.get(pid, [])]
        found += new
    return found


def _pids() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
