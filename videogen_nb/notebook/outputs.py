"""Display a job, a grid or the panel in a cell: live if a person watches, else as text and HTML."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from videogen_nb import config
from videogen_nb.core.job import Job, Status
from videogen_nb.errors import VideogenError
from videogen_nb.notebook.live_output import LiveOutput, close_all
from videogen_nb.notebook.wait import follow
from videogen_nb.storage.posters import poster
from videogen_nb.sweeps.comparison import Comparison
from videogen_nb.text import plain, redact
from videogen_nb.views.bundles import bundle
from videogen_nb.views.front_end import (
    front_end_answers,
    has_kernel,
    is_published,
    notebook_folder,
    serves_files,
    unheard,
)
from videogen_nb.views.grid_html import grid_html
from videogen_nb.views.job import caption_of, line_of
from videogen_nb.views.job_html import job_html

__all__ = ["GridOutput", "JobOutput", "PanelOutput", "bundle_of", "close_all", "show", "show_grid", "show_panel"]

# Seconds for which a failure that a page shows stays live, since its Retry button needs the kernel.
SECOND_CHANCE = 30.0
# Seconds after its last use for which a grid stays live.
IN_USE = 600.0
CARD_SINGLE, CARD_EACH = 9_000, 5_000  # bytes of an output's picture: for a single clip, and per clip of a grid
EMBED_MOST = 100_000_000  # bytes that `embed=True` puts into a notebook at most


def show(job: Job, shell: Any, *, embed: bool = False) -> None:
    """Display a job in the running cell: live if a person watches, else as text and HTML.

    A program that only collects outputs ends before a clip can arrive, so in that case this waits.
    """
    if not has_kernel(shell):
        print(line_of(job))  # noqa: T201
        return
    JobOutput(job, shell, embed=embed).open()
    if not front_end_answers(shell):
        _wait(job)


def show_grid(comparison: Comparison, shell: Any, *, embed: bool = False, compared: bool = True) -> None:
    """Display jobs side by side, as `show` displays one.

    Args:
        comparison: The jobs.
        shell: The running IPython shell.
        embed: Put the clips themselves into the final HTML.
        compared: Whether the grid was opened to compare: it then stays live though all jobs have ended.
    """
    if not has_kernel(shell):
        for job in comparison.jobs:
            print(line_of(job))  # noqa: T201
        return
    GridOutput(comparison, shell, embed=embed, compared=compared).open()
    if not front_end_answers(shell):
        _wait(comparison)


def show_panel(panel: Any, shell: Any) -> None:
    """Display the panel, live until its user presses Done."""
    PanelOutput(panel, shell).open()


def _wait(source: Job | Comparison) -> None:
    with suppress(VideogenError):  # the output shows it
        if is_published():
            source.wait()
        else:
            follow(source)


def bundle_of(job: Job, shell: Any, *, embed: bool = False, abandoned: bool = False) -> dict[str, str]:
    """A job's current state as HTML and text that need no kernel."""
    html = job_html(
        job,
        folder=notebook_folder(),
        embed_limit=_limit([job], shell, embed),
        abandoned=abandoned,
        unheard=unheard(shell),
    )
    caption = f"{job.request.prompt}\n{' · '.join(caption_of(job))}"
    return {"text/html": html, **_card(job, caption), "text/plain": line_of(job)}


def grid_bundle_of(
    comparison: Comparison, shell: Any, *, embed: bool = False, abandoned: bool = False
) -> dict[str, str]:
    """A grid's current state as HTML and text that need no kernel; it plays in step once all jobs have ended."""
    limit = _limit(comparison.jobs, shell, embed)
    over = abandoned or all(job.status.ended for job in comparison.jobs)
    script = bundle("saved.js") if over else ""
    html = grid_html(
        comparison,
        folder=notebook_folder(),
        embed_limit=limit,
        abandoned=abandoned,
        script=script,
        unheard=unheard(shell),
    )
    caption = f"{comparison.prompt}\n{' × '.join(map(str, comparison.axes))} · {comparison.id}"
    return {"text/html": html, **_card(comparison, caption), "text/plain": "\n".join(map(line_of, comparison.jobs))}


def _card(source: Job | Comparison, caption: str) -> dict[str, str]:
    """The output as one picture, for hosts without HTML: LaTeX PDFs, consoles that draw."""
    if not all(job.status.ended for job in (source.jobs if isinstance(source, Comparison) else [source])):
        return {}
    from videogen_nb.export.board import board_of
    from videogen_nb.views.output_card import card

    posters: list[tuple[bytes, str]] = []
    for tile in board_of(source).tiles:
        with suppress(OSError):
            if tile.path:
                posters.append((poster(tile.path), tile.name if isinstance(source, Comparison) else ""))
    if not posters:
        return {}
    most = CARD_SINGLE if len(posters) == 1 else CARD_EACH * len(posters)
    drawn = card(posters, plain(redact(caption), lines=True), most=most)
    return {"image/jpeg": base64.b64encode(drawn).decode("ascii")}


def _limit(jobs: Any, shell: Any, embed: bool) -> int:
    reached = all(serves_files(shell, video.path) for job in jobs for video in job.videos)
    return EMBED_MOST if embed else 0 if reached else config.settings().embed_limit


class JobOutput(LiveOutput):
    """One job in one cell's output, from its first display to its final HTML."""

    def __init__(self, job: Job, shell: Any, *, embed: bool = False) -> None:
        super().__init__(shell)
        self.job, self._embed = job, embed

    @property
    def jobs(self) -> Sequence[str]:
        return [self.job.id]

    @property
    def over(self) -> bool:
        return self.job.ended

    def make_widget(self) -> Any:
        from videogen_nb.widgets.job import JobWidget

        return JobWidget(self.job)

    def bundle(self, *, abandoned: bool = False) -> dict[str, str]:
        return bundle_of(self.job, self.shell, embed=self._embed, abandoned=abandoned and not self.job.status.ended)

    def text(self) -> str:
        return line_of(self.job)

    def watch(self) -> None:
        self.job.observe(self._changed)
        if self.job.status.ended:  # it may have ended before it was observed
            self._ended()

    def unwatch(self) -> None:
        self.job.unobserve(self._changed)

    def _changed(self, change: Any) -> None:
        if change["name"] == "status" and change["new"].ended:
            self._ended()
        elif change["name"] in ("phase", "progress", "notice") and not self.job.videos:
            self.log()

    def _ended(self) -> None:
        if self.job.status is not Status.SUCCEEDED and self.page_shows_it:
            self.later(SECOND_CHANCE, self._give_up)
        else:
            self.finish()

    def _give_up(self) -> None:
        """End the live view, unless Retry was pressed: then it follows the new job."""
        if self.widget.job is self.job:
            self.finish()
            return
        self.unwatch()
        self.job = self.widget.job
        self.watch()


class GridOutput(LiveOutput):
    """A sweep or a comparison in one cell's output.

    A sweep that nobody used is replaced when its last job has ended. A grid that is in use, or was opened
    to compare, stays live, so that picks go to the journal.
    """

    def __init__(self, comparison: Comparison, shell: Any, *, embed: bool = False, compared: bool = True) -> None:
        super().__init__(shell)
        self.comparison, self._embed, self._compared = comparison, embed, compared
        self._opened = time.monotonic()

    @property
    def jobs(self) -> Sequence[str]:
        return [job.id for job in self.comparison.jobs]

    @property
    def over(self) -> bool:
        return self.comparison.ended and not (self._compared and front_end_answers(self.shell))

    def make_widget(self) -> Any:
        from videogen_nb.widgets.grid import GridWidget

        widget = GridWidget(self.comparison, on_done=self.finish)
        widget.on_used = self._check
        return widget

    def bundle(self, *, abandoned: bool = False) -> dict[str, str]:
        return grid_bundle_of(
            self.comparison, self.shell, embed=self._embed, abandoned=abandoned and not self.comparison.ended
        )

    def text(self) -> str:
        return "\n".join(map(line_of, self.comparison.jobs))

    def watch(self) -> None:
        self._jobs = self.comparison.jobs
        self.comparison.observe(self._replaced, "jobs")
        for job in self._jobs:
            job.observe(self._changed)
        self._check()

    def unwatch(self) -> None:
        self.comparison.unobserve(self._replaced, "jobs")
        for job in self._jobs:
            job.unobserve(self._changed)

    def _replaced(self, _: Any) -> None:
        self.unwatch()
        self.watch()

    def _changed(self, change: Any) -> None:
        if change["name"] == "status" and change["new"].ended:
            self._check()
        elif change["name"] in ("phase", "notice"):
            self.log()

    def _check(self) -> None:
        """Replace the live view now, or schedule the next check."""
        if not all(job.status.ended for job in self.comparison.jobs):
            self.log()
            return
        rest = self._in_use_for()
        if rest > 0:
            self.later(rest, self._check)
        else:
            self.finish()

    def _in_use_for(self) -> float:
        """Seconds for which the view has to stay live."""
        if self.widget is None:
            return 0.0
        used = self.widget.used or (self._opened if self._compared else None)
        if used is not None:
            return used + IN_USE - time.monotonic()
        ended = [job.ended_at.timestamp() for job in self.comparison.jobs if job.ended_at]
        failed = any(job.status is not Status.SUCCEEDED for job in self.comparison.jobs)
        return max(ended) + SECOND_CHANCE - time.time() if failed and self.page_shows_it else 0.0


class PanelOutput(LiveOutput):
    """The panel in one cell's output, until Done is pressed or the kernel ends."""

    def __init__(self, panel: Any, shell: Any) -> None:
        super().__init__(shell)
        self.panel = panel

    @property
    def jobs(self) -> Sequence[str]:
        return ()  # the panel lists them itself

    @property
    def over(self) -> bool:
        return bool(self.panel.finished)

    def make_widget(self) -> Any:
        return self.panel

    def bundle(self, *, abandoned: bool = False) -> dict[str, str]:
        return {"text/html": self.panel.static_html(), "text/plain": self.text()}

    def text(self) -> str:
        return repr(self.panel)

    def retire(self, data: dict[str, str], *, abandoned: bool) -> None:
        """Keep the panel, since its user may show it again; at the kernel's end close it."""
        self.panel.stand_alone(data)
        if abandoned:
            self.panel.close()

    def watch(self) -> None:
        self.panel.observe(self._finished, "finished")

    def unwatch(self) -> None:
        self.panel.unobserve(self._finished, "finished")

    def _finished(self, _: Any) -> None:
        self.finish()
