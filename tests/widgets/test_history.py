"""The panel's history: what it shows, and what the page may ask of it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import videogen_nb as vg
from tests.support.scripted import ACCEPTED, KEY, Answer, done, failed, going, ranged
from tests.widgets.forms import until
from videogen_nb.backend import session
from videogen_nb.core.job import Job
from videogen_nb.widgets import history as history_module
from videogen_nb.widgets._background import settle
from videogen_nb.widgets.history import History, item_of

pytest_plugins = ["tests.support.fixtures"]

PROTOCOL = Path(__file__).parents[2] / "js" / "src" / "protocol"


class Strip(History):
    """A strip that keeps what it sends, and knows when something came."""

    def __init__(self) -> None:
        self.sent: list[tuple[dict[str, Any], Any]] = []
        self.used = 0
        self.asked: list[Any] = []
        self._came = threading.Condition()
        super().__init__(self._ask, self._ask, self._use)

    def _ask(self, what: Any) -> None:
        with self._came:
            self.asked.append(what)
            self._came.notify_all()

    def _use(self) -> None:
        with self._came:
            self.used += 1
            self._came.notify_all()

    def send(self, content: Any, buffers: Any = None) -> None:
        with self._came:
            self.sent.append((content, buffers))
            self._came.notify_all()

    def say(self, kind: str, **content: Any) -> None:
        """A message of the page."""
        self._dispatch(self, {"kind": kind, **content}, [])

    def came(self, kind: str, holds: Callable[[Any], bool] = lambda _: True) -> tuple[dict[str, Any], Any]:
        """Wait for a message of this kind, of which something holds."""

        def found() -> Any:
            return next((each for each in self.sent if each[0]["kind"] == kind and holds(each[0])), None)

        with self._came:
            assert self._came.wait_for(found, 60), (kind, self.sent)
            made: tuple[dict[str, Any], Any] = found()
            return made


@pytest.fixture
def strip() -> Iterator[Callable[[], Strip]]:
    """Makes strips, drawn once."""
    made: list[Strip] = []

    def make() -> Strip:
        made.append(Strip())
        until(made[-1], lambda: bool(made[-1].loaded))
        return made[-1]

    yield make
    for each in made:
        each.close()
    settle()


def prompts(shown: History) -> list[str]:
    return [item["job"]["prompt"] for item in shown.history["items"]]


def test_history_comes_from_the_journal_and_is_searched(infery: Any, clip: bytes, strip: Callable[[], Strip]) -> None:
    """Newest first, with a poster and the texts to copy; older ones when asked for."""
    infery(status=done(), routes={"GET /files/a.mp4": ranged(clip)})
    for name in ("boat", "cat", "old boat"):
        vg.generate(f"a {name}", model="veo-3-1").wait()
    shown = strip()
    assert prompts(shown) == ["a old boat", "a cat", "a boat"]
    item = shown.history["items"][0]
    assert item["cell"] == "%%videogen --model veo-3-1\na old boat"
    assert "vg.generate(" in item["python"]
    assert item["job"]["videos"][0]["poster"].startswith("data:image/webp;base64,")
    assert KEY not in json.dumps(shown.history)
    shown.say("search", query="boat")
    until(shown, lambda: prompts(shown) == ["a old boat", "a boat"])
    assert shown.history["query"] == "boat"
    assert [job.request.prompt for job in shown.jobs] == ["a old boat", "a boat"]


def test_older_ones_come_when_asked_for(
    infery: Any, strip: Callable[[], Strip], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One page at first, and a page more each time."""
    monkeypatch.setattr(history_module, "PAGE", 2)
    infery(submit=Answer({"error": {"message": "no", "type": "invalid_request_error"}}, 400))
    for place in range(3):
        with pytest.raises(vg.VideogenError):
            vg.generate(f"number {place}", model="veo-3-1").wait()
    shown = strip()
    assert (prompts(shown), shown.history["more"]) == (["number 2", "number 1"], True)
    shown.say("more")
    until(shown, lambda: len(shown.history["items"]) == 3)
    assert shown.history["more"] is False


def test_a_job_that_runs_is_live(infery: Any, clip: bytes, strip: Callable[[], Strip]) -> None:
    """Its progress and its end are sent as they come, and the clip when it is asked for."""
    infery(status=[going(40), going(80), done()], routes={"GET /files/a.mp4": ranged(clip)})
    job = vg.generate("a boat", model="veo-3-1")
    shown = strip()
    job.wait()
    item, _ = shown.came("item", lambda each: each["item"]["job"]["status"] == "succeeded")
    assert item["item"]["job"]["videos"][0]["poster"]
    shown.say("want", id=job.id)
    message, buffers = shown.came("clip")
    assert (message["id"], message["index"], message["media_type"]) == (job.id, 0, "video/mp4")
    assert bytes(buffers[0]) == clip


def test_what_a_search_left_out_can_still_be_handled(infery: Any, clip: bytes, strip: Callable[[], Strip]) -> None:
    """What was enlarged goes on live, and what was ticked can be compared, reused and played."""
    infery(status=[going(40), going(60), done()], routes={"GET /files/a.mp4": ranged(clip)})
    job = vg.generate("a boat", model="veo-3-1")
    shown = strip()
    shown.say("enlarge", id=job.id)
    until(shown, lambda: shown.selected is job)
    shown.say("search", query="whale")
    until(shown, lambda: shown.jobs == ())
    job.wait()
    shown.came("item", lambda each: each["item"]["job"]["status"] == "succeeded")
    shown.say("want", id=job.id)
    shown.came("clip")
    shown.say("compare", ids=[job.id])
    shown.say("reuse", id=job.id)
    settle()
    with shown._came:
        assert shown._came.wait_for(lambda: len(shown.asked) == 2, 60)
    assert {job, (job,)} == {*shown.asked}


def test_what_is_enlarged_is_selected_whatever_its_state(infery: Any, strip: Callable[[], Strip]) -> None:
    """A job that runs, one that failed; an id that is none changes nothing."""
    infery(submit=ACCEPTED, status=[failed("no"), going(10)])
    first, second = (vg.generate("a boat", model="veo-3-1") for _ in range(2))
    shown = strip()
    for job in (first, second):
        shown.say("enlarge", id=job.id)
        until(shown, lambda job=job: shown.selected is job)  # type: ignore[misc]
    shown.say("enlarge", id="nobody")
    shown.say("enlarge")
    settle()
    assert shown.selected is second


def test_a_clip_that_is_gone_says_so(infery: Any, clip: bytes, strip: Callable[[], Strip]) -> None:
    """With the path that it had."""
    infery(status=done(), routes={"GET /files/a.mp4": ranged(clip)})
    job = vg.generate("a boat", model="veo-3-1").wait()
    shown = strip()
    assert job.path is not None
    job.path.unlink()
    shown.say("want", id=job.id)
    assert str(job.path) in shown.came("noclip")[0]["why"]


def test_retry_cancel_reuse_and_compare(infery: Any, strip: Callable[[], Strip]) -> None:
    """Each does what its button says; an id that is none does nothing."""
    infery(submit=ACCEPTED, status=[failed("no"), going(10)])
    first = vg.generate("a boat", model="veo-3-1")
    with pytest.raises(vg.VideogenError):
        first.wait()
    shown = strip()
    shown.say("retry", id=first.id)
    until(shown, lambda: len(shown.jobs) == 2)
    second: Job = shown.jobs[0]
    assert second.request == first.request
    shown.say("cancel", id=second.id)
    until(second, lambda: second.ended or second.status.ended)
    for name in ("enlarge", "want", "reuse", "retry", "cancel"):
        shown.say(name, id="nobody")
        shown.say(name)
    shown.say("compare", ids=[first.id, "nobody", second.id])
    shown.say("compare", ids="nobody")
    shown.say("reuse", id=first.id)
    settle()
    shown.say("ping", number=3)
    assert shown.came("pong")[0]["number"] == 3
    with shown._came:
        assert shown._came.wait_for(lambda: shown.used and len(shown.asked) == 2, 60)
    assert {first, (first, second)} == {*shown.asked}


def test_a_job_of_another_cell_appears(infery: Any, strip: Callable[[], Strip]) -> None:
    """As soon as somebody touches the panel; a page that is loaded later gets all of it."""
    infery(status=going(10))
    shown = strip()
    assert prompts(shown) == []
    vg.generate("a boat", model="veo-3-1")
    shown.say("ping", number=1)
    until(shown, lambda: prompts(shown) == ["a boat"])
    shown.say("hello")
    assert shown.came("history")[0]["history"] == shown.history


def test_closing_leaves_the_jobs_alone(infery: Any, strip: Callable[[], Strip]) -> None:
    """Nothing watches them any more, and they go on."""
    infery(status=going(10))
    job = vg.generate("a boat", model="veo-3-1")
    shown = strip()
    shown.close()
    settle()
    session.backend().post(lambda: setattr(job, "notice", "still here"))
    until(job, lambda: job.notice == "still here")
    assert not any(each[0]["kind"] == "item" and each[0]["item"]["job"]["notice"] for each in shown.sent)


def test_both_languages_name_the_same_fields_and_messages() -> None:
    """What is sent has the fields that history.ts declares, and what history.ts sends is understood."""
    from tests.support.sample_jobs import a_job

    text = (PROTOCOL / "history.ts").read_text("utf-8")
    assert set(item_of(a_job())) == fields(text, "HistoryItem")
    assert set(re.findall(r'send\({ kind: "(\w+)"', text)) == set(History.handlers)


def fields(text: str, interface: str) -> set[str]:
    body = re.search(rf"export interface {interface} {{(.*?)^}}", text, re.S | re.M)
    assert body is not None
    return set(re.findall(r"^  (\w+)\??:", body[1], re.M))


def test_a_time_is_told_as_it_is_read_now() -> None:
    """Today by the hour, else with its day, and another year with that."""
    now = datetime.now().astimezone()
    assert re.fullmatch(r"\d\d:\d\d", history_module._when(now))
    assert history_module._when(now - timedelta(days=800)).count(str((now - timedelta(days=800)).year)) == 1
