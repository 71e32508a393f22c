from __future__ import annotations

import json
import re
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import pytest

from tests.support.clips import make_clip
from tests.support.sample_jobs import a_job, ended, together
from tests.support.sanitiser import as_on_github, lines
from tests.support.scripted import KEY
from tests.views.test_job_html import HOSTILE, Page, safe
from videogen_nb.core.axes import Axis
from videogen_nb.errors import JobFailedError
from videogen_nb.storage.journal import Journal
from videogen_nb.storage.posters import write_poster
from videogen_nb.text import plain
from videogen_nb.views.bundles import bundle
from videogen_nb.views.grid import grid_of
from videogen_nb.views.grid_html import grid_html

NASTY = f"{HOSTILE}</script><!--<script>\u2028</SCRIPT >"


def parts(text: str) -> tuple[Page, list[str]]:
    """A page without its scripts, and what these hold, as a browser cuts them out."""
    found = re.findall(r"<script[^>]*>(.*?)</script", text, re.S | re.I)
    return Page(re.sub(r"<script[^>]*>.*?</script\s*>", "", text, flags=re.S | re.I)), found


def test_plain_players_side_by_side(book: Journal, path: Path, tmp_path: Path) -> None:
    """With headings and captions, and nothing that needs a script; no clip is fetched on opening."""
    jobs = [ended("succeeded", path, id=f"job{n}", options={"seed": n}) for n in range(4)]
    made = together(book, jobs, {"model": ["a", "b"], "cat": ["x", "y"]})
    made.pick("job1", ["job2"])
    page, scripts = parts(grid_html(made, folder=tmp_path))
    safe(page)
    assert scripts == []
    videos = page.all("video")
    assert [video["src"] for video in videos] == ["videogen/boat.mp4"] * 4
    assert all(video["preload"] == "none" and "controls" in video and "muted" in video for video in videos)
    assert not any("autoplay" in video for video in videos)
    spots = [
        re.search(r"grid-row:(\d);grid-column:(\d)", str(each["style"]))
        for each in page.all("div")
        if each.get("class") == "videogen-cell"
    ]
    assert [each and (each[1], each[2]) for each in spots] == [("2", "2"), ("2", "3"), ("3", "2"), ("3", "3")]
    for told in ("2 models × 2 cats", "model a", "cat y", "seed 3", "winner · seed 1", "favourite · seed 2"):
        assert told in page.text


def test_without_any_style_it_still_reads_well(book: Journal, path: Path, tmp_path: Path) -> None:
    """On GitHub each clip is a poster that leads to it, with its place in the grid and its caption below."""
    write_poster(path)
    made = [ended("succeeded", path, id=f"job{n}", options={"seed": n}) for n in range(3)]
    jobs = [*made, ended("failed", id="job3", error=JobFailedError("The GPU caught fire."))]
    grid = together(book, jobs, {"model": ["a", "b"], "cat": ["x", "y"]})
    left = as_on_github(grid_html(grid, folder=tmp_path, script=bundle("saved.js")))
    assert left.count('<a href="videogen/boat.mp4"><img src="videogen/boat.webp"') == 3
    picture = "[First frame of the clip: videogen/boat.webp]"
    assert lines(left) == [
        f"2 models × 2 cats {grid.id}",
        *("cat x", "cat y", "model a", "model b"),
        *(picture, "model a · cat x", "seed 0 · made in 60 s"),
        *(picture, "model a · cat y", "seed 1 · made in 60 s"),
        *(picture, "model b · cat x", "seed 2 · made in 60 s"),
        *("Failed", "The GPU caught fire.", "model b · cat y"),
    ]


def test_what_is_not_heard_is_told_once(book: Journal, path: Path, tmp_path: Path) -> None:
    """However many clips have such sound."""
    jobs = [ended("succeeded", path, id=f"job{n}") for n in range(2)]
    for job in jobs:
        job.videos = (replace(job.videos[0], audio="aac"),)
    grid = together(book, jobs, {"cat": ["x", "y"]})
    assert grid_html(grid, folder=tmp_path, unheard=frozenset({"aac"})).count("plays no AAC sound") == 1
    assert "sound" not in grid_html(grid, folder=tmp_path)


@pytest.mark.parametrize(
    ("axes", "columns", "style"),
    [
        ({"cat": ["x", "y"]}, None, "repeat(2,minmax(0,1fr))"),
        ({"cat": ["x", "y"], "m": [1, 2]}, None, "minmax(40px,max-content) repeat(2"),
        ({"cat": ["x", "y", "z"]}, 2, "repeat(2,minmax(0,1fr))"),
        ({"cat": range(8)}, None, "auto-fit"),
        ({}, None, "auto-fit"),
    ],
)
def test_how_many_stand_abreast(book: Journal, tmp_path: Path, axes: Any, columns: int | None, style: str) -> None:
    """As many as the layout says."""
    count = prod(len(values) for values in axes.values())
    made = together(book, [a_job(id=f"job{n}") for n in range(count)], axes, columns=columns)
    assert style in grid_html(made, folder=tmp_path)


@pytest.mark.parametrize("status", ["succeeded", "failed", "running"])
def test_hostile_text_is_text(book: Journal, path: Path, tmp_path: Path, status: str) -> None:
    """In prompts, models, headings, names, notes and errors; it can't end the script that carries it either."""
    facts: dict[str, Any] = {"model": NASTY, "notice": NASTY, "hint": NASTY, "id": "job0"}
    error = JobFailedError(NASTY, charged=NASTY, advice=NASTY)
    job = {
        "succeeded": lambda: ended("succeeded", path, prompt=NASTY, **facts),
        "failed": lambda: ended("failed", prompt=NASTY, error=error, **facts),
        "running": lambda: a_job(NASTY, **facts),
    }[status]()
    made = together(book, [job, a_job(id="job1")], {NASTY: [NASTY, "y"]}, note=NASTY)
    made.axes = (Axis(NASTY, (NASTY, "y")),)
    text = grid_html(made, folder=tmp_path, script="run()")
    page, scripts = parts(text)
    safe(page)
    assert len(scripts) == 2
    assert scripts[1] == "run()"
    assert json.loads(scripts[0])["cells"][0]["job"]["prompt"] == plain(NASTY, lines=True)
    assert "<!--" not in text
    assert "<" not in scripts[0]
    assert HOSTILE in page.text


def test_our_own_script_ends_where_it_should() -> None:
    """Nothing in the bundle closes its element, or opens a comment that would."""
    assert not re.search(r"</script|<!--|<script", bundle("saved.js"), re.I)


def test_posters_are_there_once(book: Journal, path: Path, tmp_path: Path) -> None:
    """In the players, where scripts are off too; the script's data leaves them out."""
    text = grid_html(together(book, [ended("succeeded", path, id="job0")], {"a": [1]}), folder=tmp_path, script="x")
    page, scripts = parts(text)
    (video,) = json.loads(scripts[0])["cells"][0]["job"]["videos"]
    assert (video["poster"], video["src"]) == (None, None)
    assert str(page.all("video")[0]["poster"]).startswith("data:image/webp")
    assert "data:image" not in scripts[0]


@pytest.mark.parametrize("count", [2, 9])
def test_it_stays_small(book: Journal, tmp_path: Path, count: int) -> None:
    """At most 40 kB a clip, poster and script included, for the worst clips: noise at 720p with long prompts."""
    jobs = []
    for n in range(count):
        path = tmp_path / f"{'n' * 90}-{n}.mp4"
        path.write_bytes(make_clip(frames=1, width=1280, height=720))
        jobs.append(ended("succeeded", path, id=f"job{n}", prompt=f"{n} {'word ' * 100}"))
    made = together(book, jobs, {"seed": range(count)})
    assert len(grid_html(made, folder=tmp_path, script=bundle("saved.js")).encode()) <= 40_000 * count


def test_clips_inside_the_page(book: Journal, path: Path, tmp_path: Path) -> None:
    """Up to the limit; above it the poster and where the clip is."""
    made = together(book, [ended("succeeded", path, id="job0")], {"a": [1]})
    whole, _ = parts(grid_html(made, folder=tmp_path, embed_limit=10_000_000, script="x"))
    assert str(whole.all("video")[0]["src"]).startswith("data:video/mp4;base64,")
    large, _ = parts(grid_html(made, folder=tmp_path, embed_limit=100, script="x"))
    assert large.all("video") == []
    assert "too large for the page" in large.text


def test_links_are_seen_from_the_notebook(book: Journal, path: Path, tmp_path: Path) -> None:
    """From any folder."""
    (tmp_path / "deep").mkdir()
    made = together(book, [ended("succeeded", path, id="job0")], {"a": [1]})
    page, _ = parts(grid_html(made, folder=tmp_path / "deep"))
    assert page.all("video")[0]["src"] == "../videogen/boat.mp4"


def test_a_kernel_that_ended_under_it(book: Journal, path: Path, tmp_path: Path) -> None:
    """What still ran says how to go on; what had failed keeps its reason, what had a clip its player."""
    failed = ended("failed", id="job1", error=JobFailedError("The GPU caught fire."))
    made = together(book, [ended("succeeded", path, id="job0"), failed, a_job(id="job2")], {"a": [1, 2, 3]})
    page, _ = parts(grid_html(made, folder=tmp_path, abandoned=True))
    assert len(page.all("video")) == 1
    assert "The GPU caught fire." in page.text
    assert page.text.count("Not followed") == 1
    assert "%videogen resume job2" in page.text
    before, _ = parts(grid_html(made, folder=tmp_path))
    assert "Not followed" not in before.text


def test_a_job_that_ends_while_it_is_written(
    book: Journal, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is shown as it was or as it is; the page is written all the same."""
    from videogen_nb.views import grid_html as gridhtml

    look = grid_of
    for end in (ended("succeeded", path), ended("failed", error=JobFailedError("no"))):
        job = a_job(id="job0")
        made = together(book, [job], {"a": [1]})

        def then(*args: Any, job: Any = job, end: Any = end, **options: Any) -> Any:
            view = look(*args, **options)
            job.videos, job.error, job.status = end.videos, end.error, end.status
            return view

        monkeypatch.setattr(gridhtml, "grid_of", then)
        parts(grid_html(made, folder=tmp_path, script="x"))


def test_no_secret_is_in_it(book: Journal, tmp_path: Path) -> None:
    """Whatever an error carries."""
    error = JobFailedError(f"https://s.example/a?X-Signature=0a1b2c with Bearer {KEY} failed")
    made = together(book, [ended("failed", id="job0", error=error, notice="/x?sig=0a1b2c")], {"a": [1]})
    text = grid_html(made, folder=tmp_path, script="x")
    assert "0a1b2c" not in text
    assert KEY not in text
