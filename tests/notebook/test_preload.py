from __future__ import annotations

import ast
import asyncio
import subprocess
import sys
from types import SimpleNamespace

import pytest

from videogen_nb.notebook import preload as warming

KERNEL = SimpleNamespace(kernel=object())


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_all_that_a_first_cell_imports_is_there_before_it() -> None:
    """Once the parts are imported, a cell that previews a prompt brings in no further module of weight."""
    code = """
import asyncio, sys
from types import SimpleNamespace
from IPython.core.interactiveshell import InteractiveShell
from videogen_nb.notebook import preload as warming
shell = InteractiveShell.instance()

async def idle():
    warming.begin(SimpleNamespace(kernel=object()))
    while warming._due:
        await asyncio.sleep(0.01)

shell.run_line_magic("load_ext", "videogen_nb")
asyncio.run(idle())
before = set(sys.modules)
from videogen_nb.notebook import outputs as display; from videogen_nb.backend import session
from videogen_nb.widgets.job import JobWidget
planned = session.plan(session.make_request("a paper boat"))
job = session.submit(planned)
JobWidget(job)
after = set(sys.modules)
job.cancel()
session.close()
print([sorted(before), sorted(after - before)])
"""
    before, late = ast.literal_eval(python(code).splitlines()[-1])
    assert {"ipywidgets", "anywidget", "httpx2", "starlette", "videogen_nb.providers.infery"} <= set(before)
    # The gateway's own thread may be starting its renderer by then.
    assert [name for name in late if name.startswith("videogen_nb") and "gateway" not in name] == []
    assert {name.partition(".")[0] for name in late}.isdisjoint({"ipywidgets", "anywidget", "httpx2", "starlette"})


async def idle() -> None:
    while warming._due:
        await asyncio.sleep(0.001)


def test_a_part_that_can_not_be_imported_is_left_to_its_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's loop hears of no error, and nothing is due any more."""
    monkeypatch.setattr(warming, "_PARTS", ("there_is_no_such_module",))
    told = []

    async def work() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        warming.begin(KERNEL)
        await idle()

    asyncio.run(work())
    assert told == []


def test_an_end_leaves_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """After it nothing is imported any more."""
    imported: list[str] = []
    monkeypatch.setattr(warming, "import_module", imported.append)
    monkeypatch.setattr(warming, "_PAUSE", 0)

    async def work() -> None:
        warming.begin(KERNEL)
        while not imported:
            await asyncio.sleep(0)
        warming.end()
        before = list(imported)
        for _ in range(50):
            await asyncio.sleep(0)
        assert imported == before

    asyncio.run(work())


def test_where_no_kernel_waits_nothing_is_imported() -> None:
    """A terminal has no kernel, and a kernel without a loop can't be idle on it."""
    warming.begin(KERNEL)
    assert warming._due is None

    async def terminal() -> None:
        warming.begin(SimpleNamespace())
        assert warming._due is None

    asyncio.run(terminal())
