"""File names: for any prompt a single component that every file system takes and no terminal misreads."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePosixPath, PureWindowsPath

from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.strategies import BOUNDED, any_text, nasty_text
from videogen_nb.storage.clips import clip_name, sidecar_path
from videogen_nb.storage.journal import new_id

ids = st.builds(new_id)
prompts = st.one_of(any_text, nasty_text, st.text(st.characters(categories=["L", "M", "N"]), min_size=50))
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
_FORBIDDEN = set('<>:"/\\|?*')


@given(prompt=prompts, place=st.integers(0, 15), count=st.integers(1, 16))
@example(prompt="con", place=0, count=1)
@example(prompt="-rf ..", place=0, count=1)
@example(prompt="İ" * 200, place=0, count=1)
@example(prompt="\u202egpj.exe", place=0, count=1)
@BOUNDED
def test_a_name_is_one_safe_component(prompt: str, place: int, count: int) -> None:
    """On POSIX and Windows: no separator, no leading dot or dash, no device, no control or direction character,
    at most 255 bytes with every suffix that is put to it."""
    name = clip_name(prompt, "k3x9ab2c", place, count)
    for suffix in ("", ".mp4", ".webm", ".mov", ".json", ".mp4.part", ".json.part"):
        whole = name + suffix
        assert PurePosixPath(whole).name == PureWindowsPath(whole).name == whole
        assert len(f".{whole}".encode()) <= 255
        assert not whole.endswith((" ", "."))
    assert name[0] not in ".-~ "
    assert name.partition(".")[0].lower() not in _RESERVED
    assert not _FORBIDDEN & set(name)
    assert all(unicodedata.category(each)[0] in "LN" or each == "-" for each in name)
    assert unicodedata.normalize("NFC", name) == name
    assert sidecar_path(Path(f"{name}.mp4")).name == f"{name}.json"


@given(first=prompts, second=prompts, one=ids, other=ids, places=st.tuples(st.integers(0, 15), st.integers(0, 15)))
@BOUNDED
def test_no_two_clips_share_a_name(first: str, second: str, one: str, other: str, places: tuple[int, int]) -> None:
    """Clips of different jobs, and clips of one job, have different names, also where case is not told apart."""
    here, there = clip_name(first, one, places[0], 16).lower(), clip_name(second, other, places[1], 16).lower()
    assert (here == there) <= ((one, places[0]) == (other, places[1]))
    assert clip_name(first, one, 0, 1).lower() != clip_name(second, other, 0, 1).lower() or one == other
