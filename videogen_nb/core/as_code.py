"""A request written down again: as the cell and as the Python that make it."""

from __future__ import annotations

import json
import keyword
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from videogen_nb.core.axes import read_values, variables, written
from videogen_nb.core.image import ImageRef
from videogen_nb.core.option_kinds import PARAMS
from videogen_nb.core.options import OPTIONS, SWEEPABLE
from videogen_nb.core.request import Size, VideoRequest

__all__ = ["cell_text", "options_of", "python_text"]

_PASTED = re.compile(r"^([^\S\n]*)(>>>|\.{3}|(?:\[nav\] |\[ins\] )?In (?=\[\d))", re.M)


def options_of(request: VideoRequest) -> dict[str, Any]:
    """The options that make a request again, under the names of `videogen_nb.generate`, without its prompt."""
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
        axes: What is swept, and its values.
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
            words += _option(option.flags[-1], _quoted(written(value)))
    for axis, values in axes.items():
        words += ["--sweep", _quoted(f"{axis.replace('_', '-') if axis in SWEEPABLE else axis}={_listed(values)}")]
    body = "" if "prompt" in axes else _body(prompt, set(variables(prompt)) & set(axes))
    return f"{' '.join(words)}\n{body}"


def python_text(prompt: str, options: Mapping[str, Any], axes: Mapping[str, Sequence[Any]] | None = None) -> str:
    """The same as a call.

    >>> print(python_text("a paper boat", {"seed": 7}))
    import videogen_nb as vg
    <BLANKLINE>
    job = vg.generate(
        'a paper boat',
        seed=7,
    )
    """
    axes = axes or {}
    given: dict[str, Any] = {name: _sized(value) for name, value in options.items()}
    given |= {name: [*map(_sized, values)] for name, values in axes.items()}
    prompts = given.pop("prompt", prompt)
    named = {name: value for name, value in given.items() if name.isidentifier() and not keyword.iskeyword(name)}
    lines = [repr(prompts), *(f"{name}={dict(each) if name == 'params' else each!r}" for name, each in named.items())]
    if rest := {name: value for name, value in given.items() if name not in named}:
        lines.append(f"**{rest!r}")
    call = "sweep = vg.sweep" if axes else "job = vg.generate"
    return "\n".join(["import videogen_nb as vg", "", f"{call}(", *(f"    {line}," for line in lines), ")"])


def _field(key: str, value: Any) -> str:
    """A provider's own field and its value."""
    text = json.dumps(value, ensure_ascii=False)
    if "=" not in key and f"{key}{text}".isprintable():
        return _quoted(f"{key}={text}")
    # A name that holds what ends a name is written as the expression that makes it.
    name = f"{{{key!r}}}".replace("=", r"\x3d") if "=" in key else _quoted(key)
    # What an expression gives is taken as it is, and not read as JSON once more.
    return f"{name}={shlex.quote(_doubled(text))}" if text.isprintable() else f"{name}={{ {value!r} }}"


def _sized(value: Any) -> Any:
    return str(value) if isinstance(value, Size) else value


def _plain(value: Any) -> str:
    return written(value) if not isinstance(value, float) else float.__repr__(value)


def _option(name: str, word: str) -> list[str]:
    """An option and its value, held together where the value would be taken for another option."""
    return [f"{name}={word}"] if word.startswith(("-", "'-", "{'-", '{"-')) else [name, word]


def _listed(values: Sequence[Any]) -> str:
    """Values as `read_values` reads them back: a range, a plain list, or JSON where neither would do."""
    whole = all(type(each) is int for each in values)
    if whole and len(values) > 2 and list(values) == list(range(values[0], values[-1] + 1)):
        return f"{values[0]}..{values[-1]}"
    plain = ",".join(map(_plain, values))
    if read_values(plain) == tuple(_plain(each) if isinstance(each, tuple) else each for each in values):
        return plain
    return json.dumps(list(values), ensure_ascii=False, default=str)


def _quoted(text: str) -> str:
    """A word of the magic's line, whose braces are text."""
    if text.isprintable() and text != "--":
        return shlex.quote(_doubled(text))
    # A line break would end the line: the text is written as the expression that makes it.
    key, equals, value = text.partition("=")
    if equals and key.isprintable():
        return f"{shlex.quote(_doubled(key))}={{{value!r}}}"
    return f"{{{text!r}}}"


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _body(prompt: str, swept: set[str]) -> str:
    """The prompt as a cell's lines, of which the magic drops the empty ones before and the blanks behind."""
    inner = prompt.lstrip("\n")
    core = inner.rstrip()
    before, behind = prompt[: len(prompt) - len(inner)], inner[len(core) :]
    # What ends a line for Python, but is no line feed, would be read back as one.
    text = re.sub("[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+", lambda found: _code(found[0]), _doubled(core))
    # IPython takes these for a shell's prompts, and a copied cell for one that was pasted with them.
    text = _PASTED.sub(lambda found: f"{found[1]}{_code(found[2])}", text)
    for name in swept:
        text = text.replace(f"{{{{{name}}}}}", f"{{{name}}}")
    return f"{_code(before)}{text}{_code(behind)}"


def _code(blanks: str) -> str:
    return f"{{{blanks!r}}}" if blanks else ""
