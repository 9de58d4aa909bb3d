"""Row 8: in a bare Debian 12 and a bare Debian 13, both commands work from a clean clone."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.shows.bare_root import BareRoot, Inside
from tests.shows.figures import Row

REPOSITORY = Path(__file__).parents[2]
SUITES = {"12": "bookworm", "13": "trixie"}
PLACE = "/srv/ronda"
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/?")
TUNNEL = re.compile(r"ssh -L \S+")
FIRST_START = 600.0
"""Seconds in which the first demo must show its address: it downloads about 60 MB."""
SECOND_START = 60.0
TESTS = 12 * 60.0
"""Seconds that the tests may take on two cores, after their packages are installed."""
PATIENCE = 3 * TESTS


@contextmanager
def ended(inside: Inside) -> Iterator[Inside]:
    """Leave nothing behind, however the block ends."""
    try:
        yield inside
    finally:
        inside.kill()


def wait_for(inside: Inside, pattern: re.Pattern[str], patience: float) -> str:
    """The first match in what the command prints. Raises TimeoutError with its last lines."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := pattern.search(inside.text()):
            return found.group()
        if inside.process.poll() is not None:
            break
        time.sleep(0.2)  # the log of another process: nothing tells when it grows
    raise TimeoutError(f"{pattern.pattern!r} was not printed: …{inside.text()[-400:]}")


def look(address: str, inside: Inside) -> dict[str, float]:
    """What Chromium sees, run where the command's loopback is."""
    words = [sys.executable, "-m", "tests.shows.watched", address]
    where = ["nsenter", "--target", str(inside.first), "--net"]
    done = subprocess.run(
        [*where, *words], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the page does not play: {done.stderr.strip()[-400:]}")
    seen: dict[str, float] = json.loads(done.stdout)
    return seen


def demo(row: Row, root: BareRoot, name: str, *, offline: bool) -> None:
    """Start the demo, look at its page, press Ctrl-C, and see that nothing is left."""
    how = f"{name} demo, {'again and offline' if offline else 'first start'}"
    log = root.folder / f"tmp/demo{'-offline' if offline else ''}.log"
    begun = time.monotonic()
    with ended(root.start(["scripts/demo"], place=PLACE, log=log, offline=offline)) as inside:
        address = wait_for(inside, ADDRESS, FIRST_START)
        bar = SECOND_START if offline else FIRST_START
        row.figure(f"{how}: address after", time.monotonic() - begun, unit="s", at_most=bar)
        wait_for(inside, TUNNEL, SECOND_START)
        seen = look(address, inside)
        row.figure(f"{how}: cameras that move", seen["cameras"], at_least=3)
        row.figure(f"{how}: all live after", seen["live_after"], unit="s")
        row.figure(f"{how}: the past played 5 s after", seen["past_after"], unit="s")
        begun = time.monotonic()
        code = inside.interrupt(SECOND_START)
        row.figure(f"{how}: Ctrl-C took", time.monotonic() - begun, unit="s", at_most=20)
        row.figure(f"{how}: exit code", code, at_most=0, at_least=0)
        row.figure(f"{how}: programs left", len(inside.left()), at_most=0)
        for line in inside.left():
            row.miss(f"{how}: {line}")


def test(row: Row, root: BareRoot, name: str) -> None:
    """Run scripts/test, what it installs included; then lint and types, by this Python's stubs."""
    log = root.folder / "tmp/test.log"
    begun = time.monotonic()
    with ended(root.start(["scripts/test"], place=PLACE, log=log)) as inside:
        code = inside.process.wait(PATIENCE)
    row.figure(f"{name} test: all of it took", time.monotonic() - begun, unit="s")
    last = inside.text().strip().splitlines()[-1]
    row.figure(f"{name} test: pytest says", last.strip("= "))
    took = re.search(r"\bin (\d+\.\d+)s", last)
    row.figure(
        f"{name} test: the tests took", float(took[1]) if took else None, unit="s", at_most=TESTS
    )
    row.figure(f"{name} test: exit code", code, at_most=0, at_least=0)
    for line in inside.text().splitlines():
        if line.startswith(("FAILED", "ERROR")):
            row.miss(f"{name} test: {line}")
    if code:
        print(*re.findall(r"^(?:E  |/|\S+: No such).*", inside.text(), re.MULTILINE)[:40], sep="\n")
    log = root.folder / "tmp/check.log"
    with ended(root.start(["scripts/check"], place=PLACE, log=log)) as inside:
        code = inside.process.wait(PATIENCE)
    row.figure(f"{name} lint and types: exit code", code, at_most=0, at_least=0)


def one(row: Row, folder: Path, number: str, tests: bool) -> None:
    name = f"Debian {number}"
    begun = time.monotonic()
    root = BareRoot.make(folder / number, SUITES[number])
    row.figure(f"{name}: bare root made in", time.monotonic() - begun, unit="s")
    row.figure(f"{name}: commit", root.clone(REPOSITORY, PLACE))
    demo(row, root, name, offline=False)
    shown = subprocess.run(
        ["chroot", str(root.folder), f"{PLACE}/.venv/bin/python", "-c", VERSIONS],
        capture_output=True,
        text=True,
        check=True,
    )
    row.figure(f"{name}: Python and PyAV", shown.stdout.strip())
    demo(row, root, name, offline=True)
    if tests:
        test(row, root, name)


VERSIONS = "import sys, importlib.metadata as m; print(sys.version.split()[0], m.version('av'))"


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/show recorder.8", description=__doc__)
    parser.add_argument("--debian", choices=SUITES, action="append", help="only this release")
    parser.add_argument("--no-tests", action="store_true", help="only the demo")
    parser.add_argument("--keep", type=Path, help="keep the roots in this folder")
    given = parser.parse_args(argv)
    row = Row("recorder.8")

    def work() -> None:
        with tempfile.TemporaryDirectory(prefix="ronda-show-") as folder:
            for number in given.debian or SUITES:
                one(row, given.keep or Path(folder), number, not given.no_tests)

    return row.run(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
