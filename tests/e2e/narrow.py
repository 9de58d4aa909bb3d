"""The server program with fewer live streams a page, so that a test need not play seventeen."""

from __future__ import annotations

import sys

from nvr_web import live_socket
from nvr_web.__main__ import main

if __name__ == "__main__":
    live_socket.CHANNELS = int(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
