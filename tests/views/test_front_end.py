from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from videogen_nb.views.front_end import (
    client_session,
    front_end_answers,
    has_kernel,
    notebook_file,
    notebook_folder,
    serves_files,
    unheard,
)

_SAY_WHERE = ("JPY_SESSION_NAME", "SERVER_SOFTWARE")


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the environment says who runs this."""
    for name in _SAY_WHERE:
        monkeypatch.delenv(name, raising=False)


def kernel_shell(content: dict[str, Any] | None, **names: Any) -> Any:
    """A kernel's shell in a cell whose request had this content, with these names in the user's namespace."""

    def get_parent(channel: str) -> dict[str, Any]:
        assert channel == "shell"
        return {"content": content, "header": {"session": "5e55"}} if content is not None else {}

    return SimpleNamespace(kernel=SimpleNamespace(get_parent=get_parent), user_ns=names)


def test_a_shell_with_and_without_a_kernel() -> None:
    """Terminal IPython has none."""
    assert has_kernel(kernel_shell({}))
    assert not has_kernel(SimpleNamespace())
    assert not has_kernel(None)
    assert not front_end_answers(SimpleNamespace())


@pytest.mark.parametrize(
    ("content", "answers"), [({"allow_stdin": True}, True), ({"allow_stdin": False}, False), ({}, True), (None, True)]
)
def test_who_is_at_the_other_end(content: dict[str, Any] | None, answers: bool) -> None:
    """A program that only collects outputs says that it can't be asked; everybody else may be a person."""
    assert front_end_answers(kernel_shell(content)) is answers


def test_the_notebooks_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the server tells it, else the working directory; other consoles' names are no paths."""
    (tmp_path / "deep").mkdir()
    assert notebook_folder() == tmp_path
    for name, folder in (
        (str(tmp_path / "deep" / "a.ipynb"), tmp_path / "deep"),
        ("a.ipynb", tmp_path),
        ("console-1", tmp_path),
        (str(tmp_path / "gone" / "a.ipynb"), tmp_path),
    ):
        monkeypatch.setenv("JPY_SESSION_NAME", name)
        assert notebook_folder() == folder


def test_who_asked() -> None:
    """The page's session is in the header of its message; outside of a message nobody asked."""
    assert client_session(kernel_shell({})) == "5e55"
    assert client_session(kernel_shell(None)) == ""
    assert client_session(SimpleNamespace(user_ns={})) == ""


def test_the_notebooks_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As VS Code or the server tells it, and not under the name that VS Code makes up for a server."""
    here = str(tmp_path / "a.ipynb")
    assert notebook_file(kernel_shell({})) is None
    assert notebook_file(None) is None
    assert notebook_file(kernel_shell({}, __vsc_ipynb_file__=here)) == Path(here)
    for name, file in (
        (here, Path(here)),
        ("a.ipynb", None),
        (str(tmp_path / "console-1"), None),
        (str(tmp_path / "gone" / "a.ipynb"), None),
        (str(tmp_path / "a-jvsc-0a1b2c.ipynb"), None),
    ):
        monkeypatch.setenv("JPY_SESSION_NAME", name)
        assert notebook_file(kernel_shell({})) == file


def test_where_a_relative_link_works(tmp_path: Path) -> None:
    """Below the notebook's folder, whichever way it is named, but for what is hidden there."""
    lab = kernel_shell({})
    assert serves_files(lab, tmp_path / "videogen" / "a.mp4")
    assert not serves_files(lab, Path("/elsewhere/a.mp4"))
    assert not serves_files(lab, tmp_path / ".hidden" / "a.mp4")
    (tmp_path / "way").symlink_to(tmp_path, target_is_directory=True)
    assert serves_files(lab, tmp_path / "way" / "videogen" / "a.mp4")
    (tmp_path / "large").symlink_to("/elsewhere", target_is_directory=True)
    assert serves_files(lab, tmp_path / "large" / "a.mp4"), "servers follow links"


@pytest.mark.parametrize(
    ("name", "value", "reached"),
    [
        ("SERVER_SOFTWARE", "voila/0.5.11", False),
        ("SERVER_SOFTWARE", "gunicorn/23.0", True),
        ("COLAB_RELEASE_TAG", "release-colab_20260101", False),
        ("KAGGLE_KERNEL_RUN_TYPE", "Interactive", False),
        ("DATABRICKS_RUNTIME_VERSION", "16.2", False),
        ("DEEPNOTE_PROJECT_ID", "0a1b", False),
        ("DATALORE_USER", "datalore", False),
        ("VSCODE_PID", "123", True),
        ("PAPERMILL_OUTPUT_PATH", "out.ipynb", True),
        ("SAGEMAKER_APP_TYPE", "JupyterLab", True),
        ("JPY_SESSION_NAME", "/srv/a-jvsc-0a1b2c.ipynb", False),
    ],
    ids=lambda value: str(value).partition("/")[0],
)
def test_hosts_without_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, reached: bool
) -> None:
    """Are told by what they set; what a terminal or a program hands on says nothing of the page."""
    monkeypatch.setenv(name, value)
    assert serves_files(kernel_shell({}), tmp_path / "a.mp4") is reached


def test_modules_and_names_tell_of_hosts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Colab's own module is there from the start, and VS Code names the notebook in its namespace."""
    assert not serves_files(kernel_shell({}, __vsc_ipynb_file__=str(tmp_path / "a.ipynb")), tmp_path / "a.mp4")
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert not serves_files(kernel_shell({}), tmp_path / "a.mp4")


def test_what_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """VS Code plays no AAC, on a server either; other pages play all."""
    assert "aac" in unheard(kernel_shell({}, __vsc_ipynb_file__="a.ipynb"))
    assert not unheard(kernel_shell({}))
    monkeypatch.setenv("JPY_SESSION_NAME", "/srv/a-jvsc-0a1b2c.ipynb")
    assert "aac" in unheard(kernel_shell({}))
