"""docs/plugins/README.md: its example is loaded, opened, and keeps the contract as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from nvr_core.host import configs
from nvr_core.host.kinds import Kind
from nvr_core.testing.fake_context import FakeContext
from nvr_core.testing.vendor_suite import VendorSuite
from tests.core.host.conftest import Written

DOCS = Path(__file__).parents[3] / "docs"
PAGE = DOCS / "plugins" / "README.md"
EXAMPLE = DOCS / "examples" / "nvr-acme"
LINES = 60


def blocks(language: str = "python") -> list[str]:
    page = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.M | re.S)


async def test_the_example_is_a_plugin_of_sixty_lines(plugins: Written, tmp_path: Path) -> None:
    assert blocks()[0].count("\n") <= LINES
    registry = plugins({"acme": blocks()[0]})
    provided = registry.get(Kind.VENDOR, "acme")
    assert provided is not None, registry.plugin("acme")
    stored = {"address": "10.0.0.7", "username": "admin", "password": "rahasia"}
    config = configs.read(provided.provider, stored, 1)
    async with provided.provider.open(config, FakeContext(tmp_path)) as device:
        for channel in device.info.channels:
            for role in channel.roles:
                source = await device.stream_source(channel.id, role)
                assert source.url == f"rtsp://10.0.0.7:554/{role}"


def test_its_test_is_a_suite(monkeypatch: pytest.MonkeyPatch, plugins: Written) -> None:
    provided = plugins({"acme": blocks()[0]}).get(Kind.VENDOR, "acme")
    assert provided is not None
    own: dict[str, Any] = {"Acme": type(provided.provider)}
    text = blocks()[1].replace("from nvr_acme import Acme\n", "")
    assert "import Acme" not in text
    exec(compile(text, str(PAGE), "exec"), own)
    assert issubclass(own["TestAcme"], VendorSuite)
    assert own["TestAcme"].provider_type is own["Acme"]


def test_what_it_quotes_of_the_distribution_stands_there() -> None:
    files = [*EXAMPLE.rglob("*.py"), *EXAMPLE.glob("*.toml")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    quoted = blocks()[2:] + blocks("toml")
    assert len(quoted) >= 6
    for one in quoted:
        assert any(one in text for text in texts), one


def test_it_leads_to_every_module_of_the_distribution() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for path in [*EXAMPLE.glob("nvr_acme/[a-z]*.py"), *EXAMPLE.glob("tests/*.py")]:
        assert f"](../examples/nvr-acme/{path.relative_to(EXAMPLE)})" in page, path
