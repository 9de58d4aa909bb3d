from __future__ import annotations

import re
from pathlib import Path

import pytest

import nvr_web
from nvr_web.guard import HEADERS, is_loopback, is_own
from tests.web.conftest import Office

ROOT = Path(nvr_web.__file__).parent


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8080", True),
        ("localhost", True),
        ("LOCALHOST:1", True),
        ("[::1]:8080", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:8080", False),
        ("10.0.0.1", False),
        ("", False),
        ("[::1", False),
        ("evil.example@127.0.0.1.", False),
    ],
)
def test_names_of_this_machine(host: str, ours: bool) -> None:
    assert is_loopback(host) == ours


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("http://127.0.0.1:8080", True),
        ("https://127.0.0.1:8080", True),
        ("http://127.0.0.1:9090", False),
        ("http://localhost:8080", False),
        ("null", False),
        ("http://[::1", False),
        ("file://127.0.0.1:8080", False),
    ],
)
def test_pages_of_this_server(origin: str, ours: bool) -> None:
    assert is_own(origin, "127.0.0.1:8080") == ours


PATHS = ["/", "/api/v1/cameras", "/api/v1/live", "/static/ronda.css", "/healthz"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_foreign_name_is_refused_everywhere(office: Office, path: str) -> None:
    answer = await office.client.get(path, headers={"Host": "evil.example"})
    assert answer.status == 403
    assert "ssh -L" in await answer.text()


@pytest.mark.parametrize("path", PATHS)
async def test_a_foreign_page_is_refused_everywhere(office: Office, path: str) -> None:
    answer = await office.client.get(path, headers={"Origin": "http://evil.example"})
    assert answer.status == 403


@pytest.mark.parametrize("path", ["/api/v1/cameras", "/api/v1/picture/x"])
async def test_a_foreign_page_may_not_embed_the_api(office: Office, path: str) -> None:
    answer = await office.client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403


@pytest.mark.parametrize("path", [*PATHS, "/nothing", "/camera/x", "/static/nothing.js"])
async def test_every_answer_carries_the_headers(office: Office, path: str) -> None:
    answer = await office.client.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_nothing_can_be_changed(office: Office, method: str) -> None:
    answer = await office.client.request(method, "/")
    assert answer.status == 405


async def test_no_path_leads_out_of_the_static_folder(office: Office) -> None:
    for path in ("/static/../routes.py", "/static/%2e%2e/routes.py", "/static//etc/passwd"):
        answer = await office.client.get(path)
        assert answer.status in (403, 404)


INLINE = re.compile(r"""\s(?:style|on[a-z]+)\s*=|<style|javascript:|<script(?![^>]*\ssrc=)""")


def inline(text: str) -> list[str]:
    """Places of a template that the content security policy would switch off."""
    text = text.replace('<script type="application/json" id="words">', "")
    return INLINE.findall(text)


def test_templates_keep_to_the_policy() -> None:
    templates = list(ROOT.glob("templates/*.html"))
    assert len(templates) >= 4
    assert [path.name for path in templates if inline(path.read_text())] == []


@pytest.mark.parametrize(
    "breach",
    ["<p style='x'>", "<a onclick=x>", "<style>", "<script>x</script>", "<a href='javascript:x'>"],
)
def test_a_breach_of_the_policy_would_be_found(breach: str) -> None:
    assert inline(breach)
