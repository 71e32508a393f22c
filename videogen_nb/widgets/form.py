"""The form of a panel: its fields in their order, and the lines and buttons under them."""

from __future__ import annotations

import html
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets

from videogen_nb.core.request import MAX_SEED
from videogen_nb.text import plain
from videogen_nb.widgets.form_field import Field, close_tree, icon
from videogen_nb.widgets.form_limits import Limit
from videogen_nb.widgets.image_field import ImageField
from videogen_nb.widgets.parse_input import number, params

__all__ = ["FREE", "Form"]

# Fields of every form; whether the others are shown is the model's to say.
FREE = ("prompt", "provider", "model")
_MORE = ("size", "fps", "negative_prompt", "person_generation", "user", "params")


class Form(ipywidgets.VBox):  # type: ignore[misc]
    """The left side of a panel: what is asked for, what it would be, and Generate.

    Args:
        changed: Called when a field's value, values or problem changes, as an observer.

    Attributes:
        parts: The field of each option.
        variables: Fields of what is swept and has no field of its own: the prompt's variables.
        generate: The button.
        done: The button that ends the form.
    """

    def __init__(self, changed: Callable[[Any], object]) -> None:
        self._changed = changed
        self.parts = {field.name: self._watched(field) for field in (*_fields(), ImageField())}
        self.variables: dict[str, Field] = {}
        self._kept: dict[str, Field] = {}
        self._remarks, self._line, self._error = _line("vgn-line"), _line("vgn-line"), _line("vgn-field-error")
        self._swept = ipywidgets.VBox()
        self._more = ipywidgets.Accordion(
            children=[ipywidgets.VBox([self.parts[name] for name in _MORE])], titles=("More",)
        )
        self.generate = ipywidgets.Button(description="Generate", button_style="primary", layout={"width": "auto"})
        self.generate.add_class("vgn-generate")
        self.done = ipywidgets.Button(
            description="Done",
            tooltip="Replace the panel by its clips, which need no kernel",
            layout={"width": "auto", "align_self": "flex-end"},
        )
        self.done.add_class("vgn-done")
        shown = [self.parts[name] for name in self.parts if name not in (*_MORE, "prompt")]
        super().__init__(
            children=[
                self.parts["prompt"],
                self._swept,
                *shown,
                self._more,
                self._remarks,
                self._line,
                self._error,
                self.generate,
                self.done,
            ],
            layout=ipywidgets.Layout(flex="1 1 300px", min_width="0"),
        )
        self.add_class("vgn-form")
        self.say()
        self.remark(())

    def fit(
        self, limits: Mapping[str, Limit], makers: Mapping[str | None, str], models: Mapping[str | None, str]
    ) -> list[str]:
        """Show the fields that have a place, with their limits.

        Args:
            limits: Of the options that the models in question take.
            makers: Names of providers, with what people read; None is the one that is chosen for them.
            models: Names of models, in the same way; others may be typed in.

        Returns:
            What was changed, a sentence each.
        """
        self.parts["provider"].fit(Limit(tuple(filter(None, makers))), makers)
        self.parts["model"].fit(Limit(tuple(filter(None, models))), models, others=True)
        told = [field.fit(limits.get(name)) for name, field in self.parts.items() if name not in FREE]
        return list(filter(None, told))

    def sweep(self, names: Sequence[str]) -> list[Field]:
        """Show a field for each of these variables; one that comes back has the values that it had.

        Returns:
            Those that are new, or back.
        """
        come = [name for name in names if name not in self.variables]
        for name in come:
            if name not in self._kept:
                hint = "one value, or several: cat, owl"
                text = f"{{{name}}}" if name.isidentifier() else name
                self._kept[name] = self._watched(Field(name, text, several=None, hint=hint))
        self.variables = {name: self._kept[name] for name in names}
        self._swept.children = tuple(self.variables.values())
        return [self.variables[name] for name in come]

    def _watched(self, field: Field) -> Field:
        field.observe(self._changed, ["value", "values", "problem"])
        return field

    def say(self, line: str = "", error: str = "") -> None:
        """What the request would be, and what is wrong with it that belongs to no field."""
        _put(self._line, line)
        _put(self._error, error, role="alert")

    def remark(self, sentences: Sequence[str]) -> None:
        """What the form itself has changed or leaves out."""
        _put(self._remarks, " ".join(sentences))

    def sum_up(self) -> None:
        """Say on the closed part of the form what is set in it."""
        told = ", ".join(filter(None, (self.parts[name].told for name in _MORE)))
        title = f"More: {told}" if told else "More"
        if self._more.titles != (title,):
            self._more.titles = (title,)

    def reveal(self, name: str) -> None:
        """Open the part of the form that this field stands in."""
        if name in _MORE:
            self._more.selected_index = 0

    def close(self) -> None:
        """Close all of it, also what is not shown now."""
        for each in (*self.parts.values(), *self._kept.values()):
            each.close()
        for each in (self._swept, self._more, self._remarks, self._line, self._error, self.generate, self.done):
            close_tree(each)
        self.layout.close()
        super().close()


def _fields() -> list[Field]:
    dice, clear = icon("random", "Draw a seed"), icon("times", "No seed: the provider draws one")
    seed = Field("seed", "Seed", read=number, several=True, hint="random", extras=(dice, clear))
    dice.on_click(lambda _: setattr(seed, "value", secrets.randbelow(MAX_SEED + 1)))
    clear.on_click(lambda _: setattr(seed, "value", None))
    return [
        Field("prompt", "Prompt", default="", rows=4, hint="What to show; {animal} can take several values"),
        Field("provider", "Provider"),
        Field("model", "Model", several=True),
        Field("duration", "Duration", read=number, several=True, hint="seconds"),
        Field("resolution", "Resolution", several=True, hint="such as 720p"),
        Field("aspect_ratio", "Aspect ratio", several=True, hint="such as 16:9"),
        Field("count", "Count", read=number, default=1),
        seed,
        Field("size", "Size", several=True, hint="such as 1280x720"),
        Field("fps", "Frames a second", read=number, several=True, hint="such as 24"),
        Field("negative_prompt", "Not to show", rows=2),
        Field("person_generation", "People", several=True, hint="such as dont_allow"),
        Field("user", "End user"),
        Field("params", "Other fields", read=params, default={}, rows=2, hint="key=value, one a line"),
    ]


def _line(kind: str) -> Any:
    made = ipywidgets.HTML()
    made.add_class(kind)
    return made


def _put(widget: Any, text: str, role: str = "status") -> None:
    """Text, as text: prompts, names and errors are data."""
    value = f'<div role="{role}" dir="auto">{html.escape(plain(text))}</div>' if text else ""
    if widget.value != value:
        widget.value = value
    widget.layout.display = None if text else "none"
