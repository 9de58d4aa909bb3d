"""The whole door stands in docs/ref/contract-v1.txt, and no library shows through it."""

from __future__ import annotations

from pathlib import Path

from nvr_core.contract import hooks
from nvr_core.host.kinds import HOOKS
from nvr_core.testing import door

FILE = Path(__file__).parents[3] / "docs" / "ref" / "contract-v1.txt"


def test_the_file_says_what_the_code_says() -> None:
    written = FILE.read_text(encoding="utf-8")
    assert written == door.text(), (
        "the door has changed: run scripts/contract, and look at git diff"
    )


def test_no_library_shows_in_a_signature() -> None:
    text = door.text()
    assert "pydantic" not in text
    assert [line for line in text.splitlines() if "BaseModel" in line] == [
        "class Config(BaseModel)"
    ]


def test_every_hook_has_its_kind() -> None:
    assert set(HOOKS) == {name for name in vars(hooks) if name.startswith("nvr_register_")}
