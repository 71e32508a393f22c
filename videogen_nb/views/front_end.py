"""Where this process runs, as far as an output has to know."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

__all__ = [
    "client_session",
    "front_end_answers",
    "has_kernel",
    "is_published",
    "notebook_file",
    "notebook_folder",
    "running_cell",
    "serves_files",
    "unheard",
]

# How the variables begin that say whose kernel this is: pages of these hosts can't fetch a file by a relative link.
_FILELESS = ("COLAB_", "DATABRICKS_RUNTIME_VERSION", "DATALORE_", "DEEPNOTE_", "KAGGLE_KERNEL_RUN_TYPE")


def has_kernel(shell: Any) -> bool:
    """Whether the shell is a kernel's, with a page (or a program like nbclient) at its other end."""
    return getattr(shell, "kernel", None) is not None


def front_end_answers(shell: Any) -> bool:
    """Whether somebody is there to watch; nbclient, papermill and nbconvert only collect outputs.

    A front end with a person says that it can be asked for input, those programs say that it can't.
    """
    return has_kernel(shell) and bool(_request(shell).get("content", {}).get("allow_stdin", True))


def client_session(shell: Any) -> str:
    """The session of the page whose message is being answered; "" where that is not known."""
    return str(_request(shell).get("header", {}).get("session") or "")


def running_cell(shell: Any) -> tuple[str, str] | None:
    """Ids of the cell that runs on this thread and of this run of it; None where none does.

    JupyterLab, Notebook 7 and VS Code name the cell in the request's metadata.
    """
    request = _request(shell)
    header = request.get("header", {})
    if threading.current_thread() is not threading.main_thread() or header.get("msg_type") != "execute_request":
        return None
    cell = request.get("metadata", {}).get("cellId")
    return (str(cell), str(header.get("msg_id"))) if cell else None


def _request(shell: Any) -> dict[str, Any]:
    """The message that the kernel is answering; empty outside of one."""
    try:
        return dict(shell.kernel.get_parent("shell"))
    except (AttributeError, LookupError, TypeError, ValueError):
        return {}


def notebook_file(shell: Any) -> Path | None:
    """The notebook that this kernel serves; None where nobody says. It may have been renamed since."""
    named = (_names(shell).get("__vsc_ipynb_file__"), _session_name())
    for name in named:
        # VS Code makes up a name for a session on a server, with "-jvsc-" in it.
        if isinstance(name, str) and name.endswith(".ipynb") and "-jvsc-" not in name:
            path = Path(name)
            if path.is_absolute() and path.parent.is_dir():
                return path
    return None


def notebook_folder() -> Path:
    """Folder of the notebook that this kernel serves; the working directory where nobody says."""
    name = _session_name()
    folder = Path(name).parent
    return folder if name.endswith(".ipynb") and folder.is_absolute() and folder.is_dir() else Path.cwd()


def serves_files(shell: Any, path: Path) -> bool:
    """Whether the page can fetch a file beside the notebook by a relative link.

    VS Code's pages have no files, nor have Voilà's and those of the large hosts. Elsewhere a server
    gives what is below the notebook's folder, but nothing in a hidden folder; what is outside may lie
    outside the server's root too.
    """
    if _in_vs_code(shell) or "google.colab" in sys.modules or any(name.startswith(_FILELESS) for name in os.environ):
        return False
    if is_published():
        return False
    folder = notebook_folder()
    if not path.is_relative_to(folder):  # one may be named by way of a symbolic link, and not the other
        path, folder = path.resolve(), folder.resolve()
    return path.is_relative_to(folder) and not any(part.startswith(".") for part in path.relative_to(folder).parts)


def is_published() -> bool:
    """Whether this is Voilà, which shows all that cells put out to the readers of a page."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila")


def unheard(shell: Any) -> frozenset[str]:
    """Codecs whose sound the page does not play, as `Video.audio` names them.

    Source:
        VS Code's webview guide: of a clip with AAC it plays the pictures alone; Opus is not in its list either.
    """
    return frozenset({"aac", "opus"}) if _in_vs_code(shell) else frozenset()


def _in_vs_code(shell: Any) -> bool:
    # Not by VSCODE_PID: a JupyterLab that was started in its terminal has that too.
    return "__vsc_ipynb_file__" in _names(shell) or "-jvsc-" in _session_name()


def _names(shell: Any) -> dict[str, Any]:
    return getattr(shell, "user_ns", None) or {}


def _session_name() -> str:
    return os.environ.get("JPY_SESSION_NAME", "")
