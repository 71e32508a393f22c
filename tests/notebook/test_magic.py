from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from IPython.core.error import UsageError

import videogen_nb as vg
from tests.support.scripted import ACCEPTED, KEY, Answer, Ask, Gateway, failed, going, ranged
from videogen_nb.backend import session
from videogen_nb.storage.journal import Journal

if TYPE_CHECKING:
    from tests.support.shell import Shell

pytest_plugins = ["tests.support.fixtures", "tests.support.shell"]

Infery = Callable[..., Gateway]


@pytest.fixture
def server(infery: Infery, clip: bytes) -> Gateway:
    """An Infery that makes a clip at once."""
    return infery(routes={"GET /files/a.mp4": ranged(clip)})


def rows(home: Path) -> int:
    if not (home / "journal.sqlite3").exists():
        return 0
    journal = Journal(home / "journal.sqlite3")
    found = len(journal.rows())
    journal.close()
    return found


def test_a_cell_binds_its_job_and_returns(infery: Infery, clip: bytes, shell: Shell) -> None:
    """At once, with one line, while the job runs; the body is the prompt."""
    hold = threading.Event()
    server = infery(submit=Ask(make=lambda _: _held(hold)), routes={"GET /files/a.mp4": ranged(clip)})
    said = shell("%%videogen boat -p infery\na paper boat\n  in the rain\n")
    boat = shell.ns["boat"]
    assert isinstance(boat, vg.Job)
    assert not boat.ended
    assert boat.id in said
    assert said.count("\n") == 1
    hold.set()
    boat.wait(60)
    assert server.posts[0].json()["prompt"] == "a paper boat\n  in the rain"


def _held(hold: threading.Event) -> Answer:
    hold.wait(60)
    return ACCEPTED


def test_every_option_reaches_the_wire(server: Gateway, shell: Shell) -> None:
    """Under the wire's own names, expressions evaluated, literal braces kept."""
    shell.ns.update(seconds=4, animal="cat", extra={"a": [1]}, frame=np.zeros((4, 4, 3), np.uint8))
    shell(
        "%%videogen clip -p infery -m veo-3-1-fast -d {seconds} -r 720p -a 16:9 -n 1 "
        "--person-generation dont_allow --param style=ink --param more={extra} -i {frame} --wait 60\n"
        "a {animal} in {{braces}} at {seconds + 1} o'clock"
    )
    body = server.posts[0].json()
    picture = body.pop("image_base64")
    assert picture.startswith("iVBOR")
    assert body == {
        "model": "veo-3-1-fast",
        "prompt": "a cat in {braces} at 5 o'clock",
        "duration": 4,
        "duration_seconds": 4,
        "resolution": "720p",
        "aspect_ratio": "16:9",
        "person_generation": "dont_allow",
        "style": "ink",
        "more": {"a": [1]},
    }


def test_every_option_of_the_local_wire(shell: Shell) -> None:
    """Seed, size, rate, count, negative prompt and user, shown by a dry run."""
    said = shell(
        "%%videogen --provider local --size 320x180 --fps 12 --seed 7 --count 2 --negative-prompt fog --user me "
        "--duration 1.5 --dry-run\na boat"
    )
    body = json.loads(said[said.index("{") : said.rindex("}") + 1])
    assert body["size"] == "320x180"
    assert (body["fps"], body["seed"], body["n"], body["negative_prompt"]) == (12, 7, 2, "fog")
    assert float(body["seconds"]) == 1.5


def test_waiting_prints_where_the_clip_is(server: Gateway, shell: Shell, tmp_path: Path) -> None:
    """The last line tells the file, and the cell ends when it is there."""
    said = shell("%%videogen boat -p infery --wait\na paper boat")
    boat = shell.ns["boat"]
    assert boat.status is vg.Status.SUCCEEDED
    assert boat.path.name in said
    assert list((tmp_path / "videogen").glob("*.mp4")) == [boat.path]


def test_a_wait_that_is_over_stops_nothing(infery: Infery, shell: Shell) -> None:
    """The cell says that the job goes on, and is no error."""
    infery(status=going())
    said = shell("%%videogen boat -p infery --wait 0.2\na paper boat")
    assert "goes on" in said
    assert not shell.ns["boat"].ended


def test_a_failure_that_was_waited_for_stops_the_notebook(infery: Infery, shell: Shell) -> None:
    """One line, as IPython's own errors are, so that "Run all" ends there."""
    infery(status=failed("the GPU caught fire"))
    said = shell.refused("%%videogen boat -p infery --wait 60\na paper boat")
    assert "GPU caught fire" in said
    assert shell.ns["boat"].status is vg.Status.FAILED


def test_a_dry_run_sends_nothing_and_shows_no_key(server: Gateway, shell: Shell, home: Path) -> None:
    """The exact method, address and body."""
    said = shell('%%videogen boat -p infery -d 4 --param style="ink {{}}" --dry-run\na paper boat')
    assert f"POST {server.url}/v1/videos/generations" in said
    body = json.loads(said[said.index("{") : said.rindex("}") + 1])
    assert body == {
        "model": "veo-3-1-fast",
        "prompt": "a paper boat",
        "duration": 4,
        "duration_seconds": 4,
        "style": "ink {}",
    }
    assert "Nothing was sent" in said
    assert KEY not in said
    assert "boat" not in shell.ns
    assert server.posts == []
    assert rows(home) == 0


@pytest.mark.parametrize("cell", ["%%videogen -h", "%%videogen -h\n", "%%videogen --help\n\n", "%%videogen -h\na boat"])
def test_help_with_and_without_a_body(shell: Shell, home: Path, cell: str) -> None:
    """Prints the options and sends nothing."""
    said = shell(cell)
    assert "--aspect-ratio" in said
    assert "{{" in said
    assert rows(home) == 0


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("%%videogen --modle x\na boat", "--model"),
        ("%%videogen -m veo-3-1-fats\na boat", "veo-3-1-fast"),
        ("%%videogen -p runway\na boat", "infery"),
        ("%%videogen -p infinityblue\na boat", "INFINITYBLUE_API_KEY"),
        ("%%videogen\n", "empty"),
        ("%%videogen", "empty"),
        ("%%videogen boat\n   \n", "empty"),
        ("%%videogen -d soon\na boat", "not a number"),
        ("%%videogen -d 0\na boat", "Duration"),
        ("%%videogen -d 60 -p infery\na boat", "4 s"),
        ("%%videogen -s -1\na boat", "Seed"),
        ("%%videogen --seed 1 -p infery\na boat", "seed"),
        ("%%videogen --fps 0\na boat", "Fps"),
        ("%%videogen -n 99\na boat", "Count"),
        ("%%videogen -r big\na boat", "720p"),
        ("%%videogen -a wide\na boat", "16:9"),
        ("%%videogen --size 720\na boat", "1280x720"),
        ("%%videogen --size 640x360 -r 720p\na boat", "either size"),
        ("%%videogen -i missing.png\na boat", "missing.png"),
        ("%%videogen -i {nobody}\na boat", "nobody"),
        ("%%videogen\na {nobody}", "nobody"),
        ("%%videogen\na { boat", "not closed"),
        ("%%videogen --param x\na boat", "key=value"),
        ("%%videogen two words\na boat", "'words'"),
        ("%%videogen 'open\na boat", "can't be read"),
        ("%%videogen --wait=soon\na boat", "soon"),
        ("%videogen nothing", "jobs"),
        ("%videogen jbos", "Did you mean jobs"),
        ("%videogen show", "needs a job's id"),
        ("%videogen show zzzz", "%videogen jobs"),
        ("%videogen models runway", "runway"),
        ("%videogen 'open", "can't be read"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_sent(
    server: Gateway, shell: Shell, home: Path, cell: str, told: str
) -> None:
    """No traceback, no row in the journal, no variable, no request that costs."""
    if cell in ("%%videogen", "%%videogen\n"):  # IPython says that itself
        result = shell.run(cell)
        assert isinstance(result.error_in_exec, UsageError)
        said = str(result.error_in_exec)
    else:
        said = shell.refused(cell)
    assert told in said
    assert rows(home) == 0
    assert "boat" not in shell.ns
    assert server.posts == []


def test_the_key_is_never_shown(server: Gateway, shell: Shell) -> None:
    """Not by any command."""
    shell("%%videogen boat -p infery --wait 60\na paper boat")
    for line in ("", "models", "providers", "jobs", "cost", "config", "show " + shell.ns["boat"].id):
        assert KEY not in shell(f"%videogen {line}")
    assert KEY not in repr(shell.ip.magics_manager.registry["VideogenMagics"])


def test_defaults_of_the_session(server: Gateway, shell: Shell) -> None:
    """`%config` sets them, a cell's own options come first."""
    shell("%config VideogenMagics.model = 'veo-3-1'")
    shell("%config VideogenMagics.provider = 'infery'")
    shell("%config VideogenMagics.output_dir = 'clips'")
    shell("%%videogen one --wait 60\na paper boat")
    shell("%%videogen two --wait 60 -m grok-video\na paper boat")
    assert [post.json()["model"] for post in server.posts] == ["veo-3-1", "grok-video"]
    assert shell.ns["one"].path.parent == Path.cwd() / "clips"
    assert vg.generate("from python").model == "veo-3-1"


def test_a_local_clip_with_no_key(shell: Shell, quick: None) -> None:
    """The first cell on a fresh machine: a real clip of the named model's preview, and a line that says so."""
    said = shell("%%videogen boat --model veo-3-1-fast --size 160x90 -d 0.5 --seed 7 --wait 60\na paper boat")
    assert "Local preview" in said
    assert "INFERY_API_KEY" in said
    assert shell.ns["boat"].videos[0].size == (160, 90)


def test_a_job_as_the_last_expression_is_shown(server: Gateway, shell: Shell) -> None:
    """As the magic would show it."""
    shell("%%videogen boat -p infery --wait 60\na paper boat")
    assert shell.ns["boat"].path.name in shell("boat")


def test_loading_twice_is_once(bare_shell: Shell, server: Gateway) -> None:
    """One matcher, one transformer, one set of magics."""
    bare_shell("%load_ext videogen_nb")
    before = _registered(bare_shell)
    assert all(before.values())
    bare_shell("import videogen_nb; videogen_nb.load_ipython_extension(get_ipython())")
    bare_shell("%reload_ext videogen_nb")
    assert _registered(bare_shell) == before
    bare_shell("%%videogen boat -p infery --wait 60\na boat")
    assert len(server.posts) == 1


def _registered(shell: Shell) -> dict[str, int]:
    ip: Any = shell.ip
    return {
        "line": int("videogen" in ip.magics_manager.magics["line"]),
        "cell": int("videogen" in ip.magics_manager.magics["cell"]),
        "config": len([each for each in ip.configurables if type(each).__name__ == "VideogenMagics"]),
        "matcher": len([each for each in ip.Completer.custom_matchers if "videogen" in each.__module__]),
        "transformer": len([each for each in ip.input_transformers_cleanup if "videogen" in each.__module__]),
        "formatter": _formatters(ip),
    }


def _formatters(ip: Any) -> int:
    formatter = ip.display_formatter.ipython_display_formatter
    deferred = [each for each in formatter.deferred_printers if each[0].startswith("videogen")]
    return len(deferred) + len([each for each in formatter.type_printers if each.__module__.startswith("videogen")])


@pytest.mark.parametrize(("version", "said"), [((7, 0, 1), True), ((7, 1, 0), False), ((6, 29, 5), False)])
def test_a_kernel_that_can_not_show_clips(
    bare_shell: Shell, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], said: bool
) -> None:
    """On ipykernel 7.0 loading says so in one line; elsewhere it is silent."""
    monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace(version_info=version))
    heard = bare_shell("%load_ext videogen_nb")
    assert ("ipykernel 7.0" in heard) is said
    assert heard.count("\n") == int(said)


def test_unloading_undoes_all_of_loading(infery: Infery, bare_shell: Shell, home: Path) -> None:
    """Magics, completion, transformer, formatter, settings, thread and connections; the job stays resumable."""
    polled = threading.Event()

    def poll(_: Any) -> Answer:
        polled.set()
        return going()

    infery(status=Ask(make=poll))
    threads = set(threading.enumerate())
    bare_shell("%load_ext videogen_nb")
    bare_shell("%config VideogenMagics.model = 'veo-3-1'")
    bare_shell("%%videogen boat -p infery\na boat")
    boat = bare_shell.ns["boat"]
    bare_shell("boat")
    assert polled.wait(60)
    bare_shell("%unload_ext videogen_nb")
    assert not any(_registered(bare_shell).values()), _registered(bare_shell)
    assert {each for each in threading.enumerate() if each.name == "videogen-nb"} == set()
    assert {each for each in threading.enumerate() if not each.daemon} <= threads
    from videogen_nb import config

    assert config.settings().model is None
    journal = Journal(home / "journal.sqlite3")
    assert [row.id for row in journal.left_open()] == [boat.id]
    journal.close()
    with pytest.raises(vg.VideogenError, match="resume"):
        boat.wait(1)


def test_loading_goes_on_with_what_a_dead_kernel_left(infery: Infery, bare_shell: Shell, clip: bytes) -> None:
    """One line says so; a setting turns it off; without such jobs nothing is printed."""
    assert bare_shell("%load_ext videogen_nb") == ""
    bare_shell("%unload_ext videogen_nb")
    server = infery(routes={"GET /files/a.mp4": ranged(clip)})
    id = _left(server)  # noqa: A001
    bare_shell.ip.config.VideogenMagics.auto_resume = False
    assert bare_shell("%load_ext videogen_nb") == ""
    bare_shell("%unload_ext videogen_nb")
    assert server.polls == []
    bare_shell.ip.config.VideogenMagics.auto_resume = True
    said = bare_shell("%load_ext videogen_nb")
    assert id in said
    assert said.count("\n") == 1
    assert session.find_job(id).wait(60).path
    assert server.posts == []


def test_a_job_that_can_not_be_resumed_does_not_stop_the_load(infery: Infery, bare_shell: Shell) -> None:
    """It needs a look, and the line does not claim that it is followed."""
    server = infery()
    id = _left(server, provider="infinityblue", base_url="https://api.infinityblue.ai")  # noqa: A001
    said = bare_shell("%load_ext videogen_nb")
    assert id in said
    assert "attention" in said
    assert "following" not in said


def _left(server: Gateway, **facts: Any) -> str:
    """A job of this folder that its kernel left after the gateway had taken it."""
    journal = session.backend().journal
    row = journal.add(
        **{
            "folder": str(Path.cwd()),
            "output": str(Path.cwd() / "videogen"),
            "provider": "infery",
            "base_url": server.url,
            "model": "veo-3-1-fast",
            "family": "",
            "request": '{"prompt": "x"}',
            "digest": "d",
            **facts,
        }
    )
    journal.sending(row.id)
    journal.accepted(row.id, "v1", None)
    session.close()
    return row.id


def test_other_magics_are_left_alone(shell: Shell) -> None:
    """The transformer that lets `-h` stand without a body touches our cells only."""
    assert shell("%%capture out\nprint(5)") == ""
    assert shell("print('%%videogen')").strip() == "%%videogen"
    for cell in ("%%videogenx\n", "%%time\n"):
        assert not shell.run(cell).success


def test_a_bar_is_drawn_in_a_terminal_only(server: Gateway, shell: Shell) -> None:
    """Where output goes to a file or a pipe, no carriage returns are in it."""
    assert "\r" not in shell("%%videogen boat -p infery --wait 60\na paper boat")
