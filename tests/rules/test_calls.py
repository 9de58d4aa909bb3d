"""Threads, disk calls and clocks stay in their files; every way out is found."""

from __future__ import annotations

import pytest

from tests.rules.calls import FENCES, Fence, calls
from tests.rules.tree import ROOT, Plant

BY_NAME = {fence.what: fence for fence in FENCES}

PLANTED = {
    "a thread": [
        "import threading\nthreading.Thread(target=print).start()",
        "from threading import Thread as T",
        "import asyncio\nasync def f() -> None:\n    await asyncio.to_thread(print)",
        "async def f(loop) -> None:\n    await loop.run_in_executor(None, print)",
        "from concurrent.futures import ThreadPoolExecutor",
        "from concurrent import futures\nfutures.ProcessPoolExecutor(2)",
        "import multiprocessing.pool",
    ],
    "a disk call": [
        "import os\nos.open('x', 0)",
        "import os\nos.fsync(3)",
        "from os import unlink as away",
        "open('x')",
        "import shutil\nshutil.rmtree('x')",
        "def f(path):\n    path.unlink()",
        "def f(path):\n    with path.open('rb') as file:\n        file.read()",
        "def f(path, other):\n    path.replace(other)",
        "def f(path):\n    (path / 'x').write_bytes(b'')",
    ],
    "a clock": [
        "import time\ntime.time()",
        "import time\nnow = time.time_ns",
        "from time import time as t",
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
        "from datetime import date\ndate.today()",
        "import time\ntime.gmtime()",
    ],
    "a file": ["open('x')", "import io\nio.open('x')"],
    "a global": ["n = 0\ndef f():\n    global n\n    n = 1"],
}

INNOCENT = {
    "a thread": ["import threading\nthreading.Event()", "thread = 'Thread'"],
    "a disk call": [
        "import os\nos.getpid()",
        "'a.b'.replace('.', '/')",
        "from datetime import datetime\ndef f(d: datetime):\n    d.replace(hour=1)",
        "def f(path):\n    return path.name",
        "class Pair: ...\nPair.open()",
        "def f(growing):\n    growing.open()",
        "async def f(session):\n    await session.open()",
    ],
    "a clock": [
        "import time\ntime.sleep(0)",
        "import time\ntime.gmtime(time.monotonic())",
        "timer.now()",
    ],
    "a file": ["def f(file):\n    file.read(8)"],
    "a global": ["def f():\n    n = 0\n    def g():\n        nonlocal n\n        n = 1"],
}


@pytest.mark.parametrize("fence", FENCES, ids=lambda fence: fence.what)
def test_the_project_keeps_its_calls_fenced(fence: Fence) -> None:
    calls(ROOT, fence).must_hold()


@pytest.mark.parametrize(
    ("what", "text"), [(what, text) for what, texts in PLANTED.items() for text in texts]
)
def test_a_planted_call_is_found_everywhere_but_at_home(plant: Plant, what: str, text: str) -> None:
    fence = BY_NAME[what]
    outside = fence.watched[0].replace(".", "/") + "/elsewhere.py"
    homes = [home.replace(".", "/") + ".py" for home in fence.homes]
    found = calls(plant(dict.fromkeys([outside, *homes], text)), fence).breaches
    assert found
    assert {breach.path for breach in found} == {outside}


@pytest.mark.parametrize(
    ("what", "text"), [(what, text) for what, texts in INNOCENT.items() for text in texts]
)
def test_what_only_looks_like_one_is_no_breach(plant: Plant, what: str, text: str) -> None:
    fence = BY_NAME[what]
    verdict = calls(plant({fence.watched[0].replace(".", "/") + "/a.py": text}), fence)
    assert verdict.looked_at == 1
    assert not verdict.breaches
