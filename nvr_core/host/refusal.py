"""Why a plugin cannot take part, raised wherever it is found out."""

from __future__ import annotations

from nvr_core.contract import Text


class Refused(Exception):
    """Why a plugin cannot take part, as a text for its maker or the administrator."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text
