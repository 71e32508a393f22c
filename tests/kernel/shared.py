"""One kernel for many tests: starting one costs ten times as much as making it as good as new."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tests.kernel.client import Kernel

__all__ = ["SharedKernel"]

_ENVIRONMENT = "dict(__import__('os').environ)"
_UNLOAD = "get_ipython().extension_manager.unload_extension('videogen_nb')"

# What `%config` set stays in the shell's own configuration. The extension's modules go too, and with them their caches.
_RESET = f"""
import os, sys
{_UNLOAD}
if "ipywidgets" in sys.modules:
    sys.modules["ipywidgets"].Widget.close_all()
for name in [name for name in sys.modules if name.partition(".")[0] == "videogen_nb"]:
    del sys.modules[name]
get_ipython().config.pop("VideogenMagics", None)
os.environ.clear()
os.environ.update({{environment!r}})
os.chdir({{folder!r}})
get_ipython().reset(new_session=True)
"""


class SharedKernel:
    """A kernel that is given to one test after another, each time as if it had just been started.

    Args:
        folder: Where it starts; what IPython itself keeps on the disk stays there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kernel: Kernel | None = None
        self._of_kernel: dict[str, str] = {}

    def lend(self, folder: Path, variables: Mapping[str, str] = {}) -> Kernel:
        """The kernel, without the extension, and as a page that was just opened sees it.

        Args:
            folder: Its working directory.
            variables: What its environment has beside that of this process.
        """
        if self._kernel is None:
            self._kernel = self._start()
        kernel = self._kernel
        environment = {**self._of_kernel, **os.environ, **variables}
        try:
            kernel.execute(_RESET.format(environment=environment, folder=str(folder)))
        except BaseException:
            self.close()
            raise
        kernel.folder = folder
        kernel.reload()
        kernel.forget()
        return kernel

    def take_back(self) -> None:
        """End what a test's jobs still do. A kernel that is dead, or in the middle of a cell, is of no more use."""
        if self._kernel is None:
            return
        if not self._kernel.idle:
            self.close()
            return
        try:
            self._kernel.execute(_UNLOAD)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the kernel; the next one that is lent is another."""
        kernel, self._kernel = self._kernel, None
        if kernel is not None:
            kernel.stop()

    def _start(self) -> Kernel:
        variables = {"IPYTHONDIR": str(self._folder / "ipython")}
        kernel = Kernel(self._folder, variables)
        try:
            environment: dict[str, str] = kernel.value(_ENVIRONMENT)
        except BaseException:
            kernel.stop()
            raise
        self._of_kernel = {name: value for name, value in environment.items() if name not in os.environ | variables}
        return kernel
