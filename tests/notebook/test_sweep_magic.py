from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher

import videogen_nb as vg
from tests.support.farm import Farm
from tests.support.scripted import KEY
from videogen_nb.backend import session
from videogen_nb.notebook.outputs import close_all

if TYPE_CHECKING:
    from tests.support.shell import Shell

pytest_plugins = ["tests.support.fixtures", "tests.support.shell"]

FarmOf = Callable[..., Farm]


def grids() -> int:
    count: int = session.backend().journal._db.execute("SELECT count(*) FROM grids").fetchone()[0]
    return count


def test_a_sweep_in_a_cell(farm: FarmOf, shell: Shell) -> None:
    """A line before, a line a job, the name bound, every combination sent once."""
    server = farm()
    said = shell(
        "%%videogen made -p infery --sweep animal=cat,owl --sweep duration=1..2 --wait 60\na {animal} in {{braces}}"
    )
    made = shell.ns["made"]
    assert isinstance(made, vg.Sweep)
    assert said.splitlines()[0] == "4 jobs (2 animals × 2 durations). The price is not known beforehand."
    assert [line.split()[0] for line in said.splitlines()[1:]] == [job.id for job in made.jobs]
    assert sorted((body["prompt"], body["duration"]) for body in server.posts) == [
        (f"a {animal} in {{braces}}", n) for animal in ("cat", "owl") for n in (1, 2)
    ]
    assert [job.request.prompt for job in made.jobs][:2] == ["a cat in {braces}"] * 2


def test_values_of_variables(farm: FarmOf, shell: Shell) -> None:
    """Lists, arrays and ranges of the notebook's own, also in the middle of a word."""
    import numpy as np

    server = farm()
    shell.ns.update(animals=["a, b", "{x}"], steps=np.array([1, 2]), style="ink", word="owl")
    shell(
        "%%videogen made -p infery --sweep animal={animals} --sweep param.steps={steps} "
        "--sweep param.style={style},oil --wait 60\n{animal} {word}"
    )
    assert {body["prompt"] for body in server.posts} == {"a, b owl", "{x} owl"}
    assert {(body["steps"], body["style"]) for body in server.posts} == {(n, s) for n in (1, 2) for s in ("ink", "oil")}
    assert len(server.posts) == 8


def test_whole_prompts_are_swept_with_an_empty_body(farm: FarmOf, shell: Shell) -> None:
    """What stood below would be ignored, so it is refused."""
    server = farm()
    shell("%%videogen made -p infery --sweep 'prompt=a cat,an owl' --wait 60")
    assert server.prompts == ["a cat", "an owl"]
    assert "given and swept" in shell.refused("%%videogen -p infery --sweep 'prompt=a cat,an owl'\na dog")
    assert len(server.posts) == 2


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("%%videogen --sweep seed=1..3 -s 1\nx", "seed is given and swept"),
        ("%%videogen --sweep param.a=1,2 --param a=1\nx", "param.a is given and swept"),
        ("%%videogen --sweep cat=a,b\na dog", "neither an option nor a {variable}"),
        ("%%videogen --sweep cat=a,b\na {cat} {dog}", "dog"),
        ("%%videogen --sweep cat\na {cat}", "key=v1,v2"),
        ("%%videogen --sweep cat=\na {cat}", "cat has no value"),
        ("%%videogen --sweep =a\na", "key=v1,v2"),
        ("%%videogen --sweep cat=a --sweep cat=b\na {cat}", "twice"),
        ("%%videogen --sweep aspect-ratio=1:1 --sweep aspect_ratio=16:9\nx", "twice"),
        ("%%videogen --sweep cat=a,a\n{cat}", "cat has a twice"),
        ("%%videogen --sweep duration=1..2000\nx", "limit is 1,000"),
        (f"%%videogen --sweep duration=1..{10**40}\nx", "limit is 1,000"),
        ("%%videogen --sweep duration=9..1..2\nx", "no values"),
        ("%%videogen --sweep duration={__import__('itertools').count(1)}\nx", "more than 1,000"),
        ("%%videogen --sweep model=veo-3-1,veo-3-1-fats\nx", "Did you mean 'veo-3-1-fast'"),
        ("%%videogen --sweep duration=4,soon\nx", "Duration must be"),
        ("%%videogen --sweep cat={nobody}\n{cat}", "nobody"),
        ("%%videogen --sweep cat=a,b --columns 0\n{cat}", "--columns"),
        ("%%videogen --sweep cat=a,b --columns dog\n{cat}", "'dog' is not swept; cat is"),
        ("%%videogen --sweep cat=a,b --max-jobs 1\n{cat}", "2 jobs are more than the 1"),
        ("%%videogen --sweep cat=1..13\n{cat}", "13 jobs are more than the 12"),
        ("%%videogen --sweep cat=a,b --max-jobs some\n{cat}", "--max-jobs: 'some'"),
        ("%%videogen --columns 2\nx", "go with --sweep"),
        ("%%videogen --fresh\nx", "go with --sweep"),
        ("%%videogen --max-jobs 2\nx", "go with --sweep"),
        ("%%videogen --sweep cat=a,b\n", "prompt is empty"),
    ],
)
def test_a_mistake_sends_nothing(farm: FarmOf, shell: Shell, cell: str, told: str) -> None:
    """One line that says why; the gateway has seen no submission, the journal has no row, no name is bound."""
    server = farm()
    said = shell.refused(cell.replace("%%videogen", "%%videogen made -p infery"))
    assert told in said
    assert "Nothing was sent" in said
    assert (server.posts, server.accepted) == ([], 0)
    assert session.backend().journal.rows() == []
    assert grids() == 0
    assert "made" not in shell.ns


def test_a_limit_of_cost_holds_for_all_of_it(farm: FarmOf, shell: Shell) -> None:
    """Told before; what is not known is said and goes."""
    server = farm(models=[{"id": "veo-3-1", "modality": "video", "credits_per_clip": 50}])
    said = shell.refused("%%videogen -p infery -m veo-3-1 --sweep cat=a,b,c --max-cost 100\n{cat}")
    assert "150 credits, above the 100" in said
    assert server.posts == []
    said = shell("%%videogen -p infery --sweep model=veo-3-1,sora-2 --max-cost 100 --wait 60\nx")
    assert "It costs 50 credits, and what sora-2 costs is not known." in said
    assert "max-cost can't be checked" in said
    assert len(server.posts) == 2


def test_a_dry_run_sends_nothing(farm: FarmOf, shell: Shell) -> None:
    """It tells how many, and shows the first; also where they are too many to be sent unasked."""
    server = farm()
    said = shell("%%videogen made -p infery --sweep cat=1..40 --dry-run\na {cat}")
    assert said.startswith("40 jobs (40 cats).")
    body = json.loads(said[said.index("{") : said.rindex("}") + 1])
    assert body["prompt"] == "a 1"
    assert KEY not in said
    assert (server.posts, grids()) == ([], 0)
    assert "made" not in shell.ns


@pytest.mark.parametrize(("answer", "count"), [(" Yes ", 13), ("", 0), (None, 0)])
def test_a_terminal_is_asked(
    farm: FarmOf, shell: Shell, monkeypatch: pytest.MonkeyPatch, answer: str | None, count: int
) -> None:
    """Where more than the configured number would be submitted; no answer is no."""
    server = farm()
    asked: list[str] = []

    def reply(question: str = "") -> str:
        asked.append(question)
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr(builtins, "input", reply)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    cell = "%%videogen -p infery --sweep cat=1..13 --wait 60\n{cat}"
    if count:
        shell(cell)
    else:
        assert "13 jobs are more than the 12" in shell.refused(cell)
    assert asked == ["Submit 13 jobs? [y/N] "]
    assert len(server.posts) == count
    shell("%%videogen -p infery --sweep cat=1..13 --max-jobs 13 --wait 60\n{cat}")
    shell("%config VideogenMagics.max_jobs = 13")
    shell("%%videogen -p infery --sweep cat=1..13 --wait 60\n{cat}")
    assert len(asked) == 1


@pytest.mark.parametrize(("allows", "asked"), [(True, 1), (False, 0)])
def test_a_kernel_is_asked_where_somebody_can_answer(
    farm: FarmOf, shell: Shell, monkeypatch: pytest.MonkeyPatch, allows: bool, asked: int
) -> None:
    """A program that executes the notebook is refused at once, and never waits for an answer."""
    server = farm()
    questions: list[str] = []

    def reply(question: str = "") -> str:
        questions.append(question)
        return "no"

    monkeypatch.setattr(builtins, "input", reply)
    shell.ip.kernel = SimpleNamespace(get_parent=lambda _: {"content": {"allow_stdin": allows}})  # type: ignore[attr-defined]
    try:
        assert "13 jobs are more" in shell.refused("%%videogen -p infery --sweep cat=1..13\n{cat}")
    finally:
        del shell.ip.kernel  # type: ignore[attr-defined]
    assert len(questions) == asked
    assert server.posts == []


def test_a_program_that_executes_a_notebook(farm: FarmOf, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for all of the sweep; its run stops only where nothing came of it."""
    farm()
    pub: Any = CapturingDisplayPublisher()  # type: ignore[no-untyped-call]
    monkeypatch.setattr(shell.ip, "display_pub", pub)
    shell.ip.kernel = SimpleNamespace(get_parent=lambda _: {"content": {"allow_stdin": False}})  # type: ignore[attr-defined]
    try:
        shell("%%videogen made -p infery --sweep x=cat,fail\na {x}")
        assert [str(job.status) for job in shell.ns["made"].jobs] == ["succeeded", "failed"]
        assert "GPU caught fire" in shell.refused("%%videogen bad -p infery --sweep 'x=fail,fail 2'\na {x}")
        assert shell.ns["bad"].ended
    finally:
        close_all()
        del shell.ip.kernel  # type: ignore[attr-defined]
    last = pub.outputs[-1]["data"]
    assert set(last) == {"text/html", "text/plain"}


def test_waiting_for_a_sweep(farm: FarmOf, shell: Shell) -> None:
    """A wait that is over is no error; one in which all failed is; some failures are not."""
    server = farm()
    said = shell("%%videogen made -p infery --sweep x=hold,cat --wait 0.3\na {x}")
    assert "of 2 jobs are still running after" in said
    assert "they go on" in said
    server.release.set()
    shell.ns["made"].wait(60)
    shell("%%videogen made -p infery --sweep x=fail,cat --wait 60\na {x}")
    assert "GPU caught fire" in shell.refused("%%videogen made -p infery --sweep x=fail --wait 60\na {x}")
    assert str(shell.ns["made"].jobs[0].status) == "failed"


def test_interrupting_a_wait_tells_how_to_go_on(farm: FarmOf, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the sweep's own id; the jobs go on."""
    server = farm()

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(vg.Job, "wait", interrupted)
        said = shell.refused("%%videogen made -p infery --sweep x=hold,cat --wait\na {x}")
    made = shell.ns["made"]
    assert f"sweep {made.id} goes on. `%videogen compare {made.id}`" in said
    server.release.set()
    made.wait(60)


def test_reuse_and_fresh(farm: FarmOf, shell: Shell) -> None:
    """Run again, a sweep with seeds costs nothing, and says so; `--fresh` makes it again."""
    server = farm("infinityblue")
    cell = "%%videogen made -p infinityblue --sweep seed=1..2 {} --wait 60\nx"
    shell(cell.format(""))
    first = shell.ns["made"]
    said = shell(cell.format(""))
    assert "0 to make, 2 made before with the same seed" in said
    assert "`--fresh`" in said
    assert shell.ns["made"].jobs == first.jobs
    assert len(server.posts) == 2
    shell(cell.format("--fresh"))
    assert len(server.posts) == 4
    assert "3 jobs (3 seeds): 1 to make, 2 made" in shell(cell.format("").replace("1..2", "1..3"))


def test_a_sweep_or_a_comparison_as_the_last_expression_is_shown(farm: FarmOf, shell: Shell) -> None:
    """All of its jobs."""
    farm()
    shell("%%videogen made -p infery --sweep x=cat,owl --wait 60\na {x}")
    made = shell.ns["made"]
    for cell in ("made", "import videogen_nb as vg\nvg.compare(*made.jobs)", f"%videogen compare {made.id}"):
        said = shell(cell)
        assert all(job.id in said for job in made.jobs)
        assert len(said.splitlines()) == 2


def test_columns_may_be_a_field_of_the_providers_own(farm: FarmOf, shell: Shell) -> None:
    """With its dash; an option with either."""
    farm()
    shell("%%videogen a -p infery --sweep param.cfg-scale=1,2 --columns param.cfg-scale --wait 60\nx")
    assert shell.ns["a"].columns == "param.cfg-scale"
    shell("%%videogen b -p infery --sweep aspect-ratio=16:9,9:16 --columns aspect-ratio --wait 60\nx")
    assert shell.ns["b"].columns == "aspect_ratio"
    shell("%%videogen c -p infery --sweep x=1,2 --columns 2 --wait 60\n{x}")
    assert shell.ns["c"].columns == 2


def test_a_local_sweep_with_no_key(shell: Shell, quick: None) -> None:
    """On a fresh machine: real clips, one line that says it is a preview, and nothing is charged."""
    said = shell("%%videogen made --sweep seed=1..3 --size 64x64 -d 0.2 --wait 60\na paper boat")
    assert "Nothing is charged." in said
    assert said.count("Local preview") == 1
    made = shell.ns["made"]
    assert {str(job.status) for job in made.jobs} == {"succeeded"}
    assert len({job.videos[0].sha256 for job in made.jobs}) == 3


def test_the_key_is_never_shown(farm: FarmOf, shell: Shell) -> None:
    """Nor kept in what is written down of a sweep."""
    farm()
    said = shell("%%videogen made -p infery --sweep x=cat,fail --wait 60\na {x}")
    made = shell.ns["made"]
    assert KEY not in said + repr(made) + str(made.table()) + shell(f"%videogen compare {made.id}")
