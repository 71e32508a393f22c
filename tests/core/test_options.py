"""A row of the table of options is all that the cell, Tab, sweeps, providers, the panel and the docs know of one."""

from __future__ import annotations

import inspect
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from typing import Any

import ipywidgets
import pytest
from PIL import Image

import videogen_nb as vg
from tools.docs_tables import options as documented_options
from videogen_nb import api
from videogen_nb.backend import session
from videogen_nb.core.as_code import cell_text, options_of, python_text
from videogen_nb.core.axes import read_values
from videogen_nb.core.option_kinds import PARAMS
from videogen_nb.core.options import OPTIONS, SWEEPABLE, Option, form_order
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import UnsupportedOptionError
from videogen_nb.notebook.cell_options import parse, usage
from videogen_nb.notebook.completion import candidates
from videogen_nb.providers.local import Local
from videogen_nb.sweeps.plan import plan_sweep
from videogen_nb.widgets.panel import Panel

each_option = pytest.mark.parametrize("option", OPTIONS.values(), ids=[*OPTIONS])
each_flag = pytest.mark.parametrize(
    ("option", "flag"), [(option, flag) for option in OPTIONS.values() for flag in option.flags]
)


class NoOptions(Local):
    """A provider whose wire has a place for nothing but the prompt."""

    options = frozenset()


@pytest.fixture(autouse=True)
def every_option_has_a_provider(home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The local provider takes all options, and the picture of the example is there."""
    monkeypatch.setattr(Local, "options", frozenset(OPTIONS))
    Image.new("RGB", (8, 8)).save("boat.png")


def request_with(option: Option) -> VideoRequest:
    return session.make_request(**{"prompt": "a boat", option.name: option.example})


def typed(option: Option) -> str:
    """The example as it is typed in a cell or a form."""
    if option.kind is PARAMS:
        return "\n".join(f"{key}={json.dumps(value)}" for key, value in option.example.items())
    return str(option.example)


def value_in(request: VideoRequest, option: Option) -> Any:
    return getattr(request, option.name)


def test_each_field_of_a_request_has_a_row() -> None:
    """In the order of the fields, and with the defaults of the fields."""
    assert [*OPTIONS] == [field.name for field in fields(VideoRequest)]
    plain = VideoRequest("a boat")
    for option in OPTIONS.values():
        assert value_in(plain, option) == ("a boat" if option.name == "prompt" else option.default), option.name


@each_option
def test_the_example_is_a_value_that_a_request_takes(option: Option) -> None:
    """It is none of the defaults, survives JSON, and so reaches the journal and the file beside the clip."""
    request = request_with(option)
    assert value_in(request, option) not in (None, option.default)
    assert VideoRequest.from_json(json.loads(json.dumps(request.to_json()))) == request


@each_flag
def test_a_cell_reads_it(option: Option, flag: str) -> None:
    """Under each of its flags, as one word or two."""
    for line in (f"{flag} {shlex.quote(typed(option))}", f"{flag}={shlex.quote(typed(option))}"):
        cell = parse(line, "a boat", {})
        assert session.make_request(cell.prompt, **cell.options) == request_with(option)


@each_flag
def test_the_help_names_it(option: Option, flag: str) -> None:
    """With what it means, under its heading."""
    text = " ".join(usage().split())
    assert f"{flag} {option.metavar}" in text
    assert option.help in text
    assert text.index(f"{option.group}:") < text.index(f"{flag} {option.metavar}")


@each_flag
def test_tab_offers_it_and_its_suggestions(option: Option, flag: str) -> None:
    """The long flag; behind either flag the suggestions, if there are any."""
    assert option.flags[-1] in candidates("%%videogen --")[1]
    assert set(option.suggestions) <= set(candidates(f"%%videogen {flag} ")[1])
    assert (f"{option.name.replace('_', '-')}=" in candidates("%%videogen --sweep ")[1]) == (option.name in SWEEPABLE)


@each_option
def test_a_sweep_reads_its_values(option: Option) -> None:
    """As a cell has them, and where they are numbers that are typed as text."""
    if option.kind is PARAMS:
        axes = {f"param.{key}": (value,) for key, value in option.example.items()}
        assert option.name not in SWEEPABLE
    else:
        axes = {option.name: read_values(json.dumps([typed(option)]))}
    prompt = "" if option.name == "prompt" else "a boat"
    (plan,) = plan_sweep(prompt, {} if option.name == "provider" else {"provider": "local"}, axes).plans
    assert value_in(plan.request, option) == value_in(request_with(option), option)


@each_option
def test_a_provider_without_a_place_for_it_refuses_it(option: Option) -> None:
    """One with a place takes it; what decides where a request goes needs no place."""
    request = request_with(option)
    for wire in (Local(), NoOptions()):
        spec = wire.find_model("preview")
        assert spec
        if option.wire and option.name not in wire.options:
            with pytest.raises(UnsupportedOptionError) as caught:
                wire.check(request, spec)
            assert caught.value.option == option.name
        else:
            wire.check(request, spec)


@pytest.fixture
def panel() -> Iterator[Panel]:
    with closing(Panel("a boat")) as panel:
        yield panel


@each_option
def test_the_panel_has_a_field_for_it(panel: Panel, option: Option) -> None:
    """What is typed there is the trait's value, and is sent; what is set from Python is shown."""
    control, wanted = panel.fields[option.name], request_with(option)
    assert control.description == option.label
    control.value = typed(option) if isinstance(control.value, str) else option.example
    line, _, body = panel.cell().partition("\n")
    cell = parse(line.removeprefix("%%videogen"), body, {})
    assert value_in(session.make_request(cell.prompt, **cell.options), option) == value_in(wanted, option)
    panel.fill("a boat")
    assert getattr(panel, option.name) == ("a boat" if option.name == "prompt" else option.default)
    setattr(panel, option.name, option.example)
    assert panel.fields[option.name].value == (typed(option) if isinstance(control.value, str) else option.example)


def test_the_form_is_in_the_tables_order(panel: Panel) -> None:
    """Each option once, those of every day before the others."""
    order = [option.name for option in form_order()]
    assert sorted(order) == sorted(OPTIONS)
    assert order.index("provider") < order.index("model")
    more = panel._form._more
    basic = [child.name for child in panel._form.children if hasattr(child, "name")]
    advanced = [child.name for child in more.children[0].children]
    assert basic == [name for name in order if not OPTIONS[name].advanced]
    assert advanced == [name for name in order if OPTIONS[name].advanced]
    assert isinstance(more, ipywidgets.Accordion)


def test_generate_has_a_keyword_for_each() -> None:
    """Of the same name, in the same order, with the same default, and described."""
    parameters = [*inspect.signature(vg.generate).parameters.values()]
    *keywords, last = parameters
    assert [keyword.name for keyword in keywords] == [*OPTIONS]
    assert last.name == "max_cost"
    for keyword in keywords[1:]:
        option = OPTIONS[keyword.name]
        assert keyword.kind is keyword.KEYWORD_ONLY
        assert keyword.default == (None if option.kind is PARAMS else option.default), keyword.name
    described = inspect.getdoc(vg.generate)
    assert described
    assert [name for name in OPTIONS if f"\n    {name}: " not in described] == []


@each_option
def test_generate_passes_it_on(option: Option, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the request that is submitted."""
    monkeypatch.setattr(api, "submit", lambda plan: plan.request)
    request: Any = vg.generate(**{"prompt": "a boat", "provider": "local", option.name: option.example})
    assert value_in(request, option) == value_in(request_with(option), option)


@each_option
def test_copied_code_has_it(option: Option, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cell and the program that are written for a request make the same request."""
    monkeypatch.setattr(api, "submit", lambda plan: plan.request)
    wanted = request_with(option)
    line, _, body = cell_text(wanted.prompt, options_of(wanted)).partition("\n")
    cell = parse(line.removeprefix("%%videogen"), body, {})
    assert session.make_request(cell.prompt, **cell.options) == wanted
    names: dict[str, Any] = {}
    exec(python_text(wanted.prompt, options_of(wanted)), names)
    assert names["job"].to_json().items() >= wanted.to_json().items()


@each_option
def test_the_documentation_lists_it(option: Option) -> None:
    """The table that the documentation shows has its flags and its meaning."""
    if not option.flags:  # the prompt stands in the lines below
        return
    (row,) = [line for line in documented_options().splitlines() if f"`{option.flags[-1]}`" in line.split(" | ")[0]]
    assert all(f"`{flag}`" in row for flag in option.flags)
    assert re.sub(r"[`%]", "", option.help) in re.sub(r"[`%]", "", row)
