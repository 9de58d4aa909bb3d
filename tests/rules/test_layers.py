"""The layers hold, and each way of breaking them is found."""

from __future__ import annotations

import pytest

from tests.rules.layers import layers
from tests.rules.tree import ROOT, Plant

PLANTED = [
    ("nvr_core/media/sdp.py", "import nvr_core.wire", "media may not import nvr_core.wire"),
    ("nvr_core/media/sdp.py", "from nvr_core import wire", "media may not import nvr_core.wire"),
    ("nvr_core/media/sdp.py", "from ..wire import facts", "media may not import nvr_core.wire"),
    ("nvr_core/media/__init__.py", "from ..wire import a", "media may not import nvr_core.wire"),
    (
        "nvr_core/recorder/late.py",
        "def late() -> None:\n    from nvr_core.settings import load\n",
        "recorder may not import nvr_core.settings",
    ),
    (
        "nvr_core/recorder/by_name.py",
        "import importlib\nimportlib.import_module('nvr_core.app')",
        "recorder may not import nvr_core.app",
    ),
    ("nvr_core/wire/a.py", "import nvr_core.settings", "wire may not import nvr_core.settings"),
    (
        "nvr_core/recording/a.py",
        "import nvr_core.storage.files",
        "recording may not import nvr_core.storage",
    ),
    ("nvr_core/app.py", "import nvr_web.pages", "app may not import nvr_web"),
    ("nvr_core/cli/run.py", "import nvr_plugins.acme", "cli may not import a plugin"),
    ("nvr_core/simulators/a.py", "import nvr_core.wire", "simulators may not import nvr_core.wire"),
    ("nvr_core/__init__.py", "import nvr_core.media", "nvr_core may not import nvr_core.media"),
    ("nvr_core/other/a.py", "", "nvr_core.other.a has no layer"),
    ("web/nvr_web/a.py", "import nvr_core.wire", "nvr_web may not import nvr_core.wire"),
    ("plugins/nvr_plugins/acme/a.py", "import nvr_core.bus", "acme may not import nvr_core.bus"),
    ("plugins/nvr_plugins/acme/a.py", "import nvr_plugins.zed", "acme may not import a plugin"),
    ("nvr_core/app.py", "import plugins.nvr_plugins", "plugins.nvr_plugins is a folder"),
    ("nvr_core/app.py", "from web import nvr_web", "web.nvr_web is a folder"),
]


def test_the_project_keeps_its_layers() -> None:
    layers(ROOT).must_hold()


@pytest.mark.parametrize(("path", "text", "sentence"), PLANTED)
def test_a_planted_breach_is_found(plant: Plant, path: str, text: str, sentence: str) -> None:
    verdict = layers(plant({path: text}))
    assert [sentence in str(breach) for breach in verdict.breaches] == [True]
    assert verdict.breaches[0].path == path


def test_what_a_layer_allows_is_no_breach(plant: Plant) -> None:
    verdict = layers(
        plant(
            {
                "nvr_core/recorder/a.py": "import nvr_core.media.sdp\nfrom . import disk\n",
                "nvr_core/settings.py": "from nvr_core.wire import wants\n",
                "web/nvr_web/a.py": "from nvr_core.app import Ronda\nfrom . import live\n",
                "plugins/nvr_plugins/acme/a.py": "from nvr_core.kit import soap\nimport zeep\n",
                "nvr_core/cli/version.py": "from nvr_core import __version__\nimport nvr_web\n",
            }
        )
    )
    assert verdict.looked_at == 6
    assert not verdict.breaches
