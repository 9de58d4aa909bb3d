"""Pure media code: bytes in, bytes out. No sockets, no files, no clock."""
