"""The state of a panel's form, as traits that are tied to its controls both ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import ipywidgets
import traitlets

from videogen_nb.core.as_code import cell_text, python_text
from videogen_nb.core.axes import axis_name, label, variables
from videogen_nb.core.option_kinds import TEXT
from videogen_nb.core.options import OPTIONS, Option
from videogen_nb.widgets.form import Form
from videogen_nb.widgets.form_choices import Choices
from videogen_nb.widgets.form_field import LOCK, Field
from videogen_nb.widgets.image_field import ImageField

__all__ = ["KEYWORDS", "FormState", "check"]

KEYWORDS = tuple(name for name in OPTIONS if name != "prompt")
_TARGET = ("provider", "model")  # the options that the limits of the others depend on


def _trait(option: Option) -> Any:
    # Not a number trait: what was typed and is no number must reach the request's check, whose error the field shows.
    trait: Any = traitlets.Unicode if option.kind is TEXT else traitlets.Any
    return trait(option.default, allow_none=option.default is None)


class FormState(ipywidgets.VBox):  # type: ignore[misc]
    """A form whose values are traits; `Panel` documents them.

    Args:
        results: The widget beside the form.
    """

    # A class's namespace is a plain dict while its body runs, so each option becomes a trait like those below it.
    locals().update({name: _trait(option) for name, option in OPTIONS.items()})
    max_cost = traitlets.Float(None, allow_none=True)
    axes = traitlets.Dict()
    _open = False

    def __init__(self, results: Any) -> None:
        self._batch_depth = 0
        self._changes: list[str] = []  # what the form changed at the last choice of provider and model
        self._target: object = None
        self._form = Form(self._field_changed)
        self._choices = Choices(self._refit)
        super().__init__(
            children=[self._form, results],
            layout=ipywidgets.Layout(flex_flow="row wrap", align_items="flex-start", grid_gap="16px 24px"),
        )
        self.add_class("vgn-panel")
        self.observe(self._option_changed, [*OPTIONS])
        self.observe(self._axes_set, "axes")
        self._open = True
        self._refit()
        self._choices.refresh()

    @property
    def fields(self) -> dict[str, Any]:
        """The standard control that shows each option and each variable of the prompt now."""
        return {name: field.control for name, field in self._parts.items()}

    def options(self) -> dict[str, Any]:
        """The options that are sent: those set to one value, which the chosen model takes."""
        parts = self._form.parts
        single = [name for name in KEYWORDS if parts[name].values is None and name not in self.axes]
        return {name: getattr(self, name) for name in single if parts[name].taken and self._is_set(name)}

    def swept(self) -> dict[str, tuple[Any, ...]]:
        """The swept parameters that are sent: variables, and options that the chosen model takes."""
        parts = self._form.parts
        return {name: values for name, values in self.axes.items() if name not in parts or parts[name].taken}

    def cell(self) -> str:
        """A ``%%videogen`` cell that makes the same request."""
        return cell_text(self.prompt, self._nameable(), self.swept())

    def python(self) -> str:
        """A call that makes the same request."""
        return python_text(self.prompt, self._nameable(), self.swept())

    def fill(
        self,
        prompt: str = "",
        options: Mapping[str, Any] | None = None,
        axes: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        """Set everything. Options that are not given go back to their defaults.

        Raises:
            TypeError: There is no such option.
        """
        given = dict(options or {})
        check(given, KEYWORDS, type(self).__name__)
        with self._batch():
            self._target = None
            self.axes = {}
            for name in KEYWORDS:
                value = given.get(name)
                setattr(self, name, OPTIONS[name].default if value is None else value)
                self._form.parts[name].values = None
            self.prompt = prompt
            self.axes = dict(axes or {})

    def close(self) -> None:
        """Close the form and all in it; may be called again, as widgets do when they are collected."""
        if self._open:
            self._open = False
            self._choices.close()
            self._form.close()
            self.layout.close()
        super().close()

    # -- between traits and fields --------------------------------------------------------

    @property
    def _parts(self) -> dict[str, Field]:
        return {**self._form.parts, **self._form.variables}

    def _field_changed(self, change: Any) -> None:
        field, name = change["owner"], change["owner"].name
        if change["name"] == "values":
            self._take_values(field)
        elif change["name"] == "value" and field.several is not None and getattr(self, name) is not field.value:
            setattr(self, name, field.value)
        self._report_change()

    def _take_values(self, field: Field) -> None:
        """Make a field's values an axis. A new axis goes last, since their order is that of rows and columns."""
        others = {name: values for name, values in self.axes.items() if name != field.name}
        if not field.values:
            self.axes = others
        elif field.name in self.axes:
            self.axes = {**self.axes, field.name: field.values}
        else:
            self.axes = {**others, field.name: field.values}

    def _option_changed(self, change: Any) -> None:
        name, field = change["name"], self._form.parts[change["name"]]
        with LOCK:
            if field.value is not change["new"]:
                field.values = None
                field.value = change["new"]
            if name == "prompt":
                removed = {*variables(change["old"])} - {*variables(change["new"])}
                self._show_variables(without=removed)
                self.axes = {axis: values for axis, values in self.axes.items() if axis not in removed}
            elif name in _TARGET:
                self._refit()
            self._report_change()

    def _axes_set(self, change: Any) -> None:
        with LOCK:
            for name, field in self._form.parts.items():
                if field.several and (self.axes.get(name) or field.values):
                    field.values = self.axes.get(name)
            self._show_variables()
            for name, field in self._form.variables.items():
                field.values = self.axes.get(name, ())
            if any(change["old"].get(name) != self.axes.get(name) for name in _TARGET):
                self._refit()
            self._report_change()

    @traitlets.validate("axes")
    def _normal_axes(self, proposal: Any) -> dict[str, tuple[Any, ...]]:
        return {
            axis_name(name): (values,) if isinstance(values, str) else tuple(values)
            for name, values in proposal["value"].items()
        }

    def _show_variables(self, without: Iterable[str] = ()) -> None:
        """Show a field for each variable of the prompt, and for each axis that no option's field can show."""
        parts = self._form.parts
        others = [name for name in self.axes if name not in without and not (name in parts and parts[name].several)]
        for field in self._form.sweep(list(dict.fromkeys([*variables(self.prompt), *others]))):
            if field.values and field.name not in self.axes:  # a variable that was typed again
                self._take_values(field)

    def _refit(self) -> None:
        """Give the fields the limits of the chosen providers and models."""
        with LOCK:
            if self._batch_depth:
                return
            providers = self.axes.get("provider") or (self.provider,)
            models = self.axes.get("model") or (self.model,)
            limits = self._choices.limits(providers, models)
            provider = providers[0] if len(providers) == 1 else None
            self._batch_depth += 1
            try:
                provider_labels = self._choices.provider_labels(self.provider)
                changes = self._form.fit(limits, provider_labels, self._choices.model_labels(provider))
            finally:
                self._batch_depth -= 1
            # A model list that arrives fits the same target again: what was changed for it is still to be shown.
            before, self._target = self._target, (providers, models)
            self._changes = [*self._changes, *changes] if before == self._target else changes
            self._changed()

    def _report_change(self) -> None:
        """Follow a change, unless it is one of a batch."""
        if not self._batch_depth:
            self._changed()

    def _changed(self) -> None:
        """Show what the form leaves out or has changed. Called after each change or batch of changes."""
        parts = self._form.parts
        hidden = {
            name: parts[name].text.lower()
            for name in KEYWORDS
            if not parts[name].taken and (self._is_set(name) or name in self.axes)
        }
        unsent = [f"{text} {label(getattr(self, name))}" for name, text in hidden.items() if name not in self.axes]
        unsent += [f"several values of {text}" for name, text in hidden.items() if name in self.axes]
        remark = [f"Not taken here, so not sent: {', '.join(unsent)}."] if unsent else []
        self._form.remark([*self._changes, *remark])
        self._form.sum_up()

    def _is_set(self, name: str) -> bool:
        value, default = getattr(self, name), OPTIONS[name].default
        # Not != alone: a picture may be an array, which compares pixel by pixel.
        return value is not None if default is None else bool(value != default)

    def _nameable(self) -> dict[str, Any]:
        """The options as code can name them: a picture by its path or address."""
        options = self.options()
        for name, field in self._form.parts.items():
            if name in options and isinstance(field, ImageField):
                options[name] = field.source
        return options

    @contextmanager
    def _batch(self) -> Iterator[None]:
        """Make several changes at once: the controls follow when all of them are made."""
        with LOCK:
            self._batch_depth += 1
            try:
                yield
            finally:
                self._batch_depth -= 1
            self._refit()


def check(given: Iterable[str], known: Sequence[str], where: str) -> None:
    """Refuse unknown keywords.

    Raises:
        TypeError: There are some; the message names them.
    """
    if unknown := [name for name in given if name not in known]:
        raise TypeError(f"{where} has no {', '.join(map(repr, unknown))}. It takes {', '.join(known)}.")
