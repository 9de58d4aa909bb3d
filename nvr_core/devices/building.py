"""The devices of a data folder, with all that their plugins are lent."""

from __future__ import annotations

import logging
from pathlib import Path

from nvr_core.clock import Clock
from nvr_core.devices.memory import Memory
from nvr_core.devices.service import Devices
from nvr_core.host.finding import Loading
from nvr_core.host.lending import Lending
from nvr_core.host.loader import load
from nvr_core.host.plugin import PluginState
from nvr_core.host.redaction import Redaction
from nvr_core.state.catalogue import State
from nvr_core.wire import seal

log = logging.getLogger(__name__)

CACHE = "cache"
"""In the data folder; anybody may empty it while no server runs."""


def built(
    data: Path, state: State, clock: Clock, loading: Loading, redaction: Redaction
) -> Devices:
    """Load the plugins, and give them what they are lent. Raises KeyFault, OSError."""
    key = seal.load_or_make_key(data)
    folder = loading.plugins_dir
    if folder is not None and not folder.is_dir():
        log.error("the plugins folder %s does not exist, or is no folder; make it", folder)
    registry = load(loading)
    for plugin in registry.plugins:
        if plugin.state is PluginState.FAILED:
            log.error("the plugin %s takes no part: %s", plugin.name, plugin.sentence)
            if plugin.traceback:
                log.debug("%s", redaction.clean(plugin.traceback))
        elif plugin.state is not PluginState.LOADED:
            log.info("the plugin %s takes no part: %s", plugin.name, plugin.sentence)
    lending = Lending(
        clock=clock, cache=data / CACHE, memory=Memory(state, key), redaction=redaction
    )
    return Devices(state, clock, key, registry, lending)
