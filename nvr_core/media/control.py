"""Which address to ask for a track: the candidates, likeliest first (RFC 2326, C.1.1)."""

from __future__ import annotations

import re
from urllib.parse import urljoin

ADDRESS = re.compile(r"(rtsps?)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


def control_url(
    base: str, content_base: str | None, control: str, aggregate: str = ""
) -> list[str]:
    """Addresses for SETUP (or PLAY, with the session's control) in the order to try them.

    base: the address that was described; its host is the one we logged in to and comes first.
    content_base: Content-Base or Content-Location of the answer, or None. control: the track's
    a=control. aggregate: the session's a=control. Cameras get each of these wrong: hosts that
    only they can reach, 'rtsp://rtsp://', controls after the query string. Never empty, no
    address twice, no login in any.
    """
    roots = _roots(base, content_base)
    if _absolute(aggregate) and control != aggregate:
        roots = [*_both_hosts(aggregate, base), *roots]
    control = control.strip()
    if control in ("", "*"):
        return _unique(roots)
    if _absolute(control):
        return _unique([*_both_hosts(control, base), *roots])
    appended = [_append(root, control) for root in roots]
    before_query = [_before_query(root, control) for root in roots]
    joined = [_joined(root, control) for root in roots]
    return _unique([*appended, *before_query, *joined])


def _roots(base: str, content_base: str | None) -> list[str]:
    roots = [_plain(base)]
    said = (content_base or "").strip()
    if _absolute(said):
        roots = [*_both_hosts(said, base), *roots]
    elif said:
        roots = [_joined(_plain(base), said), *roots]
    return roots


def _absolute(address: str) -> bool:
    return ADDRESS.match(address.strip()) is not None


def _plain(address: str) -> str:
    """Without a doubled scheme and without a login."""
    address = re.sub(r"^(?:rtsps?://)+(?=rtsps?://)", "", address.strip(), flags=re.IGNORECASE)
    match = ADDRESS.match(address)
    if match is None:
        return address
    return f"{match[1].lower()}://{match[2].rpartition('@')[2]}{match[3]}"


def _both_hosts(address: str, base: str) -> list[str]:
    """The address on the host that we are connected to, then as the camera wrote it."""
    address = _plain(address)
    ours, theirs = ADDRESS.match(_plain(base)), ADDRESS.match(address)
    if ours is None or theirs is None:
        return [address]
    return [f"{ours[1]}://{ours[2]}{theirs[3]}", address]


def _append(root: str, control: str) -> str:
    """Most cameras mean this, also when the root ends in a query string."""
    if control.startswith("?"):
        return root + control
    return f"{root.rstrip('/')}/{control.lstrip('/')}"


def _before_query(root: str, control: str) -> str:
    path, mark, query = root.partition("?")
    return _append(path, control) + mark + query


def _joined(root: str, control: str) -> str:
    """As the standard has it: relative to the last slash."""
    match = ADDRESS.match(root)
    if match is None:
        return root
    # urljoin knows rtsp but not rtsps, and stumbles over brackets: give it the path alone.
    try:
        path = urljoin("http://-" + (match[3] or "/"), control)
    except ValueError:
        return root
    return f"{match[1]}://{match[2]}{path.removeprefix('http://-')}"


def _unique(addresses: list[str]) -> list[str]:
    return list(dict.fromkeys(addresses))
