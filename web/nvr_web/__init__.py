"""The server's pages and its HTTP API; started by `python -m nvr_web --config FILE`."""
