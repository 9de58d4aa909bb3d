"""Lines of questions and answers come back as they were, and everything else is a sentence."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.admin import answers, lines, questions, register
from nvr_core.admin.answers import Head, Progress
from nvr_core.admin.lines import Done, LineError, Refused
from nvr_core.admin.questions import Question

KNOWN = {name: kind for name, (kind, _) in register.ANSWERS.items()}


@pytest.mark.parametrize(
    "question",
    [
        questions.Cameras(),
        questions.Cameras(camera="Gerbang\n\ud7ff"),
        questions.Gaps(camera="x", began=1, ended=2),
        questions.Coverage(cameras=("a", "b"), last=5),
        questions.Segments(camera="x", began=1, ended=2),
        questions.Hello(),
        questions.Volumes(),
        questions.Events(since=7, follow=True),
    ],
)
def test_a_question_comes_back(question: Question) -> None:
    line = lines.asking(question)
    assert line.count(b"\n") == 1
    assert lines.asked(line, KNOWN, "1") == question


def test_every_question_is_registered_under_its_own_name() -> None:
    assert [kind.name for kind in KNOWN.values()] == list(KNOWN)


@pytest.mark.parametrize(
    "said",
    [
        Head(version="1", zone="Asia/Jakarta", now=5),
        Progress(sentence="looking", done=3, of=10),
        Refused("no"),
        Done(),
        answers.Camera(camera="a", name="b\n", removed_at=None, streams=()),
    ],
)
def test_an_answer_comes_back(said: lines.Line) -> None:
    assert lines.told(lines.telling(said), answers.Camera) == said


def refusal(line: bytes) -> str:
    with pytest.raises(LineError) as error:
        lines.asked(line, KNOWN, "9.9")
    return str(error.value)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (b"\xff\n", "not JSON"),
        (b"[" * 60_000, "not JSON"),
        (b"[1]\n", "not a JSON object but list"),
        (b"{}\n", "does not know the question null, only cameras, gaps"),
        (b'{"ask": ["gaps"]}\n', "version 9.9"),
        (b'{"ask": "weather"}\n', "restart it, or install the same"),
        (b'{"ask": "gaps", "camera": "a", "tone": 1}\n', 'does not know the field "tone"'),
        (b'{"ask": "gaps"}\n', "field camera"),
        (b'{"ask": "gaps", "camera": 7}\n', "field camera: 7: Input should be a valid string"),
        (b'{"ask": "gaps", "camera": "a", "began": 1}\n', "began and ended belong together"),
        (b'{"ask": "coverage", "last": 99999999999999999999999}\n', "field last"),
    ],
)
def test_a_wrong_question_is_a_sentence(line: bytes, part: str) -> None:
    assert part in refusal(line)


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(line: bytes) -> None:
    for read in (
        lambda: lines.asked(line, KNOWN, "1"),
        lambda: lines.told(line, answers.Volume),
    ):
        with contextlib.suppress(LineError):
            read()


def test_answers_of_other_versions() -> None:
    newer = json.dumps(
        {"answer": {"camera": "a", "name": "b", "removed_at": 1, "streams": (), "x": 1}}
    )
    assert lines.told(newer.encode(), answers.Camera) is not None
    assert lines.told(b'{"picture": 1}', answers.Camera) is None
    with pytest.raises(LineError, match="of another version"):
        lines.told(b'{"answer": {"camera": "a"}}', answers.Camera)
