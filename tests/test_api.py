from __future__ import annotations

import ast
import inspect
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import videogen_nb as vg
from tests.support.scripted import Answer, Gateway, done, ranged
from videogen_nb.backend import session
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import MissingKeyError, RequestError, UnknownModelError, UnsupportedOptionError

pytest_plugins = ["tests.support.fixtures"]

Infery = Callable[..., Gateway]


def test_the_public_names() -> None:
    """All of `__all__` is there, loads on first use, and nothing else is promised."""
    for name in vg.__all__:
        assert getattr(vg, name) is not None
    assert dir(vg) == vg.__all__ == sorted(vg.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        vg.nothing  # noqa: B018
    assert {"generate", "models", "jobs", "resume", "Job", "Status", "Video", "VideoRequest"} <= set(vg.__all__)


def test_a_type_checker_sees_the_public_names_where_they_load_from() -> None:
    """What is imported for type checking is what `__all__` promises, each from the module that gives it later."""
    tree = ast.parse(Path(inspect.getsourcefile(vg) or "").read_text("utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    seen = {
        alias.name: (node.module or "").removeprefix("videogen_nb").removeprefix(".")
        for node in block.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("videogen_nb")
        for alias in node.names
    }
    assert seen.pop("errors") == ""
    assert seen == vg._HOMES
    assert {*seen, "errors", "__version__", "load_ipython_extension", "unload_ipython_extension"} == {*vg.__all__}


def test_generate_takes_what_a_request_has() -> None:
    """Every field of a request is an option of the same name, by keyword only."""
    options = inspect.signature(vg.generate).parameters
    fields = set(inspect.signature(VideoRequest).parameters)
    assert set(options) == fields | {"max_cost"}
    assert all(each.kind is each.KEYWORD_ONLY for name, each in options.items() if name != "prompt")


def test_a_clip_in_a_plain_script(tmp_path: Path) -> None:
    """With no key, no IPython and no loop: the clip is on the disk, and the process ends by itself."""
    script = """
import sys
import videogen_nb as vg
job = vg.generate("a paper boat", size="160x90", duration=0.5, seed=7).wait(60)
print(job.path)
assert "IPython" not in sys.modules and "ipywidgets" not in sys.modules
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=90)
    assert (ran.returncode, ran.stderr) == (0, "")
    path = Path(ran.stdout.strip())
    assert path.parent == tmp_path / "videogen"
    assert path.stat().st_size > 500


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"prompt": "  "}, RequestError),
        ({"duration": -1}, RequestError),
        ({"size": "big"}, RequestError),
        ({"image": "missing.png"}, RequestError),
        ({"model": "veo-3-1-fats"}, UnknownModelError),
        ({"provider": "infery"}, MissingKeyError),
        ({"image": "https://s.example/a.png?…"}, RequestError),
        ({"provider": "local", "fps": 200}, UnsupportedOptionError),
    ],
)
def test_a_mistake_is_raised_at_once_and_leaves_no_row(options: dict[str, Any], kind: type[Exception]) -> None:
    """Nothing is sent and nothing is written."""
    with pytest.raises(kind):
        vg.generate(**{"prompt": "x", **options})
    assert session.backend().journal.rows() == []


def test_a_job_is_listed_and_found(
    infery: Infery, clip: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The same object while this process has it, of this folder unless all are asked for."""
    infery(routes={"GET /files/a.mp4": ranged(clip)})
    first = vg.generate("one", provider="infery").wait(60)
    second = vg.generate("two", provider="infery").wait(60)
    assert vg.jobs() == [second, first]
    assert vg.jobs(limit=1) == [second]
    assert session.find_job(first.id) is first
    (tmp_path / "else").mkdir()
    monkeypatch.chdir(tmp_path / "else")
    assert vg.jobs() == []
    assert vg.jobs(everywhere=True) == [second, first]


@pytest.mark.parametrize("id", ["", "nothing", "%", "_"])
def test_an_id_that_is_no_job(id: str) -> None:  # noqa: A002
    """One line that says where ids are listed."""
    for ask in (session.find_job, vg.resume) if id else (session.find_job,):
        with pytest.raises(RequestError, match="videogen jobs"):
            ask(id)


def test_an_id_that_is_several_jobs(infery: Infery, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are named."""
    from videogen_nb.storage import journal

    infery(submit=Answer("", 400))
    drawn = iter(["aa222222", "aa333333"])
    monkeypatch.setattr(journal, "new_id", lambda: next(drawn))
    for _ in range(2):
        vg.generate("x", provider="infery")
    with pytest.raises(RequestError, match=r"aa333333, aa222222|aa222222, aa333333"):
        session.find_job("aa")
    assert session.find_job("aa2").id == "aa222222"


def test_a_dry_run_is_the_call_that_is_sent(infery: Infery, clip: bytes) -> None:
    """To the last field, and it sends nothing itself."""
    server = infery(status=done(), routes={"GET /files/a.mp4": ranged(clip)})
    request = session.make_request("x", provider="infery", duration=4, resolution="720p", params={"style": "ink"})
    planned = session.plan(request)
    call = session.dry_run(planned)
    assert server.posts == []
    session.submit(planned).wait(60)
    (post,) = server.posts
    assert (post.method, post.path, post.json()) == (call.method, call.path, call.json)


def test_a_picture_in_every_form(infery: Infery, tmp_path: Path) -> None:
    """The same picture makes the same request, however it is given."""
    array = np.full((8, 8, 3), 90, np.uint8)
    picture = Image.fromarray(array)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    (tmp_path / "a.png").write_bytes(buffer.getvalue())
    forms = [array, picture, buffer.getvalue(), "a.png", tmp_path / "a.png"]
    made = {session.make_request("x", image=each).digest() for each in forms}
    assert len(made) == 1


def test_the_last_frame_of_a_job_is_a_picture(infery: Infery, clip: bytes) -> None:
    """Of one that has a clip; of another it is an error."""
    infery(routes={"GET /files/a.mp4": ranged(clip)})
    made = vg.generate("x", provider="infery").wait(60)
    request = session.make_request("y", image=made)
    assert request.image
    with Image.open(io.BytesIO(request.image.read())) as frame:
        assert frame.size == (128, 128)
    infery(submit=Answer("", 400))
    bad = vg.generate("x", provider="infery")
    with pytest.raises(RequestError, match="no clip yet"):
        session.make_request("y", image=bad)


def test_the_model_list(infery: Infery) -> None:
    """The gateway's own list before the built-in table, each model once; without a key the table alone."""
    listed = {"data": [{"id": "veo-3-1", "modality": "video"}, {"id": "brand-new-9", "modality": "video"}]}
    infery(routes={"GET /v1/models": Answer(listed)})
    ids = [spec.id for spec in vg.models("infery")]
    assert ids[:2] == ["veo-3-1", "brand-new-9"]
    assert len(ids) == len(set(ids))
    assert {spec.provider for spec in vg.models()} >= {"infery", "infinityblue", "local"}
    with pytest.raises(RequestError):
        vg.models("runway")
