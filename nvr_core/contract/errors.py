"""Errors that steer: their type decides what the core does next, their text is for people."""

from __future__ import annotations

from nvr_core.contract.text import Text


class ContractError(Exception):
    """The base of what a plugin raises on purpose: a Text, and a code that never changes."""

    code: str = "error"
    """Lower case with hyphens; what programs compare, while sentences may be rewritten."""

    def __init__(self, text: Text, *, code: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.code = code or type(self).code

    def __str__(self) -> str:
        return str(self.text)


class NotReady(ContractError):
    """It does not answer, or not yet. The core tries again, later and later."""

    code = "not-ready"

    def __init__(self, text: Text, *, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(text, code=code)
        self.retry_after = retry_after
        """Seconds that the other side asked us to wait."""


class AuthFailed(ContractError):
    """The login was refused. Nothing is tried again until a person has changed it."""

    code = "login-refused"


class ConfigInvalid(ContractError):
    """What a person wrote cannot work. The form opens again with the text at this option."""

    code = "config-invalid"

    def __init__(self, text: Text, *, option: str = "", code: str = "") -> None:
        super().__init__(text, code=code)
        self.option = option
        """Name of the field, `outer.inner` for a nested one, "" for the config as a whole."""


class Unsupported(ContractError):
    """The device or volume cannot do this at all; asking again is useless, and nothing is wrong."""

    code = "unsupported"


class KeyMissing(ContractError):
    """A volume holds nothing under this key. The volume itself is well."""

    code = "key-missing"


class KeyRefused(ContractError):
    """A volume takes no such key: it would lead out of it, or its medium cannot hold the name."""

    code = "key-refused"


class VolumeFull(ContractError):
    """There is no room for what was to be put. The volume itself is well."""

    code = "volume-full"
