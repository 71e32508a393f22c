"""Write a request as code: as a ``%%videogen`` cell, and as a Python call."""

from __future__ import annotations

import json
import keyword
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from videogen_nb.core.axes import as_text, read_values, variables
from videogen_nb.core.image import ImageRef
from videogen_nb.core.option_kinds import PARAMS
from videogen_nb.core.options import OPTIONS, SWEEPABLE
from videogen_nb.core.request import Size, VideoRequest

__all__ = ["cell_text", "options_of", "python_text"]

_PASTED = re.compile(r"^([^\S\n]*)(>>>|\.{3}|(?:\[nav\] |\[ins\] )?In (?=\[\d))", re.M)


def options_of(request: VideoRequest) -> dict[str, Any]:
    """The options that repeat a request, under the names of `videogen_nb.generate`, without its prompt."""
    options = request.to_json()
    del options["prompt"]
    for name in options:
        if isinstance(getattr(request, name), ImageRef):
            options[name] = options[name].get("path") or options[name]["url"]
    return options


def cell_text(
    prompt: str, options: Mapping[str, Any], axes: Mapping[str, Sequence[Any]] | None = None, *, name: str | None = None
) -> str:
    """A whole ``%%videogen`` cell.

    Args:
        prompt: With the variables of a sweep in braces; other braces are text.
        options: Under the names of `videogen_nb.generate`.
        axes: The swept parameters and their values.
        name: Variable to bind the job to.

    >>> print(cell_text("a {mood} {cat}", {"model": "veo-3-1"}, {"cat": ["owl", "fox"], "seed": [1, 2, 3]}))
    %%videogen --model veo-3-1 --sweep cat=owl,fox --sweep seed=1..3
    a {{mood}} {cat}
    """
    axes = axes or {}
    words = ["%%videogen", *([name] if name else [])]
    for option, value in ((OPTIONS[key], value) for key, value in options.items()):
        if option.kind is PARAMS:
            for field, content in value.items():
                words += [option.flags[-1], _field(field, content)]
        else:
            words += _option(option.flags[-1], _quoted(as_text(value)))
    for axis, values in axes.items():
        words += ["--sweep", _quoted(f"{axis.replace('_', '-') if axis in SWEEPABLE else axis}={_listed(values)}")]
    body = "" if "prompt" in axes else _body(prompt, set(variables(prompt)) & set(axes))
    return f"{' '.join(words)}\n{body}"


def python_text(prompt: str, options: Mapping[str, Any], axes: Mapping[str, Sequence[Any]] | None = None) -> str:
    """The same as a Python call.

    >>> print(python_text("a paper boat", {"seed": 7}))
    import videogen_nb as vg
    <BLANKLINE>
    job = vg.generate(
        'a paper boat',
        seed=7,
    )
    """
    axes = axes or {}
    given: dict[str, Any] = {name: _literal(value) for name, value in options.items()}
    given |= {name: [*map(_literal, values)] for name, values in axes.items()}
    prompts = given.pop("prompt", prompt)
    named = {name: value for name, value in given.items() if name.isidentifier() and not keyword.iskeyword(name)}
    lines = [repr(prompts), *(f"{name}={value!r}" for name, value in named.items())]
    if rest := {name: value for name, value in given.items() if name not in named}:
        lines.append(f"**{rest!r}")
    call = "sweep = vg.sweep" if axes else "job = vg.generate"
    return "\n".join(["import videogen_nb as vg", "", f"{call}(", *(f"    {line}," for line in lines), ")"])


def _field(key: str, value: Any) -> str:
    """A field of `params` and its value, as ``--param`` reads them."""
    text = json.dumps(value, ensure_ascii=False)
    if "=" not in key and f"{key}{text}".isprintable():
        return _quoted(f"{key}={text}")
    # The first = ends the name, so a name with one is written as an expression without one.
    name = f"{{{key!r}}}".replace("=", r"\x3d") if "=" in key else _quoted(key)
    # The value of a lone expression is not read as JSON, so it can be any Python value.
    return f"{name}={shlex.quote(_doubled(text))}" if text.isprintable() else f"{name}={{ {value!r} }}"


def _literal(value: Any) -> Any:
    """A value of the same meaning whose ``repr`` is a literal of Python."""
    if isinstance(value, Size):
        return str(value)
    return dict(value) if isinstance(value, Mapping) else value


def _plain(value: Any) -> str:
    return as_text(value) if not isinstance(value, float) else float.__repr__(value)


def _option(name: str, word: str) -> list[str]:
    """An option and its value: joined by ``=`` where the value alone would be read as an option."""
    return [f"{name}={word}"] if word.startswith(("-", "'-", "{'-", '{"-')) else [name, word]


def _listed(values: Sequence[Any]) -> str:
    """Values as `read_values` reads them back: a range, else a list, else JSON."""
    whole = all(type(value) is int for value in values)
    if whole and len(values) > 2 and list(values) == list(range(values[0], values[-1] + 1)):
        return f"{values[0]}..{values[-1]}"
    plain = ",".join(map(_plain, values))
    if read_values(plain) == tuple(_plain(value) if isinstance(value, tuple) else value for value in values):
        return plain
    return json.dumps(list(values), ensure_ascii=False, default=str)


def _quoted(text: str) -> str:
    """A word of the magic's line whose braces are text."""
    if text.isprintable() and text != "--":
        return shlex.quote(_doubled(text))
    # A line break would end the line, so the text is written as an expression.
    key, equals, value = text.partition("=")
    if equals and key.isprintable():
        return f"{shlex.quote(_doubled(key))}={{{value!r}}}"
    return f"{{{text!r}}}"


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _body(prompt: str, swept: set[str]) -> str:
    """The prompt as a cell's lines. The magic drops empty lines before it and blanks behind it: those become code."""
    inner = prompt.lstrip("\n")
    core = inner.rstrip()
    before, behind = prompt[: len(prompt) - len(inner)], inner[len(core) :]
    # Characters that end a line for Python would be read back as line feeds.
    text = re.sub("[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+", lambda match: _code(match[0]), _doubled(core))
    # IPython removes these from the beginnings of lines: it takes them for the prompts of a pasted session.
    text = _PASTED.sub(lambda match: f"{match[1]}{_code(match[2])}", text)
    for name in swept:
        text = text.replace(f"{{{{{name}}}}}", f"{{{name}}}")
    return f"{_code(before)}{text}{_code(behind)}"


def _code(text: str) -> str:
    """Text as an `{expression}`, which nothing on the way to the magic changes."""
    return f"{{{text!r}}}" if text else ""
