from __future__ import annotations

from pathlib import Path

from tests.export.samples import grid, plain
from tests.support.sample_jobs import a_job, ended, together
from tests.support.scripted import KEY
from videogen_nb.errors import JobFailedError
from videogen_nb.export.board import board_of
from videogen_nb.storage.journal import Journal


def test_a_table_has_headings(book: Journal, tmp_path: Path) -> None:
    """Rows and columns as in the notebook; the names tell all."""
    board = board_of(grid(book, [plain(tmp_path / "a.mp4")] * 4, "a boat", model=["veo", "kling"], seed=[1, 2]))
    assert (board.title, board.subtitle, board.size) == ("a boat", "2 models × 2 seeds", (2, 2))
    assert [(each.name, each.value, each.first, each.count) for each in board.rows] == [
        ("model", "veo", 0, 1),
        ("model", "kling", 1, 1),
    ]
    assert [(each.name, each.value) for each in board.columns] == [("seed", "1"), ("seed", "2")]
    assert [(tile.row, tile.column) for tile in board.tiles] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [tile.label for tile in board.tiles] == [""] * 4
    assert [tile.name for tile in board.tiles] == ["veo · seed 1", "veo · seed 2", "kling · seed 1", "kling · seed 2"]


def test_a_third_parameter_is_told_below_and_its_rows_share_a_heading(book: Journal, tmp_path: Path) -> None:
    """A heading that is said twice stands over both rows."""
    paths = [plain(tmp_path / "a.mp4")] * 8
    board = board_of(grid(book, paths, model=["veo", "kling"], cat=["owl", "fox"], seed=[1, 2]))
    assert [(each.value, each.first, each.count) for each in board.rows] == [("veo", 0, 2), ("kling", 2, 2)]
    assert {tile.label for tile in board.tiles} == {"cat owl", "cat fox"}


def test_many_values_of_one_parameter_flow(book: Journal, tmp_path: Path) -> None:
    """In the best shape, or in so many columns, told below each."""
    made = grid(book, [plain(tmp_path / "a.mp4", size=(96, 54))] * 9, seed=[*range(9)])
    board = board_of(made)
    assert (board.size, board.columns) == ((3, 3), ())
    assert [tile.label for tile in board.tiles] == [f"seed {seed}" for seed in range(9)]
    assert board_of(made, 5).size == (5, 2)


def test_a_job_is_a_board_of_its_clips(tmp_path: Path) -> None:
    """Under its prompt."""
    paths = [plain(tmp_path / f"{name}.mp4") for name in "ab"]
    board = board_of(ended("succeeded", *paths, options={"count": 2, "seed": 7}))
    assert [tile.path for tile in board.tiles] == paths
    assert (board.title, board.subtitle) == ("a paper boat", "2 clips")
    assert board.tiles[1].label == "seed 7"


def test_a_local_preview_says_so(book: Journal, tmp_path: Path) -> None:
    """Once above if all are, else below each that is: it never passes for the model's own."""
    path = plain(tmp_path / "a.mp4")
    local, real = (ended("succeeded", path, id=name, provider=name) for name in ("local", "infery"))
    failed = ended("failed", id="x", error=JobFailedError("no"))
    board = board_of(together(book, [local, failed], {"cat": [1, 2]}, prompt="x"))
    assert (board.subtitle, [tile.label for tile in board.tiles]) == ("2 cats · local preview", ["", ""])
    board = board_of(together(book, [local, real], {"cat": [1, 2]}, prompt="x"))
    assert (board.subtitle, [tile.label for tile in board.tiles]) == ("2 cats", ["local preview", ""])


def test_words_in_place_of_a_clip(book: Journal, tmp_path: Path) -> None:
    """Why it is not there."""
    gone = ended("succeeded", plain(tmp_path / "gone.mp4"), id="a")
    (tmp_path / "gone.mp4").unlink()
    jobs = [gone, a_job(id="b"), ended("failed", id="c", error=JobFailedError("no credit", advice="Pay."))]
    board = board_of(together(book, jobs, {"n": [1, 2, 3]}))
    assert [tile.words for tile in board.tiles] == ["missing: gone.mp4", "still running", "failed: no credit"]
    assert not any(tile.path for tile in board.tiles)


def test_no_secret_is_in_it(book: Journal, tmp_path: Path) -> None:
    """Neither a key nor a signed link, in a value, a prompt or an error; no control character either."""
    link = "https://s.example/a.png?X-Signature=0a1b2c"
    error = JobFailedError(f"GET {link} with Bearer {KEY} failed")
    jobs = [ended("failed", id="a", error=error), ended("succeeded", plain(tmp_path / "a.mp4"), id="b")]
    board = board_of(together(book, jobs, {"param.ref": [link, f"{link}2"]}, prompt=f"like {link}\x1b[31m"))
    assert "0a1b2c" not in repr(board)
    assert KEY not in repr(board)
    assert "\x1b" not in board.title
