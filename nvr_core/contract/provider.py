"""The one shape of everything a plugin provides: a class with a config, and `open`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, Generic, TypeVar

from nvr_core.contract.config import Config
from nvr_core.contract.context import Context
from nvr_core.contract.text import Text

ConfigT = TypeVar("ConfigT", bound=Config)
LiveT = TypeVar("LiveT")


class Provider(ABC, Generic[ConfigT, LiveT]):
    """Made once, without arguments, when its plugin is loaded; it holds nothing of an instance."""

    name: ClassVar[str]
    """Lower-case letters, digits, hyphens; unique among its kind. It is stored: never change it."""
    title: ClassVar[Text]
    config_type: type[ConfigT]
    config_version: ClassVar[int] = 1
    """Raise it when stored configs must be changed, and write `upgrade_config`."""
    contract_min: ClassVar[str] = "0.1"
    """The oldest contract that it works with."""

    @abstractmethod
    def open(self, config: ConfigT, context: Context) -> AbstractAsyncContextManager[LiveT]:
        """Connect, yield the live object, and clean up when the block ends.

        Write it with `@asynccontextmanager`. It has 30 s to connect and 10 s to end. Raises
        NotReady, AuthFailed, ConfigInvalid, Unsupported; OSError and TimeoutError count as
        NotReady, anything else as a mistake of the plugin.
        """

    def upgrade_config(self, stored: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        """What was stored under an older version, as this one wants it. Pure, on a copy."""
        return stored
