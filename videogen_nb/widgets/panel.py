"""The panel: a form of standard controls, with its results beside it."""

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
from videogen_nb.widgets._background import Debounced, settle
from videogen_nb.widgets.panel_results import Results
from videogen_nb.widgets.panel_state import KEYWORDS, FormState, check

__all__ = ["Panel"]

# Seconds within which presses count as one: while a cell runs they queue up, and then arrive all at once.
_ONE_PRESS = 0.5
_STAYS = "This page was reloaded, so the panel could not be replaced. Run its cell again for a fresh one."


class Panel(FormState):
    """A form that submits requests, with this folder's jobs beside it.

    Args:
        prompt: What to show; ``{name}`` in it is a variable that can take several values.
        axes: Options and variables with several values, by name: one job for each combination.
        **options: As `videogen_nb.generate` takes them.

    Attributes:
        Each option of `videogen_nb.generate`, by its name: tied both ways to its control. An option that the
            chosen model does not take keeps its value, hidden and not sent.
        axes: Name to tuple of values. Setting such an option to one value removes it here.
        jobs: The jobs in the history, newest first.
        selected: The job that was enlarged last; None before.
        plan_line: What Generate would do, and its price if known.
        error: Why it can't be done; "" if no problem is known.
        finished: Whether Done was pressed.

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
        self.submitted: tuple[Job, ...] = ()
        self._confirming: int | None = None  # how many jobs the button asks to confirm
        self._pressed = -math.inf
        self._pressing = threading.Lock()
        self._quoting = Debounced(self._quote)
        self._results = Results(self._reuse, self._used)
        super().__init__(self._results)
        history = self._results.history
        history.observe(lambda change: setattr(self, "jobs", change["new"]), "jobs")
        history.observe(lambda change: setattr(self, "selected", change["new"]), "selected")
        self.jobs = history.jobs
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
            The job, or the sweep if an option takes several values. A clip already generated for the same
            request and seed is not bought again: its job is returned.

        Raises:
            RequestError: It can't be sent as it is; ``option`` names the field.
            MissingKeyError: The provider needs a key.
        """
        return self._submit(self._plan(_most() if max_jobs is None else max_jobs))

    def static_html(self, *, embed_limit: int = 0) -> str:
        """The HTML that replaces a closed panel: its clips, and how to open it again.

        Args:
            embed_limit: Largest clip, in bytes, to put into the page itself; 0 links all of them.
        """
        jobs = self.submitted or ((self.selected,) if self.selected else ())
        folder = notebook_folder()
        parts = [job_html(job, folder=folder, embed_limit=embed_limit, abandoned=not job.status.ended) for job in jobs]
        again = "The panel is closed; <code>%videogen panel</code> opens it."
        return f'<div style="display:grid;gap:20px">{"".join(parts)}<div style="opacity:.72">{again}</div></div>'

    def stand_alone(self, data: Mapping[str, str]) -> None:
        """Have pages that don't know the panel's display id replace it by its final output themselves."""
        self._results.history.stand_alone(data, self.model_id)

    def close(self) -> None:
        """Close the panel. The jobs go on."""
        if self._open:
            self._quoting.cancel()
            self._results.close()
            super().close()
            settle()

    def __repr__(self) -> str:
        values = without_grants({**self._nameable(), **self.swept()}) if self._open else {}
        return plain(f"<Panel {self.prompt!r}{''.join(f' {name}={value!r}' for name, value in values.items())}>", 1000)

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
        """Show what Generate would do. An empty prompt is no error while it is still being written."""
        if stale():
            return
        try:
            plan = self._plan(prompt=self.prompt if self.prompt.strip() else "-")
            line, error = _line(plan), None
        except VideogenError as problem:
            line, error = "", problem
        if stale():
            return
        empty = [name for name in variables(self.prompt) if name not in self.axes]
        if empty and not error:
            line = f"{line} {{{empty[0]}}} has no value and is sent as it is written."
        self._report(line, error)

    def _report(self, line: str, error: VideogenError | None) -> None:
        """Show the plan, and an error beside the field that it is about."""
        name = error.option if isinstance(error, RequestError) else ""
        name = "provider" if isinstance(error, MissingKeyError) else name
        fields, message = self._parts, redact(str(error)) if error else ""
        faulty = fields.get(name)
        if faulty and not faulty.taken:
            faulty = None
        if faulty and faulty.error != message:
            self._form.reveal(name)
        for field in fields.values():
            field.error = message if field is faulty else field.problem
        self.plan_line, self.error = line, message
        self._form.say(line, "" if faulty else message)

    def _changed(self) -> None:
        super()._changed()
        self._ask(None)
        self._quoting.trigger()

    # -- from the page --------------------------------------------------------------------

    def _press(self, _: Any) -> None:
        with self._pressing:
            if time.monotonic() - self._pressed < _ONE_PRESS:
                return
            try:
                plan = self._plan()
                if plan.count > _most() and self._confirming != plan.count:
                    self._ask(plan.count)
                else:
                    self._submit(plan)
            except VideogenError as error:
                self._report("", error)
            finally:
                self._pressed = time.monotonic()

    def _finish(self) -> None:
        self.finished = True
        # Seen only if the panel could not be replaced: a reloaded page does not know which output it is.
        self._form.say(_STAYS)

    def _ask(self, count: int | None) -> None:
        """Have the button ask to confirm that many jobs; None: it is Generate again."""
        self._confirming = count
        self._form.generate.description = f"Submit {count} jobs?" if count else "Generate"
        self._form.generate.button_style = "warning" if count else "primary"

    def _submit(self, plan: SweepPlan) -> Job | Sweep:
        result: Job | Sweep
        if plan.axes:
            result = submit_sweep(plan)
            self._results.show(result)
        else:
            result = plan.existing[0] or session.submit(plan.plans[0])
        new = result.jobs if isinstance(result, Sweep) else (result,)
        self._results.history.refresh()
        self.submitted = (*new[::-1], *(job for job in self.submitted if job not in new))
        self.jobs = (*new[::-1], *(job for job in self.jobs if job not in new))
        self._ask(None)
        reused = sum(job is not None for job in plan.existing)
        subject = f"{reused} of {len(plan.existing)}" if plan.axes else "This"
        note = f"{subject} had been made with the same seed and is not made again."
        self._report(note if reused else _line(plan), None)
        return result

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
    if plan.existing[0]:
        return f"Made already with the same seed: Generate shows job {plan.existing[0].id} and makes nothing."
    if one.provider.charged_at == "never":
        return one.hint or f"{one.provider.title}: nothing is charged."
    price = str(one.price) if one.price else "the price is not known beforehand"
    return " ".join(filter(None, (f"{one.spec.id} on {one.provider.title}: {price}.", one.hint)))
