"""What a device answered over HTTP, and which error tells the core what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp

from nvr_core.contract import ContractError, NotReady, Text, Unsupported
from nvr_core.kit.multipart import PartError

__all__ = ["RETRY_MOST", "Answer", "Explain", "must_be_good", "steered"]

RETRY_MOST = 300.0
"""Seconds: a device that asks for more patience is asked again all the same."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a device answered, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """By names in any case."""
    body: bytes

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


Explain = Callable[[Answer], ContractError | None]
"""Looks at a refusal; the error that it truly is, None when it is the login's."""


def must_be_good(answer: Answer, host: str) -> None:
    """Raises Unsupported for what the device does not have, NotReady for any other trouble."""
    if answer.good:
        return
    if answer.status in (404, 405, 501):
        raise Unsupported(Text("{host} does not have this.", host=host))
    if answer.status == 503:
        raise NotReady(Text("{host} is busy.", host=host), retry_after=_patience_asked(answer))
    raise NotReady(
        Text("{host} answers {status}.", host=host, status=answer.status), code="http-status"
    )


@contextmanager
def steered(host: str) -> Iterator[None]:
    """What goes wrong on the way becomes the error that tells the core what to do."""
    try:
        yield
    except TimeoutError:
        raise NotReady(Text("{host} does not answer.", host=host)) from None
    except aiohttp.ClientConnectorCertificateError:
        raise NotReady(
            Text(
                "{host} shows a certificate that nobody vouches for. Cameras mostly make "
                "their own: do not check it, or give the device one that is known.",
                host=host,
            ),
            code="certificate",
        ) from None
    except (aiohttp.ClientConnectorError, UnicodeError):  # a name that cannot be one is nowhere
        raise NotReady(Text("{host} cannot be reached.", host=host)) from None
    except PartError as error:
        raise NotReady(
            Text("{host} sends events that cannot be read: {why}.", host=host, why=error)
        ) from None
    except (aiohttp.ClientError, ConnectionError):
        # Its text may repeat the url, and a url may hold a secret.
        raise NotReady(
            Text("The connection to {host} broke.", host=host), code="broken-off"
        ) from None


def _patience_asked(answer: Answer) -> float | None:
    """Seconds in Retry-After (RFC 9110, 10.2.3), when it names some."""
    text = answer.headers.get("Retry-After", "")
    right = text.isascii() and text.isdigit() and len(text) < 10
    return min(float(text), RETRY_MOST) if right else None
