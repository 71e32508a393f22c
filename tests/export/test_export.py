from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.export.samples import grid, paced, plain
from tests.support.sample_jobs import a_job, ended, together
from videogen_nb import export as exporting
from videogen_nb.errors import RequestError
from videogen_nb.export import FORMATS, export
from videogen_nb.export.formats import markdown_table
from videogen_nb.storage.journal import Journal

MOVING = (".mp4", ".gif", ".webp")
PICTURES = (*MOVING, ".png", ".jpg", ".jpeg")


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_written_where_it_is_asked_for(book: Journal, tmp_path: Path, suffix: str) -> None:
    """Missing folders are made, ``~`` is the home folder, what was there is replaced, nothing else is left there."""
    folder = tmp_path / "some" / "where"
    made = grid(book, [plain(tmp_path / "a.mp4"), plain(tmp_path / "b.mp4")])
    for _ in range(2):
        path = export(made, f"some/where/My grid{suffix.upper()}")
        assert path == folder / f"My grid{suffix.upper()}"
        assert path.is_absolute()
        assert path.stat().st_size > 500
    assert [each.name for each in folder.iterdir()] == [path.name]


def test_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is where the shell would put it."""
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    assert export(ended("succeeded", plain(tmp_path / "a.mp4")), "~/a.png") == tmp_path / "me" / "a.png"


@pytest.mark.parametrize("suffix", PICTURES)
def test_an_interrupt_leaves_nothing_behind(book: Journal, tmp_path: Path, suffix: str) -> None:
    """Neither a new file nor a change to the one that was there."""
    made = grid(book, [paced(tmp_path / "a.mp4"), paced(tmp_path / "b.mp4")])
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / f"x{suffix}"
    target.write_text("as it was")
    told: list[float] = []

    def interrupt(fraction: float) -> None:
        told.append(fraction)
        if len(told) > 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(made, target, progress=interrupt)
    assert [each.name for each in folder.iterdir()] == [target.name]
    assert target.read_text() == "as it was"


@pytest.mark.parametrize("suffix", PICTURES)
def test_progress_goes_from_start_to_end(book: Journal, tmp_path: Path, suffix: str) -> None:
    """It never falls, and ends at 1."""
    made = grid(book, [paced(tmp_path / "a.mp4"), paced(tmp_path / "b.mp4")])
    told: list[float] = []
    export(made, tmp_path / f"out{suffix}", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert 0 < told[0] < 1


@pytest.mark.parametrize("name", ["x", "x.mov", "x.mp4.txt", ".html"])
def test_another_format_is_refused(tmp_path: Path, name: str) -> None:
    """And told what there is."""
    with pytest.raises(RequestError, match=r"\.html .*\.mp4 .*\.gif"):
        export(ended("succeeded", plain(tmp_path / "a.mp4")), tmp_path / "new" / name)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("source", [a_job(), None], ids=["a job", "several"])
def test_a_format_takes_what_its_writer_takes(suffix: str, source: Any) -> None:
    """The table names exactly the options that the module's writer has."""
    file_format = FORMATS[suffix].of(source)
    parameters = inspect.signature(file_format.write).parameters
    keywords = {name for name, each in parameters.items() if each.kind is inspect.Parameter.KEYWORD_ONLY}
    assert keywords - {"suffix"} == {option.name for option in file_format.options}


def test_the_documented_table_has_every_format_and_option() -> None:
    """The Markdown that the documentation shows names each suffix, each option, and nothing else."""
    table = markdown_table()
    names = re.findall(r"^\| ((?:`[^`]+` ?)+)\|", table, re.M)
    assert set(re.findall(r"`([^`]+)`", " ".join(names))) == {
        *FORMATS,
        *(option.name for file_format in FORMATS.values() for option in file_format.options),
    }


OPTIONS: list[tuple[str, bool, dict[str, Any]]] = [
    (".html", True, {"width": 640}),
    (".html", True, {"labels": False}),
    (".mp4", True, {"limit": 5}),
    (".png", True, {"fps": 5}),
    (".jpg", False, {"columns": 5}),
    (".png", False, {"labels": False}),
    (".mp4", True, {"width": 15}),
    (".mp4", True, {"width": 10_000}),
    (".mp4", True, {"width": 640.5}),
    (".mp4", True, {"width": True}),
    (".gif", True, {"fps": 0}),
    (".gif", True, {"fps": 61}),
    (".gif", True, {"fps": float("nan")}),
    (".gif", True, {"fps": "12"}),
    (".webp", True, {"columns": 0}),
    (".html", True, {"limit": -1}),
]


@pytest.mark.parametrize(
    ("suffix", "many", "options"), OPTIONS, ids=[f"{suffix} {options}" for suffix, _, options in OPTIONS]
)
def test_options_are_checked_before_anything_is_done(
    book: Journal, tmp_path: Path, suffix: str, many: bool, options: dict[str, Any]
) -> None:
    """What a format does not take, or a value that is none, is refused by its name; no folder is made."""
    made: Any = grid(book, [plain(tmp_path / "a.mp4")]) if many else ended("succeeded", plain(tmp_path / "a.mp4"))
    (name,) = options
    with pytest.raises(RequestError, match=name) as caught:
        export(made, tmp_path / "new" / f"x{suffix}", **options)
    assert caught.value.option == name
    assert not (tmp_path / "new").exists()


def test_too_narrow_for_so_many(book: Journal, tmp_path: Path) -> None:
    """Is refused, and nothing is left of it."""
    made = grid(book, [plain(tmp_path / "a.mp4")] * 9)
    with pytest.raises(RequestError, match="do not fit"):
        export(made, tmp_path / "out.mp4", width=64, columns=9)
    assert not [*tmp_path.glob(".videogen-*")]


@pytest.mark.parametrize("suffix", FORMATS)
def test_nothing_to_show(book: Journal, tmp_path: Path, suffix: str) -> None:
    """Jobs that run, have failed, or whose files are gone: each is told apart."""
    running = together(book, [a_job(id="a"), ended("cancelled", id="b")], {"n": [1, 2]})
    with pytest.raises(RequestError, match="1 of 2 still running"):
        export(running, tmp_path / f"x{suffix}")
    with pytest.raises(RequestError, match="nothing finished"):
        export(ended("cancelled"), tmp_path / f"x{suffix}")
    gone = ended("succeeded", plain(tmp_path / "a.mp4"))
    (tmp_path / "a.mp4").unlink()
    with pytest.raises(RequestError, match=r"a\.mp4"):
        export(gone, tmp_path / f"x{suffix}")


@pytest.mark.parametrize("suffix", PICTURES)
def test_clips_that_can_not_be_read(tmp_path: Path, suffix: str) -> None:
    """If it is all of them, that is said."""
    job = ended("succeeded", plain(tmp_path / "a.mp4"))
    (tmp_path / "a.mp4").write_bytes(b"broken")
    with pytest.raises(RequestError, match="can be read"):
        export(job, tmp_path / f"x{suffix}")
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["a.mp4"]


@pytest.mark.parametrize(
    "name", [lambda clip: clip, lambda clip: clip.parent / "." / clip.name, lambda clip: clip.with_suffix(".webp")]
)
def test_what_was_downloaded_is_never_replaced(tmp_path: Path, name: Callable[[Path], Path]) -> None:
    """Neither the clip, under whatever name, nor its poster."""
    clip = plain(tmp_path / "a.mp4")
    before = clip.read_bytes()
    with pytest.raises(RequestError, match="never replaced"):
        export(ended("succeeded", clip), name(clip))
    assert clip.read_bytes() == before


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """It is said, and the folder stays."""
    (tmp_path / "x.mp4").mkdir()
    with pytest.raises(RequestError, match="folder"):
        export(ended("succeeded", plain(tmp_path / "a.mp4")), tmp_path / "x.mp4")


def test_a_bar_shows_where_nobody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The meter is told how far it is, and is closed."""
    told: list[float | str] = []

    class Watched:
        def __init__(self, text: str) -> None:
            told.append(text)

        def __call__(self, fraction: float) -> None:
            told.append(fraction)

        def __enter__(self) -> Watched:
            return self

        def __exit__(self, *error: object) -> None:
            told.append("closed")

    monkeypatch.setattr(exporting, "Meter", Watched)
    export(ended("succeeded", plain(tmp_path / "a.mp4")), tmp_path / "out.mp4")
    assert told[0] == "Writing out.mp4"
    assert told[-2:] == [1, "closed"]
