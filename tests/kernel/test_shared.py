"""The kernel that tests share is as good as new for each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.client import Kernel
from tests.kernel.shared import SharedKernel

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

# All by which a test could notice another that was there before it.
STATE = """
def state():
    import os, sys
    import psutil
    shell, me = get_ipython(), psutil.Process()
    ours = [name for name in sys.modules if name.startswith("videogen_nb")]
    return {
        "names": sorted(name for name in globals() if not name.startswith("_") and name != "state"),
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "magics": sorted(name for kind in shell.magics_manager.magics.values() for name in kind),
        "modules": ours,
        "comms": sorted(shell.kernel.comm_manager.comms),
        "hooks": [len(hooks) for hooks in shell.events.callbacks.values()],
        "children": [child.pid for child in me.children(recursive=True)],
        "history": len(list(shell.history_manager.get_range())),
    }
"""


def state(kernel: Kernel) -> dict[str, object]:
    kernel.execute(STATE)
    value: dict[str, object] = kernel.value("state()")
    return value


def test_nothing_of_the_test_before_is_visible(shared_kernel: SharedKernel, tmp_path: Path) -> None:
    """Names, variables, folder, settings, jobs, views, messages and modules of one test are gone for the next."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    home = {"VIDEOGEN_HOME": str(two / "home")}
    before = state(shared_kernel.lend(two, home))

    kernel = shared_kernel.lend(one, {"GIVEN": "by the test"})
    page = kernel.page
    kernel.load()
    kernel.execute("%config VideogenMagics.max_jobs = 1\n%env SET=by a cell\n%cd /")
    kernel.execute("%%videogen boat -d 60\na paper boat")
    kernel.execute("%%videogen --panel\na paper boat")
    kernel.execute("import ipywidgets\nslider = ipywidgets.IntSlider()\nslider")
    during = state(kernel)
    assert not [name for name in before if before[name] == during[name]]

    again = shared_kernel.lend(two, home)
    assert again is kernel
    assert again.said == []
    assert again.page != page
    assert state(again) == before
    again.load()
    assert again.value("get_ipython().magics_manager.registry['VideogenMagics'].max_jobs") == 12
    assert again.value("__import__('videogen_nb').jobs(everywhere=True)") == []
    shared_kernel.take_back()


def test_a_kernel_in_the_middle_of_a_cell_is_not_lent_again(shared_kernel: SharedKernel, tmp_path: Path) -> None:
    """Nor is one that is dead; the next test gets another."""
    processes = set()
    for spoil in (lambda kernel: kernel.submit("import time\nwhile True: time.sleep(0.01)"), Kernel.kill):
        kernel = shared_kernel.lend(tmp_path)
        processes.add(kernel.process.pid)
        spoil(kernel)
        shared_kernel.take_back()
    kernel = shared_kernel.lend(tmp_path)
    assert kernel.value("1 + 1") == 2
    assert len({*processes, kernel.process.pid}) == 3
    shared_kernel.take_back()
