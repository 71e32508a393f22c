"""Where this process runs, as far as an output has to know."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["front_end_answers", "has_kernel", "notebook_folder", "serves_files"]


def has_kernel(shell: Any) -> bool:
    """Whether the shell is a kernel's, with a page (or a program like nbclient) at its other end."""
    return getattr(shell, "kernel", None) is not None


def front_end_answers(shell: Any) -> bool:
    """Whether somebody is there to watch; nbclient, papermill and nbconvert only collect outputs.

    A front end with a person says that it can be asked for input, those programs say that it can't.
    """
    if not has_kernel(shell):
        return False
    try:
        content = shell.kernel.get_parent("shell")["content"]
    except (AttributeError, KeyError, LookupError, TypeError):
        return True
    return bool(content.get("allow_stdin", True))


def notebook_folder() -> Path:
    """Folder of the notebook that this kernel serves; the working directory where nobody says."""
    name = os.environ.get("JPY_SESSION_NAME", "")
    folder = Path(name).parent
    return folder if name.endswith(".ipynb") and folder.is_absolute() and folder.is_dir() else Path.cwd()


def serves_files(shell: Any, path: Path) -> bool:
    """Whether the page can fetch a file beside the notebook by a relative link.

    VS Code and Colab have no file server; a file outside the notebook's tree may lie outside the
    server's root.
    """
    if "google.colab" in sys.modules or "__vsc_ipynb_file__" in getattr(shell, "user_ns", {}):
        return False
    return path.is_relative_to(notebook_folder())
