from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nvr_core.clock import SystemClock
from nvr_core.wire.installation import InstallationFault, installation_id

ASK = """
import sys
from pathlib import Path
from nvr_core.clock import SystemClock
from nvr_core.wire.installation import installation_id
sys.stdin.readline()
print(installation_id(Path(sys.argv[1]), SystemClock()))
"""


def test_the_id_stays(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = installation_id(data, SystemClock())
    assert installation_id(data, SystemClock()) == first
    assert [path.name for path in data.iterdir()] == ["installation.json"]


def test_programs_that_start_together_agree(tmp_path: Path) -> None:
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for one in asking:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    answers = [one.communicate()[0].strip() for one in asking]
    assert len(set(answers)) == 1
    assert answers[0] == json.loads((tmp_path / "installation.json").read_text())["installation"]


@pytest.mark.parametrize("content", ["", "{}", "[]", "\x00", '"x"'])
def test_a_damaged_file_is_told_and_left(tmp_path: Path, content: str) -> None:
    (tmp_path / "installation.json").write_text(content)
    with pytest.raises(InstallationFault, match=r"volume\.json"):
        installation_id(tmp_path, SystemClock())
    assert (tmp_path / "installation.json").read_text() == content
