from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from videogen_nb.hosts import front_end_answers, has_kernel, notebook_folder, serves_files


def kernel_shell(content: dict[str, Any] | None) -> Any:
    """A kernel's shell in a cell whose request had this content."""

    def get_parent(channel: str) -> dict[str, Any]:
        assert channel == "shell"
        return {"content": content} if content is not None else {}

    return SimpleNamespace(kernel=SimpleNamespace(get_parent=get_parent), user_ns={})


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
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert notebook_folder() == tmp_path
    for name, folder in (
        (str(tmp_path / "deep" / "a.ipynb"), tmp_path / "deep"),
        ("a.ipynb", tmp_path),
        ("console-1", tmp_path),
        (str(tmp_path / "gone" / "a.ipynb"), tmp_path),
    ):
        monkeypatch.setenv("JPY_SESSION_NAME", name)
        assert notebook_folder() == folder


def test_where_a_relative_link_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the notebook's folder, where there is a file server; not in VS Code and not in Colab."""
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    lab = kernel_shell({})
    assert serves_files(lab, tmp_path / "videogen" / "a.mp4")
    assert not serves_files(lab, Path("/elsewhere/a.mp4"))
    code = kernel_shell({})
    code.user_ns["__vsc_ipynb_file__"] = "a.ipynb"
    assert not serves_files(code, tmp_path / "a.mp4")
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert not serves_files(lab, tmp_path / "a.mp4")
