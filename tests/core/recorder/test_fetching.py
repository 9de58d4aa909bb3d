"""HTTP for feeds: who gets the login, which certificates count, and what a broken answer is."""

import asyncio
import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nvr_core.clock import SystemClock
from nvr_core.media import digest
from nvr_core.recorder import failures
from nvr_core.recorder.fetching import Fetcher
from nvr_core.recorder.interruption import Interrupted, Interruption
from nvr_core.simulators.certificate import make_certificate
from nvr_core.wire.wants import Login

LOGIN = Login(user="op", password="s3cr3t")


class Server:
    """An HTTP server in a thread; `seen` are the requests' headers."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[dict[str, str]] = []
        self.answers: dict[str, Any] = {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.seen.append({"path": self.path, **dict(self.headers.items())})
                outer.answers[self.path.partition("?")[0]](self)

            def log_message(self, *_: object) -> None: ...

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None: ...

        self._http = Quiet(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self.address = f"http{'s' if tls else ''}://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


Request = http.server.BaseHTTPRequestHandler


def say(request: Request, status: int, headers: dict[str, str], body: bytes = b"") -> None:
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


def fetcher(origin: str, **changes: Any) -> Fetcher:
    said: dict[str, Any] = {"login": None, "headers": {}, "verify_tls": True, "patience": 5.0}
    return Fetcher(Interruption(), origin=origin, **(said | changes))


def read(one: Fetcher, url: str, *span: int) -> bytes:
    body = one.get(url, *span)
    try:
        return body.read_all(1 << 20)
    finally:
        body.close()


@pytest.mark.parametrize("scheme", ["Digest", "Basic"])
def test_a_login_is_given_when_asked_for_and_kept(scheme: str) -> None:
    def answer(request: Request) -> None:
        said = request.headers.get("Authorization", "")
        users = {LOGIN.user: LOGIN.password}
        if digest.verify(said, "GET", users=users, realm="cam", nonce="n1"):
            say(request, 200, {}, b"in")
        else:
            more = ', nonce="n1", algorithm=SHA-256, qop="auth"' if scheme == "Digest" else ""
            say(request, 401, {"WWW-Authenticate": f'{scheme} realm="cam"{more}'})

    with Server() as server:
        server.answers["/a"] = answer
        one = fetcher(server.address, login=LOGIN)
        assert read(one, f"{server.address}/a?x=1") == b"in"
        assert read(one, f"{server.address}/a") == b"in"
        assert len(server.seen) == 3

        wrong = fetcher(server.address, login=Login(user="op", password="wrong"))
        with pytest.raises(failures.LoginRefused, match="refuses the login") as refused:
            wrong.get(f"{server.address}/a")
        assert "wrong" not in str(refused.value)
        assert len(server.seen) == 5


def test_redirects_are_followed_and_no_secret_goes_elsewhere() -> None:
    with Server() as first, Server() as second:
        challenge = {"WWW-Authenticate": 'Basic realm="x"'}
        first.answers["/a"] = lambda r: say(r, 302, {"Location": "b?t=1"})
        first.answers["/b"] = lambda r: (
            say(r, 307, {"Location": f"{second.address}/c"})
            if "Authorization" in r.headers
            else say(r, 401, challenge)
        )
        second.answers["/c"] = lambda r: say(r, 401, challenge)
        headers = {"Cookie": "id=7", "Referer": "here"}
        one = fetcher(first.address, login=LOGIN, headers=headers)
        with pytest.raises(failures.LoginRefused):
            one.get(f"{first.address}/a")
    assert [seen["path"] for seen in first.seen] == ["/a", "/b?t=1", "/b?t=1"]
    assert first.seen[0]["Cookie"] == "id=7"
    assert len(second.seen) == 1
    assert second.seen[0].keys() & {"Authorization", "Cookie"} == set()
    assert second.seen[0]["Referer"] == "here"


def test_a_ring_of_redirects_ends() -> None:
    with Server() as server:
        server.answers["/a"] = lambda r: say(r, 301, {"Location": "/a"})
        with pytest.raises(failures.Unreachable, match="redirects for ever"):
            fetcher(server.address).get(f"{server.address}/a")


def test_certificates_are_verified_unless_said_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path, "127.0.0.1", SystemClock())
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with Server(tls) as server, Server() as plain:
        server.answers["/a"] = lambda r: say(r, 200, {}, b"in")
        server.answers["/down"] = lambda r: say(r, 302, {"Location": f"{plain.address}/a"})
        with pytest.raises(failures.Unreachable, match=r"certificate .* verify_tls = false"):
            fetcher(server.address).get(f"{server.address}/a")
        assert read(fetcher(server.address, verify_tls=False), f"{server.address}/a") == b"in"

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusting = fetcher(server.address)
        assert read(trusting, f"{server.address}/a") == b"in"
        with pytest.raises(failures.Unreachable, match="leads from https to http://"):
            trusting.get(f"{server.address}/down")
        assert plain.seen == []
        with pytest.raises(failures.Unreachable, match="does not speak TLS"):
            trusting.get(plain.address.replace("http:", "https:") + "/a")


def test_parts_of_a_file() -> None:
    with Server() as server:
        server.answers["/a"] = lambda r: say(r, 206, {}, r.headers["Range"].encode())
        server.answers["/whole"] = lambda r: say(r, 200, {}, b"all of it")
        one = fetcher(server.address)
        assert read(one, f"{server.address}/a", 5, 10) == b"bytes=5-14"
        with pytest.raises(failures.Unsupported, match="cannot send parts"):
            one.get(f"{server.address}/whole", 5, 10)


def test_an_answer_that_breaks_off_or_is_none() -> None:
    with Server() as server:
        server.answers["/short"] = lambda r: say(r, 200, {"Content-Length": "99"}, b"short")
        server.answers["/long"] = lambda r: say(r, 200, {}, bytes(2 << 20))
        server.answers["/odd"] = lambda r: r.wfile.write(b"SSH-2.0-dropbear\r\n")
        one = fetcher(server.address)
        with pytest.raises(failures.Unreachable, match="broke off, 94 bytes before its end"):
            read(one, f"{server.address}/short")
        with pytest.raises(failures.Unsupported, match="is longer than 1048576 bytes"):
            read(one, f"{server.address}/long")
        with pytest.raises(failures.Unreachable, match="does not answer as HTTP asks"):
            one.get(f"{server.address}/odd")
        with pytest.raises(failures.Unsupported, match="only http and https"):
            one.get("file:///etc/passwd")


@contextmanager
def deaf() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"https://127.0.0.1:{server.getsockname()[1]}/"


async def test_an_interruption_ends_a_tls_handshake() -> None:
    interruption = Interruption()
    with deaf() as address:
        one = Fetcher(
            interruption, origin=address, login=None, headers={}, verify_tls=True, patience=20
        )
        waiting = asyncio.create_task(asyncio.to_thread(one.get, address))
        await asyncio.sleep(0.3)
        interruption.set()
        async with asyncio.timeout(2):
            with pytest.raises(Interrupted):
                await waiting
