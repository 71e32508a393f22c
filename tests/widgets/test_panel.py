"""The panel: what it holds, what it says before anything is sent, and what its buttons do."""

from __future__ import annotations

import gc
import json
import math
from collections.abc import Callable
from typing import Any

import ipywidgets
import pytest
import traitlets
from ipywidgets.widgets.widget import _instances

from tests.support.scripted import KEY, Answer, done, failed, going, ranged
from tests.widgets.forms import until
from videogen_nb import config
from videogen_nb.backend import session
from videogen_nb.core.as_code import options_of
from videogen_nb.core.job import Job
from videogen_nb.errors import MissingKeyError, RequestError
from videogen_nb.notebook import cell_options as cell
from videogen_nb.sweeps.comparison import Sweep
from videogen_nb.sweeps.plan import plan_sweep
from videogen_nb.widgets import panel as panel_module
from videogen_nb.widgets.form_choices import Choices
from videogen_nb.widgets.panel import Panel

pytest_plugins = ["tests.support.fixtures"]

Make = Callable[..., Panel]
MODELS = Answer(
    {
        "data": [
            {
                "id": "veo-3-1",
                "modality": "video",
                "credits_per_second": 20,
                "allowedParams": {"duration_seconds": [4, 8], "resolution": ["720p"]},
            }
        ]
    }
)


@pytest.fixture
def one_press(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long this machine takes between two presses, they come too soon to be two."""
    monkeypatch.setattr(panel_module, "_ONE_PRESS", math.inf)


def press(panel: Panel) -> None:
    """Press Generate, some time after the last press."""
    panel._pressed = float("-inf")
    panel._form.generate.click()


def beside(panel: Panel, name: str) -> str:
    """The error that stands beside a field."""
    return panel._form.parts[name].error


# -- what it holds ------------------------------------------------------------------------


def test_an_unknown_keyword_is_refused(panel: Make) -> None:
    """By its name, when the panel is made and when it is filled."""
    with pytest.raises(TypeError, match="'sed'"):
        Panel("a boat", sed=7)
    with pytest.raises(TypeError, match="'lenght'"):
        panel().fill("a boat", {"lenght": 4})


def test_values_are_traits(panel: Make) -> None:
    """They can be linked and observed, as one expects of a widget."""
    form = panel()
    seen: list[Any] = []
    slider = ipywidgets.IntSlider(value=2, max=20)
    traitlets.link((slider, "value"), (form, "duration"))
    form.observe(lambda change: seen.append(change["new"]), "duration")
    slider.value = 5
    assert (form.fields["duration"].value, seen) == ("5", [5])
    form.fields["duration"].value = "6"
    assert slider.value == 6


OPTIONS: list[tuple[str, dict[str, Any], dict[str, list[Any]]]] = [
    ("a paper boat", {}, {}),
    ("a {mood} 'boat'\n\nin the rain", {"duration": 2.5, "seed": 0, "count": 3, "size": "640x360"}, {}),
    ("a {mood} {boat}", {"resolution": "360p", "aspect_ratio": "9:16"}, {"mood": ["calm, grey", "wild"]}),
    ("a boat", {"model": "veo-3-1", "negative_prompt": "rain -- {fog}"}, {"seed": [1, 2, 3], "param.cfg": [0.5, 2]}),
    ("a boat", {"provider": "local", "fps": 12, "params": {"a": "1", "b": {"c": [1]}}}, {"duration": [1, 2.5]}),
]


@pytest.mark.parametrize(("prompt", "options", "axes"), OPTIONS)
def test_a_panel_is_a_cell_and_a_cell_is_a_panel(
    panel: Make, prompt: str, options: dict[str, Any], axes: dict[str, list[Any]]
) -> None:
    """Written as a cell and read again, it makes the same requests, and fills the same form."""
    form = panel(prompt, axes=axes, **options)
    line, _, body = form.cell().partition("\n")
    read = cell.parse(line.removeprefix("%%videogen"), body, {})

    def requests(text: str, given: Any, swept: Any) -> list[Any]:
        return [plan.request for plan in plan_sweep(text, given, swept).plans]

    assert requests(read.prompt, read.options, read.axes) == requests(prompt, options, axes)
    again = panel(read.prompt, axes=read.axes, **read.options)
    assert again.cell() == form.cell()
    assert again.python() == form.python()
    assert "vg.sweep(" in form.python() if axes else "vg.generate(" in form.python()


def test_filling_sets_everything(panel: Make) -> None:
    """What is not given goes back to its default."""
    form = panel("a {x}", axes={"x": [1, 2], "fps": [8, 9]}, seed=3, count=2, duration=2)
    form.fill("a boat", {"seed": 4})
    assert (form.prompt, form.options(), form.swept()) == ("a boat", {"seed": 4}, {})
    assert "x" not in form.fields


def test_no_key_is_in_any_trait(infery: Any, panel: Make) -> None:
    """Neither in what the page gets nor in what Python shows."""
    infery(routes={"GET /v1/models": MODELS})
    form = panel("a boat", provider="infery")
    until(form, lambda: bool(form.plan_line))
    told = [repr(form.trait_values())]
    for widget in list(_instances.values()):
        told.append(json.dumps(widget.get_state(), default=repr))
    assert not any(KEY in each for each in told)


# -- what it says beforehand --------------------------------------------------------------


def test_a_list_that_arrives_brings_limits_and_price(infery: Any, panel: Make) -> None:
    """The built-in table is shown at once, and the gateway's own list when it has come."""
    infery(routes={"GET /v1/models": MODELS})
    form = panel("a boat", model="veo-3-1", duration=4)
    until(form, lambda: form.plan_line == "veo-3-1 on Infery: 80 credits.")
    until(form, lambda: isinstance(form.fields["duration"], ipywidgets.Dropdown))
    assert [value for _, value in form.fields["duration"].options] == ["", 4, 8]
    form.fields["duration"].value = 8
    until(form, lambda: "160 credits" in form.plan_line)
    form.axes = {"duration": [4, 8], "resolution": ["720p"]}
    until(form, lambda: "240 credits" in form.plan_line)
    assert form.plan_line.startswith("2 jobs")


def test_a_preview_says_that_it_is_one(panel: Make) -> None:
    """Without a key, and which key would make it real."""
    form = panel("a boat", model="veo-3-1")
    until(form, lambda: "INFERY_API_KEY" in form.plan_line)
    assert "needs INFERY_API_KEY" in {value: text for text, value in form.fields["provider"].options}["infery"]


@pytest.mark.parametrize(
    ("options", "name", "said"),
    [
        ({"duration": "four"}, "duration", "number"),
        ({"duration": 90}, "duration", "0.1 s to 60 s"),
        ({"seed": -1}, "seed", "whole number"),
        ({"size": "big"}, "size", "1280x720"),
        ({"provider": "infery"}, "provider", "INFERY_API_KEY"),
        ({"image": "gone.png"}, "image", "gone.png"),
        ({"model": "veo-3-1-fsat"}, "model", "veo-3-1-fast"),
        ({"axes": {"seed": [1, 1]}}, "seed", "twice"),
    ],
)
def test_an_error_stands_beside_its_field(panel: Make, options: dict[str, Any], name: str, said: str) -> None:
    """Before anything is sent, and until the field is changed."""
    form = panel("a boat", **options)
    until(form, lambda: said in form.error)
    assert said in beside(form, name)
    assert not form._form._error.value
    with pytest.raises((RequestError, MissingKeyError)):
        form.submit()
    form.fill("a boat")
    until(form, lambda: bool(form.plan_line))
    assert beside(form, name) == form.error == ""


@pytest.mark.parametrize(("name", "typed"), [("params", "no equals sign"), ("seed", "1..99999")])
def test_what_cannot_be_read_is_not_sent(panel: Make, name: str, typed: str) -> None:
    """It is told beside the field, and Generate does not send what stood there before."""
    form = panel("a boat", axes={"seed": [1, 2]} if name == "seed" else None)
    form.fields[name].value = typed
    assert beside(form, name)
    press(form)
    assert form.jobs == ()
    until(form, lambda: bool(form.error))
    assert beside(form, name)
    form.fields[name].value = "a=1" if name == "params" else "3"
    until(form, lambda: not form.error and bool(form.plan_line))


def test_a_variable_without_a_value_is_told_of(panel: Make) -> None:
    """It would be sent as it is written, and somebody may not want that."""
    form = panel("a {animal}")
    until(form, lambda: "{animal} has no value" in form.plan_line)


# -- what it does -------------------------------------------------------------------------


def test_generate_submits_once_and_shows_the_job(infery: Any, clip: bytes, panel: Make, one_press: None) -> None:
    """Two presses that come at once, as from a kernel that was busy, are one."""
    server = infery(status=[going(50), done()], routes={"GET /files/a.mp4": ranged(clip)})
    form = panel("a boat", model="veo-3-1", duration=4)
    form._form.generate.click()
    form._form.generate.click()
    job: Job = form.jobs[0]
    assert len(form.jobs) == 1
    path = job.wait().path
    assert path is not None
    assert len(server.posts) == 1
    assert json.loads(server.posts[0].body)["duration"] == 4
    until(form._results.history, lambda: len(form._results.history.history["items"]) == 1)
    assert path.name in form.static_html()
    assert "%videogen panel" in form.static_html()
    press(form)
    assert len(form.jobs) == 2, "without a seed another press makes another clip"


def test_an_empty_prompt_is_no_error_before_generate(panel: Make) -> None:
    """Nobody is nagged, and nothing is sent."""
    form = panel()
    until(form, lambda: bool(form.plan_line))
    assert beside(form, "prompt") == ""
    press(form)
    assert "empty" in beside(form, "prompt")
    assert form.jobs == ()


def test_many_jobs_are_asked_about(infery: Any, panel: Make, one_press: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The button asks first, a press that comes too soon is no answer, and any change takes the question back."""
    monkeypatch.setattr(config.settings(), "max_jobs", 2)
    monkeypatch.setattr(Choices, "refresh", lambda _: None)  # a list that arrives is such a change, whenever it does
    infery(status=going(10))
    form = panel("a boat", model="veo-3-1", axes={"duration": [1, 2, 3]})
    button = form._form.generate
    press(form)
    button.click()
    assert (button.description, form.jobs) == ("Submit 3 jobs?", ())
    form.axes = {"duration": [1, 2, 3, 4]}
    assert button.description == "Generate"
    with pytest.raises(RequestError):
        form.submit()
    press(form)
    assert form.jobs == ()
    press(form)
    jobs: tuple[Job, ...] = form.jobs
    assert [job.request.duration for job in jobs] == [4, 3, 2, 1]
    assert button.description == "Generate"


def test_the_same_seed_is_not_made_again(panel: Make) -> None:
    """The clip that is there is shown, and the panel says so."""
    form = panel("a boat", duration=0.2, size="64x64", seed=5)
    first = form.submit()
    assert isinstance(first, Job)
    first.wait()
    assert form.submit() is first
    assert "not made again" in form.plan_line


def test_a_sweep_is_one_job_a_value_and_a_grid(panel: Make) -> None:
    """All of them are in the strip, and under it side by side until that is closed."""
    form = panel("a {animal}", duration=0.2, size="64x64", axes={"animal": ["cat", "owl"]})
    sweep = form.submit()
    assert isinstance(sweep, Sweep)
    assert [job.request.prompt for job in form.jobs] == ["a owl", "a cat"]
    assert form._results.grid.comparison is sweep
    sweep.wait()
    form._results._hide.click()
    assert form._results.grid is None
    assert form.static_html().count("<video") == 2


def test_a_failure_is_shown_in_the_strip_and_reused(infery: Any, panel: Make) -> None:
    """Its parameters fill the form again."""
    infery(status=failed("too hot"))
    form = panel("a boat", model="veo-3-1", duration=4, aspect_ratio="9:16")
    job = form.submit()
    assert isinstance(job, Job)
    with pytest.raises(Exception, match="too hot"):
        job.wait()
    history = form._results.history
    until(history, lambda: any(item["job"]["error"] for item in history.history["items"]) or bool(history.jobs))
    form.fill("something else")
    history._dispatch(None, {"kind": "reuse", "id": job.id}, [])
    until(form, lambda: form.prompt == "a boat" and form.options() == options_of(job.request))
    history._dispatch(None, {"kind": "compare", "ids": [job.id]}, [])
    until(form._results, lambda: form._results.grid is not None)


def test_done_is_a_trait(panel: Make) -> None:
    """Whoever shows the panel can replace it then."""
    form = panel()
    form._form.done.click()
    assert form.finished


def test_closed_panels_leave_nothing(home: Any) -> None:
    """Not a widget, and nothing that watches a job."""
    job = session.submit(session.plan(session.make_request("a boat", duration=0.2, size="64x64")))
    Panel().close()
    gc.collect()
    widgets = len(_instances)
    for _ in range(10):
        Panel("a {cat}", axes={"cat": [1, 2], "model": ["a", "b"]}, seed=1).close()
    gc.collect()
    assert len(_instances) == widgets
    assert not list(job._trait_notifiers.get(traitlets.All, {}).get("change", []))
    job.wait()
