"""The answer that is nothing but its head: for whoever must know the zone before it asks."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from nvr_core.admin import answers, questions
from nvr_core.admin.office import Office


async def answer(office: Office, asked: questions.Hello) -> AsyncGenerator[answers.Said, None]:
    return
    yield
