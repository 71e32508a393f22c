from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.support.clips import make_clip
from tests.support.sample_jobs import a_job, ended
from tests.support.sanitiser import as_on_github, lines
from videogen_nb.core.job import Cost
from videogen_nb.errors import JobFailedError
from videogen_nb.storage.posters import write_poster
from videogen_nb.views.job_html import GONE, job_html

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)> & ' `</code><svg onload=alert(1)>`"


class Page(HTMLParser):
    """Elements with their attributes, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == [], "unclosed elements"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), "an attribute twice"
        self.elements.append((tag, dict(attrs)))
        if tag == "br":
            self.text += "\n"
        elif tag != "img":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def safe(page: Page) -> None:
    """No script, no handler but the one that is always the same, no address but http(s), ours or data of clips."""
    for tag, attributes in page.elements:
        assert tag not in ("script", "iframe", "object", "embed", "link", "style", "base", "form", "svg", "source")
        for name, value in attributes.items():
            if (tag, name) == ("video", "onerror"):
                assert value == GONE
                continue
            assert not name.startswith("on"), (tag, name)
            if name in ("src", "href", "poster") and value:
                assert not value.lower().startswith("javascript:")
                assert ":" not in value or value.startswith(("data:image/webp;", "data:video/", "file:", "http"))


def test_a_player_stands_alone(path: Path, tmp_path: Path) -> None:
    """`src` on the video itself, relative; a poster; the poster again as a link for hosts without players."""
    page = Page(job_html(ended("succeeded", path, cost=Cost(80, "credits")), folder=tmp_path))
    safe(page)
    (video,) = page.all("video")
    assert video["src"] == "videogen/boat.mp4"
    assert "controls" in video
    assert "loop" in video
    assert video["preload"] == "metadata"
    assert (video["width"], video["height"]) == ("128", "128")
    assert str(video["poster"]).startswith("data:image/webp;base64,")
    (link,), (image,) = page.all("a"), page.all("img")
    assert link["href"] == "videogen/boat.mp4"
    assert image["src"] == video["poster"], "there is no file of it"
    assert image["alt"]
    text = page.text.replace("\u00a0", " ")
    for told in ("a paper boat", "veo-3-1", "Infery", "128 × 128", "80 credits", "made in 60 s", "job k3x9ab2c"):
        assert told in text


@pytest.mark.parametrize(
    "name", ["a b.mp4", "ä 雨.mp4", "50%#?x=1&y.mp4", "'quoted\".mp4", "<img src=x onerror=alert(1)>.mp4"]
)
def test_a_file_name_is_an_address(path: Path, tmp_path: Path, name: str) -> None:
    """Percent-encoded, so that it leads to that file and nowhere else, with no query in it."""
    odd = path.with_name(name)
    path.rename(odd)
    page = Page(job_html(ended("succeeded", odd), folder=tmp_path))
    safe(page)
    (video,) = page.all("video")
    src = str(video["src"])
    assert unquote(src) == f"videogen/{name}"
    assert not set(src) & set("?#<>\"' ")


@pytest.mark.parametrize("embed_limit", [0, 10_000_000], ids=["linked", "embedded"])
def test_the_picture_for_hosts_without_players_is_a_file(path: Path, tmp_path: Path, embed_limit: int) -> None:
    """Beside the clip and linked to, since sanitisers let no data through; the player's own poster stays data."""
    odd = path.with_name("50% ä.v2.mp4")
    path.rename(odd)
    write_poster(odd)
    page = Page(job_html(ended("succeeded", odd), folder=tmp_path, embed_limit=embed_limit))
    safe(page)
    assert unquote(str(page.all("img")[0]["src"])) == "videogen/50% ä.v2.webp"
    assert str(page.all("video")[0]["poster"]).startswith("data:image/webp;base64,")


def test_without_any_style_it_still_reads_well(path: Path, tmp_path: Path) -> None:
    """On GitHub, which drops players, scripts, styles and data, the poster leads to the clip and texts stand apart."""
    write_poster(path)
    left = as_on_github(job_html(ended("succeeded", path, provider="local"), folder=tmp_path))
    assert '<a href="videogen/boat.mp4"><img src="videogen/boat.webp"' in left
    picture, *text = lines(left)
    assert picture == "[First frame of the clip: videogen/boat.webp]"
    assert text[:2] == ["local preview", "a paper boat"]
    assert text[2].startswith("veo-3-1 · ")
    assert len(text) == 3
    error = JobFailedError(
        "The GPU caught fire.", charged="Nothing was charged.", advice="`%videogen retry x` does it."
    )
    failed = lines(as_on_github(job_html(ended("failed", error=error), folder=tmp_path)))
    assert failed[:4] == ["Failed", "The GPU caught fire.", "Nothing was charged.", "%videogen retry x does it."]


def test_a_player_says_when_its_file_has_gone_later(path: Path, tmp_path: Path) -> None:
    """By a handler that is the same for every clip, with the file's name in the label; data can't go."""
    odd = path.with_name(f"{HOSTILE.replace('/', '_')}.mp4")
    path.rename(odd)
    (linked,) = Page(job_html(ended("succeeded", odd), folder=tmp_path)).all("video")
    assert linked["aria-label"] == odd.name
    handler = str(linked["onerror"])
    assert "textContent" in handler
    assert "%videogen jobs" in handler
    assert "alert" not in handler
    (embedded,) = Page(job_html(ended("succeeded", odd), folder=tmp_path, embed_limit=10_000_000)).all("video")
    assert "onerror" not in embedded


@pytest.mark.parametrize(("audio", "told"), [("aac", True), ("mp3", False), (None, False)])
def test_a_host_that_does_not_play_the_sound(path: Path, tmp_path: Path, audio: str | None, told: bool) -> None:
    """Is told of, in one line, where the clip has such sound; and nowhere else."""
    job = ended("succeeded", path)
    job.videos = (replace(job.videos[0], audio=audio),)
    text = Page(job_html(job, folder=tmp_path, unheard=frozenset({"aac"}))).text
    assert ("plays no AAC sound" in text) is told
    assert "sound" not in Page(job_html(job, folder=tmp_path)).text


def test_a_notebook_named_by_way_of_a_link(path: Path, tmp_path: Path) -> None:
    """Its clips are linked to from where it really is."""
    (tmp_path / "way").symlink_to(tmp_path, target_is_directory=True)
    page = Page(job_html(ended("succeeded", path), folder=tmp_path / "way"))
    assert page.all("video")[0]["src"] == "videogen/boat.mp4"


def test_links_are_seen_from_the_notebook(path: Path, tmp_path: Path) -> None:
    """Also from a folder beside or below."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for folder, link in ((tmp_path / "videogen", "boat.mp4"), (tmp_path / "deep" / "er", "../../videogen/boat.mp4")):
        assert Page(job_html(ended("succeeded", path), folder=folder)).all("video")[0]["src"] == link


@pytest.mark.parametrize("status", ["succeeded", "failed", "running"])
def test_hostile_text_is_text(path: Path, tmp_path: Path, status: str) -> None:
    """Prompt, model, notice, hint and error are shown as they are, and none of it acts."""
    facts: dict[str, Any] = {"model": HOSTILE, "notice": HOSTILE, "hint": HOSTILE}
    error = JobFailedError(HOSTILE, charged=HOSTILE, advice=HOSTILE)
    made = {
        "succeeded": lambda: ended("succeeded", path, prompt=HOSTILE, **facts),
        "failed": lambda: ended("failed", prompt=HOSTILE, error=error, **facts),
        "running": lambda: a_job(HOSTILE, **facts),
    }[status]()
    page = Page(job_html(made, folder=tmp_path))
    safe(page)
    assert "<script>alert(1)</script>" in page.text
    assert len(page.all("img")) == (1 if status == "succeeded" else 0)


def test_a_long_prompt_is_whole(tmp_path: Path) -> None:
    """Folded away, and not cut."""
    prompt = "line one\n" + "word " * 200
    assert prompt in Page(job_html(a_job(prompt), folder=tmp_path)).text


def test_a_file_that_is_gone(path: Path, tmp_path: Path) -> None:
    """Is told, with its path, and no player pretends to have it."""
    job = ended("succeeded", path)
    path.unlink()
    page = Page(job_html(job, folder=tmp_path))
    safe(page)
    assert page.all("video") == []
    assert str(path) in page.text
    assert "%videogen jobs" in page.text


def test_a_clip_inside_the_page(path: Path, tmp_path: Path) -> None:
    """Up to the limit; above it the poster, the path, and how large it is."""
    whole = Page(job_html(ended("succeeded", path), folder=tmp_path, embed_limit=10_000_000))
    assert str(whole.all("video")[0]["src"]).startswith("data:video/mp4;base64,")
    large = Page(job_html(ended("succeeded", path), folder=tmp_path, embed_limit=1000))
    assert large.all("video") == []
    assert str(large.all("img")[0]["src"]).startswith("data:image/webp")
    assert "too large for the page" in large.text
    assert str(path) in large.text


def test_it_stays_small(tmp_path: Path) -> None:
    """At most 40 kB with its poster, for the worst clip: noise at 1080p under a long name and prompt."""
    path = tmp_path / ("n" * 90 + ".mp4")
    path.write_bytes(make_clip(frames=1, width=1920, height=1080))
    page = job_html(ended("succeeded", path, prompt="word " * 400), folder=tmp_path)
    assert len(page.encode()) <= 40_000


def test_several_clips_each_have_a_player(path: Path, tmp_path: Path) -> None:
    """In one output."""
    second = path.with_name("second.mp4")
    second.write_bytes(path.read_bytes())
    page = Page(job_html(ended("succeeded", path, second), folder=tmp_path))
    assert [video["src"] for video in page.all("video")] == ["videogen/boat.mp4", "videogen/second.mp4"]


@pytest.mark.parametrize("status", ["failed", "uncertain", "cancelled"])
def test_a_bad_end_says_what_it_cost_and_what_to_do(tmp_path: Path, status: str) -> None:
    """The three parts of the error, commands set as code, nothing that needs a kernel."""
    error = JobFailedError(
        "The GPU caught fire.", charged="Nothing was charged.", advice="`%videogen retry x` does it."
    )
    page = Page(job_html(ended(status, error=error), folder=tmp_path))
    safe(page)
    assert "The GPU caught fire." in page.text
    assert "Nothing was charged." in page.text
    assert page.all("code")
    assert page.all("button") == []


def test_a_job_that_was_left_says_how_to_go_on(tmp_path: Path) -> None:
    """Its kernel has ended, and it has not."""
    assert "%videogen resume k3x9ab2c" in Page(job_html(a_job(), folder=tmp_path, abandoned=True)).text


def test_no_signed_link_is_in_it(tmp_path: Path) -> None:
    """Whatever an error carries."""
    error = JobFailedError("upload to https://s.example/a?X-Signature=0a1b2c failed")
    assert "0a1b2c" not in job_html(ended("failed", error=error, notice="at /x?sig=0a1b2c"), folder=tmp_path)
