"""The library fences hold, and a hole in any of them is found."""

from __future__ import annotations

import pytest

from tests.rules.libraries import FENCED, HEAVY, IMPURE, SLIM, libraries
from tests.rules.tree import ROOT, Plant


def test_the_project_keeps_its_fences() -> None:
    libraries(ROOT).must_hold()


@pytest.mark.parametrize("library", FENCED)
def test_a_library_outside_its_fence_is_found(plant: Plant, library: str) -> None:
    root = plant({"nvr_core/bus.py": f"def late() -> None:\n    from {library} import part\n"})
    (breach,) = libraries(root).breaches
    assert (breach.path, breach.line) == ("nvr_core/bus.py", 2)
    assert breach.sentence.startswith(f"{library} is imported only by ")


@pytest.mark.parametrize(("library", "homes"), FENCED.items())
def test_a_library_within_its_fence_is_none(
    plant: Plant, library: str, homes: tuple[str, ...]
) -> None:
    folders = {"nvr_web": "web/nvr_web"}
    paths = [folders.get(home, home.replace(".", "/")) + ".py" for home in homes]
    assert not libraries(plant(dict.fromkeys(paths, f"import {library}.part\n"))).breaches


@pytest.mark.parametrize("library", HEAVY)
@pytest.mark.parametrize("program", SLIM)
def test_a_heavy_library_in_a_slim_program_is_found(
    plant: Plant, program: str, library: str
) -> None:
    path = program.replace(".", "/") + "/part.py"
    assert len(libraries(plant({path: f"import {library}\n"})).breaches) == 1


@pytest.mark.parametrize("library", IMPURE)
def test_impure_media_is_found(plant: Plant, library: str) -> None:
    root = plant({"nvr_core/media/sdp.py": f"import {library}\n"})
    (breach,) = libraries(root).breaches
    assert "media is pure" in breach.sentence


def test_a_recorder_that_always_loads_pyav_is_found(plant: Plant) -> None:
    eager = "from nvr_core.recorder import av_source\n"
    lazy = "def open() -> None:\n    from nvr_core.recorder.av_source import AvSource\n"
    root = plant(
        {
            "nvr_core/recorder/main.py": eager,
            "nvr_core/recorder/open.py": lazy,
            "nvr_core/recorder/av_session.py": eager,
        }
    )
    (breach,) = libraries(root).breaches
    assert (breach.path, breach.line) == ("nvr_core/recorder/main.py", 1)
