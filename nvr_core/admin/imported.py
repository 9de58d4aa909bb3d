"""Answers about a table of devices: what is wrong with it, or what became of each row."""

from __future__ import annotations

import binascii
import logging
from collections.abc import AsyncGenerator

from nvr_core.admin import answers, questions
from nvr_core.admin.office import Office
from nvr_core.devices import importing, sheet
from nvr_core.wire.errors import SentenceError

log = logging.getLogger(__name__)


class NoTable(SentenceError):
    """What was sent is no table at all."""


async def answer(
    office: Office, asked: questions.DevicesImported
) -> AsyncGenerator[answers.Imported, None]:
    try:
        content = binascii.a2b_base64(asked.table, strict_mode=True)
    except ValueError as error:
        raise NoTable(f"table: it is no base64 ({error}); nothing was stored") from None
    entries, wrong = await importing.check(office.devices, sheet.read(content))
    for one in wrong:
        yield answers.Imported(
            row=one.row, column=one.column, name="", state="wrong", sentence=one.sentence
        )
    if wrong:
        return
    if not asked.dry_run:
        await importing.store(office.devices, entries)
        fresh = [one.name for one in entries if not one.there]
        log.info("%s imported %d devices: %s", office.by, len(fresh), ", ".join(fresh))
    done = "good" if asked.dry_run else "added"
    for entry in entries:
        yield answers.Imported(
            row=entry.row,
            column="",
            name=entry.name,
            state="there" if entry.there else done,
            sentence="",
        )
