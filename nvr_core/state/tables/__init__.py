"""The catalogue's tables, one module per noun; importing this package knows them all."""

from __future__ import annotations

from nvr_core.state.tables import devices, gaps, people, recorders, segments, volumes
from nvr_core.state.tables.base import metadata

__all__ = ["devices", "gaps", "metadata", "people", "recorders", "segments", "volumes"]
