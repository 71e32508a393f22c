"""What the front end of this process can do: answer a prompt, fetch files, play sound."""

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

# Prefixes of the environment variables of hosts whose pages can't fetch a file by a relative link.
_FILELESS = ("COLAB_", "DATABRICKS_RUNTIME_VERSION", "DATALORE_", "DEEPNOTE_", "KAGGLE_KERNEL_RUN_TYPE")


def has_kernel(shell: Any) -> bool:
    """Whether the shell is a kernel's, with a page (or a program like nbclient) at its other end."""
    return getattr(shell, "kernel", None) is not None


def front_end_answers(shell: Any) -> bool:
    """Whether a person watches; nbclient, papermill and nbconvert only collect outputs.

    An execute request allows stdin where a person sits at the front end; those programs disallow it.
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
    """The notebook that this kernel serves; None if unknown. It may have been renamed since."""
    for name in (_names(shell).get("__vsc_ipynb_file__"), _session_name()):
        # VS Code invents a name for a session on a server, with "-jvsc-" in it.
        if isinstance(name, str) and name.endswith(".ipynb") and "-jvsc-" not in name:
            path = Path(name)
            if path.is_absolute() and path.parent.is_dir():
                return path
    return None


def notebook_folder() -> Path:
    """Folder of the notebook that this kernel serves; the working directory if unknown."""
    name = _session_name()
    folder = Path(name).parent
    return folder if name.endswith(".ipynb") and folder.is_absolute() and folder.is_dir() else Path.cwd()


def serves_files(shell: Any, path: Path) -> bool:
    """Whether the page can fetch a file beside the notebook by a relative link.

    The pages of VS Code, Voilà and the large hosts have no file server. Elsewhere the server serves
    what is below the notebook's folder, except hidden folders; a path outside that folder may be
    outside the server's root too.
    """
    if _in_vs_code(shell) or "google.colab" in sys.modules or any(name.startswith(_FILELESS) for name in os.environ):
        return False
    if is_published():
        return False
    folder = notebook_folder()
    if not path.is_relative_to(folder):  # only one of them may go through a symbolic link
        path, folder = path.resolve(), folder.resolve()
    return path.is_relative_to(folder) and not any(part.startswith(".") for part in path.relative_to(folder).parts)


def is_published() -> bool:
    """Whether this is Voilà, which shows every cell output to the readers of a page."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila")


def unheard(shell: Any) -> frozenset[str]:
    """Codecs whose sound the page does not play, as `Video.audio` names them.

    Source:
        VS Code's webview guide: of a clip with AAC it plays the pictures alone; Opus is not in its list either.
    """
    return frozenset({"aac", "opus"}) if _in_vs_code(shell) else frozenset()


def _in_vs_code(shell: Any) -> bool:
    # Not by VSCODE_PID, which a JupyterLab started in VS Code's terminal inherits.
    return "__vsc_ipynb_file__" in _names(shell) or "-jvsc-" in _session_name()


def _names(shell: Any) -> dict[str, Any]:
    return getattr(shell, "user_ns", None) or {}


def _session_name() -> str:
    return os.environ.get("JPY_SESSION_NAME", "")
