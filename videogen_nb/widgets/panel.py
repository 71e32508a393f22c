"""The panel: a form of standard controls, and what it makes beside it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import traitlets

from videogen_nb import config
from videogen_nb.backend import session
from videogen_nb.core.as_code import options_of
from videogen_nb.core.axes import variables
from videogen_nb.core.job import Job
from videogen_nb.errors import MissingKeyError, RequestError, VideogenError
from videogen_nb.sweeps.comparison import Sweep
from videogen_nb.sweeps.plan import SweepPlan, plan_sweep, submit_sweep
from videogen_nb.text import plain, redact, without_grants
from videogen_nb.views.front_end import notebook_folder
from videogen_nb.views.job_html import job_html
from videogen_nb.widgets._background import Later, settle
from videogen_nb.widgets.panel_results import Results
from videogen_nb.widgets.panel_state import KEYWORDS, FormState, check

__all__ = ["Panel"]

# Seconds in which a second press is the same one: while a cell runs presses may wait, and then come all at once.
_ONE_PRESS = 0.5
_STAYS = "This page was loaded again since, so the panel stays. Run its cell once more to have another in its place."


class Panel(FormState):
    """A form that makes clips, with a filmstrip of this folder's jobs beside it.

    Args:
        prompt: What to show; ``{name}`` in it is a variable that can take several values.
        axes: What takes several values, by name: one job for each combination.
        **options: As `videogen_nb.generate` takes them.

    Attributes:
        Each option of `videogen_nb.generate`, by its name: tied both ways to its control. An option that the
            chosen model does not take keeps its value, hidden and not sent.
        axes: Name to tuple of values. Setting such an option to one value takes it out.
        jobs: The jobs in the strip, newest first.
        selected: The job that was enlarged last; None before.
        plan_line: What Generate would do, and its price where that is known.
        error: Why it can't be done; "" if nothing is known against it.
        finished: Whether its user has pressed Done.

    Raises:
        TypeError: An option has another name.

    >>> panel = Panel("a paper boat", duration=4)   # doctest: +SKIP
    >>> panel.model = "veo-3-1"                     # doctest: +SKIP
    >>> panel.submit()                              # doctest: +SKIP
    """

    jobs = traitlets.Tuple()
    selected = traitlets.Instance(Job, allow_none=True)
    plan_line = traitlets.Unicode("")
    error = traitlets.Unicode("")
    finished = traitlets.Bool(False)

    def __init__(self, prompt: str = "", *, axes: Mapping[str, Sequence[Any]] | None = None, **options: Any) -> None:
        check(options, (*KEYWORDS, "max_cost"), "Panel")
        self.made: tuple[Job, ...] = ()
        self._asked: int | None = None  # how many jobs the button has asked about
        self._pressed = -math.inf
        self._pressing = threading.Lock()
        self._later = Later(self._quote)
        self._results = Results(self._reuse, self._used)
        super().__init__(self._results)
        film = self._results.film
        film.observe(lambda change: setattr(self, "jobs", change["new"]), "jobs")
        film.observe(lambda change: setattr(self, "selected", change["new"]), "selected")
        self.jobs = film.jobs
        self._form.generate.on_click(self._press)
        self._form.done.on_click(lambda _: self._finish())
        self.observe(lambda _: self._changed(), "max_cost")
        self.max_cost = options.pop("max_cost", None)
        self.fill(prompt, options, axes)

    def submit(self, *, max_jobs: int | None = None) -> Job | Sweep:
        """Submit what the form holds and return at once.

        Args:
            max_jobs: Most jobs to submit. None: the configured number.

        Returns:
            The job; the sweep where something takes several values. A clip that the same request with the
            same seed has made already is not made again: its job is returned.

        Raises:
            RequestError: It can't be sent as it is; ``option`` names the field.
            MissingKeyError: The provider needs a key.
        """
        return self._submit(self._plan(_most() if max_jobs is None else max_jobs))

    def static_html(self, *, embed_limit: int = 0) -> str:
        """What stands in the panel's place once it is gone: its clips, and how to open it again.

        Args:
            embed_limit: Largest clip, in bytes, to put into the page itself; 0 links all of them.
        """
        shown = self.made or ((self.selected,) if self.selected else ())
        folder = notebook_folder()
        parts = [job_html(job, folder=folder, embed_limit=embed_limit, left=not job.status.ended) for job in shown]
        again = "The panel is closed; <code>%videogen panel</code> opens it."
        return f'<div style="display:grid;gap:20px">{"".join(parts)}<div style="opacity:.72">{again}</div></div>'

    def stand_alone(self, data: Mapping[str, str]) -> None:
        """What stands alone has taken the panel's place: let pages that don't know its display id do it too."""
        self._results.film.stand_alone(data, self.model_id)

    def close(self) -> None:
        """Leave the page. The jobs go on."""
        if self._open:
            self._later.cancel()
            self._results.close()
            super().close()
            settle()

    def __repr__(self) -> str:
        told = without_grants({**self._nameable(), **self.swept()}) if self._open else {}
        return plain(f"<Panel {self.prompt!r}{''.join(f' {name}={value!r}' for name, value in told.items())}>", 1000)

    # -- what would be sent ---------------------------------------------------------------

    def _plan(self, max_jobs: int | None = None, *, prompt: str | None = None) -> SweepPlan:
        for name, field in self._parts.items():
            if field.problem and field.taken:
                raise RequestError(field.problem, option=name)
        options = self.options()
        if not isinstance(options.get("params", {}), Mapping):
            raise RequestError("Other fields must map names to values.", option="params")
        text = self.prompt if prompt is None else prompt
        return plan_sweep(text, options, self.swept(), max_cost=self.max_cost, max_jobs=max_jobs)

    def _quote(self, stale: Callable[[], bool]) -> None:
        """Tell what Generate would do; nobody is to be told of a prompt that is not written yet."""
        if stale():
            return
        try:
            plan = self._plan(prompt=self.prompt if self.prompt.strip() else "-")
            line, error = _line(plan), None
        except VideogenError as found:
            line, error = "", found
        if stale():
            return
        empty = [name for name in variables(self.prompt) if name not in self.axes]
        if empty and not error:
            line = f"{line} {{{empty[0]}}} has no value and is sent as it is written."
        self._tell(line, error)

    def _tell(self, line: str, error: VideogenError | None) -> None:
        """Show what would be, and an error beside the field that it is about."""
        named = error.option if isinstance(error, RequestError) else ""
        named = "provider" if isinstance(error, MissingKeyError) else named
        parts, said = self._parts, redact(str(error)) if error else ""
        field = parts.get(named)
        beside = field if field and field.taken else None
        if beside and beside.error != said:
            self._form.reveal(named)
        for each in parts.values():
            each.error = said if each is beside else each.problem
        self.plan_line, self.error = line, said
        self._form.say(line, "" if beside else said)

    def _changed(self) -> None:
        super()._changed()
        self._ask(None)
        self._later.touch()

    # -- from the page --------------------------------------------------------------------

    def _press(self, _: Any) -> None:
        with self._pressing:
            if time.monotonic() - self._pressed < _ONE_PRESS:
                return
            try:
                plan = self._plan()
                if plan.count > _most() and self._asked != plan.count:
                    self._ask(plan.count)
                else:
                    self._submit(plan)
            except VideogenError as error:
                self._tell("", error)
            finally:
                self._pressed = time.monotonic()

    def _finish(self) -> None:
        self.finished = True
        # Read only where the panel could not be replaced: a page that was loaded anew has lost what to replace.
        self._form.say(_STAYS)

    def _ask(self, count: int | None) -> None:
        """Let the button ask whether so many are meant."""
        self._asked = count
        self._form.generate.description = f"Submit {count} jobs?" if count else "Generate"
        self._form.generate.button_style = "warning" if count else "primary"

    def _submit(self, plan: SweepPlan) -> Job | Sweep:
        made: Job | Sweep
        if plan.axes:
            made = submit_sweep(plan)
            self._results.show(made)
        else:
            made = plan.made[0] or session.submit(plan.plans[0])
        new = made.jobs if isinstance(made, Sweep) else (made,)
        self._results.film.refresh()
        self.made = (*new[::-1], *(job for job in self.made if job not in new))
        self.jobs = (*new[::-1], *(job for job in self.jobs if job not in new))
        self._ask(None)
        there = sum(job is not None for job in plan.made)
        again = f"{there} of {len(plan.made)}" if plan.axes else "This"
        self._tell(f"{again} had been made with the same seed and is not made again." if there else _line(plan), None)
        return made

    def _reuse(self, job: Job) -> None:
        self.fill(job.request.prompt, options_of(job.request))

    def _used(self) -> None:
        self._choices.refresh()


def _most() -> int:
    return config.settings().max_jobs


def _line(plan: SweepPlan) -> str:
    if plan.axes:
        return " ".join(filter(None, (plan.line, plan.note)))
    one = plan.plans[0]
    if plan.made[0]:
        return f"Made already with the same seed: Generate shows job {plan.made[0].id} and makes nothing."
    if one.provider.charged_at == "never":
        return one.hint or f"{one.provider.title}: nothing is charged."
    price = str(one.price) if one.price else "the price is not known beforehand"
    return " ".join(filter(None, (f"{one.spec.id} on {one.provider.title}: {price}.", one.hint)))
