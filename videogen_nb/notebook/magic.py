"""The IPython extension: ``%%videogen`` and ``%videogen``, and how they are loaded and unloaded."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from videogen_nb import config
from videogen_nb.config import Settings
from videogen_nb.errors import VideogenError
from videogen_nb.text import bare_url, plain, without_grants

if TYPE_CHECKING:
    from videogen_nb.core.job import Job
    from videogen_nb.notebook.cell_options import Cell
    from videogen_nb.sweeps.comparison import Comparison

__all__ = ["VideogenMagics", "load", "unload"]


@magics_class
class VideogenMagics(Magics, Settings):
    """The magics; their traits are the session's defaults."""

    shell: Any

    @no_var_expand
    @line_cell_magic
    def videogen(self, line: str, cell: str | None = None) -> None:
        """Make AI video: %%videogen with a prompt below submits it, %videogen looks after jobs.

        `%%videogen -h` prints the options, `%videogen` alone what it can do.
        """
        try:
            if cell is None:
                from videogen_nb.notebook.commands import run

                run(line, self.shell)
            else:
                self._submit(line, cell)
        except VideogenError as error:
            raise UsageError(str(error)) from None

    def _submit(self, line: str, body: str) -> None:
        from videogen_nb.notebook.cell_options import parse, usage

        cell = parse(line, body, self.shell.user_ns)
        if cell.help:
            print(usage())  # noqa: T201
        elif cell.panel:
            self._panel(cell)
        elif cell.axes:
            self._sweep(cell)
        else:
            self._job(cell)

    def _job(self, cell: Cell) -> None:
        from videogen_nb.backend import session
        from videogen_nb.errors import RequestError
        from videogen_nb.notebook.outputs import show
        from videogen_nb.notebook.wait import wait, wait_with_bar
        from videogen_nb.views.front_end import front_end_answers, has_kernel

        if cell.columns is not None or cell.fresh or cell.max_jobs is not None:
            raise RequestError("--columns, --fresh and --max-jobs go with --sweep. Nothing was sent.")
        request = session.make_request(cell.prompt, **cell.options)
        planned = session.plan(request, max_cost=cell.max_cost)
        if cell.dry_run:
            print(_dry_run(planned))  # noqa: T201
            return
        job = session.submit(planned)
        if cell.name:
            self.shell.user_ns[cell.name] = job
        if cell.wait is not None and not has_kernel(self.shell):
            wait_with_bar(job, cell.wait)
        show(job, self.shell, embed=cell.embed)
        if job.hint and not has_kernel(self.shell):
            print(plain(job.hint))  # noqa: T201
        if cell.wait is not None:
            wait(job, cell.wait)
        elif has_kernel(self.shell) and not front_end_answers(self.shell):
            job.wait()  # it has ended: this raises its error, so that a program's run stops at a failure

    def _sweep(self, cell: Cell) -> None:
        from videogen_nb.notebook.outputs import show_grid
        from videogen_nb.notebook.wait import confirm, wait, wait_with_bar
        from videogen_nb.sweeps.plan import plan_sweep, submit_sweep
        from videogen_nb.views.front_end import front_end_answers, has_kernel

        planned = plan_sweep(cell.prompt, cell.options, cell.axes, max_cost=cell.max_cost, fresh=cell.fresh)
        summary = [planned.line]
        if planned.count < len(planned.plans):
            summary.append("`--fresh` makes all of them.")
        if planned.note and not has_kernel(self.shell):  # on a page the grid shows the note
            summary.append(planned.note)
        print(plain(" ".join(summary)))  # noqa: T201
        if cell.dry_run:
            print(f"The first of them:\n{_dry_run(planned.plans[0])}")  # noqa: T201
            return
        max_jobs = cell.max_jobs if cell.max_jobs is not None else self.max_jobs
        if planned.count > max_jobs and not confirm(self.shell, f"Submit {planned.count} jobs?"):
            planned.check(max_jobs)
        sweep = submit_sweep(planned, columns=cell.columns)
        if cell.name:
            self.shell.user_ns[cell.name] = sweep
        if cell.wait is not None and not has_kernel(self.shell):
            wait_with_bar(sweep, cell.wait)
        show_grid(sweep, self.shell, embed=cell.embed, compared=False)
        if cell.wait is not None:
            wait(sweep, cell.wait)
        elif has_kernel(self.shell) and not front_end_answers(self.shell):
            sweep.wait()

    def _panel(self, cell: Cell) -> None:
        from videogen_nb import api
        from videogen_nb.notebook.outputs import show_panel

        panel = api.panel(cell.prompt, axes=cell.axes, **cell.options)
        if cell.name:
            self.shell.user_ns[cell.name] = panel
        show_panel(panel, self.shell)


def _dry_run(planned: Any) -> str:
    from videogen_nb.backend import session

    call = session.dry_run(planned)
    head = [f"{call.method} {bare_url(planned.endpoint.base_url)}{call.path}"]
    if planned.endpoint.key:
        head.append("authorization: Bearer •••")
    body: Any = {part.name: part.filename or part.content for part in call.parts} if call.parts else call.json
    price = f"It would cost {planned.price}." if planned.price else "Its price is not known beforehand."
    if planned.provider.charged_at == "never":
        price = "It would cost nothing."
    lines = [*head, json.dumps(_short(body), indent=2, ensure_ascii=False), "", f"Nothing was sent. {price}"]
    return plain("\n".join([*lines, planned.hint] if planned.hint else lines), lines=True)


def _short(value: Any) -> Any:
    """A body fit to be saved in a notebook: long base64 cut, no signed links."""
    if isinstance(value, dict):
        return {name: _short(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_short(item) for item in value]
    if isinstance(value, str) and len(value) > 2000 and " " not in value[:200]:
        return f"{value[:60]}… ({len(value)} characters)"
    return without_grants(value)


def load(shell: Any) -> None:
    """Register the magics and their completions, and resume jobs that an earlier kernel left unfinished."""
    from videogen_nb.notebook import completion, preload

    if VideogenMagics.__name__ in shell.magics_manager.registry:
        return
    magics = VideogenMagics(shell)
    shell.register_magics(magics)
    config.use(magics, lambda: _origin(shell))
    completion.install(shell)
    shell.input_transformers_cleanup.append(_with_body)
    shell.events.register("pre_run_cell", _begins)
    for module, name, function in _DISPLAYED:
        shell.display_formatter.ipython_display_formatter.for_type_by_name(module, name, function)
    if getattr(sys.modules.get("ipykernel"), "version_info", (0, 0))[:2] == (7, 0):
        # It drops what a thread displays: bars would stand still and clips never appear.
        print("videogen-nb: ipykernel 7.0 can't show clips as they finish; use another: pip install 'ipykernel!=7.0.*'")  # noqa: T201
    if magics.auto_resume:
        _resume()
    preload.begin(shell)


def unload(shell: Any) -> None:
    """Undo everything that `load` did: no magic, completion, thread, process or connection remains."""
    from videogen_nb.notebook import completion, preload

    preload.end()
    magics = shell.magics_manager.registry.pop("VideogenMagics", None)
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("videogen", None)
    if magics in shell.configurables:
        shell.configurables.remove(magics)
    config.use(None)
    completion.remove(shell)
    if _begins in shell.events.callbacks["pre_run_cell"]:
        shell.events.unregister("pre_run_cell", _begins)
    if _with_body in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(_with_body)
    formatter = shell.display_formatter.ipython_display_formatter
    for module, name, _ in _DISPLAYED:
        formatter.deferred_printers.pop((module, name), None)
        if loaded := sys.modules.get(module):
            formatter.type_printers.pop(getattr(loaded, name), None)
    # A module that was never imported has nothing to close.
    if outputs := sys.modules.get("videogen_nb.notebook.outputs"):
        outputs.close_all()
    if (session := sys.modules.get("videogen_nb.backend.session")) and (remaining := session.close()):
        from videogen_nb.backend.backend import unfinished

        print(f"{unfinished(remaining)} `%load_ext videogen_nb` follows again.")  # noqa: T201


def _with_body(lines: list[str]) -> list[str]:
    """Add an empty body, since IPython itself refuses a cell magic without one, even ``%%videogen -h``."""
    if lines and lines[0].startswith("%%videogen") and not "".join(lines[1:]).strip():
        return [lines[0].rstrip("\n") + "\n", "\n"]
    return lines


# IPython skips transformers with side effects when it decides whether a cell being typed is complete.
_with_body.has_side_effects = True  # type: ignore[attr-defined]


def _begins(info: Any) -> None:
    """Forget what a cell displayed when it runs again: the page clears its output."""
    # A module that was never imported has displayed nothing.
    if info.cell_id and (live := sys.modules.get("videogen_nb.notebook.live_output")):
        live.forget(info.cell_id)


def _display_job(job: Job) -> None:
    """Show a Job that is the last expression of a cell, as the magic would."""
    from IPython.core.getipython import get_ipython

    from videogen_nb.notebook.outputs import show

    show(job, get_ipython())


def _display_grid(comparison: Comparison) -> None:
    """Show a Sweep or Comparison that is the last expression of a cell."""
    from IPython.core.getipython import get_ipython

    from videogen_nb.notebook.outputs import show_grid

    show_grid(comparison, get_ipython())


def _display_panel(panel: Any) -> None:
    from IPython.core.getipython import get_ipython

    from videogen_nb.notebook.outputs import show_panel

    show_panel(panel, get_ipython())


_DISPLAYED = (
    ("videogen_nb.core.job", "Job", _display_job),
    ("videogen_nb.sweeps.comparison", "Comparison", _display_grid),
    ("videogen_nb.sweeps.comparison", "Sweep", _display_grid),
    ("videogen_nb.widgets.panel", "Panel", _display_panel),
)


def _origin(shell: Any) -> config.Origin:
    """Which cell of which notebook is running."""
    from videogen_nb.views.front_end import notebook_file, running_cell

    notebook = notebook_file(shell)
    return config.Origin(str(notebook) if notebook else None, *(running_cell(shell) or ()))


def _resume() -> None:
    path = config.home() / "journal.sqlite3"
    if not path.exists():
        return
    # Read the journal first: in most kernels nothing is unfinished, and the backend need not be imported.
    from videogen_nb.storage.journal import Journal

    try:
        journal = Journal(path)
        try:
            if not journal.left_open(os.getcwd()):
                return
        finally:
            journal.close()
        from videogen_nb import api

        jobs = api.resume()
    except VideogenError as error:
        print(f"videogen-nb: unfinished jobs of this folder could not be resumed. {error}")  # noqa: T201
        return
    if jobs:
        stopped = [job.id for job in jobs if job.ended or job.notice]  # a notice says why it can't be followed now
        followed = [job.id for job in jobs if job.id not in stopped]
        parts = [f"following {_count(followed, 'unfinished job')} again"] if followed else []
        parts += [f"{_count(stopped, 'job')} {'needs' if len(stopped) == 1 else 'need'} attention"] if stopped else []
        print(f"videogen-nb: {'; '.join(parts)}. `%videogen show ID` shows one.")  # noqa: T201


def _count(ids: Sequence[str], noun: str) -> str:
    return f"{len(ids)} {noun}{'s' if len(ids) != 1 else ''} ({', '.join(ids)})"
