"""A notebook that was run, as ``jupyter nbconvert`` makes other files of it: clips, posters and captions are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from nbconvert import HTMLExporter, LatexExporter, MarkdownExporter
from PIL import Image

from tests.kernel.programs import LIMIT, LOAD, SMALL, home_in, notebook_of, run, saved
from tests.support.sanitiser import as_on_github, lines

pytestmark = [pytest.mark.kernel, pytest.mark.slow, pytest.mark.timeout(LIMIT + 100)]

PLAYER = re.compile(r'<video[^>]* src="([^"]+)"')


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a notebook of one clip and of a sweep of two, and with their clips."""
    made = tmp_path_factory.mktemp("notes")
    notebook_of(
        made,
        LOAD,
        f"%%videogen boat {SMALL}\na paper boat\n\n# by night",
        f"%%videogen cats {SMALL} --sweep animal=cat,owl\na {{animal}} on a roof",
        name="notes.ipynb",
    )
    ran = run(made, "jupyter-execute", "--inplace", "notes.ipynb", environment=home_in(made))
    assert ran.returncode == 0, ran.stderr
    return made


def converted(folder: Path, kind: Any) -> str:
    """What such an exporter makes of the notebook, with the files that it wants beside it."""
    text, resources = kind().from_filename(str(folder / "notes.ipynb"), {"output_files_dir": "notes_files"})
    for name, content in (resources["outputs"] or {}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return str(text)


def test_a_page_plays_the_clips_that_lie_beside_it(folder: Path) -> None:
    """Each once, by a relative link."""
    links = PLAYER.findall(converted(folder, HTMLExporter))
    assert len(links) == len(set(links)) == 3
    assert all((folder / unquote(link)).is_file() for link in links)


def test_a_page_that_carries_its_clips_needs_no_option(folder: Path) -> None:
    """`jupyter nbconvert --to html_with_clips` is all."""
    ran = run(folder, "jupyter-nbconvert", "--to", "html_with_clips", "notes.ipynb")
    assert ran.returncode == 0, ran.stderr
    page = (folder / "notes.html").read_text("utf-8")
    assert [link.partition(",")[0] for link in PLAYER.findall(page)] == ["data:video/mp4;base64"] * 3


def test_markdown_has_posters_and_captions(folder: Path) -> None:
    """Also where it is shown on GitHub; no prompt can end the HTML that it stands in."""
    text = converted(folder, MarkdownExporter)
    (job,) = [line for line in text.splitlines() if line.startswith('<div class="videogen-job')]
    assert job.endswith("</div>")
    (grid,) = re.findall(r'^<div class="videogen-grid.*?</script></div>$', text, re.M | re.S)
    assert "\n\n" not in grid
    for html, prompt, count in ((job, "# by night", 1), (grid, "animal owl", 2)):
        told = lines(as_on_github(html))
        pictures = [line for line in told if line.startswith("[First frame")]
        assert len(pictures) == count
        assert prompt in told
        for picture in pictures:
            with Image.open(folder / unquote(picture.rpartition(": ")[2][:-1])) as poster:
                assert poster.format == "WEBP"


def test_latex_has_a_picture_of_each_output(folder: Path) -> None:
    """The PDF that is made by way of it shows posters with their caption, and not only text."""
    text = converted(folder, LatexExporter)
    pictures = re.findall(r"{(notes_files/[^{}]+\.jpg)}", text)
    assert len(pictures) == 2
    for picture in pictures:
        with Image.open(folder / picture) as card:
            assert card.format == "JPEG"
            assert card.width >= 320


def test_the_card_is_small(folder: Path) -> None:
    """The saved notebook has it beside HTML and text, within what a clip may take."""
    outputs = [output for cell in saved(folder / "notes.ipynb").cells for output in cell.outputs]
    shown = [output.data for output in outputs if output.output_type == "display_data"]
    assert [set(data) for data in shown] == [{"text/html", "text/plain", "image/jpeg"}] * 2
    assert len(shown[0]["image/jpeg"]) <= 14_000
    assert len(shown[1]["image/jpeg"]) <= 28_000
