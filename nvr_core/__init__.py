"""Ronda's core: ingest, files, facts and the services around them."""

__version__ = "0.2.0.dev0"
