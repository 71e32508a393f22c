"""The exported page: one file or a file with a folder, whole or not there, and nothing of this machine in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tracemalloc
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.support.clips import make_clip
from tests.support.sample_jobs import a_job, ended, together
from videogen_nb.core.image import ImageRef
from videogen_nb.core.job import Cost, Job, Phase, Status
from videogen_nb.errors import JobFailedError
from videogen_nb.export import html_page
from videogen_nb.export.html_sections import bare
from videogen_nb.storage.journal import Journal
from videogen_nb.sweeps.comparison import Sweep

HOSTILE = (
    "\"><script>alert(1)</script></title></style><!--<img src=x onerror=alert(1)> & ' `</code>`\u202e\x1b]8;;x\x07"
)
MUCH = 10**9
VOID = ("meta", "img", "br")


class Elements(HTMLParser):
    """The page's elements with their attributes and their own text, as a browser cuts them out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[int] = []
        self.feed(text)
        self.close()
        assert self._open == [], "unclosed elements"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), "an attribute twice"
        self.all.append((tag, dict(attrs), []))
        if tag not in VOID:
            self._open.append(len(self.all) - 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.all[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.all[self._open[-1]][2].append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes, _ in self.all if name == tag]

    def texts(self, tag: str, **attributes: str) -> list[str]:
        return [
            "".join(text)
            for name, had, text in self.all
            if name == tag and all(had.get(each.rstrip("_")) == value for each, value in attributes.items())
        ]

    @property
    def read(self) -> str:
        """What a reader sees."""
        return "\n".join("".join(text) for name, _, text in self.all if name not in ("script", "style"))


@pytest.fixture(scope="module")
def clips() -> list[bytes]:
    return [make_clip(frames=4, shade=shade) for shade in range(3)]


@pytest.fixture
def paths(tmp_path: Path, clips: list[bytes]) -> list[Path]:
    folder = tmp_path / "videogen"
    folder.mkdir()
    for number, clip in enumerate(clips):
        (folder / f"boat-{number}.mp4").write_bytes(clip)
    return sorted(folder.iterdir())


@pytest.fixture
def three(book: Journal, paths: list[Path]) -> Sweep:
    """Three finished clips that differ in their seed."""
    jobs = [ended("succeeded", path, id=f"job{n}", options={"seed": n}) for n, path in enumerate(paths)]
    return together(book, jobs, {"seed": range(3)})


def quiet(_: float) -> None: ...


def export(what: Job | Sweep, path: Path, limit: int = MUCH, progress: Callable[[float], None] = quiet) -> Elements:
    html_page.write(what, path, progress, limit=limit)
    return Elements(path.read_text("utf-8"))


def grid_in(page: Elements) -> dict[str, Any]:
    (data,) = page.texts("script", type="application/json")
    grid: dict[str, Any] = json.loads(data)
    return grid


def held(page: Elements) -> dict[str, bytes]:
    """The clips that the page holds, put together from their parts."""
    found: dict[str, bytes] = {}
    for name, attributes, text in page.all:
        if name == "script" and attributes.get("class") == "videogen-part":
            key = attributes["data-key"] or ""
            found[key] = found.get(key, b"") + base64.b64decode("".join(text), validate=True)
    return found


def leave(fraction: float) -> None:
    if fraction >= 0.5:
        raise KeyboardInterrupt


def test_the_page_holds_every_clip_byte_for_byte(three: Sweep, clips: list[bytes], tmp_path: Path) -> None:
    """One file, no folder beside it; each clip comes back as it was, and each has its poster."""
    (tmp_path / "out").mkdir()
    page = export(three, tmp_path / "out" / "compare.html")
    assert held(page) == {f"job{n}": clip for n, clip in enumerate(clips)}
    assert [video.keys() & {"src", "controls"} for video in page.named("video")] == [set()] * 3
    assert all(str(video["poster"]).startswith("data:image/webp;base64,") for video in page.named("video"))
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["compare.html"]


def test_only_the_script_of_the_page_may_run(three: Sweep, tmp_path: Path) -> None:
    """The policy names it by its hash, forbids the network, and stands before anything that it governs."""
    page = export(three, tmp_path / "compare.html")
    (policy,) = [each["content"] for each in page.named("meta") if each.get("http-equiv")]
    script = next("".join(text) for name, had, text in page.all if name == "script" and not had)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in str(policy).split(";"))
    assert rules == {
        "default-src": "'none'",
        "media-src": "blob:",
        "img-src": "data:",
        "style-src": "'unsafe-inline'",
        "script-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    names = [name for name, _, _ in page.all]
    assert names.index("meta") < names.index("style") < names.index("script")
    assert page.named("html") == [{"lang": "en"}]
    assert "viewport" in [each.get("name") for each in page.named("meta")]
    assert page.texts("title") == ["3 seeds"]


def test_the_requests_are_told(book: Journal, paths: list[Path], tmp_path: Path) -> None:
    """Prompt whole, model, provider, parameters, times, cost, ids, hash, and the cell that asks for it again."""
    prompt = "a paper boat in the rain, " * 20 + "at dusk"
    options = {
        "seed": 7,
        "duration": 4,
        "params": {"motion": 0.5},
        "negative_prompt": "text",
        "user": "ada@example.org",
    }
    facts: dict[str, Any] = {"cost": Cost(80, "credits"), "remote_id": "video_123", "options": options}
    jobs = [
        ended("succeeded", paths[0], id="job0", prompt=prompt, notice="Asked for 4 s, got 1 s.", **facts),
        ended("succeeded", paths[1], id="job1", prompt=prompt),
    ]
    made = together(book, jobs, {"model": ["veo", "kling"]})
    made.pick("job0", ["job0"])
    page = export(made, tmp_path / "compare.html")
    (section,) = [n for n, (_, had, _) in enumerate(page.all) if had.get("id") == "job-job0"]
    told = [("".join(text)) for _, _, text in page.all[section:]]
    pairs = dict(zip(page.texts("dt"), page.texts("dd"), strict=True))
    assert pairs.keys() >= {"Model", "Provider", "Duration", "Seed", "Negative prompt", "motion", "Took", "Cost"}
    for each in (prompt, "veo-3-1", "4 s", "7", "80 credits", "60 s", "video_123", "boat-0.mp4", "winner · favourite"):
        assert each in told, each
    assert hashlib.sha256(paths[0].read_bytes()).hexdigest() in page.texts("code")
    assert page.texts("pre")[0].startswith("%%videogen --model veo-3-1 --provider infery ")
    assert page.texts("pre")[0].endswith(f"\n{prompt}")
    assert "Asked for 4 s, got 1 s." in told
    assert "ada@example.org" not in (tmp_path / "compare.html").read_text("utf-8")


def test_nothing_of_this_machine_and_no_grant_is_in_it(book: Journal, paths: list[Path], tmp_path: Path) -> None:
    """Files go by their names; links lose what grants access; errors lose keys and folders."""
    signed = "https://storage.example/a.png?X-Signature=abc123"
    error = JobFailedError(f"{tmp_path}/videogen/boat.mp4 can't be written (key sk-abcdefgh12345678, see {signed})")
    image = ImageRef(path=tmp_path / "home" / "images" / "cafe.png", sha256="0" * 64, media_type="image/png")
    jobs = [
        ended(
            "succeeded", paths[0], id="job0", options={"image": image, "params": {"lora": f"{tmp_path}/my.safetensors"}}
        ),
        ended("failed", id="job1", error=error, options={"image": ImageRef(url=signed)}),
        ended("succeeded", paths[1], id="job2", options={"params": {"style": signed}}, notice=f"see {paths[1]}"),
    ]
    paths[1].unlink()
    made = together(book, jobs, {"image": [str(image.path), signed, f"{tmp_path}/b.png"]})
    for limit in (MUCH, 0):
        export(made, tmp_path / "compare.html", limit)
        text = unescape((tmp_path / "compare.html").read_text("utf-8"))
        for secret in (str(tmp_path), str(Path.home()) + "/", "abc123", "sk-abc"):
            assert secret not in text, secret
        assert "--image cafe.png" in text
        assert "my.safetensors" in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{home}/a/b.mp4 is gone", "b.mp4 is gone"),
        ("'{home}/b.mp4'", "'b.mp4'"),
        ("POST https://host.example/v1/videos answered", "POST https://host.example/v1/videos answered"),
        ("POST /v1/videos/generations answered", "POST /v1/videos/generations answered"),
        (r"C:\Users\ada\clips\b.mp4 is gone", "b.mp4 is gone"),
        ("16/9 and/or 1 / 2", "16/9 and/or 1 / 2"),
        ("fal-ai/veo3/fast", "fal-ai/veo3/fast"),
    ],
    ids=["path", "quoted", "address", "route", "windows", "slashes", "model"],
)
def test_a_path_loses_its_folders(text: str, told: str) -> None:
    """And an address, a server's route or a model's name does not."""
    assert bare(text.format(home=Path.home())) == told


@pytest.mark.parametrize("status", ["succeeded", "failed", "running"])
def test_hostile_text_is_text(book: Journal, paths: list[Path], tmp_path: Path, status: str) -> None:
    """In prompts, models, parameters, headings, notices, errors and ids; it opens and closes no element."""
    facts: dict[str, Any] = {"model": HOSTILE, "notice": HOSTILE, "remote_id": HOSTILE, "prompt": HOSTILE}
    options = {"params": {HOSTILE: HOSTILE}, "negative_prompt": HOSTILE}
    job = {
        "succeeded": lambda: ended("succeeded", paths[0], id="job0", options=options, **facts),
        "failed": lambda: ended("failed", id="job0", error=JobFailedError(HOSTILE), options=options, **facts),
        "running": lambda: a_job(id="job0", options=options, **facts),
    }[status]()
    made = together(book, [job, ended("succeeded", paths[1], id="job1")], {HOSTILE: [HOSTILE, "y"]}, note=HOSTILE)
    page = export(made, tmp_path / "compare.html")
    assert {name for name, _, _ in page.all} <= {
        *("html", "head", "meta", "title", "style", "body", "header", "h1", "p", "noscript", "main", "div", "figure"),
        *("video", "figcaption", "b", "span", "script", "h2", "article", "h3", "dl", "dt", "dd", "code", "h4", "pre"),
        "footer",
    }
    assert not [each for _, had, _ in page.all for each in had if each.startswith("on")]
    data = page.texts("script", type="application/json")[0]
    assert "<" not in data
    text = (tmp_path / "compare.html").read_text("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", text)
    assert page.texts("p", class_="vgn-said")


def test_those_without_a_clip_keep_their_places(book: Journal, paths: list[Path], tmp_path: Path) -> None:
    """Failed, still running, and gone from the disk: each place says why, and nothing goes on counting."""
    jobs = [
        ended("succeeded", paths[0], id="job0"),
        ended("failed", id="job1", error=JobFailedError("The model is down.", charged="Nothing was charged.")),
        a_job(id="job2", status=Status.RUNNING, phase=Phase.RUNNING, progress=0.31),
        ended("succeeded", paths[1], id="job3"),
    ]
    paths[1].unlink()
    page = export(together(book, jobs, {"seed": range(4)}), tmp_path / "compare.html")
    told = page.texts("p", class_="vgn-gone")
    assert told == [
        "Failed. The model is down. Nothing was charged.",
        "Running 31% when this page was written.",
        "boat-1.mp4 was not there any more when this page was written.",
    ]
    cells = grid_in(page)["cells"]
    assert [cell["job"]["phase"] for cell in cells] == ["ended"] * 4
    assert cells[2]["job"]["error"]["summary"] == told[1]
    assert not any(cell["job"]["can_retry"] or cell["job"]["can_cancel"] for cell in cells)
    assert held(page).keys() == {"job0"}


def test_a_job_alone(paths: list[Path], tmp_path: Path) -> None:
    """Its clips in step, and its facts once; a single clip has a page of its own kind."""
    page = export(ended("succeeded", *paths, options={"count": 3}), tmp_path / "job.html")
    assert held(page).keys() == {"k3x9ab2c", "k3x9ab2c/2", "k3x9ab2c/3"}
    assert len(page.named("article")) == 1
    assert page.texts("title") == ["a paper boat"]
    assert "veo-3-1" in page.texts("span", dir="auto")  # and not "clip 1"
    assert page.named("body") == [{"class": "vgn-alone"}]
    one = export(ended("succeeded", paths[0]), tmp_path / "one.html")
    assert one.named("body") == [{"class": "vgn-one vgn-alone"}]


def test_above_the_limit_clips_go_into_a_folder(three: Sweep, clips: list[bytes], tmp_path: Path) -> None:
    """Copied byte for byte, linked relatively, so that page and folder can be moved together."""
    out = tmp_path / "out #1"
    out.mkdir()
    page = export(three, out / "comp:are.html", limit=sum(map(len, clips)) - 1)
    assert held(page) == {}
    links = [str(video["src"]) for video in page.named("video")]
    assert links == [f"comp%3Aare_files/boat-{n}.mp4" for n in range(3)]
    assert [(out / "comp:are_files" / f"boat-{n}.mp4").read_bytes() for n in range(3)] == clips
    (policy,) = [each["content"] for each in page.named("meta") if each.get("http-equiv")]
    assert "media-src blob: 'self' file:;" in str(policy)
    assert (tmp_path / "videogen" / "boat-0.mp4").read_bytes() == clips[0]
    export(three, tmp_path / "just.html", limit=sum(map(len, clips)))
    assert not (tmp_path / "just_files").exists()


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_an_earlier_folder_is_replaced_and_what_is_not_ours_stays(
    book: Journal, three: Sweep, clips: list[bytes], tmp_path: Path
) -> None:
    """Files of the earlier page go, files of other people stay as they are, also under a name that we need."""
    path, folder = tmp_path / "compare.html", tmp_path / "compare_files"
    export(three, path, limit=0)
    (folder / "notes.txt").write_text("mine")
    (folder / "boat-1.mp4").write_text("mine, too")  # what we had put there was changed
    two = together(book, three.jobs[1:], {"seed": [1, 2]})
    page = export(two, path, limit=0)
    assert names(folder) == ["boat-1-2.mp4", "boat-1.mp4", "boat-2.mp4", "notes.txt", "videogen-files.json"]
    assert (folder / "boat-1.mp4").read_text() == "mine, too"
    assert [str(video["src"]) for video in page.named("video")] == [
        "compare_files/boat-1-2.mp4",
        "compare_files/boat-2.mp4",
    ]
    assert (folder / "boat-1-2.mp4").read_bytes() == clips[1]
    export(two, path)
    assert names(folder) == ["boat-1.mp4", "notes.txt"]


def test_a_folder_that_only_held_ours_goes_with_the_page_that_needed_it(three: Sweep, tmp_path: Path) -> None:
    """A page that holds its clips itself leaves no folder behind."""
    export(three, tmp_path / "compare.html", limit=0)
    export(three, tmp_path / "compare.html")
    assert not (tmp_path / "compare_files").exists()


def test_clips_of_one_name_are_kept_apart(book: Journal, clips: list[bytes], tmp_path: Path) -> None:
    """From two folders: each link leads to its own."""
    jobs = []
    for number in range(2):
        path = tmp_path / str(number) / "boat.mp4"
        path.parent.mkdir()
        path.write_bytes(clips[number])
        jobs.append(ended("succeeded", path, id=f"job{number}"))
    page = export(together(book, jobs, {"seed": [0, 1]}), tmp_path / "compare.html", limit=0)
    links = [str(video["src"]) for video in page.named("video")]
    assert [(tmp_path / link).read_bytes() for link in links] == clips[:2]


@pytest.mark.parametrize("limit", [MUCH, 0], ids=["one file", "with a folder"])
def test_an_interrupt_leaves_what_was_there(three: Sweep, book: Journal, tmp_path: Path, limit: int) -> None:
    """No half page, no half clip; the earlier page and its folder are whole."""
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(KeyboardInterrupt):
        html_page.write(three, out / "compare.html", leave, limit=limit)
    assert names(out) == []
    export(together(book, three.jobs[:1], {"seed": [0]}), out / "compare.html", limit)
    before = {each: each.read_bytes() for each in out.rglob("*") if each.is_file()}
    with pytest.raises(KeyboardInterrupt):
        html_page.write(three, out / "compare.html", leave, limit=limit)
    assert {each: each.read_bytes() for each in out.rglob("*") if each.is_file()} == before


@pytest.mark.parametrize("limit", [MUCH, 0], ids=["one file", "with a folder"])
def test_progress_rises_to_one(three: Sweep, tmp_path: Path, limit: int) -> None:
    """It never falls, and ends at 1."""
    told: list[float] = []
    html_page.write(three, tmp_path / "compare.html", told.append, limit=limit)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(set(told)) > 4


def test_a_large_clip_is_not_read_whole(tmp_path: Path, clips: list[bytes]) -> None:
    """Writing 40 MB takes a few: blocks are written as they are read."""
    padding = 40_000_000
    path = tmp_path / "large.mp4"
    path.write_bytes(clips[0] + padding.to_bytes(4) + b"free" + bytes(padding - 8))
    job = ended("succeeded", path)
    export(job, tmp_path / "first.html", limit=0)  # what is made once, such as the poster
    tracemalloc.start()
    try:
        html_page.write(job, tmp_path / "page.html", quiet, limit=MUCH)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000
    assert (tmp_path / "page.html").stat().st_size > padding
