"""Questions and answers as JSON lines, and back: whatever the bytes are, only LineError comes.

    {"ask": "gaps", "camera": "Gerbang", "last": 86400000000}

    {"head": {"version": "0.1.0", "zone": "Asia/Jakarta", "now": 1795500000000000}}
    {"progress": {"sentence": "…", "done": 17, "of": 1000}}
    {"answer": {…}}
    {"done": true}                  or, instead:  {"refused": "there is no camera …"}

An answer without its last line is not whole: the server ended meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from nvr_core.admin.answers import Head, Progress, Said
from nvr_core.admin.questions import Question
from nvr_core.wire.errors import SentenceError

QUESTION_BYTES = 2 << 20
"""Of the longest question, a table of devices, its line feed included."""
ANSWER_BYTES = 1 << 20
"""Of the longest line of an answer."""


class LineError(SentenceError):
    """A line that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The last line of an answer: a sentence why there is none."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Done:
    """The last line of a whole answer."""


Line = Said | Refused | Done


def asking(question: Question) -> bytes:
    """The line of a question."""
    return _line({"ask": question.name, **question.model_dump(exclude_unset=True)})


def asked(line: bytes, known: Mapping[str, type[Question]], version: str) -> Question:
    """The question in a line. version: of the server, for the sentence. Raises LineError."""
    said = _object(line)
    name = said.pop("ask", None)
    kind = known.get(name) if isinstance(name, str) else None
    if kind is None:
        raise LineError(
            f"the server (version {version}) does not know the question {_short(name)}, only "
            f"{', '.join(known)}; it is of another version than the command: restart it, or "
            "install the same"
        )
    if strange := sorted(said.keys() - kind.model_fields.keys()):
        raise LineError(
            f"{name}: the server (version {version}) does not know the field "
            f"{_short(strange[0])}; it is of another version than the command: restart it, or "
            "install the same"
        )
    return made(kind, said)


def made(kind: type[Question], said: Mapping[str, Any]) -> Question:
    """A question of these fields. Raises LineError with the field, the value and what is right."""
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(one) for one in first["loc"])
        what = f"field {field}: {_short(first['input'])}: " if field else ""
        raise LineError(
            f"{kind.name}: {what}{first['msg'].removeprefix('Value error, ')}"
        ) from None


def telling(said: Line) -> bytes:
    """One line of an answer."""
    match said:
        case Head():
            return _line({"head": said.model_dump()})
        case Progress():
            return _line({"progress": said.model_dump()})
        case Refused():
            return _line({"refused": said.sentence})
        case Done():
            return _line({"done": True})
    return _line({"answer": said.model_dump()})


def told(line: bytes, kind: type[Said]) -> Line | None:
    """What a line of an answer says; None for one of a newer server. Raises LineError."""
    said = _object(line)
    try:
        match said:
            case {"head": {**fields}}:
                return Head.model_validate(fields)
            case {"progress": {**fields}}:
                return Progress.model_validate(fields)
            case {"answer": {**fields}}:
                return kind.model_validate(fields)
            case {"refused": str(sentence)}:
                return Refused(sentence)
            case {"done": True}:
                return Done()
    except ValidationError:
        raise LineError(
            "the server's answer lacks what this command shows; it is of another version: "
            "restart it, or install the same"
        ) from None
    return None


def _line(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode("ascii") + b"\n"


def _object(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise LineError(f"the line of {len(line)} bytes is not JSON") from None
    if not isinstance(said, dict):
        raise LineError(f"the line is not a JSON object but {type(said).__name__}")
    return said


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:80] + "…"
