"""A real IPython shell without a front end, and what it said."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

__all__ = ["Shell"]


class Shell:
    """Runs cells in a shell and collects what they print."""

    def __init__(self, ipython: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
        self.ip, self._capsys = ipython, capsys

    def __call__(self, cell: str) -> str:
        """Run a cell that has to succeed; returns what it printed."""
        result = self.run(cell)
        said = self._capsys.readouterr()
        assert result.success, said.out + said.err
        assert said.err == ""
        return said.out

    def refused(self, cell: str) -> str:
        """Run a cell that has to end as IPython's one-line error; returns that line."""
        result = self.run(cell)
        said = self._capsys.readouterr()
        assert isinstance(result.error_in_exec, UsageError), (result, said)
        assert "Traceback" not in said.out + said.err
        line = str(result.error_in_exec)
        assert "\n" not in line
        return line

    def run(self, cell: str) -> Any:
        """Run a cell however it ends; returns IPython's result."""
        return self.ip.run_cell(cell)  # type: ignore[no-untyped-call]

    @property
    def ns(self) -> dict[str, Any]:
        names: dict[str, Any] = self.ip.user_ns
        return names


@pytest.fixture
def bare_shell(capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """A fresh shell without the extension."""
    # IPython collects garbage when a shell ends, which takes the longer the more other tests have left behind.
    gc.collect()
    gc.freeze()
    config = Config()
    config.HistoryManager.enabled = False
    ipython = InteractiveShell.instance(config=config)
    capsys.readouterr()
    made = Shell(ipython, capsys)
    yield made
    made.run("%unload_ext videogen_nb")
    ipython.atexit_operations()  # type: ignore[no-untyped-call]
    atexit.unregister(ipython.atexit_operations)
    ipython.restore_sys_module_state()  # type: ignore[no-untyped-call]
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(bare_shell: Shell) -> Shell:
    """A fresh shell with the extension loaded."""
    bare_shell("%load_ext videogen_nb")
    return bare_shell
