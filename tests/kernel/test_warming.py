from __future__ import annotations

import pytest

from tests.kernel.client import Start

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

PARTS = ("ipywidgets", "videogen_nb.backend.session", "videogen_nb.gateway.app")
LOADED = f"[name for name in {PARTS} if name in sys.modules]"


def test_an_idle_kernel_gets_ready_for_the_first_cell(start: Start) -> None:
    """Loading brings nothing heavy in; once the kernel has nothing to do it is all there."""
    kernel = start()
    ran = kernel.run(f"import sys\n%load_ext videogen_nb\nprint({LOADED})")
    assert ran.text == "[]\n"
    kernel.until(lambda: len(kernel.value(LOADED)) == 3)


def test_cells_that_are_queued_do_not_wait_for_it(start: Start) -> None:
    """Run All: each gives its answer, in order, and the first real one works though it has to import all by itself."""
    kernel = start()
    ids = [kernel.submit(code) for code in ("%load_ext videogen_nb", "%videogen providers", "print(1 + 1)")]
    ran = [kernel.finish(id) for id in ids]  # noqa: A001
    assert [each.reply["status"] for each in ran] == ["ok"] * 3
    assert "local" in ran[1].text
    assert ran[2].text == "2\n"
