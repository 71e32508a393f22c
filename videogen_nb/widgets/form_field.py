"""One option of a form: the control that suits the values it may take, a switch to several values, and its error."""

from __future__ import annotations

import html
import json
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import ipywidgets
import traitlets

from videogen_nb.core.axes import label, read_values
from videogen_nb.core.option_kinds import NUMBER, WHOLE, Kind
from videogen_nb.errors import RequestError
from videogen_nb.text import plain
from videogen_nb.widgets.form_limits import Limit, pick

__all__ = ["LOCK", "Field", "close_tree", "icon"]

_OTHER = object()
_NONE = ""  # what a Dropdown holds while nothing is chosen: it takes None for "no option"
# A model list that arrives redraws fields on another thread than the page's changes: one change at a time.
LOCK = threading.RLock()
_LABEL_WIDTH = "96px"


class Field(ipywidgets.VBox):  # type: ignore[misc]
    """The controls of one option. A value that is set on it is shown; what is typed becomes its value.

    Args:
        name: The option, or a variable of the prompt.
        text: What people read beside it.
        kind: Reads what was typed; its `RequestError` is shown beside the field.
        default: The value where nothing is chosen.
        several: Whether a switch lets it take several values; None where it takes nothing else.
        rows: Lines of text, where there may be more than one.
        hint: What an empty field says.
        unit: What stands behind a number.

    Attributes:
        value: The value; the default where nothing is chosen.
        values: Several values in place of one, perhaps none yet; None where it takes one.
        problem: Why what was typed can't be read, so that `value` is still the one before; "" if it can.
        error: Why its value can't be sent; "" if nothing is known against it.
        control: The standard widget that shows it now; new limits can replace it.
        limit: See `fit`.
    """

    value = traitlets.Any(None)
    values = traitlets.Any(None)
    problem = traitlets.Unicode("")
    error = traitlets.Unicode("")
    control = traitlets.Any(None)

    def __init__(
        self,
        name: str,
        text: str,
        *,
        kind: Kind,
        default: Any = None,
        several: bool | None = False,
        rows: int = 1,
        hint: str = "",
        unit: str = "",
    ) -> None:
        self.name, self.text, self.default, self.several = name, text, default, several
        self.limit, self.labels, self._others = Limit(), {None: "default"}, False
        self._kind, self._rows, self._hint, self._unit = kind, rows, hint, unit
        self._quiet = False
        self._controls: dict[str, Any] = {}
        self._buttons: tuple[Any, ...] = ()
        self._switch = icon("list-ul", f"Several values of {text.lower()}: one job each", ipywidgets.ToggleButton)
        self._row = ipywidgets.HBox()
        self._complaint = ipywidgets.HTML()
        self._complaint.add_class("vgn-field-error")
        super().__init__(children=[self._row, self._complaint])
        self.add_class("vgn-field")
        self.value, self.values = default, () if several is None else None
        self._switch.observe(self._switched, "value")
        self.observe(self._draw, ["value", "values"])
        self.observe(self._complain, "error")
        self._complain()
        self._draw()

    # -- from outside ---------------------------------------------------------------------

    def fit(self, limit: Limit | None, labels: Mapping[Any, str] | None = None, *, others: bool = False) -> str:
        """Take on the limits of other models. A value outside them goes back to the default.

        Args:
            limit: What may be chosen; None hides the field, which keeps its value for later.
            labels: What people read in place of a value, and of None, which is the default.
            others: Whether any other value may be typed in too.

        Returns:
            One sentence on what was changed; "" if nothing was.
        """
        self.layout.display = "none" if limit is None else None
        if limit is None:
            return ""
        self.limit, self.labels, self._others = limit, {None: "default", **(labels or {})}, others
        lost: list[Any] = []
        if limit.values is not None and not others:
            if self.values is not None:
                lost = [value for value in self.values if pick(value, limit.values) is None]
                self.values = tuple(value for value in self.values if value not in lost)
            elif self.value != self.default and pick(self.value, limit.values) is None:
                lost = [self.value]
                self.value = self.default
        self._draw()
        return f"{self.text} {', '.join(map(label, lost))} is not offered here: back to the default." if lost else ""

    def add_buttons(self, *buttons: Any) -> None:
        """Put buttons behind the control; they are hidden while it takes several values."""
        self._buttons = buttons
        self._draw()

    @property
    def taken(self) -> bool:
        """Whether the chosen models take it."""
        return bool(self.layout.display != "none")

    @property
    def summary(self) -> str:
        """What it is set to, in a few words; "" where that is the default, or it is not taken."""
        values = (self.value,) if self.values is None and self.value != self.default else self.values or ()
        words = " ".join(", ".join(map(_as_typed, values)).split())
        return f"{self.text.lower()} {textwrap.shorten(words, 28, placeholder=' …')}" if words and self.taken else ""

    def close(self) -> None:
        """Close all controls that it ever showed."""
        for widget in (*self._controls.values(), self._switch, *self._buttons, self._complaint, self._row):
            close_tree(widget)
        self.layout.close()
        super().close()

    # -- drawing --------------------------------------------------------------------------

    def _draw(self, _: Any = None) -> None:
        with self._quietly():
            several = self.values is not None
            self._switch.value = several
            control = self._several() if several else self._single()
            row = [control] if several else [control, *self._buttons]
            self._row.children = [*row, self._switch] if self.several else row
            self.children = [self._row, self._complaint]
            self.control = control

    def _single(self) -> Any:
        if self.limit.values is not None:
            return self._dropdown()
        if self._kind is WHOLE and self.default is not None:  # there is always a number
            control = self._control("number", ipywidgets.BoundedIntText)
            control.max, control.min = int(self.limit.most or control.max), int(self.limit.least or 1)
            with suppress(traitlets.TraitError):  # the request's own check refuses what is not a number
                control.value = self.value
            return control
        widget = ipywidgets.Textarea if self._rows > 1 else ipywidgets.Text
        control = self._control("text", widget, continuous_update=self.name == "prompt")
        if self._rows > 1:
            control.rows = self._rows
        control.placeholder = self.limit.hint or self._hint
        if not self._holds(control):
            control.value, self.problem = _as_typed(self.value), ""
        return control

    def _dropdown(self) -> Any:
        values = [*(self.limit.values or ())]
        chosen = _NONE if self.value == self.default else pick(self.value, values)
        if chosen is None:
            values.append(chosen := self.value)
        control = self._control("choice", ipywidgets.Dropdown)
        options = [(self.labels[None], _NONE), *((self._label(value), value) for value in values)]
        options += [("other…", _OTHER)] if self._others else []
        if list(control.options) != options:
            control.options = options
        control.value = chosen
        return control

    def _several(self) -> Any:
        values = self.values or ()
        if self.limit.values is not None:
            known = {label(value): value for value in (*self.limit.values, *values)}
            control = self._control("many", ipywidgets.SelectMultiple)
            control.description = f"{self.text} (Ctrl or ⌘ click)"
            control.rows = min(max(len(known), 2), 6)  # one row would be drawn as a menu
            options = [(self._label(value), name) for name, value in known.items()]
            if list(control.options) != options:
                control.options = options
            control.value = tuple(map(label, values))
            return control
        control = self._control("list", ipywidgets.Text, continuous_update=False)
        control.placeholder = "7, 9 or 1..4" if self._kind in (NUMBER, WHOLE) else "one, another"
        with suppress(RequestError):
            if read_values(control.value) == tuple(values):
                return control
        control.value = ", ".join(label(value).replace(",", "\\,") for value in values)
        return control

    def _control(self, name: str, widget: Callable[..., Any], **options: Any) -> Any:
        """The control of this name, created when it is first needed."""
        if name not in self._controls:
            self._controls[name] = control = widget(
                description=self.text,
                layout=ipywidgets.Layout(width="auto", flex="1 1 0", min_width="0"),
                style={"description_width": _LABEL_WIDTH},
                **options,
            )
            control.observe(self._typed, "value")
        return self._controls[name]

    def _label(self, value: Any) -> str:
        """What people read in place of a value. Names of models come from a server, so they are made plain."""
        with_unit = f"{value:g} {self._unit}" if self._unit and isinstance(value, (int, float)) else label(value)
        return plain(self.labels.get(value) or with_unit, 80)

    def _complain(self, _: Any = None) -> None:
        self._complaint.value = (
            f'<span role="alert" dir="auto">{html.escape(plain(self.error))}</span>' if self.error else ""
        )
        self._complaint.layout.display = None if self.error else "none"

    # -- from the page --------------------------------------------------------------------

    def _typed(self, change: Any) -> None:
        with LOCK:
            if self._quiet:
                return
            if change["new"] is _OTHER:
                self._ask_for_another()
                return
            self.error = self.problem = ""
            try:
                if self.values is None:
                    self.value = self._value_of(change["new"])
                elif isinstance(change["owner"], ipywidgets.SelectMultiple):
                    known = (*(self.limit.values or ()), *self.values)
                    self.values = tuple(pick(name, known) for name in change["new"])
                else:
                    self.values = read_values(change["new"])
            except RequestError as error:
                self.problem = self.error = str(error)

    def _value_of(self, content: Any) -> Any:
        """The value of a control's content.

        Raises:
            RequestError: It can't be read.
        """
        if not isinstance(content, str):
            return self.default if content is None else content
        # The prompt is passed on as it is typed, blanks and all.
        text = content if self.name == "prompt" else content.strip()
        return self._kind.read(text) if text else self.default

    def _holds(self, control: Any) -> bool:
        """Whether a control's text stands for the value, however it is written."""
        try:
            return bool(self._value_of(control.value) == self.value)
        except RequestError:
            return bool(self.problem)

    def _switched(self, change: Any) -> None:
        with LOCK:
            if self._quiet:
                return
            if change["new"]:
                self.values = () if self.value == self.default else (self.value,)
            else:
                first = self.values[0] if self.values else self.default
                self.values = None
                self.value = first

    def _ask_for_another(self) -> None:
        """Show a text below the choice for a value that is not listed; the choice lists it from then on."""
        with self._quietly():
            text = self._control("other", ipywidgets.Text, continuous_update=False, placeholder="name, then Enter")
            text.description, text.value = "", ""
            self.children = [self._row, text, self._complaint]

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Change controls without taking the changes for typing."""
        with LOCK:
            before, self._quiet = self._quiet, True
            try:
                yield
            finally:
                self._quiet = before


def icon(name: str, text: str, widget: Callable[..., Any] = ipywidgets.Button) -> Any:
    """A button with an icon. Its text is a tooltip and serves screen readers: ``history.css`` hides it."""
    layout = ipywidgets.Layout(width="36px", flex="0 0 36px")
    return widget(icon=name, description=text, tooltip=text, layout=layout)


def close_tree(widget: Any) -> None:
    """Close a widget with its children, its layout and its style: each of them holds a channel to the page."""
    for child in getattr(widget, "children", ()):
        close_tree(child)
    for part in (getattr(widget, "style", None), getattr(widget, "layout", None)):
        if isinstance(part, ipywidgets.Widget):
            part.close()
    widget.close()


def _as_typed(value: Any) -> str:
    """A value as people would type it."""
    if isinstance(value, dict):
        return "\n".join(f"{key}={json.dumps(content, ensure_ascii=False)}" for key, content in value.items())
    return "" if value is None else label(value)
