"""One option of a form: the control that suits the values it may take, a switch to several values, and its error."""

from __future__ import annotations

import html
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import ipywidgets
import traitlets

from videogen_nb.core.axes import label, read_values
from videogen_nb.errors import RequestError
from videogen_nb.text import plain
from videogen_nb.widgets.form_limits import Limit, pick
from videogen_nb.widgets.parse_input import number, shown

__all__ = ["LOCK", "Field", "close_tree", "icon"]

_OTHER = object()
_NONE = ""  # what a Dropdown holds while nothing is chosen: for it None is no option at all
# A list that arrives redraws fields beside the threads that changes come on: one change at a time.
LOCK = threading.RLock()
_LABEL_WIDTH = "96px"


class Field(ipywidgets.VBox):  # type: ignore[misc]
    """The controls of one option. What is set on it is shown, what is typed is set on it.

    Args:
        name: The option, or a variable of the prompt.
        text: What people read beside it.
        read: Makes the value of what was typed; its `RequestError` stands beside the field.
        default: The value that stands for nothing chosen.
        several: Whether a switch lets it take several values; None where it takes nothing else.
        rows: Lines of text, where there may be more than one.
        hint: What an empty field says.
        extras: Buttons of its own.

    Attributes:
        value: The value; the default where nothing is chosen.
        values: Several values in place of one, perhaps none yet; None where it takes one.
        problem: Why what was typed can't be read, so that `value` is still the one before; "" if it can.
        error: Why what it holds can't be sent; "" if nothing is known against it.
        control: The standard widget that shows it now; another one after other limits.
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
        read: Callable[[str], Any] = str,
        default: Any = None,
        several: bool | None = False,
        rows: int = 1,
        hint: str = "",
        extras: Sequence[Any] = (),
    ) -> None:
        self.name, self.text, self.default, self.several = name, text, default, several
        self.limit, self.names, self._others = Limit(), {None: "default"}, False
        self._read, self._rows, self._hint = read, rows, hint
        self._quiet = False
        self._made: dict[str, Any] = {}
        self._extras = tuple(extras)
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

    def fit(self, limit: Limit | None, names: Mapping[Any, str] | None = None, *, others: bool = False) -> str:
        """Take on the limits of other models; what is not one of their values goes back to the default.

        Args:
            limit: What may be chosen; None hides the field, which keeps its value for later.
            names: What people read in place of a value, and of None, which is the default.
            others: Whether any other value may be typed in too.

        Returns:
            One sentence on what was changed; "" if nothing was.
        """
        self.layout.display = "none" if limit is None else None
        if limit is None:
            return ""
        self.limit, self.names, self._others = limit, {None: "default", **(names or {})}, others
        lost: list[Any] = []
        if limit.values is not None and not others:
            if self.values is not None:
                lost = [each for each in self.values if pick(each, limit.values) is None]
                self.values = tuple(each for each in self.values if each not in lost)
            elif self.value != self.default and pick(self.value, limit.values) is None:
                lost = [self.value]
                self.value = self.default
        self._draw()
        told = ", ".join(map(label, lost))
        return f"{self.text} {told} is not offered here: back to the default." if lost else ""

    @property
    def taken(self) -> bool:
        """Whether the models in question take it."""
        return bool(self.layout.display != "none")

    @property
    def told(self) -> str:
        """What it is set to, in a few words; "" where that is the default, or it is not taken."""
        values = (self.value,) if self.values is None and self.value != self.default else self.values or ()
        words = " ".join(", ".join(map(shown, values)).split())
        return f"{self.text.lower()} {textwrap.shorten(words, 28, placeholder=' …')}" if words and self.taken else ""

    def close(self) -> None:
        """Close all that it ever showed."""
        for each in (*self._made.values(), self._switch, *self._extras, self._complaint, self._row):
            close_tree(each)
        self.layout.close()
        super().close()

    # -- drawing --------------------------------------------------------------------------

    def _draw(self, _: Any = None) -> None:
        with self._quietly():
            several = self.values is not None
            self._switch.value = several
            control = self._several() if several else self._single()
            parts = [control, *self._extras] if not several else [control]
            self._row.children = [*parts, self._switch] if self.several else parts
            self.children = [self._row, self._complaint]
            self.control = control

    def _single(self) -> Any:
        if self.limit.values is not None:
            return self._dropdown()
        if self.name == "count":
            control = self._control("count", ipywidgets.BoundedIntText)
            control.max, control.min = int(self.limit.most or 16), 1
            with suppress(traitlets.TraitError):  # a value that is no number is told of by the request
                control.value = self.value
            return control
        kind = ipywidgets.Textarea if self._rows > 1 else ipywidgets.Text
        control = self._control("text", kind, continuous_update=self.name == "prompt")
        if self._rows > 1:
            control.rows = self._rows
        control.placeholder = self.limit.told or self._hint
        if not self._holds(control):
            control.value, self.problem = shown(self.value), ""
        return control

    def _dropdown(self) -> Any:
        values = [*(self.limit.values or ())]
        held = _NONE if self.value == self.default else pick(self.value, values)
        if held is None:
            values.append(held := self.value)
        control = self._control("choice", ipywidgets.Dropdown)
        options = [(self.names[None], _NONE), *((self._named(each), each) for each in values)]
        options += [("other…", _OTHER)] if self._others else []
        if list(control.options) != options:
            control.options = options
        control.value = held
        return control

    def _several(self) -> Any:
        values = self.values or ()
        if self.limit.values is not None:
            known = {label(each): each for each in (*self.limit.values, *values)}
            control = self._control("many", ipywidgets.SelectMultiple)
            control.description = f"{self.text} (Ctrl or ⌘ click)"
            control.rows = min(max(len(known), 2), 6)  # one row would be drawn as a menu
            options = [(self._named(each), name) for name, each in known.items()]
            if list(control.options) != options:
                control.options = options
            control.value = tuple(map(label, values))
            return control
        control = self._control("list", ipywidgets.Text, continuous_update=False)
        control.placeholder = "7, 9 or 1..4" if self._read is number else "one, another"
        with suppress(RequestError):
            if read_values(control.value) == tuple(values):
                return control
        control.value = ", ".join(label(each).replace(",", "\\,") for each in values)
        return control

    def _control(self, kind: str, make: Callable[..., Any], **options: Any) -> Any:
        if kind not in self._made:
            self._made[kind] = control = make(
                description=self.text,
                layout=ipywidgets.Layout(width="auto", flex="1 1 0", min_width="0"),
                style={"description_width": _LABEL_WIDTH},
                **options,
            )
            control.observe(self._typed, "value")
        return self._made[kind]

    def _named(self, value: Any) -> str:
        """What people read in place of a value; lists of models come from elsewhere."""
        seconds = self.name == "duration" and isinstance(value, (int, float))
        return plain(self.names.get(value) or (f"{value:g} s" if seconds else label(value)), 80)

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
                    self.values = tuple(pick(each, known) for each in change["new"])
                else:
                    self.values = read_values(change["new"])
            except RequestError as error:
                self.problem = self.error = str(error)

    def _value_of(self, held: Any) -> Any:
        """The value of what a control holds.

        Raises:
            RequestError: It can't be read.
        """
        if not isinstance(held, str):
            return self.default if held is None else held
        # The prompt is passed on as it is typed, blanks and all.
        text = held if self.name == "prompt" else held.strip()
        return self._read(text) if text else self.default

    def _holds(self, control: Any) -> bool:
        """Whether a control's text is the value, as somebody may write it."""
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
        """A value that no list has: typed into a text below the choice, which then has it too."""
        with self._quietly():
            text = self._control("other", ipywidgets.Text, continuous_update=False, placeholder="name, then Enter")
            text.description, text.value = "", ""
            self.children = [self._row, text, self._complaint]

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        with LOCK:
            before, self._quiet = self._quiet, True
            try:
                yield
            finally:
                self._quiet = before


def icon(name: str, text: str, kind: Callable[..., Any] = ipywidgets.Button) -> Any:
    """A button with an icon; its words are a tooltip, and for screen readers: ``history.css`` hides them."""
    layout = ipywidgets.Layout(width="36px", flex="0 0 36px")
    return kind(icon=name, description=text, tooltip=text, layout=layout)


def close_tree(widget: Any) -> None:
    """Close a widget with its children, its layout and its style: each of them holds a channel to the page."""
    for child in getattr(widget, "children", ()):
        close_tree(child)
    for part in (getattr(widget, "style", None), getattr(widget, "layout", None)):
        if isinstance(part, ipywidgets.Widget):
            part.close()
    widget.close()
