"""The form of a panel: a field for each option, and the lines and buttons under them."""

from __future__ import annotations

import html
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets

from videogen_nb.core.option_kinds import IMAGE, TEXT
from videogen_nb.core.options import OPTIONS, Option, form_order
from videogen_nb.core.request import MAX_SEED
from videogen_nb.text import plain
from videogen_nb.widgets.form_field import Field, close_tree, icon
from videogen_nb.widgets.form_limits import Limit
from videogen_nb.widgets.image_field import ImageField

__all__ = ["Form"]

_ADVANCED = [name for name, option in OPTIONS.items() if option.advanced]


class Form(ipywidgets.VBox):  # type: ignore[misc]
    """The left side of a panel: the options, a line on what they would do, and the button Generate.

    Args:
        changed: Called when a field's value, values or problem changes, as an observer.

    Attributes:
        parts: The field of each option.
        variables: Fields of what is swept and is no option: the prompt's variables.
        generate: The button that submits.
        done: The button that ends the form.
    """

    def __init__(self, changed: Callable[[Any], object]) -> None:
        self._changed = changed
        self.parts = {option.name: self._watched(_field(option)) for option in form_order()}
        self.variables: dict[str, Field] = {}
        # Fields of all variables there ever were: one that is typed again has its values back.
        self._known_variables: dict[str, Field] = {}
        self._remarks, self._line, self._error = _line("vgn-line"), _line("vgn-line"), _line("vgn-field-error")
        self._swept = ipywidgets.VBox()
        self._more = ipywidgets.Accordion(
            children=[ipywidgets.VBox([self.parts[name] for name in _ADVANCED])], titles=("More",)
        )
        self.generate = ipywidgets.Button(description="Generate", button_style="primary", layout={"width": "auto"})
        self.generate.add_class("vgn-generate")
        self.done = ipywidgets.Button(
            description="Done",
            tooltip="Replace the panel by its clips, which need no kernel",
            layout={"width": "auto", "align_self": "flex-end"},
        )
        self.done.add_class("vgn-done")
        basic = [field for name, field in self.parts.items() if name not in ("prompt", *_ADVANCED)]
        super().__init__(
            children=[
                self.parts["prompt"],
                self._swept,
                *basic,
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
        self,
        limits: Mapping[str, Limit],
        provider_labels: Mapping[str | None, str],
        model_labels: Mapping[str | None, str],
    ) -> list[str]:
        """Show the fields that the chosen models take, with their limits.

        Args:
            limits: The options that the models take. An option that no wire needs a place for is always shown.
            provider_labels: What people read for each provider; None is the one that is chosen for them.
            model_labels: The same for models; other names may be typed in.

        Returns:
            What was changed, a sentence each.
        """
        self.parts["provider"].fit(Limit(tuple(filter(None, provider_labels))), provider_labels)
        self.parts["model"].fit(Limit(tuple(filter(None, model_labels))), model_labels, others=True)
        changes = [field.fit(limits.get(name)) for name, field in self.parts.items() if OPTIONS[name].wire]
        return list(filter(None, changes))

    def sweep(self, names: Sequence[str]) -> list[Field]:
        """Show a field for each of these variables.

        Returns:
            The fields that were not shown before.
        """
        added = [name for name in names if name not in self.variables]
        for name in added:
            if name not in self._known_variables:
                text = f"{{{name}}}" if name.isidentifier() else name
                field = Field(name, text, kind=TEXT, several=None, hint="one value, or several: cat, owl")
                self._known_variables[name] = self._watched(field)
        self.variables = {name: self._known_variables[name] for name in names}
        self._swept.children = tuple(self.variables.values())
        return [self.variables[name] for name in added]

    def _watched(self, field: Field) -> Field:
        field.observe(self._changed, ["value", "values", "problem"])
        return field

    def say(self, line: str = "", error: str = "") -> None:
        """Show what the request would do, and an error in it that belongs to no single field."""
        _put(self._line, line)
        _put(self._error, error, role="alert")

    def remark(self, sentences: Sequence[str]) -> None:
        """Show what the form itself has changed or leaves out."""
        _put(self._remarks, " ".join(sentences))

    def sum_up(self) -> None:
        """List what is set under "More" in its title, which is all of it that a closed one shows."""
        summaries = ", ".join(filter(None, (self.parts[name].summary for name in _ADVANCED)))
        title = f"More: {summaries}" if summaries else "More"
        if self._more.titles != (title,):
            self._more.titles = (title,)

    def reveal(self, name: str) -> None:
        """Open "More" if this field is in it."""
        if name in _ADVANCED:
            self._more.selected_index = 0

    def close(self) -> None:
        """Close all widgets, also those that are not shown now."""
        for field in (*self.parts.values(), *self._known_variables.values()):
            field.close()
        for widget in (self._swept, self._more, self._remarks, self._line, self._error, self.generate, self.done):
            close_tree(widget)
        self.layout.close()
        super().close()


def _field(option: Option) -> Field:
    if option.kind is IMAGE:
        return ImageField(option.name, option.label, hint=option.hint)
    field = Field(
        option.name,
        option.label,
        kind=option.kind,
        default=option.default,
        several=option.several,
        rows=option.rows,
        hint=option.hint,
        unit=option.unit,
    )
    if option.name == "seed":
        draw, clear = icon("random", "Draw a seed"), icon("times", "No seed: the provider draws one")
        draw.on_click(lambda _: setattr(field, "value", secrets.randbelow(MAX_SEED + 1)))
        clear.on_click(lambda _: setattr(field, "value", None))
        field.add_buttons(draw, clear)
    return field


def _line(css_class: str) -> Any:
    line = ipywidgets.HTML()
    line.add_class(css_class)
    return line


def _put(widget: Any, text: str, role: str = "status") -> None:
    """Show text, escaped: prompts, names and errors are data."""
    value = f'<div role="{role}" dir="auto">{html.escape(plain(text))}</div>' if text else ""
    if widget.value != value:
        widget.value = value
    widget.layout.display = None if text else "none"
