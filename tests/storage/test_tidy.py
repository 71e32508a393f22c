from __future__ import annotations

import gc
import html
import json
import os
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import videogen_nb as vg
from tests.storage.test_sidecars import GOOD
from tests.support.scripted import Gateway, done, going, ranged
from videogen_nb.backend import session
from videogen_nb.errors import RequestError
from videogen_nb.storage import notebook_mentions, tidy
from videogen_nb.storage.tidy import Leftover

pytest_plugins = ["tests.support.fixtures"]

Infery = Callable[..., Gateway]
ID = "k3x9ab2c"
NAME = f"a-boat-{ID}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of clips, beside which the notebook stands that is worked in."""
    work = tmp_path / "work"
    (work / "videogen").mkdir(parents=True)
    monkeypatch.chdir(work)
    monkeypatch.delenv("VIDEOGEN_OUTPUT_DIR")
    return work / "videogen"


@pytest.fixture
def server(infery: Infery, clip: bytes) -> Gateway:
    """An Infery that makes a clip at once."""
    return infery(status=done(), routes={"GET /files/a.mp4": ranged(clip)})


def leftovers(folder: Path | None = None) -> list[Leftover]:
    """What this process would list."""
    backend = session.backend()
    return tidy.leftovers(backend.journal, folder, loaded=backend.loaded)


def remove(files: Iterable[Leftover]) -> int:
    backend = session.backend()
    return tidy.remove(backend.journal, files, loaded=backend.loaded)


def put(folder: Path, *names: str) -> None:
    """Files of that name; a sidecar tells of the job in its name, or of `ID`."""
    for name in names:
        told = {**GOOD, "clip": {**GOOD["clip"], "file": f"{Path(name).stem}.mp4"}}
        (folder / name).write_text(json.dumps(told) if name.endswith(".json") else name)


def notebook(path: Path, *cells: str) -> Path:
    """A notebook with such outputs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    outputs = [{"output_type": "display_data", "data": {"text/html": [cell]}, "metadata": {}} for cell in cells]
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": "", "outputs": outputs}], "nbformat": 4}))
    return path


def named(folder: Path | None = None) -> list[str]:
    return [each.path.name for each in leftovers(folder)]


def made(**options: Any) -> vg.Job:
    return vg.generate("a paper boat", provider="infery", **options)


def test_what_the_journal_knows_stays(server: Gateway, folder: Path) -> None:
    """A finished job's clip with all that is beside it, also where no notebook was saved."""
    made(image=b"\x89PNG\r\n\x1a\n...").wait(60)
    assert len(os.listdir(folder)) == 4
    assert leftovers() == []
    assert remove([]) == 0


def test_a_stray_clip_goes_with_what_is_beside_it(server: Gateway, folder: Path) -> None:
    """What is told of each adds up; the clips of the journal stay."""
    job = made().wait(60)
    stray = [f"{NAME}.mp4", f"{NAME}.json", f"{NAME}.webp", f"{NAME}.first.png", "old.mp4"]
    put(folder, *stray)
    found = leftovers()
    assert [each.path.name for each in found] == sorted(stray)
    assert {each.path.name: each.reason for each in found} == {
        f"{NAME}.mp4": "no notebook and no journal row mentions it",
        "old.mp4": "no notebook and no journal row mentions it",
        f"{NAME}.json": "goes with its clip",
        f"{NAME}.webp": "goes with its clip",
        f"{NAME}.first.png": "goes with its clip",
    }
    assert sum(each.bytes for each in found) == sum((folder / name).stat().st_size for name in stray)
    assert remove(found) == sum(each.bytes for each in found)
    assert sorted(os.listdir(folder)) == sorted(f"a-paper-boat-{job.id}{end}" for end in (".mp4", ".json", ".webp"))
    assert leftovers() == []


@pytest.mark.parametrize("end", [".json", ".webp", ".first.jpg"])
def test_what_has_lost_its_clip(folder: Path, end: str) -> None:
    """A sidecar, a poster and a first frame are left over then."""
    put(folder, f"{NAME}{end}")
    assert [(each.path.name, each.reason) for each in leftovers()] == [(f"{NAME}{end}", "its clip is gone")]


def test_what_has_lost_its_clip_though_the_journal_knows_the_job(server: Gateway, folder: Path) -> None:
    """The row mentions the clip, which its user has deleted; what was beside it is left over."""
    job = made().wait(60)
    assert job.path
    job.path.unlink()
    assert named() == [f"{job.path.stem}.json", f"{job.path.stem}.webp"]


def test_a_first_frame_stays_with_any_of_its_clips(folder: Path) -> None:
    """One job's clips share it."""
    put(folder, f"{NAME}-1.mp4", f"{NAME}-2.mp4", f"{NAME}.first.png")
    notebook(folder.parent / "a.ipynb", f'<video src="videogen/{NAME}-1.mp4">')
    assert named() == []


@pytest.mark.parametrize("name", [f"{NAME}.mp4", "a & b's “雨” 100% é.mp4", "old clip.mp4"], ids=ascii)
@pytest.mark.parametrize(
    "how", ["plain", "quoted", "escaped", "quoted and escaped", "decomposed", "in a cell", "by its poster"]
)
def test_what_a_notebook_mentions_stays(folder: Path, name: str, how: str) -> None:
    """However the name is written there, and wherever below the folder's parent the notebook is."""
    put(folder, name)
    assert named() == [name]
    written = {
        "plain": name,
        "quoted": quote(name),
        "escaped": html.escape(name),
        "quoted and escaped": html.escape(quote(name)),
        "decomposed": unicodedata.normalize("NFD", name),
        "in a cell": f"vg.load('videogen/{name}')" if "'" not in name else f'vg.load("{name}")',
        "by its poster": f"videogen/{quote(name)}#t=1",
    }[how]
    notebook(folder.parent / "sub" / "deep" / "a.ipynb", f'<video src="videogen/{written}">')
    assert named() == []


@pytest.mark.parametrize(
    "text", [f"job {ID}", f"%videogen show {ID}", f"videogen/{NAME}.webp", f"one\n{ID}\n", f"%2f{ID}.mp4"], ids=ascii
)
def test_a_notebook_that_names_the_job_keeps_all_its_files(folder: Path, text: str) -> None:
    """Its id is in the clip's name or in the file beside it."""
    put(folder, f"{NAME}.mp4", f"{NAME}.webp", "renamed.mp4", "renamed.json", f"{NAME}.first.png")
    notebook(folder.parent / "a.ipynb", text)
    assert named() == []


def test_a_longer_word_is_not_the_job(folder: Path) -> None:
    """Its id inside another word, or in a picture's base64, mentions nothing."""
    put(folder, f"{NAME}.mp4")
    notebook(folder.parent / "a.ipynb", f"x{ID} {ID}9 data:image/webp;base64,{'A' * 600}{ID}{'A' * 600}")
    assert named() == [f"{NAME}.mp4"]


@pytest.mark.parametrize(
    "place", [".ipynb_checkpoints/a.ipynb", "node_modules/x/a.ipynb", ".venv/a.ipynb", "env/lib/a.ipynb", "a.txt"]
)
def test_where_no_notebook_is_looked_for(folder: Path, place: str) -> None:
    """Hidden folders and those of packages."""
    put(folder, f"{NAME}.mp4")
    (folder.parent / "env").mkdir()
    (folder.parent / "env" / "pyvenv.cfg").touch()
    notebook(folder.parent / place, NAME)
    assert named() == [f"{NAME}.mp4"]


def test_notebooks_of_the_working_directory_count_too(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where clips go elsewhere by setting."""
    put(folder, f"{NAME}.mp4")
    (tmp_path / "else").mkdir()
    monkeypatch.setenv("VIDEOGEN_OUTPUT_DIR", str(folder))
    monkeypatch.chdir(tmp_path / "else")
    assert named() == [f"{NAME}.mp4"]
    notebook(tmp_path / "else" / "a.ipynb", NAME)
    assert named() == []


def test_a_notebook_that_can_not_be_read(folder: Path) -> None:
    """Nobody knows what it mentions: nothing is listed, and it is named."""
    put(folder, f"{NAME}.mp4")
    (folder.parent / "broken.ipynb").symlink_to(folder.parent / "nowhere")
    with pytest.raises(RequestError, match=r"broken\.ipynb"):
        leftovers()


@pytest.mark.parametrize("limit", ["MAX_FOLDERS", "MAX_NOTEBOOKS", "MAX_BYTES"])
def test_more_than_can_be_looked_through(folder: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    """Nothing is tidied then."""
    put(folder, f"{NAME}.mp4")
    notebook(folder.parent / "a" / "a.ipynb", "")
    monkeypatch.setattr(notebook_mentions, limit, 0)
    with pytest.raises(RequestError, match="nothing is tidied"):
        leftovers()


def test_what_is_not_ours_to_judge(folder: Path, tmp_path: Path) -> None:
    """Links, folders, files of other kinds and other people's JSON and pictures are never listed."""
    outside = tmp_path / "outside.mp4"
    outside.write_text("x")
    (folder / f"link-{ID}.mp4").symlink_to(outside)
    (folder / f"link-{ID}.json").symlink_to(outside)
    (folder / f"folder-{ID}.mp4").mkdir()
    put(folder / f"folder-{ID}.mp4", f"{NAME}.mp4")
    for name in ("notes.txt", "data.json", "picture.webp", "sheet.png", ".hidden.mp4", "page.html", f"{NAME}.txt"):
        (folder / name).write_text("{}")
    assert named() == []


@pytest.mark.parametrize("kind", ["working directory", "another name", "with notebooks"])
def test_a_folder_that_is_not_our_own(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """There a file has to be ours by its name and by a sidecar."""
    if kind == "working directory":
        monkeypatch.chdir(folder)
    elif kind == "another name":
        folder = folder.rename(tmp_path / "work" / "Videos")
    else:
        notebook(folder / "a.ipynb", "")
    put(folder, "holiday.mp4", "holiday.webp", "my-backpack.mp4", f"{NAME}.mp4", f"{NAME}.json", f"{NAME}.webp")
    put(folder, "renamed.mp4", "renamed.json", "birds-k3x9ab2d.webp", ".k3x9ab2d-0.part")
    os.utime(folder / ".k3x9ab2d-0.part", (0, 0))
    assert named(folder) == [f"{NAME}.json", f"{NAME}.mp4", f"{NAME}.webp"]


def test_a_running_job_keeps_its_files(infery: Infery, folder: Path) -> None:
    """Finished or not, whoever wrote them and whenever."""
    infery(status=going())
    job = made()
    files = [f".{job.id}-0.part", f".{job.id}-0.mark", f"x-{job.id}.json", f"x-{job.id}.webp"]
    files.append(f".x-{job.id}.webp.0a1b2c3d.part")
    put(folder, *(name for name in files if not name.endswith(".json")))
    (folder / files[2]).write_text(json.dumps({**GOOD, "job": job.id}))
    for name in files:
        os.utime(folder / name, (0, 0))
    assert named() == []
    job.cancel()
    with pytest.raises(vg.VideogenError):
        job.wait(60)
    assert named() == sorted(files)


def test_unfinished_files_of_nobody_we_know(folder: Path) -> None:
    """Another journal's kernel may just be writing them, so they are left over only when they are old."""
    files = [f".{ID}-0.part", f".{ID}-0.mark", f".{NAME}.json.part", f".{NAME}.webp.part", f".{NAME}.first.png.part"]
    files.append(f".{NAME}.webp.0a1b2c3d.part")
    put(folder, *files)
    assert named() == []
    for name in files:
        os.utime(folder / name, (0, 0))
    assert named() == sorted(files)


def test_each_is_looked_at_again_before_it_goes(folder: Path) -> None:
    """What was written anew, replaced by a link, or mentioned meanwhile stays; the others go."""
    put(folder, "a.mp4", "b.mp4", "c.mp4", "d.mp4", "e.mp4")
    found = leftovers()
    assert len(found) == 5
    (folder / "b.mp4").write_text("another clip")
    (folder / "c.mp4").unlink()
    (folder / "c.mp4").symlink_to(folder / "b.mp4")
    (folder / "e.mp4").unlink()
    notebook(folder.parent / "a.ipynb", '<video src="videogen/d.mp4">')
    assert remove(found) == len("a.mp4")
    assert sorted(os.listdir(folder)) == ["b.mp4", "c.mp4", "d.mp4"]


def test_nothing_outside_the_folder_goes(folder: Path) -> None:
    """Whatever list is handed over."""
    put(folder.parent, "mine.mp4", f"{NAME}.txt")
    facts = (folder.parent / "mine.mp4").stat()
    foreign = tidy.Leftover(folder.parent / "mine.mp4", facts.st_size, "its clip is gone", facts.st_mtime_ns)
    assert remove([foreign]) == 0
    assert (folder.parent / "mine.mp4").exists()


def test_what_can_not_be_removed_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And frees nothing."""
    put(folder, "a.mp4")
    found = leftovers()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refuse)
    assert remove(found) == 0
    assert (folder / "a.mp4").exists()


def test_no_folder_yet(folder: Path) -> None:
    """There is nothing to tidy."""
    folder.rmdir()
    assert leftovers() == []


def test_what_was_loaded_stays(server: Gateway, folder: Path, clip: bytes) -> None:
    """While somebody in this process has the job in hand, its output may not have been saved yet."""
    put(folder, f"{NAME}.mp4", f"{NAME}.json")
    (folder / f"{NAME}.mp4").write_bytes(clip)
    job = vg.load(folder / f"{NAME}.mp4")
    assert named() == []
    del job
    gc.collect()
    assert named() == [f"{NAME}.json", f"{NAME}.mp4"]


def test_what_was_compared_stays(server: Gateway, folder: Path) -> None:
    """A clip from elsewhere that stands in a comparison of this journal."""
    put(folder, f"{NAME}.mp4", f"{NAME}.json")
    job = made().wait(60)
    with session.backend().journal.write() as db:
        db.execute("INSERT INTO grid_cells VALUES (?, ?, ?, ?)", ["g1", 0, ID, "{}"])
    assert job.path
    assert named() == []
