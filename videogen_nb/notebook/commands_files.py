"""``%videogen export``, ``tidy`` and ``cell``: what is done with the files of finished jobs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from videogen_nb import api
from videogen_nb.backend import session
from videogen_nb.core.job import Job
from videogen_nb.errors import RequestError
from videogen_nb.storage.clips import clip_name
from videogen_nb.sweeps.compare import open_grid
from videogen_nb.sweeps.comparison import Comparison
from videogen_nb.text import plain
from videogen_nb.views.front_end import front_end_answers, has_kernel
from videogen_nb.views.job import short_path

__all__ = ["cell", "export", "tidy"]


def export(words: Sequence[str], _: Any) -> None:
    """Write jobs or a sweep into a file, .html, .mp4, .gif, .webp, .png or .jpg; --width, --columns, --fps."""
    from videogen_nb.export import export as write

    names, options = _options(words)
    files = [word for word in names if Path(word).suffix]
    ids = [word for word in names if not Path(word).suffix]
    if not ids or len(files) > 1:
        raise RequestError(
            "`%videogen export` needs ids of jobs or of a sweep, and one file: `%videogen export k3x9ab2c boat.html`."
        )
    source = _named(ids)
    prompt = source.request.prompt if isinstance(source, Job) else source.prompt
    path = write(source, files[0] if files else f"{clip_name(prompt, source.id)}.html", **options)
    print(f"{plain(short_path(path))}  {_size(path.stat().st_size)}")  # noqa: T201


def tidy(words: Sequence[str], _: Any) -> None:
    """List files that no notebook and no journal row mentions; --remove removes them."""
    from videogen_nb.storage.tidy import leftovers, remove

    if wrong := [word for word in words if word != "--remove"]:
        raise RequestError(f"`%videogen tidy` takes --remove and nothing else, not {wrong[0]!r}.")
    backend = session.backend()
    found = leftovers(backend.journal, loaded=backend.loaded)
    if not found:
        print("Nothing is left over.")  # noqa: T201
        return
    width = max(len(plain(short_path(each.path))) for each in found)
    for each in found:
        print(f"{plain(short_path(each.path)):{width}}  {_size(each.bytes):>8}  {each.reason}")  # noqa: T201
    told = f"{len(found)} file{'s' * (len(found) > 1)}, {_size(sum(each.bytes for each in found))}"
    if not words:
        print(f"{told}. `%videogen tidy --remove` removes them.")  # noqa: T201
        return
    freed = remove(backend.journal, found, loaded=backend.loaded)
    left = sum(each.path.exists() for each in found)
    print(f"Removed {len(found) - left} of {told}: {_size(freed)} freed.")  # noqa: T201


def cell(words: Sequence[str], shell: Any) -> None:
    """Write the cell that makes a job again, by its id or its clip's file, below this one."""
    if len(words) != 1:
        raise RequestError("`%videogen cell` needs a job's id or a clip's file.")
    (word,) = words
    job = api.load(word) if Path(word).suffix or Path(word).is_file() else session.find_job(word)
    text = api.as_cell(job)
    if has_kernel(shell) and not front_end_answers(shell):  # a program that only collects outputs has no next cell
        print(plain(text, lines=True))  # noqa: T201
    else:
        shell.set_next_input(text)


def _named(ids: Sequence[str]) -> Job | Comparison:
    if len(ids) == 1:
        return open_grid(ids[0]) or session.find_job(ids[0])
    return api.compare(*ids)


def _options(words: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
    """Names, and options with their values, which may stand behind a space or an equals sign."""
    from videogen_nb.export.formats import flags

    kinds = flags()
    names: list[str] = []
    options: dict[str, Any] = {}
    remaining = list(words)
    while remaining:
        word = remaining.pop(0)
        flag, equals, value = word.partition("=")
        if flag in kinds:
            name, kind = kinds[flag]
            if kind is bool:
                options[name] = False
                continue
            value = value if equals else remaining.pop(0) if remaining else ""
            try:
                options[name] = kind(value)
            except ValueError:
                raise RequestError(f"{flag} needs a number, not {value!r}. Nothing was written.") from None
        elif word.startswith("-"):
            raise RequestError(
                f"`%videogen export` has no option {word}; it has {', '.join(kinds)}. Nothing was written."
            )
        else:
            names.append(word)
    return names, options


def _size(length: int) -> str:
    if length < 1_000:
        return f"{length} B"
    return f"{length / 1e6:.1f} MB" if length >= 100_000 else f"{length / 1e3:.1f} kB"
