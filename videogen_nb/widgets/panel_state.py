"""What a form holds, as traits that are tied to its controls both ways."""

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
from videogen_nb.widgets.form_choices import Offers
from videogen_nb.widgets.form_field import LOCK, Field
from videogen_nb.widgets.image_field import ImageField

__all__ = ["KEYWORDS", "FormState", "check"]

KEYWORDS = tuple(name for name in OPTIONS if name != "prompt")
_MAKER = ("provider", "model")  # what the limits of the other options depend on


def _trait(option: Option) -> Any:
    # What was typed and is no number stays as it is: the request's own check refuses it, beside the field.
    trait: Any = traitlets.Unicode if option.kind is TEXT else traitlets.Any
    return trait(option.default, allow_none=option.default is None)


class FormState(ipywidgets.VBox):  # type: ignore[misc]
    """A form whose values are traits; `Panel` says what each of them is.

    Args:
        results: What stands beside the form.
    """

    # A class's namespace is a plain dict while its body runs, so each option becomes a trait like those below it.
    locals().update({name: _trait(option) for name, option in OPTIONS.items()})
    max_cost = traitlets.Float(None, allow_none=True)
    axes = traitlets.Dict()
    _open = False

    def __init__(self, results: Any) -> None:
        self._together_now = 0
        self._changes: list[str] = []
        self._choice: object = None
        self._form = Form(self._field_changed)
        self._offers = Offers(self._refit)
        super().__init__(
            children=[self._form, results],
            layout=ipywidgets.Layout(flex_flow="row wrap", align_items="flex-start", grid_gap="16px 24px"),
        )
        self.add_class("vgn-panel")
        self.observe(self._option_changed, [*OPTIONS])
        self.observe(self._axes_set, "axes")
        self._open = True
        self._refit()
        self._offers.look()

    @property
    def fields(self) -> dict[str, Any]:
        """The standard control of each option and of each of the prompt's variables, as they are now."""
        return {name: field.control for name, field in self._parts.items()}

    def options(self) -> dict[str, Any]:
        """The options that are sent: those set to one value that the chosen model takes."""
        parts = self._form.parts
        free = [name for name in KEYWORDS if parts[name].taken and parts[name].values is None and name not in self.axes]
        return {name: getattr(self, name) for name in free if self._is_set(name)}

    def swept(self) -> dict[str, tuple[Any, ...]]:
        """What takes several values and has a place in what the chosen model takes."""
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
        """Set everything; what is not given goes back to its default.

        Raises:
            TypeError: An option has another name.
        """
        given = dict(options or {})
        check(given, KEYWORDS, type(self).__name__)
        with self._together():
            self._choice = None
            self.axes = {}
            for name in KEYWORDS:
                value = given.get(name)
                setattr(self, name, OPTIONS[name].default if value is None else value)
                self._form.parts[name].values = None
            self.prompt = prompt
            self.axes = dict(axes or {})

    def close(self) -> None:
        """Close the form and all in it. A widget closes itself once more when it is collected."""
        if self._open:
            self._open = False
            self._offers.close()
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
        self._change()

    def _take_values(self, field: Field) -> None:
        """A field's values are an axis; a new one comes last, for the order is that of rows and columns."""
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
                gone = {*variables(change["old"])} - {*variables(change["new"])}
                self._show_variables(without=gone)
                self.axes = {each: values for each, values in self.axes.items() if each not in gone}
            elif name in _MAKER:
                self._refit()
            self._change()

    def _axes_set(self, change: Any) -> None:
        with LOCK:
            for name, field in self._form.parts.items():
                if field.several and (self.axes.get(name) or field.values):
                    field.values = self.axes.get(name)
            self._show_variables()
            for name, field in self._form.variables.items():
                field.values = self.axes.get(name, ())
            if any(change["old"].get(name) != self.axes.get(name) for name in _MAKER):
                self._refit()
            self._change()

    @traitlets.validate("axes")
    def _axes_given(self, proposal: Any) -> dict[str, tuple[Any, ...]]:
        given = {}
        for name, values in proposal["value"].items():
            given[axis_name(name)] = (values,) if isinstance(values, str) else tuple(values)
        return given

    def _show_variables(self, without: Iterable[str] = ()) -> None:
        """A field for each of the prompt's variables, and for what is swept and can't be in a field of its own."""
        parts = self._form.parts
        others = [name for name in self.axes if name not in without and not (name in parts and parts[name].several)]
        for field in self._form.sweep(list(dict.fromkeys([*variables(self.prompt), *others]))):
            if field.values and field.name not in self.axes:  # it is back
                self._take_values(field)

    def _refit(self) -> None:
        """The controls are those of the chosen models."""
        with LOCK:
            if self._together_now:
                return
            makers, models = self.axes.get("provider") or (self.provider,), self.axes.get("model") or (self.model,)
            limits = self._offers.limits(makers, models)
            maker = makers[0] if len(makers) == 1 else None
            self._together_now += 1
            try:
                changes = self._form.fit(limits, self._offers.makers(self.provider), self._offers.models(maker))
            finally:
                self._together_now -= 1
            # A list that arrives fits the same choice again: what was said of it holds on.
            before, self._choice = self._choice, (makers, models)
            self._changes = [*self._changes, *changes] if before == self._choice else changes
            self._changed()

    def _change(self) -> None:
        """Something is other than it was, perhaps one of many."""
        if not self._together_now:
            self._changed()

    def _changed(self) -> None:
        """What the form holds is other than it was."""
        parts = self._form.parts
        hidden = [name for name in KEYWORDS if not parts[name].taken and (self._is_set(name) or name in self.axes)]
        told = [f"{parts[name].text.lower()} {label(getattr(self, name))}" for name in hidden if name not in self.axes]
        told += [f"several values of {parts[name].text.lower()}" for name in hidden if name in self.axes]
        left = [f"Not taken here, so not sent: {', '.join(told)}."] if told else []
        self._form.remark([*self._changes, *left])
        self._form.sum_up()

    def _is_set(self, name: str) -> bool:
        value, default = getattr(self, name), OPTIONS[name].default
        # A picture may be an array, which answers != for each pixel.
        return value is not None if default is None else bool(value != default)

    def _nameable(self) -> dict[str, Any]:
        """The options as text can name them: a picture is its path or address."""
        parts = self._form.parts
        return {
            name: field.sendable if isinstance(field := parts[name], ImageField) else value
            for name, value in self.options().items()
        }

    @contextmanager
    def _together(self) -> Iterator[None]:
        """Changes that are one: the controls follow when all are made."""
        with LOCK:
            self._together_now += 1
            try:
                yield
            finally:
                self._together_now -= 1
            self._refit()


def check(given: Iterable[str], known: Sequence[str], where: str) -> None:
    """Refuse a keyword that nothing takes.

    Raises:
        TypeError: Names it.
    """
    if unknown := [name for name in given if name not in known]:
        raise TypeError(f"{where} has no {', '.join(map(repr, unknown))}. It takes {', '.join(known)}.")
