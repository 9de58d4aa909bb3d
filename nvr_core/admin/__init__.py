"""Questions to a running server over its admin socket, and the same answers where none runs."""

from __future__ import annotations

NAME = "admin.sock"
"""Of the socket, in the runtime folder."""
