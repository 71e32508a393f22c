from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import videogen_nb as vg
from videogen_nb.core.as_code import cell_text, options_of, python_text
from videogen_nb.core.axes import variables
from videogen_nb.core.image import ImageRef
from videogen_nb.core.request import Size, VideoRequest
from videogen_nb.notebook.cell_options import Cell, parse
from videogen_nb.notebook.magic import VideogenMagics

if TYPE_CHECKING:
    from tests.support.shell import Shell

pytest_plugins = ["tests.support.shell"]

NASTY = [
    "plain",
    " two  spaces ",
    "-fog",
    "--dry-run",
    "--",
    "-",
    "=",
    "a=b",
    "a=\nb",
    "-a=\n",
    "it's",
    'say "so"',
    "'\"'\"'",
    "\\",
    "ends in \\",
    "\n\\",
    "\\\n'\"{",
    "a, b",
    "a\\, b",
    "{",
    "}",
    "{}",
    "{{x}}",
    "{cat}",
    "{{{",
    "}}}",
    "#1",
    "$HOME !ls %time ?",
    "is it?",
    "??",
    "[1]",
    "[x",
    '["a"]',
    "1..3",
    "7",
    "0.50",
    "007",
    "null",
    "true",
    "héé 雨 🐈‍⬛",
    "\u05db\u05dc\u05d1",
    "a\u00a0b\u2009c",
    "\u2028\u2029\x85\x0b\x0c\x1c",
    "tab\there",
    "line\nbreak\r\nand\rmore",
    "\x00\x01\x7f",
    ">>> x",
    "... and then",
    "In [1]: x",
    "%%time",
    "%videogen",
    "!ls",
    "</script><!--",
    "`${x}`",
    "\ufeffbom",
    "{'a': 1}",
]


def read(text: str) -> Cell:
    """The cell that IPython would hand to the magic."""
    first, _, body = text.partition("\n")
    assert first.startswith("%%videogen")
    assert first == first.rstrip()
    assert len(first.splitlines()) == 1
    return parse(first.removeprefix("%%videogen").strip(), body, {})


def made_again(code: str) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """What a copied program calls, and with what."""
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    class Recorder:
        def generate(self, *words: Any, **options: Any) -> None:
            calls.append(("generate", words, options))

        def sweep(self, *words: Any, **options: Any) -> None:
            calls.append(("sweep", words, options))

    head, _, rest = code.partition("\n")
    assert head == "import videogen_nb as vg"
    exec(compile(rest, "<copied>", "exec"), {"vg": Recorder()})
    (call,) = calls
    return call


@pytest.mark.parametrize("text", NASTY)
def test_a_nasty_text_in_every_place(text: str) -> None:
    """As the prompt, an option, a field's value and a swept value it is read back as it was."""
    prompt = text if text.strip() else "x"
    options = {"negative_prompt": text, "params": {"style": text, "deep": {"a": [text, None, 1.5]}}}
    axes = {"user": (text, "other"), "param.x": ("one", text)}
    cell = read(cell_text(prompt, options, axes))
    assert cell.prompt == prompt
    assert cell.options == options
    assert dict(cell.axes) == axes
    assert made_again(python_text(prompt, options, axes)) == (
        "sweep",
        (prompt,),
        {**options, **{name: list(values) for name, values in axes.items()}},
    )


@pytest.mark.parametrize("key", ["a=b", "=", "a=", "=='\"\\=", "{=}", "a=\n", "-x=1"], ids=ascii)
@pytest.mark.parametrize("value", [1, "x=y", "two words", {"q=": ["{"]}, "line\nbreak"], ids=ascii)
def test_a_field_whose_name_holds_an_equals_sign(key: str, value: Any) -> None:
    """It is read back whole, and so is its value."""
    assert read(cell_text("x", {"params": {key: value}})).options == {"params": {key: value}}


def test_many_random_texts() -> None:
    """Whatever they are put together from."""
    drawn = random.Random(7)
    letters = "{}'\"\\,=-[]. \n\r\t\x0b\u2028\u00a0\x00aé雨🐈%#!?$1"

    def text() -> str:
        return "".join(drawn.choices(letters, k=drawn.randint(1, 12)))

    for _ in range(1500):
        prompt = text()
        prompt = prompt if prompt.strip() else f"{prompt}x"
        options = {"user": text(), "seed": drawn.randint(0, 9), "params": {text(): text()}}
        axes = {"negative_prompt": tuple({text(): None for _ in range(drawn.randint(1, 3))})}
        cell = read(cell_text(prompt, options, axes))
        assert (cell.prompt, cell.options, dict(cell.axes)) == (prompt, options, axes)
        _, words, given = made_again(python_text(prompt, options, axes))
        assert (words, given) == ((prompt,), {**options, "negative_prompt": list(axes["negative_prompt"])})


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((1, 2, 3), "1..3"),
        ((1, 2), "1,2"),
        ((3, 2, 1), "3,2,1"),
        ((1, 2, 4), "1,2,4"),
        ((0.1, 2.0), "0.1,2.0"),
        ((1, 2.0), "1,2.0"),
        (("cat", "owl"), "cat,owl"),
        (("a b",), "'a b'"),
        (("1", "2"), None),
        (("", "x"), None),
        ((" x", "x "), None),
        ((None, 1), None),
        ((True, False), None),
        ((1e300, 5e-324), None),
        (tuple(range(1000)), "0..999"),
        (("0.50", "0.25"), None),
        (((640, 360), (360, 640)), None),
    ],
)
def test_swept_values_keep_their_kind(values: tuple[Any, ...], shown: str | None) -> None:
    """A range where it is one, else as people type them, else as JSON; 7 is not "7"."""
    text = cell_text("x", {}, {"seed": values})
    read_back = read(text).axes["seed"]
    expected = tuple(str(Size(*each)) if isinstance(each, tuple) else each for each in values)
    assert read_back == expected
    assert [type(each) for each in read_back] == [type(each) for each in expected]
    if shown:
        assert text.startswith(f"%%videogen --sweep seed={shown}\n") or f"'seed={shown[1:]}" in text


def test_numbers_of_numpy_are_written_as_numbers() -> None:
    """Not as the calls that make them."""
    text = cell_text("x", {"duration": np.float64(2.5), "seed": np.int64(7)}, {"fps": (np.int64(8), np.int64(9))})
    assert text == "%%videogen --duration 2.5 --seed 7 --sweep fps=8,9\nx"


def test_a_prompt_with_variables() -> None:
    """Those that are swept stand in braces; other braces are text, also around and beside them."""
    for prompt in ("a {cat} in {braces}", "{{cat}}", "{cat}}{{cat}", "{cat}{cat} {été}", "{ cat }"):
        axes = {name: ("a", "b") for name in variables(prompt) if name != "braces"}
        cell = read(cell_text(prompt, {}, axes))
        assert (cell.prompt, dict(cell.axes)) == (prompt, axes)


@pytest.mark.parametrize("name", ["class", "from", "None", "été", "f", "print"])
def test_a_variable_may_be_any_word(name: str) -> None:
    """Also one that Python keeps for itself."""
    axes = {name: ("a", "b")}
    assert dict(read(cell_text(f"x {{{name}}}", {}, axes)).axes) == axes
    assert read(cell_text(f"x {{{name}}}", {}, axes)).prompt == f"x {{{name}}}"
    assert made_again(python_text(f"x {{{name}}}", {}, axes)) == ("sweep", (f"x {{{name}}}",), {name: ["a", "b"]})


def test_swept_prompts() -> None:
    """They are values like others; nothing stands below the magic then."""
    axes = {"prompt": ("a cat, asleep", "an {owl}\nawake"), "seed": (1, 2)}
    text = cell_text("a cat, asleep / an {owl}\nawake", {}, axes)
    cell = read(text)
    assert dict(cell.axes) == axes
    assert text.endswith("\n")
    assert made_again(python_text("", {}, axes)) == ("sweep", (list(axes["prompt"]),), {"seed": [1, 2]})


def test_names_with_dashes() -> None:
    """Options are written as the magic has them, a provider's own fields as they are."""
    text = cell_text(
        "x", {"aspect_ratio": "16:9"}, {"negative_prompt": ("a", "b"), "param.cfg_scale": (1, 2)}, name="mine"
    )
    head = "%%videogen mine --aspect-ratio 16:9 --sweep negative-prompt=a,b --sweep param.cfg_scale=1,2"
    assert text == f"{head}\nx"
    assert read(text).name == "mine"
    options = made_again(python_text("x", {}, {"param.cfg_scale": (1, 2)}))[2]
    assert options == {"param.cfg_scale": [1, 2]}


def test_every_field_of_a_request() -> None:
    """The copied program and the copied cell make an equal request."""
    request = VideoRequest(
        "a boat",
        model="veo-3-1",
        provider="local",
        duration=2.5,
        size=Size(640, 360),
        fps=12,
        seed=0,
        count=2,
        negative_prompt="fog",
        person_generation="dont_allow",
        user="me",
        params={"a": {"b": [1]}},
    )
    cell = read(cell_text(request.prompt, options_of(request)))
    assert VideoRequest(cell.prompt, **cell.options) == request
    kind, words, options = made_again(python_text(request.prompt, options_of(request)))
    assert kind == "generate"
    assert VideoRequest(*words, **options) == request
    assert VideoRequest(**{**options, "prompt": "x", "size": Size(2, 2)}).size == Size(2, 2)
    assert "Size(" not in python_text("x", {"size": Size(2, 2)}, {"size": (Size(4, 4),)})


def test_a_picture_is_named_by_its_path_or_address(home: Any) -> None:
    """The copy that was kept, which is still there when the original has moved."""
    path = home / "images" / "0f.png"
    local = VideoRequest("x", image=ImageRef(path=path, sha256="0f", media_type="image/png"))
    assert options_of(local)["image"] == str(path)
    linked = VideoRequest("x", image=ImageRef(url="https://e.org/a.png?x=1"))
    assert options_of(linked)["image"] == "https://e.org/a.png?x=1"
    signed = VideoRequest("x", image=ImageRef(url="https://e.org/a.png?X-Amz-Signature=0a1b2c"))
    assert "0a1b2c" not in cell_text("x", options_of(signed)) + python_text("x", options_of(signed))


@pytest.mark.parametrize("prompt", [*NASTY, "  indented\n    more", "\n\n below", "one\n\n\nthree", "x \n... y\n>>> z"])
def test_a_copied_cell_through_a_real_shell(shell: Shell, monkeypatch: pytest.MonkeyPatch, prompt: str) -> None:
    """IPython's own rewriting of cells changes nothing of it."""
    prompt, seen = prompt if prompt.strip() else "x", []
    monkeypatch.setattr(VideogenMagics, "_submit", lambda _, line, body: seen.append(parse(line, body, shell.ns)))
    text = cell_text(prompt, {"negative_prompt": prompt}, {"user": (prompt, "other")})
    result = shell.run(text)
    assert result.success, result
    (cell,) = seen
    assert (cell.prompt, cell.options["negative_prompt"], cell.axes["user"]) == (prompt, prompt, (prompt, "other"))


def test_the_copied_program_makes_the_same_request_for_real(shell: Shell) -> None:
    """A job's own text, run again, is the same request on the same provider."""
    prompt = "it's\n{not} a 'variable' "
    job = vg.generate(prompt, provider="local", size="64x64", duration=0.1, seed=5, params={"x": "{y}"})
    for text in (cell_text(prompt, options_of(job.request), name="job"), python_text(prompt, options_of(job.request))):
        assert shell.run(text).success
        assert shell.ns["job"].request == job.request
        assert shell.ns["job"].id != job.id
    for made in vg.jobs():
        made.cancel()
