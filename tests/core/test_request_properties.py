"""Requests, sweeps and copied cells: what is written down is read back as it was, and nothing else gets through."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.strategies import BOUNDED, PROVIDERS, json_values, nasty_text
from videogen_nb.core.as_code import cell_text
from videogen_nb.core.axes import MOST_VALUES, fill, read_values, variables
from videogen_nb.core.request import MAX_SEED, VideoRequest
from videogen_nb.errors import RequestError, VideogenError
from videogen_nb.notebook.cell_options import parse
from videogen_nb.text import without_grants

visible = nasty_text.filter(lambda text: bool(text.strip()))
whole_text = visible.filter(lambda text: text.encode("utf-8", "ignore").decode() == text)
param_names = st.from_regex(r"[^\W\d][\w.-]{0,20}", fullmatch=True)
json_objects = st.dictionaries(nasty_text, json_values, max_size=4)
fields = st.fixed_dictionaries(
    {},
    optional={
        "model": visible, "duration": st.one_of(st.integers(1, 60), st.floats(0.1, 60)), "fps": st.integers(1, 240),
        "resolution": st.sampled_from(["480p", "720p", "4k"]), "aspect_ratio": st.sampled_from(["16:9", "9:16", "1:1"]),
        "seed": st.integers(0, MAX_SEED), "count": st.integers(1, 16), "negative_prompt": visible, "user": visible,
        "params": json_objects,
    },
)  # fmt: skip
odd_fields = st.dictionaries(
    st.sampled_from([each for each in VideoRequest.__dataclass_fields__ if each != "prompt"]), json_values
)


@given(prompt=nasty_text, options=fields)
@example(prompt="\ud800", options={})
@example(prompt="x", options={"params": {"a": "\ud800"}})
@example(prompt="x", options={"params": {"a": "https://x.example/a.mp4?sig=1"}})
@BOUNDED
def test_a_request_survives_json(prompt: str, options: dict[str, Any]) -> None:
    """A request that can be made is the same after JSON, has a digest, and can be written on every wire."""
    try:
        request = VideoRequest(prompt, **options)
    except RequestError:
        return
    again = VideoRequest.from_json(json.loads(json.dumps(request.to_json())))
    assert again == replace(request, params=without_grants(request.params))
    assert again.to_json() == request.to_json()
    assert again.digest() == request.digest()
    json.dumps(request.to_json(), ensure_ascii=False).encode()
    for wire in PROVIDERS:
        spec = wire.find_model(wire.default_model or "m")
        assert spec
        try:
            wire.check(request, spec)
            call = wire.submit_call(request, spec)
        except VideogenError:
            continue
        json.dumps(call.json, ensure_ascii=False, allow_nan=False).encode()


@given(prompt=json_values, options=odd_fields)
@BOUNDED
def test_a_request_of_anything_is_refused_or_made(prompt: Any, options: dict[str, Any]) -> None:
    """Values of any kind give a request or a RequestError, and nothing else."""
    with suppress(RequestError):
        VideoRequest.from_json({"prompt": prompt, **options})


@given(
    text=st.one_of(
        nasty_text, st.from_regex(r"-?\d{1,3}\.\.-?\d{1,3}(\.\.-?\d{1,2})?(,-?\d+(\.\d+)?)*", fullmatch=True)
    )
)
@example(text="1..1000000")
@example(text="[" * 100_000)
@example(text="[" + "9" * 5000 + "]")
@BOUNDED
def test_values_are_read_or_refused(text: str) -> None:
    """Any text gives values of the kinds that a cell can hold, no range above the limit, or a RequestError."""
    try:
        values = read_values(text)
    except RequestError:
        return
    assert len(values) <= MOST_VALUES * (text.count(",") + 1)


@given(prompt=nasty_text, values=st.dictionaries(st.sampled_from(["cat", "mood", "{", "x"]), json_values, max_size=3))
@BOUNDED
def test_filling_touches_its_own_names_only(prompt: str, values: dict[str, Any]) -> None:
    """Filling never fails; without values, or with values of other names, the prompt stays as it is."""
    prompt = f"{prompt}{{cat}}{{dog}}"
    filled = fill(prompt, values)
    assert filled.endswith("{dog}")
    assert fill(prompt, {}) == prompt
    assert ("cat" in values) or "{cat}" in filled
    assert "dog" in variables(prompt)


@given(
    prompt=whole_text,
    negative=whole_text,
    params=st.dictionaries(
        param_names,
        st.one_of(whole_text, st.integers(-99, 99), st.booleans()),
        max_size=3,
    ),
    swept=st.lists(st.one_of(whole_text, st.integers(-9, 9)), min_size=1, max_size=3, unique_by=str),
)
@example(prompt="x", negative="https://x.example/a.mp4?sig=1", params={}, swept=["https://x.example/a.mp4?sig=1"])
@BOUNDED
def test_a_copied_cell_makes_the_same_request(
    prompt: str, negative: str, params: dict[str, Any], swept: list[Any]
) -> None:
    """The cell that is written for any prompt, options and sweep is read back by the magic as they were."""
    options = {"negative_prompt": negative, **({"params": params} if params else {})}
    axes = {"user": tuple(swept)}
    first, _, body = cell_text(prompt, options, axes).partition("\n")
    assert len(first.splitlines()) == 1
    cell = parse(first.removeprefix("%%videogen").strip(), body, {})
    assert cell.prompt == prompt
    assert dict(cell.options) == options
    assert {name: tuple(values) for name, values in cell.axes.items()} == axes
