"""A row cannot pass by accident: missed bars, odd values and rows that cannot run all fail."""

from __future__ import annotations

import signal

import pytest

from tests.shows.figures import CannotRun, Row, need_program


def test_a_row_whose_bars_hold_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    row = Row("demo.1")
    row.figure("restart", 1.25, unit="s", at_most=2)
    row.figure("kills", 100, at_least=100)
    row.figure("machine", "2 cores")
    assert row.verdict() == 0
    assert capsys.readouterr().out.splitlines() == [
        "restart = 1.25 s (bar <= 2)",
        "kills = 100 (bar >= 100)",
        "machine = 2 cores",
        "demo.1 holds",
    ]


@pytest.mark.parametrize("value", [2.5, float("nan"), None, "fast"])
def test_a_value_beyond_its_bar_or_no_number_is_a_miss(value: object) -> None:
    row = Row("demo.1")
    row.figure("restart", value, at_most=2)
    assert row.verdict() == 1


def test_what_cannot_run_here_fails_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        need_program("no-such-program", package="no-such-package")

    assert Row("demo.2").run(work) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == (
        "demo.2 does not hold: it needs no-such-program: apt-get install no-such-package"
    )


def test_an_error_fails_the_row() -> None:
    def work() -> None:
        raise CannotRun("x") from None

    assert Row("demo.3").run(work) == 1
    assert Row("demo.3").run(lambda: 1 / 0) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_row_cleans_up_and_fails(number: signal.Signals) -> None:
    cleaned = []

    def work() -> None:
        try:
            signal.raise_signal(number)
        finally:
            cleaned.append(number)

    usual = signal.getsignal(number)
    assert Row("demo.4").run(work) == 1
    assert cleaned == [number]
    assert signal.getsignal(number) is usual
