"""What plugins remember, kept in the catalogue."""

from __future__ import annotations

import logging
from functools import partial

from nvr_core.state import remembered
from nvr_core.state.catalogue import State
from nvr_core.state.errors import Refused
from nvr_core.wire.errors import WireError

log = logging.getLogger(__name__)


class Memory:
    """Lent to the instances of plugins (`host.lending.Memory`)."""

    def __init__(self, state: State, key: bytes) -> None:
        """key: of data/secret.key."""
        self._state = state
        self._key = key

    async def remember(self, instance: str, key: str, value: str) -> None:
        """On disk when it returns. Raises ValueError when there are too many keys.

        An instance that is only tried out is not stored, and neither is what it remembers.
        """
        kept = partial(remembered.remember, key=self._key, instance=instance, name=key, value=value)
        try:
            await self._state.write(kept)
        except Refused as refused:
            if refused.field != "instance":
                raise ValueError(str(refused)) from None

    async def recall(self, instance: str, key: str) -> str:
        """What is kept, "" for nothing, and for what cannot be opened any more."""
        found = partial(remembered.recall, key=self._key, instance=instance, name=key)
        try:
            return await self._state.read(found)
        except WireError as error:
            log.warning("what %s remembers as %r is lost: %s", instance, key, error)
            return ""
