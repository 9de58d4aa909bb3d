"""How the programs beside the server speak to an administrator: one line each on stderr."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping


def start(name: str, environment: Mapping[str, str] = os.environ) -> None:
    """Log from INFO on as "2026-11-24 09:10:11 recorder-rtsp: the sentence".

    Without the time where systemd's journal writes its own (JOURNAL_STREAM, systemd.exec(5)).
    """
    stamp = "" if "JOURNAL_STREAM" in environment else "%(asctime)s "
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format=f"{stamp}{name.replace('%', '%%')}: %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
    )
