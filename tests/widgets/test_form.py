"""The controls of a form: which there are, which values they take, and what is typed into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np
import pytest

from tests.widgets.forms import until
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.providers.registry import provider
from videogen_nb.widgets.form_limits import Limit, Target, limits_of
from videogen_nb.widgets.panel import Panel

Make = Callable[..., Panel]


def values(panel: Panel, name: str) -> list[Any]:
    """What a Dropdown of the form offers, but for its default."""
    return [value for _, value in panel.fields[name].options][1:]


def test_a_model_has_only_the_controls_that_it_takes(panel: Make) -> None:
    """Seedance takes a seed and its own ratios, no frame rate and one clip a request; Kling the other way round."""
    form = panel(provider="infinityblue", model="doubao-seedance-2-0-260128")
    parts = form._form.parts
    taken = {name for name, field in parts.items() if field.taken}
    assert {"seed", "duration", "image", "params"} <= taken
    assert not {"fps", "count", "user", "negative_prompt", "person_generation"} & taken
    assert values(form, "aspect_ratio") == ["21:9", "16:9", "4:3", "1:1", "3:4", "9:16"]
    assert form.fields["duration"].placeholder == "4 to 15"
    form.model = "kling-v2-5-turbo"
    assert parts["fps"].taken
    assert values(form, "aspect_ratio") == ["16:9", "9:16", "1:1"]
    assert isinstance(form.fields["resolution"], ipywidgets.Text), "not known, so free"


def test_several_models_share_what_all_of_them_take() -> None:
    """The values are those that all take, the bounds the narrower ones, and what one has no place for is gone."""
    infery, blue = provider("infery"), provider("infinityblue")
    one = ModelSpec("a", "infery", durations=(4, 8), max_count=4, resolutions=("720p", "1080p"), image=True)
    other = ModelSpec("b", "infinityblue", max_duration=6, resolutions=("1080p", "480p"), image=False)
    found = limits_of([Target(infery, one), Target(blue, other)])
    assert found["duration"] == Limit((4, 8), None, 6)
    assert found["resolution"].values == ("1080p",)
    assert not {"image", "count", "seed"} & {*found}


def test_every_control_is_a_standard_widget(panel: Make) -> None:
    """So that it can be linked, restyled and put elsewhere."""
    for control in panel("a {cat}", provider="infery").fields.values():
        assert type(control).__module__.startswith("ipywidgets.")


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("prompt", " a boat\n", " a boat\n"),
        ("duration", "2.5", 2.5),
        ("duration", "four", "four"),
        ("seed", " 7 ", 7),
        ("size", "640x360", "640x360"),
        ("negative_prompt", "rain", "rain"),
        ("params", 'a=1\nb="x"\nc=y z', {"a": 1, "b": "x", "c": "y z"}),
        ("count", 3, 3),
        ("provider", "local", "local"),
        ("model", "veo-3-1", "veo-3-1"),
        ("image", "cat.png", "cat.png"),
    ],
)
def test_what_is_typed_is_the_value_and_the_other_way_round(panel: Make, name: str, typed: Any, value: Any) -> None:
    """A control and its trait say the same, whichever was set."""
    form, other = panel(), panel()
    form.fields[name].value = typed
    assert getattr(form, name) == value
    setattr(other, name, value)
    again = other.fields[name].value
    form.fields[name].value = again
    assert getattr(form, name) == value
    if isinstance(typed, str) and name != "image":
        form.fields[name].value = ""
        assert getattr(form, name) in (None, "", {})


def test_a_value_that_another_model_has_not_goes_back_to_the_default(panel: Make) -> None:
    """And a line says so; what it has no place for at all is kept, and not sent."""
    form = panel(provider="infinityblue", model="doubao-seedance-2-0-260128", aspect_ratio="21:9", seed=5)
    assert form.options()["aspect_ratio"] == "21:9"
    form.model = "kling-v2-5-turbo"
    assert form.aspect_ratio is None
    assert "Aspect ratio 21:9 is not offered here" in form._form._remarks.value
    form.provider, form.model = "infery", "veo-3-1"
    assert "seed" not in form.options()
    assert "not sent: seed 5" in form._form._remarks.value
    form.provider = "local"
    assert form.options()["seed"] == 5
    assert not form._form._remarks.value


def test_a_switch_takes_several_values(panel: Make) -> None:
    """The value so far is the first of them; off again, it is the only one."""
    form = panel("a boat", seed=3, model="veo-3-1")
    seed, model = form._form.parts["seed"], form._form.parts["model"]
    seed._switch.value = True
    assert form.axes == {"seed": (3,)}
    form.fields["seed"].value = "1..3, 9"
    assert form.axes == {"seed": (1, 2, 3, 9)}
    assert "seed" not in form.options()
    model._switch.value = True
    form.fields["model"].value = ("veo-3-1", "veo-3-1-fast")
    assert form.axes == {"seed": (1, 2, 3, 9), "model": ("veo-3-1", "veo-3-1-fast")}
    seed._switch.value = False
    assert form.axes == {"model": ("veo-3-1", "veo-3-1-fast")}
    assert form.seed == 1
    form.axes = {"duration": [1, 2]}
    assert form.fields["duration"].value == "1, 2"
    assert model.values is None
    form.duration = 2
    assert form.axes == {}


def test_the_closed_part_says_what_is_set_in_it(panel: Make) -> None:
    """And opens where an error stands in it; what the model does not take is told of elsewhere."""
    form = panel("a boat", size="640x360", fps=12, params={"style": "ink", "note": "x" * 80})
    more = form._form._more
    assert more.titles[0].startswith("More: size 640x360, frames a second 12, other fields")
    assert len(more.titles[0]) < 120
    form.axes = {"size": ("64x64", "96x54")}
    assert "size 64x64, 96x54" in more.titles[0]
    opened = [more.selected_index]
    form.fps = -1
    until(form, lambda: bool(form._form.parts["fps"].error))
    assert [*opened, more.selected_index] == [None, 0]
    form.fill("a boat")
    assert more.titles == ("More",)


def test_the_prompts_variables_have_a_field_each(panel: Make) -> None:
    """They come as they are typed, and one that comes back has its values."""
    form = panel("a {animal} in the {weather}")
    form.fields["animal"].value = "cat, owl"
    form.fields["weather"].value = "rain"
    assert form.axes == {"animal": ("cat", "owl"), "weather": ("rain",)}
    form.prompt = "a {animal"
    assert form.axes == {}
    assert "animal" not in form.fields
    form.fields["prompt"].value = "a {animal}"
    assert form.axes == {"animal": ("cat", "owl")}
    assert form.fields["animal"].value == "cat, owl"


def test_what_is_swept_and_has_no_field_gets_one(panel: Make) -> None:
    """Nothing is swept that nobody sees."""
    form = panel("a boat", axes={"param.cfg": [1, 2], "negative-prompt": ["rain, snow", "fog"]})
    assert form.fields["param.cfg"].value == "1, 2"
    assert form.axes["negative_prompt"] == ("rain, snow", "fog")
    form.fields["negative_prompt"].value = "rain\\, snow, hail"
    assert form.axes["negative_prompt"] == ("rain, snow", "hail")


def test_any_model_name_can_be_typed(panel: Make) -> None:
    """Behind “other…” a name is typed, and is then among the choices."""
    form = panel()
    choice = form.fields["model"]
    choice.value = choice.options[-1][1]
    assert form.options() == {}
    text = form._form.parts["model"].children[1]
    text.value = "brand-new-1"
    assert form.model == "brand-new-1"
    assert form.fields["model"].value == "brand-new-1"


def test_the_dice_draws_a_seed(panel: Make) -> None:
    """And the button beside it takes it away."""
    form = panel()
    dice, clear = form._form.parts["seed"]._buttons
    dice.click()
    assert 0 <= form.seed < 2**32
    assert form.fields["seed"].value == str(form.seed)
    clear.click()
    assert form.seed is None


def test_an_array_is_an_image(panel: Make) -> None:
    """Values that answer == for each pixel pass through."""
    form = panel("a boat")
    form.image = np.zeros((36, 64, 3), np.uint8)
    form.image = np.ones((36, 64, 3), np.uint8)
    until(form, lambda: bool(form.plan_line))
    assert form.options()["image"] is form.image
    assert ".png" in form.cell()


def test_hostile_text_stays_text(panel: Make) -> None:
    """A name or an error is not HTML."""
    form = panel("a boat", provider="<img src=x onerror=alert(1)>")
    until(form, lambda: "<img" in form.error)
    shown = [each.value for each in (form._form._error, form._form.parts["provider"]._complaint)]
    assert not any("<img" in value for value in shown)
    assert any("&lt;img" in value for value in shown)


def test_a_list_that_arrives_leaves_the_line(panel: Make) -> None:
    """What was changed at the last choice of a model is said until the next."""
    form = panel(provider="infinityblue", model="doubao-seedance-2-0-260128", aspect_ratio="21:9")
    form.model = "kling-v2-5-turbo"
    form._refit()
    assert "Aspect ratio 21:9 is not offered here" in form._form._remarks.value
    form.model = "veo_3_1"
    assert not form._form._remarks.value
