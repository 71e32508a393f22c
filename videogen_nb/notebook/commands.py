"""``%videogen``: looking after models, providers, jobs, money and settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from videogen_nb import api, config
from videogen_nb.backend import session
from videogen_nb.backend.budget import spent
from videogen_nb.backend.plan import endpoint_of
from videogen_nb.core.job import Cost, Job
from videogen_nb.core.model_spec import ModelSpec, close_names
from videogen_nb.errors import RequestError, VideogenError
from videogen_nb.notebook.commands_files import cell, export, tidy
from videogen_nb.notebook.expressions import expand, split
from videogen_nb.notebook.live_output import shown_to
from videogen_nb.notebook.outputs import show, show_grid, show_panel
from videogen_nb.notebook.reattach import mend, out_of_view
from videogen_nb.providers.registry import provider, providers
from videogen_nb.sweeps.comparison import Comparison
from videogen_nb.text import bare_url, plain
from videogen_nb.views.front_end import client_session
from videogen_nb.views.job import elapsed_of, short_path

__all__ = ["COMMANDS", "run"]


def run(line: str, shell: Any) -> None:
    """Carry out one line.

    Raises:
        VideogenError: It can't be carried out; one line says why.
    """
    words = [_word(expand(word, shell.user_ns)) for word in split(line)]
    if not words or words[0] in ("-h", "--help", "help"):
        print(_overview())  # noqa: T201
        return
    name, *rest = words
    if name not in COMMANDS:
        close = close_names(name, COMMANDS)
        maybe = f" Did you mean {close[0]}?" if close else ""
        raise RequestError(f"%videogen has no {name!r}.{maybe} It has: {', '.join(COMMANDS)}.")
    COMMANDS[name](rest, shell)


def _word(value: Any) -> str:
    """What an `{expression}` stands for: a job or a grid is named by its id."""
    return value.id if isinstance(value, (Job, Comparison)) else str(value)


def _overview() -> str:
    rows = [(f"%videogen {name}", (command.__doc__ or "").strip()) for name, command in COMMANDS.items()]
    return _table([("%%videogen [NAME] [options]", "Submit the prompt below it; -h lists the options."), *rows])


def _models(words: Sequence[str], _: Any) -> None:
    """List models and what they take; a provider's name lists only its own."""
    found = session.models(*words[:1])
    rows = [(spec.id, spec.provider, *_limits(spec)) for spec in found]
    print(_table([("model", "provider", "seconds", "shape", "image"), *rows]))  # noqa: T201


def _limits(spec: ModelSpec) -> tuple[str, str, str]:
    seconds = ", ".join(f"{each:g}" for each in spec.durations or ())
    if not seconds and spec.max_duration:
        seconds = (
            f"{spec.min_duration:g} to {spec.max_duration:g}" if spec.min_duration else f"up to {spec.max_duration:g}"
        )
    shape = " ".join((*(spec.resolutions or ()), *(spec.aspect_ratios or ()), *map(str, spec.sizes or ())))
    image = "needed" if spec.image_required else {True: "yes", False: "no", None: ""}[spec.image]
    return seconds, shape, image


def _providers(_: Sequence[str], __: Any) -> None:
    """List providers, where they are and whether their key is found."""
    rows = []
    for each in map(provider, providers()):
        try:
            address, state = bare_url(endpoint_of(each).base_url), "ready"
        except VideogenError:
            address = each.base_url or ""
            state = f"set {each.key_env}" if each.key_required else f"set {each.base_url_env}"
        rows.append((each.name, state, "on this machine" if each.name == "local" else address, each.default_model))
    print(_table([("provider", "state", "address", "default model"), *rows]))  # noqa: T201


def _jobs(words: Sequence[str], _: Any) -> None:
    """List the latest jobs of this folder; --all for those of all folders."""
    found = session.jobs(limit=30, everywhere="--all" in words)
    if not found:
        print("No jobs yet. `%%videogen` with a prompt below makes one.")  # noqa: T201
        return
    rows = [_job_row(job) for job in found]
    print(_table([("job", "when (UTC)", "status", "model", "seconds", "cost", "prompt", "clip"), *rows]))  # noqa: T201


def _job_row(job: Job) -> tuple[str, ...]:
    prompt = " ".join(job.request.prompt.split())
    cost = str(job.cost) if job.cost else ""
    when = job.created_at.strftime("%m-%d %H:%M")
    clip = short_path(job.path) if job.path else ""
    if job.path and not job.path.exists():
        clip = f"{clip} (missing)"
    status = f"{job.status} {job.progress:.0%}" if job.progress is not None and not job.ended else str(job.status)
    return job.id, when, status, job.model, f"{elapsed_of(job):.0f}", cost, plain(prompt, 36), clip


def _show(words: Sequence[str], shell: Any) -> None:
    """Show jobs again by their ids: clip, bar, or what happened."""
    for job in _named(words, "show"):
        show(job, shell)


def _compare(words: Sequence[str], shell: Any) -> None:
    """Show jobs or sweeps side by side, played in step, by their ids."""
    if not words:
        raise RequestError("`%videogen compare` needs ids of jobs or of a sweep; `%videogen jobs` lists them.")
    show_grid(api.compare(*words), shell)


def _panel(_: Sequence[str], shell: Any) -> None:
    """Open the form, with what was made beside it."""
    show_panel(api.panel(), shell)


def _cancel(words: Sequence[str], _: Any) -> None:
    """Stop jobs, or stop following them where the provider can't."""
    for job in _named(words, "cancel"):
        if job.ended:
            print(f"Job {job.id} has ended already ({job.status}).")  # noqa: T201
            continue
        job.cancel()
        maker = provider(job.provider)
        can = (
            "Stopping" if maker.cancels else f"No longer following (it may still be charged: {maker.title} can't stop)"
        )
        print(f"{can} job {job.id}.")  # noqa: T201


def _retry(words: Sequence[str], shell: Any) -> None:
    """Submit the same request again as a new job; it may be charged again."""
    for job in _named(words, "retry"):
        show(job.retry(), shell)


def _resume(words: Sequence[str], shell: Any) -> None:
    """Go on with unfinished jobs of this folder, and show what of this notebook is out of view; or the one named."""
    if words:
        for job in (job for word in words for job in api.resume(word)):
            show(job, shell)
        return
    found = {job.id: job for job in (*api.resume(), *session.backend().following())}
    mend(shell)
    hidden = out_of_view(shell)
    for each in hidden:
        if isinstance(each, Comparison):
            show_grid(each, shell, compared=False)
        else:
            show(each, shell)
    shown = shown_to(client_session(shell))
    left = [job for job in found.values() if job.id not in shown]
    for job in left:
        show(job, shell)
    if not hidden and not left:
        print("Nothing to resume in this folder, and nothing of this notebook is out of view.")  # noqa: T201


def _cost(_: Sequence[str], __: Any) -> None:
    """Sum what providers reported, by day, provider and model."""
    journal, budget = session.backend().journal, config.settings().budget
    rows, sums = [], dict[str, float]()
    for day, name, model, unit, amount, count in journal.costs():
        rows.append((day, name, model, str(Cost(amount, unit)), str(count)))
        sums[unit] = sums.get(unit, 0.0) + amount
    if rows:
        rows += [("all", "", "", str(Cost(amount, unit)), "") for unit, amount in sums.items()]
        print(_table([("day (UTC)", "provider", "model", "cost", "jobs"), *rows]))  # noqa: T201
    else:
        print("No provider has reported a cost yet.")  # noqa: T201
    most = "" if budget is None else f" of a budget of {budget:g}"
    now = [f"{Cost(amount, unit)}{most}" for unit, amount in spent(journal).items()]
    if now or most:
        print(  # noqa: T201
            f"This session: {', '.join(now) or f'nothing{most}'}, with the prices of what has not told its cost yet."
        )


def _config(_: Sequence[str], __: Any) -> None:
    """Print the settings in force; `%config VideogenMagics.<name> = value` changes one."""
    now = config.settings()
    rows = [
        (name, str(getattr(now, name)), trait.help)
        for name, trait in sorted(config.Settings.class_own_traits(config=True).items())
    ]
    rows += [
        ("clips go to", str(now.output_folder()), ""),
        ("journal", str(config.home() / "journal.sqlite3"), ""),
    ]
    for each in map(provider, providers()):
        if each.key_env:
            rows.append((each.key_env, "found" if config.find_key(each.key_env) else "not set", ""))
    print(_table([("setting", "value", ""), *rows]))  # noqa: T201


COMMANDS: dict[str, Callable[[Sequence[str], Any], None]] = {
    "models": _models,
    "providers": _providers,
    "jobs": _jobs,
    "show": _show,
    "compare": _compare,
    "panel": _panel,
    "cancel": _cancel,
    "retry": _retry,
    "resume": _resume,
    "export": export,
    "cell": cell,
    "tidy": tidy,
    "cost": _cost,
    "config": _config,
}


def _named(words: Sequence[str], command: str) -> list[Job]:
    if not words:
        raise RequestError(f"`%videogen {command}` needs a job's id; `%videogen jobs` lists them.")
    return [session.find_job(word) for word in words]


def _table(rows: Sequence[Sequence[str]]) -> str:
    rows = [[plain(cell, 120) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
