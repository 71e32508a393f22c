from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.sample_jobs import a_job, ended
from videogen_nb.core.image import ImageRef
from videogen_nb.core.job import Cost, Phase, Status
from videogen_nb.errors import JobFailedError, SubmitUncertainError
from videogen_nb.views.job import elapsed_of, facts_of, line_of, poster_uri, view_of

RUNNING: dict[str, Any] = {"status": Status.RUNNING, "phase": Phase.RUNNING, "progress": 0.42, "remaining": 30.0}


def test_a_view_is_plain_json(path: Path) -> None:
    """In every state: the page reads it, and the notebook may keep it."""
    error = JobFailedError("no", charged="nothing", advice="again")
    for job in (a_job(), a_job(**RUNNING), ended("succeeded", path), ended("failed", error=error)):
        assert json.loads(json.dumps(view_of(job), allow_nan=False)) == view_of(job) | {"elapsed": _any(job)}


def _any(job: Any) -> Any:
    class Any_(float):
        def __eq__(self, other: object) -> bool:
            return isinstance(other, (int, float))

        __hash__ = None  # type: ignore[assignment]

    return Any_(0)


def test_buttons_only_where_they_mean_something() -> None:
    """Cancel while it goes on, retry after a bad end, and neither without a kernel."""
    assert (view_of(a_job())["can_cancel"], view_of(a_job())["can_retry"]) == (True, False)
    bad = ended("failed", error=JobFailedError("no"))
    assert (view_of(bad)["can_cancel"], view_of(bad)["can_retry"]) == (False, True)
    assert not view_of(ended("succeeded"))["can_retry"]
    for job in (a_job(), bad):
        assert not view_of(job, interactive=False)["can_cancel"]
        assert not view_of(job, interactive=False)["can_retry"]


def test_a_cancel_and_a_retry_tell_the_truth() -> None:
    """What may be charged, or charged twice, is said on the button."""
    assert "may still be charged" in view_of(a_job())["cancel_note"]
    assert "nothing is charged" in view_of(a_job(provider="local"))["cancel_note"]
    uncertain = ended("uncertain", error=SubmitUncertainError("?"))
    assert "charged twice" in view_of(uncertain)["retry_label"]
    assert "charged twice" in view_of(ended("cancelled", remote_id="v1"))["retry_label"]
    assert view_of(ended("failed", error=JobFailedError("no")))["retry_label"] == "Retry"


def test_a_local_preview_has_its_badge() -> None:
    """And nothing else has."""
    assert view_of(a_job(provider="local"))["badge"] == "local preview"
    assert view_of(a_job())["badge"] is None


def test_errors_come_without_signed_links() -> None:
    """Whoever made the error."""
    error = JobFailedError("at https://s.example/a?sig=0a1b2c", advice="key sk-0a1b2c0a1b2c")
    assert "0a1b2c" not in json.dumps(view_of(ended("failed", error=error)))


def test_the_parameters_in_a_few_words(path: Path) -> None:
    """Of the request before, of the file after."""
    options = {"duration": 4, "resolution": "720p", "aspect_ratio": "16:9", "fps": 24, "seed": 0}
    asked = a_job(options={**options, "image": ImageRef(url="https://e.org/a.png")})
    assert facts_of(asked) == ["4 s", "720p", "16:9", "24 fps", "seed 0", "from image"]
    assert facts_of(ended("succeeded", path))[:2] == ["0.167 s", "128 × 128"]
    assert facts_of(a_job(options={"size": "640x360"})) == ["640 × 360"]


def test_a_job_in_one_line(path: Path) -> None:
    """What, how far and where, whatever its prompt holds."""
    assert "running 42%" in line_of(a_job(**RUNNING))
    assert "about 30 s left" in line_of(a_job(**RUNNING))
    assert "queued, 3rd in line" in line_of(a_job(phase=Phase.QUEUED, position=2))
    done = line_of(ended("succeeded", path, cost=Cost(80, "credits")))
    assert "boat.mp4" in done
    assert "80 credits" in done
    assert "60 s to make" in done
    failed = line_of(ended("failed", error=JobFailedError("It broke.", charged="Nothing was charged.")))
    assert "failed: It broke. Nothing was charged." in failed
    long = line_of(a_job("one\ntwo\x1b[31m\r" + "x" * 500))
    assert not set(long) & set("\n\r\x1b")
    assert len(long) < 200


def test_times_count_from_the_making() -> None:
    """To the end, or to now."""
    assert elapsed_of(ended("succeeded")) == 60.0
    assert elapsed_of(a_job()) >= 0


def test_a_poster_as_an_address(path: Path, tmp_path: Path) -> None:
    """None where the clip is gone or broken: a view must not fail for it."""
    uri = poster_uri(path)
    assert uri
    assert uri.startswith("data:image/webp;base64,")
    assert poster_uri(tmp_path / "gone.mp4") is None
    (tmp_path / "bad.mp4").write_bytes(b"garbage" * 99)
    assert poster_uri(tmp_path / "bad.mp4") is None


def test_a_job_of_a_provider_that_is_not_installed_is_shown(path: Path) -> None:
    """Its plug-in is gone, or elsewhere: the name stands for it, and nothing is promised."""
    job = ended("succeeded", path)
    job.provider = "elsewhere"
    assert view_of(job)["provider"] == "elsewhere"
    running = a_job(**RUNNING)
    running.provider = "elsewhere"
    assert "may still be charged" in view_of(running)["cancel_note"]
