"""What the office has: providers, devices, their channels, and the cameras it watches."""

from __future__ import annotations

from sqlalchemy import Index, Table, UniqueConstraint

from nvr_core.state.columns import number, sealed, text, to, uuid, whole
from nvr_core.state.tables.base import metadata

instances = Table(
    "instances",
    metadata,
    number("Local number."),
    uuid("instance", "Id, UUIDv7."),
    text("kind", "What it provides: vendor, storage, sink, analyzer, …"),
    text("provider", "Name of the provider inside its plugin, such as onvif."),
    text("title", "What people call it."),
    text("folded", "The title, case-folded; unique within a kind."),
    text("config", "JSON object of its settings. No secret ever stands here."),
    whole("config_version", "Version of the provider's settings that config follows."),
    sealed(
        "secrets",
        "JSON object of its secrets, sealed with secret.key and bound to this row; null for none.",
        nullable=True,
    ),
    UniqueConstraint("kind", "folded"),
    comment="""A row is one configured provider of a plugin. Its secrets stand sealed and apart from
its settings, so that the settings can be shown and exported.""",
)

remembered = Table(
    "remembered",
    metadata,
    number("Local number."),
    to("instance", "instances", "Who remembers it."),
    text("key", "Under which word; unique within the instance."),
    sealed("sealed", "What, sealed with secret.key and bound to this row."),
    UniqueConstraint("instance", "key"),
    comment="""A row is a small text that an instance of a plugin wants to find again: a session, a
pairing. It may be secret.""",
)

devices = Table(
    "devices",
    metadata,
    number("Local number."),
    uuid("device", "Id, UUIDv7."),
    text("name", "What people call it."),
    text("folded", "The name, case-folded; unique among devices.", unique=True),
    to(
        "instance",
        "instances",
        "The vendor that speaks to it; address and login stand in its settings.",
        unique=True,
    ),
    text("uplink", "What it shares with others on the way here; empty when it shares nothing."),
    text("origin", "Where it is written down: office (here), or file (ronda.toml)."),
    whole("added_at", "µs UTC."),
    text("manufacturer", "As it told when it was opened last; empty while it told nothing."),
    text("model", "The same."),
    text("firmware", "The same."),
    comment="""A row is a box that we log in to. Footage never points at it: boxes are exchanged
while a camera's footage goes on.""",
)

identities = Table(
    "identities",
    metadata,
    number("Local number."),
    to("device", "devices", "Whose mark it is."),
    text("kind", "mac, serial or uuid."),
    text("value", "Normalised: 00:11:22:aa:bb:cc, a serial without blanks, a UUID."),
    UniqueConstraint("device", "kind", "value"),
    Index(None, "kind", "value"),
    comment="""A row is a mark by which a device is recognised at another address. Two devices may
have the same one: cloned marks are not certain.""",
)

channels = Table(
    "channels",
    metadata,
    number("Local number."),
    uuid("channel", "Id, UUIDv7."),
    to("device", "devices", "The box that it belongs to."),
    text("key", "What the plugin calls it, the same after each start; unique within the device."),
    text("name", "What the device, or a person, calls it."),
    UniqueConstraint("device", "key"),
    comment="""A row is one lens of a device, whether or not the office watches it.""",
)

cameras = Table(
    "cameras",
    metadata,
    number("Local number."),
    uuid("camera", "Id, UUIDv7; folders of volumes and all facts carry it."),
    to(
        "channel",
        "channels",
        "The lens it shows now; null when it was removed, or is known by its footage only.",
        nullable=True,
    ),
    text("name", "What people call it; null while nobody has named it.", nullable=True),
    text(
        "folded",
        "The name, case-folded; unique among cameras. Null once removed: the name is free again.",
        nullable=True,
        unique=True,
    ),
    whole("added_at", "When a person added it, µs UTC; null: only facts named it.", nullable=True),
    whole("removed_at", "When a person removed it, µs UTC.", nullable=True),
    comment="""A row is a channel that the office watches, or watched, or whose footage turned up.
Rows stay for as long as anything was recorded under them: removing a camera ends nothing that was
stored.""",
)

streams = Table(
    "streams",
    metadata,
    number("Local number; the tables of millions of rows point at it."),
    to("camera", "cameras", "Whose it is."),
    text("name", "main, sub, or the audio of either: main-audio, sub-audio."),
    UniqueConstraint("camera", "name"),
    comment="""A row is one encoding of a camera. The first fact that names it makes it.""",
)
