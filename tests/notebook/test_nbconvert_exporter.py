from __future__ import annotations

import logging
import re
from base64 import b64decode
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.support.clips import make_clip
from tests.support.sample_jobs import ended
from tests.views.test_job_html import Page
from videogen_nb.notebook.nbconvert_exporter import EmbedClips, HTMLWithClips
from videogen_nb.views.job_html import job_html

OURS = '<div class="videogen-job x"><div><video controls src="{}" onerror="go()"><a href="{}">p</a></video></div></div>'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "notes" / "videogen"
    folder.mkdir(parents=True)
    made = folder / "boat.mp4"
    made.write_bytes(make_clip(frames=4))
    return made


def notebook(*outputs: str) -> NotebookNode:
    """A notebook of one cell that has put out this HTML."""
    made = [new_output("display_data", {"text/html": text, "text/plain": "a clip"}) for text in outputs]  # type: ignore[no-untyped-call]
    cell = new_code_cell("%%videogen\na boat", outputs=made)  # type: ignore[no-untyped-call]
    whole: NotebookNode = new_notebook(cells=[cell])  # type: ignore[no-untyped-call]
    return whole


def embedded(text: str, folder: Path, **options: int) -> str:
    """What becomes of an output of a notebook in that folder."""
    made = notebook(text)
    embed = EmbedClips(enabled=True, **options)  # type: ignore[no-untyped-call]
    embed(made, {"metadata": {"path": str(folder)}})
    return str(made.cells[0].outputs[0].data["text/html"])


def test_a_clip_is_put_into_the_page(path: Path) -> None:
    """Byte for byte, in the place of its link; all else stays, but for what asks whether the file is there."""
    folder = path.parent.parent
    before = job_html(ended("succeeded", path, path, prompt="<b>ä\n\nb</b>"), folder=folder)
    after = embedded(before, folder)
    players = Page(after).all("video")
    for video in players:
        kind, _, data = str(video["src"]).partition(";base64,")
        assert kind == "data:video/mp4"
        assert b64decode(data) == path.read_bytes()
        assert "onerror" not in video
    link = re.sub(r'src="data:video[^"]*"', 'src="videogen/boat.mp4"', after)
    assert len(players) == 2
    assert link == re.sub(r' onerror="[^"]*"', "", before)


@pytest.mark.parametrize(
    "link",
    [
        "../secret.mp4",
        "videogen/../../secret.mp4",
        "videogen/%2e%2e/%2e%2e/secret.mp4",
        "way/secret.mp4",
        "videogen/notes.txt",
        "videogen/gone.mp4",
        "videogen",
        "file:///etc/passwd",
        "https://example.com/videogen/boat.mp4",
        "//example.com/videogen/boat.mp4",
        "data:video/mp4;base64,AAAA",
        "",
    ],
)
def test_nothing_else_is_read(path: Path, link: str, caplog: pytest.LogCaptureFixture) -> None:
    """No file outside the notebook's folder, whichever way it is named, nothing that is no clip, nothing from afar."""
    folder = path.parent.parent
    (folder.parent / "secret.mp4").write_bytes(b"secret")
    (folder / "way").symlink_to(folder.parent, target_is_directory=True)
    (folder / "videogen" / "notes.txt").write_text("secret")
    text = OURS.format(link, link)
    assert embedded(text, folder) == text


def test_an_absolute_path_is_not_read(path: Path) -> None:
    """Unless it leads below the notebook's folder."""
    text = OURS.format(path.as_posix(), "")
    assert embedded(text, path.parent) != text
    elsewhere = path.parent / "deeper"
    elsewhere.mkdir()
    assert embedded(text, elsewhere) == text


def test_other_players_are_left_alone(path: Path) -> None:
    """Only what stands in our own outputs is ours; text that looks like a player is none."""
    folder = path.parent.parent
    for text in (
        '<div><video src="videogen/boat.mp4"></video></div>',
        OURS.format("videogen/boat.mp4", "").replace("videogen-job", "other"),
        f'<div class="videogen-job"></div>{OURS.format("videogen/boat.mp4", "").replace("videogen-job", "")}',
        '<div class="videogen-grid"><script>"<video src=\\"videogen/boat.mp4\\">"</script></div>',
        '<div class="videogen-job">&lt;video src="videogen/boat.mp4"&gt;</div>',
        '<div class="videogen-job"><p title="<video src=&quot;videogen/boat.mp4&quot;>"></p></div>',
    ):
        assert embedded(text, folder) == text


def test_what_is_too_large_keeps_its_link(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And a warning names it."""
    folder = path.parent.parent
    text = OURS.format("videogen/boat.mp4", "")
    size = path.stat().st_size
    assert "data:" in embedded(text, folder, limit=size)
    with caplog.at_level(logging.WARNING):
        assert embedded(text, folder, limit=size - 1) == text
    assert "videogen/boat.mp4" in caplog.text


def test_a_page_of_a_notebook(path: Path) -> None:
    """The exporter needs no option, and takes outputs that a file keeps as lists of lines."""
    folder = path.parent.parent
    made = notebook(*[job_html(ended("succeeded", path), folder=folder)] * 2)
    made.cells[0].outputs[0].data["text/html"] = made.cells[0].outputs[0].data["text/html"].splitlines(keepends=True)
    exporter = HTMLWithClips()  # type: ignore[no-untyped-call]
    page, _ = exporter.from_notebook_node(made, {"metadata": {"path": str(folder), "name": "a"}})
    assert page.count('src="data:video/mp4;base64,') == 2
    assert 'src="videogen' not in "".join(re.findall("<video[^>]*>", page))
