"""What an administrator reads of a program: when, who, the sentence."""

from __future__ import annotations

import os
import re
import subprocess
import sys

SCRIPT = """
import logging
from nvr_core.wire import log
log.start("recorder-100%")
logging.getLogger("x").info("the disk is %s", "slow")
logging.getLogger("x").debug("nobody reads this")
"""


def said(**environment: str) -> str:
    own = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=own | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def test_a_line_says_when_who_and_what() -> None:
    line = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d recorder-100%: the disk is slow\n"
    assert re.fullmatch(line, said())


def test_systemds_journal_writes_its_own_time() -> None:
    assert said(JOURNAL_STREAM="8:1234") == "recorder-100%: the disk is slow\n"
