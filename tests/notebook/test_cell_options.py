from __future__ import annotations

import datetime
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from videogen_nb.errors import RequestError
from videogen_nb.notebook.cell_options import Cell, option_names, parse, usage
from videogen_nb.notebook.expressions import expand


def options(line: str, **names: Any) -> dict[str, Any]:
    return dict(parse(line, "a boat", names).options)


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("", {}),
        ("-m veo-3-1", {"model": "veo-3-1"}),
        ("--model=veo-3-1 --provider local", {"model": "veo-3-1", "provider": "local"}),
        ("-p infery", {"provider": "infery"}),
        ("-d 4.5", {"duration": 4.5}),
        ("--duration 4", {"duration": 4.0}),
        ("-r 720p -a 16:9", {"resolution": "720p", "aspect_ratio": "16:9"}),
        ("--size 1280x720 --fps 24", {"size": "1280x720", "fps": 24}),
        ("-s 7 -n 2", {"seed": 7, "count": 2}),
        ("--seed 7.0", {"seed": 7}),
        ("--negative-prompt 'fog, rain'", {"negative_prompt": "fog, rain"}),
        ("--person-generation dont_allow --user me", {"person_generation": "dont_allow", "user": "me"}),
        ('-i "my boat.png"', {"image": "my boat.png"}),
        ("-i https://e.org/a.png?x=1&y=2", {"image": "https://e.org/a.png?x=1&y=2"}),
    ],
)
def test_each_option(line: str, given: dict[str, Any]) -> None:
    """Under the names of `generate`, short and long, quoted as in a shell."""
    assert options(line) == given


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("--param style=ink", "ink"),
        ("--param style=", ""),
        ("--param style=3", 3),
        ("--param style=true", True),
        ("--param style=a=b", "a=b"),
        ("--param 'style=[1, 2]'", [1, 2]),
        ("""--param 'style={{"a": 1}}'""", {"a": 1}),
        ("--param style={value}", {"deep": [1, None, True, "x"]}),
        ("--param style={flag}", True),
        ("--param style={number}", 2.5),
        ("--param style={text}", "it's 5"),
        ("--param style={digits}", "5"),
        ("--param style={a}-{a}", "ink-ink"),
    ],
)
def test_any_other_field(line: str, value: Any) -> None:
    """JSON where it is JSON, the value itself where it is an expression, text otherwise."""
    names = {
        "value": {"deep": [1, None, True, "x"]},
        "flag": True,
        "number": 2.5,
        "text": "it's 5",
        "digits": "5",
        "a": "ink",
    }
    assert options(line, **names) == {"params": {"style": value}}


def test_several_fields() -> None:
    """Each has its own `--param`."""
    assert options("--param a=1 --param b=x") == {"params": {"a": 1, "b": "x"}}


@pytest.mark.parametrize(
    ("line", "wait"),
    [
        ("", None),
        ("-w", math.inf),
        ("boat --wait", math.inf),
        ("--wait boat", math.inf),
        ("--wait --seed 1", math.inf),
        ("-w 30", 30.0),
        ("--wait=2.5", 2.5),
        ("--wait {3 * 10}", 30.0),
        ("-w 0", 0.0),
    ],
)
def test_waiting_with_and_without_a_limit(line: str, wait: float | None) -> None:
    """A bare `--wait` does not take the variable's name for its seconds."""
    cell = parse(line, "x", {})
    assert cell.wait == wait
    assert cell.name == ("boat" if "boat" in line else None)


def test_how_it_runs() -> None:
    """Flags, the variable and the limit of cost."""
    cell = parse("boat --dry-run --embed --max-cost 80", "\n a boat \n\n", {})
    assert (cell.name, cell.dry_run, cell.embed, cell.max_cost, cell.prompt) == ("boat", True, True, 80.0, " a boat")
    assert parse("--seed 1 boat", "x", {}).name == "boat"
    assert parse("-h", "", {}) == Cell(help=True)
    assert parse("--nonsense -h", "", {}).help


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a {animal} at {2 + 3} o'clock", "a cat at 5 o'clock"),
        ("{{a}} and }}{{", "{a} and }{"),
        ("{{{animal}}}", "{cat}"),
        ("{price:.2f}", "1.50"),
        ("{price:>6}!", "   1.5!"),
        ("{day:%H:%M}", "09:05"),
        ("{d['key']} {d['}']}", "value brace"),
        ('{"{"}x', "{x"),
        ("{', '.join(x for x in d)}", "key, }"),
        ("{[animal for _ in range(2)]}", ["cat", "cat"]),
        ("{ animal }", "cat"),
        ("", ""),
        ("no braces, 100 %", "no braces, 100 %"),
        ("{'a' if price > 1 else 'b'}", "a"),
        ("{(lambda: animal)()}", "cat"),
        ("{{'a': 1}}", "{'a': 1}"),
    ],
)
def test_expressions_and_literal_braces(text: str, value: Any) -> None:
    """As in an f-string; text that is one expression keeps the value's own kind."""
    names = {
        "animal": "cat",
        "price": 1.5,
        "d": {"key": "value", "}": "brace"},
        "day": datetime.datetime(2026, 11, 21, 9, 5),
    }
    assert expand(text, names) == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a {nobody} x", "nobody"),
        ("{1 / 0}", "ZeroDivisionError"),
        ("{d['x']}", "KeyError"),
        ("{a b}", "not an expression"),
        ("{}", "not an expression"),
        ("{x = 1}", "not an expression"),
        ("{open", "not closed"),
        ("close}", "single }"),
        ("{1:zz}", "ValueError"),
        ("{'a'!r}", "not an expression"),
    ],
)
def test_an_expression_that_fails(text: str, told: str) -> None:
    """Is one line that names it, and nothing is sent."""
    with pytest.raises(RequestError, match="Nothing was sent") as caught:
        expand(text, {"d": {}})
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_are_not_changed_by_an_expression() -> None:
    """It reads the user's variables; it writes none."""
    names: dict[str, Any] = {"a": 1}
    expand("{(b := 2)} {a}", names)
    assert names == {"a": 1}


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((2, 2, 3), np.uint8),
        np.zeros((2, 2)),
        Image.new("RGB", (2, 2)),
        b"\x89PNG",
        Path("a.png"),
        None,
        object(),
    ],
)
def test_a_picture_goes_through_as_it_is(picture: Any) -> None:
    """Arrays, images, bytes and paths are not made text."""
    assert options("-i {picture} -w", picture=picture)["image"] is picture


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("--seed {x}", "seed", 7),
        ("--seed {np.int64(7)}", "seed", 7),
        ("-d {np.float32(2.5)}", "duration", 2.5),
        ("-n {len('ab')}", "count", 2),
        ("--size {w}x{h}", "size", "640x360"),
        ("--size {(w, h)}", "size", (640, 360)),
        ("-m {model}", "model", "veo 3"),
        ("--negative-prompt {minus}", "negative_prompt", "-fog"),
        ("--user {option}", "user", "--dry-run"),
        ("--user '{option}'", "user", "--dry-run"),
    ],
)
def test_values_of_variables(line: str, name: str, value: Any) -> None:
    """Numbers of any kind are numbers; a text is one value, whatever it begins with or holds."""
    names = {"x": 7, "np": np, "w": 640, "h": 360, "model": "veo 3", "minus": "-fog", "option": "--dry-run"}
    cell = parse(line, "x", names)
    assert cell.options == {name: value}
    assert not cell.dry_run


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--modle veo", "Did you mean --model?"),
        ("--dry_run", "Did you mean --dry-run?"),
        ("--mod veo", "--model"),
        ("-x", "Unknown option -x"),
        ("boat extra", "'extra'"),
        ("2boats", "can't be a variable name"),
        ("my-boat", "can't be a variable name"),
        ("class", "can't be a variable name"),
        ("-d", "--duration"),
        ("-d soon", "--duration: 'soon' is not a number"),
        ("-s 1.5", "--seed: '1.5'"),
        ("-s {None}", "--seed: None"),
        ("-s {[1]}", "--seed: [1]"),
        ("--fps inf", "--fps: 'inf'"),
        ("--max-cost much", "--max-cost: 'much' is not a number"),
        ("--max-cost nan", "--max-cost"),
        ("--wait=soon", "--wait"),
        ("--wait=-1", "--wait"),
        ("--wait=nan", "--wait"),
        ("--wait 1.2.3", "--wait"),
        ("--param style", "key=value"),
        ("--param =x", "key=value"),
        ("--param {5}", "key=value"),
        ("--dry-run=yes", "--dry-run"),
        ("'open", "can't be read"),
        ("-m {nobody}", "nobody"),
        ("-m {", "not closed"),
    ],
)
def test_a_mistake_is_one_line_that_helps(line: str, told: str) -> None:
    """It names the option as people type it, and says that nothing was sent."""
    with pytest.raises(RequestError, match="Nothing was sent") as caught:
        parse(line, "a boat", {})
    text = str(caught.value)
    assert told in text
    assert "\n" not in text
    assert "\0" not in text
    assert "\\x00" not in text


@pytest.mark.parametrize("body", ["", "\n", "  \n\t\n"])
def test_a_cell_without_a_prompt(body: str) -> None:
    """Is not sent."""
    with pytest.raises(RequestError, match="prompt is empty"):
        parse("", body, {})


def test_a_prompt_keeps_its_lines() -> None:
    """And what stands at their beginnings; only the blank ends go."""
    assert parse("", "\n  first {x}\n\n  second\n\n", {"x": 1}).prompt == "  first 1\n\n  second"
    assert parse("", "{x}", {"x": 5}).prompt == "5"


def test_the_help_names_every_option() -> None:
    """And how braces are written."""
    assert all(name in usage() for name in option_names())
    assert "{{" in usage()
    assert set(option_names()) >= {"--model", "--dry-run", "--max-cost", "--embed", "--wait", "--param"}


@pytest.mark.parametrize(
    ("line", "axes"),
    [
        ("", {}),
        ("--sweep seed=1..3", {"seed": (1, 2, 3)}),
        ("--sweep=seed=1,2 --sweep cat=owl,fox", {"seed": (1, 2), "cat": ("owl", "fox")}),
        ("--sweep aspect-ratio=16:9,1:1", {"aspect_ratio": ("16:9", "1:1")}),
        ("--sweep param.cfg-scale=1,0.5", {"param.cfg-scale": (1, 0.5)}),
        ("--sweep 'cat=a big one,\\, small'", {"cat": ("a big one", ", small")}),
        ("--sweep 'cat=[\"a, b\", 7]'", {"cat": ("a, b", 7)}),
        ("--sweep cat={{x}}", {"cat": ("{x}",)}),
        ("--sweep cat={word}", {"cat": ("one", "two")}),
        ("--sweep cat={word},three", {"cat": ("one", "two", "three")}),
        ("--sweep cat={[word, 7, None]}", {"cat": ("one,two", 7, None)}),
        ("--sweep cat={range(3)}", {"cat": (0, 1, 2)}),
        ("--sweep cat={np.arange(2)}", {"cat": (0, 1)}),
        ("--sweep cat={(n * n for n in range(3))}", {"cat": (0, 1, 4)}),
        ("--sweep cat={5}", {"cat": (5,)}),
        ("--sweep cat={picture}", {"cat": ("the picture",)}),
        ("--sweep cat=a=b", {"cat": ("a=b",)}),
    ],
)
def test_what_is_swept(line: str, axes: dict[str, Any]) -> None:
    """As typed, or what an expression gives: several values of anything that holds several, else one."""
    names = {"word": "one,two", "np": np, "picture": Path("the picture")}
    found = {name: tuple(map(_told, values)) for name, values in parse(line, "x", names).axes.items()}
    assert found == axes


def _told(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def test_what_is_swept_keeps_its_braces() -> None:
    """Whatever the notebook calls so; other expressions are evaluated, also in words that Python keeps."""
    cell = parse("--sweep cat=a,b --sweep class=c,d", "a {cat} {class} {dog} {{cat}}", {"cat": "x", "dog": "y"})
    assert cell.prompt == "a {cat} {class} y {cat}"


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("", None),
        ("--columns 2", 2),
        ("--columns {1 + 1}", 2),
        ("--columns seed", "seed"),
        ("--columns negative-prompt", "negative_prompt"),
        ("--columns param.a-b", "param.a-b"),
        ("--columns ²", "²"),
    ],
)
def test_columns(line: str, columns: int | str | None) -> None:
    """A number, or the name of what is swept."""
    assert parse(line, "x", {}).columns == columns


def test_how_a_sweep_runs() -> None:
    """Flags and limits; the form may be opened without a prompt."""
    cell = parse("made --sweep seed=1,2 --fresh --max-jobs 5 --panel", "", {})
    assert (cell.name, cell.fresh, cell.max_jobs, cell.panel, cell.prompt) == ("made", True, 5, True, "")
    plain = parse("", "x", {})
    assert (plain.fresh, plain.max_jobs, plain.panel, plain.axes) == (False, None, False, {})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"{'\\'}", "\\"),
        (r"{'a\\' + 'b'}x", "a\\bx"),
        (r"{'it\'s {'}", "it's {"),
        (r'{"\\\\"}', "\\\\"),
        ("{ {'a': {'b': 1}} }", {"a": {"b": 1}}),
    ],
)
def test_backslashes_in_an_expression(text: str, value: Any) -> None:
    """One that is escaped itself hides no quote."""
    assert expand(text, {}) == value
