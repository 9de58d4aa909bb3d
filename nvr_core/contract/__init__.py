"""The door between the core and everything that varies: all that a plugin may know of Ronda.

docs/plugins/README.md shows a first plugin; docs/ref/contract-v1.txt is the whole door as text.
"""

from nvr_core.contract.config import Config, DeviceConfig, OptionNotes, option
from nvr_core.contract.context import Context
from nvr_core.contract.discovery import Announcement, Certainty, Find, Protocols, Search
from nvr_core.contract.errors import (
    AuthFailed,
    ConfigInvalid,
    ContractError,
    KeyMissing,
    KeyRefused,
    NotReady,
    Unsupported,
    VolumeFull,
)
from nvr_core.contract.hooks import GROUP, PROJECT, hookimpl
from nvr_core.contract.identity import Identity, IdentityKind
from nvr_core.contract.provider import Provider
from nvr_core.contract.secrecy import Secret, hide_logins
from nvr_core.contract.storage import Stat, StorageBackend, Usage, Volume
from nvr_core.contract.streams import Login, Refresh, Role, StreamSource, Transport
from nvr_core.contract.text import Text
from nvr_core.contract.vendor import Channel, Device, DeviceDetails, Vendor

__all__ = [
    "GROUP",
    "PROJECT",
    "VERSION",
    "Announcement",
    "AuthFailed",
    "Certainty",
    "Channel",
    "Config",
    "ConfigInvalid",
    "Context",
    "ContractError",
    "Device",
    "DeviceConfig",
    "DeviceDetails",
    "Find",
    "Identity",
    "IdentityKind",
    "KeyMissing",
    "KeyRefused",
    "Login",
    "NotReady",
    "OptionNotes",
    "Protocols",
    "Provider",
    "Refresh",
    "Role",
    "Search",
    "Secret",
    "Stat",
    "StorageBackend",
    "StreamSource",
    "Text",
    "Transport",
    "Unsupported",
    "Usage",
    "Vendor",
    "Volume",
    "VolumeFull",
    "hide_logins",
    "hookimpl",
    "option",
]

VERSION = "0.1"
"""It stays 0.x, and may break with a line in the CHANGELOG, until five kinds have met plugins."""
