from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from IPython.core.completer import provisionalcompleter

from videogen_nb.errors import VideogenError
from videogen_nb.notebook.completion import candidates

if TYPE_CHECKING:
    from tests.support.shell import Shell

pytest_plugins = ["tests.support.fixtures", "tests.support.shell"]


@pytest.mark.parametrize(
    ("text", "word", "among", "not_among"),
    [
        ("%%videogen --mo", "--mo", "--model", "--dry-run"),
        ("%%videogen boat --", "--", "--aspect-ratio", "boat"),
        ("%%videogen ", "", "--model", ""),
        ("%%videogen --model ve", "ve", "veo-3-1-fast", "kling-v2-5-turbo"),
        ("%%videogen -m ", "", "kling-v2-5-turbo", "--model"),
        ("%%videogen --model=ve", "--model=ve", "--model=veo-3-1", "veo-3-1"),
        ("%%videogen -p infery -m ", "", "veo-3-1", "kling-v2-5-turbo"),
        ("%%videogen --provider=infery -m ", "", "veo-3-1", "kling-v2-5-turbo"),
        ("%%videogen -p runway -m ", "", "--model", "veo-3-1"),
        ("%%videogen --provider in", "in", "infinityblue", "local"),
        ("%%videogen -a 1", "1", "16:9", "9:16"),
        ("%%videogen --resolution 7", "7", "720p", "480p"),
        ("%%videogen --person-generation d", "d", "dont_allow", "allow_all"),
        ("%%videogen --sw", "--sw", "--sweep", "--seed"),
        ("%%videogen --fre", "--fre", "--fresh", "--model"),
        ("%%videogen --max-", "--max-", "--max-jobs", "--model"),
        ("%videogen com", "com", "compare", "models"),
        ("%videogen jo", "jo", "jobs", "models"),
        ("%videogen ", "", "config", "--model"),
        ("%videogen models in", "in", "infery", "local"),
    ],
)
def test_what_tab_offers(text: str, word: str, among: str, not_among: str) -> None:
    """For the word under the cursor, what fits its place."""
    found = candidates(text)
    assert found[0] == word
    assert among in found[1] or among == "--model"
    assert not_among not in found[1]
    assert all(each.startswith(word) for each in found[1])


@pytest.mark.parametrize("text", ["x = 1", "%%time", "%%videogenx --m", "videogen --m", "%videogen nothing x", ""])
def test_other_lines_are_not_ours(text: str) -> None:
    """Nothing is offered, so that others can."""
    assert candidates(text)[1] == []


def test_file_names(tmp_path: Path) -> None:
    """Beginnings of paths, folders with a slash, signs of patterns taken as they are."""
    (tmp_path / "a[1].png").touch()
    (tmp_path / "a1.png").touch()
    (tmp_path / "album").mkdir()
    assert candidates("%%videogen -i a")[1] == ["a1.png", "a[1].png", "album/"]
    assert candidates("%%videogen --image a[")[1] == ["a[1].png"]
    assert candidates("%%videogen --image=al")[1] == ["--image=album/"]


def test_tab_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No gateway is asked, and no backend is started."""
    monkeypatch.setenv("INFERY_API_KEY", "inf_0123456789abcdef")
    monkeypatch.setenv("INFERY_BASE_URL", "http://127.0.0.1:1")
    assert "veo-3-1" in candidates("%%videogen -m ")[1]
    session = sys.modules.get("videogen_nb.backend.session")
    assert session is None or session._backend is None or session._backend.closed


def test_in_a_real_shell(shell: Shell) -> None:
    """Through IPython's own completer, on the first line of a cell and on line magics."""
    assert offered(shell, "%%videogen --mo") == {"--model"}
    assert "veo-3-1-fast" in offered(shell, "%%videogen --model ve", "\na boat")
    assert offered(shell, "x = 1\n%videogen jo") == {"jobs"}


def test_in_the_prompt_nothing_of_ours_is_offered(shell: Shell) -> None:
    """The lines below the first are text."""
    assert "--model" not in offered(shell, "%%videogen\n--mo")


def offered(shell: Shell, before: str, behind: str = "") -> set[str]:
    """What IPython's completer offers at a place in a cell."""
    with provisionalcompleter():
        return {each.text for each in shell.ip.Completer.completions(before + behind, len(before))}


def test_ids_of_jobs(shell: Shell) -> None:
    """Those of this folder."""
    from videogen_nb import api

    made = api.generate("x", provider="local", size="64x64", duration=0.1)
    assert candidates(f"%videogen show {made.id[:3]}") == (made.id[:3], [made.id])
    made.cancel()


def test_only_what_goes_on_can_be_cancelled(shell: Shell) -> None:
    """Behind `cancel` a job is offered until it has ended, behind `show` also after that."""
    from videogen_nb import api
    from videogen_nb.backend import session

    made = api.generate("x", provider="local", size="64x64", duration=60)
    assert candidates("%videogen cancel ") == ("", [made.id])
    made.cancel()
    with pytest.raises(VideogenError):
        made.wait(60)
    row = session.find_row(made.id)
    assert row.stage == "ended"
    assert candidates("%videogen cancel ") == ("", [])
    assert candidates("%videogen show ") == ("", [made.id])
