from __future__ import annotations

import ast
import json
import re
import tracemalloc
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import videogen_nb as vg
from tests.faults.corpus import ADDRESSES, HOSTILE, MARK, NAMES, SHORT, raw
from tests.faults.echo import BIG, BOMB, Echo, big, bomb
from tests.support.clips import make_tiny
from tests.support.scripted import Gateway, failed, when
from tests.support.serving import serving
from videogen_nb.backend import session
from videogen_nb.cli import main
from videogen_nb.core.as_code import cell_text, options_of, python_text
from videogen_nb.core.axes import axes_of
from videogen_nb.errors import VideogenError
from videogen_nb.notebook.cell_options import Cell, parse
from videogen_nb.notebook.magic import VideogenMagics
from videogen_nb.text import plain
from videogen_nb.views.grid_html import grid_html
from videogen_nb.views.job import line_of, view_of
from videogen_nb.views.job_html import GONE, job_html

if TYPE_CHECKING:
    from tests.support.shell import Shell

pytest_plugins = ["tests.support.fixtures", "tests.support.shell"]

EchoOf = Callable[..., Echo]
ENDS = ("fail", "refuse", "page", "lost", "garbage", "address", "")
# What goes over a wire is UTF-8, in which halves of pairs have no place.
SENT = {name: text for name, text in HOSTILE.items() if name != "lone"}


@pytest.fixture
def echo(quick: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[EchoOf]:
    """Starts gateways and makes each the Infery of this test."""
    with serving(monkeypatch) as start:
        yield lambda **options: start(Echo(make_tiny(), **options), "infery")


def settled(*jobs: vg.Job) -> None:
    """Wait until all have ended, however they do."""
    for job in jobs:
        try:
            job.wait(60)
        except VideogenError:
            assert job.ended


def generate(prompt: str, do: str = "", **fields: Any) -> vg.Job:
    return vg.generate(prompt, provider="infery", params={"do": do, **fields})


def check(told: str, lines: bool = False) -> None:
    """That a text can be printed: it steers nothing, can be encoded, and is one line where it has to be."""
    assert raw(told) == ""
    assert lines or not re.search(r"[\n\r\t]", told)
    told.encode()


@pytest.mark.parametrize("name", HOSTILE)
def test_plain_text_is_text(name: str) -> None:
    """Nothing in it steers; what can be seen is all there; it is the same when it is made plain once more."""
    text = HOSTILE[name]
    for lines in (False, True):
        told = plain(text, lines=lines)
        check(told, lines)
        assert plain(told, lines=lines) == told
    assert len(plain(text, 50)) <= 50 * 10
    seen = "".join(each for each in text if each.isascii() and each.isprintable() and each != " ")
    assert seen in plain(text).replace(" ", "") or raw(text) or not text.isascii()


def test_plain_leaves_what_languages_and_emoji_need() -> None:
    """Joiners, marks, wide blanks and right-to-left letters stay as they are."""
    text = "nai\u0308ve שָׁלוֹם \u200fאב\u200e می\u200cخواهم 雨\u3000雪 👩🏽\u200d🚀 ❤\ufe0f กำ เมื่อ Việt"
    assert plain(text) == text


def test_what_a_gateway_says_never_reaches_a_terminal_raw(
    echo: EchoOf, shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    """However a job of any prompt ends, its line, repr, error, HTML and listing hold no code of a terminal's."""
    echo()
    jobs = [generate(text, ENDS[place % len(ENDS)]) for place, text in enumerate(SENT.values())]
    settled(*jobs)
    for job in jobs:
        check(line_of(job))
        check(repr(job))
        check(job_html(job, folder=Path.cwd()), lines=True)
        check(json.dumps(view_of(job), ensure_ascii=False))
        assert len(line_of(job)) < 3000
        if job.error:
            check(str(job.error))
            check("".join(job.error._render_traceback_()))
    shown = [f"%videogen show {job.id}" for job in jobs[:7]]
    for line in ("%videogen jobs --all", "%videogen cost", "%videogen config", *shown):
        check(shell(line), lines=True)
    assert main(["jobs"]) == 0
    check(capsys.readouterr().out, lines=True)
    grid = vg.compare(*jobs[:40])
    check(repr(grid))
    html = grid_html(grid, folder=Path.cwd(), script="0")
    check(html, lines=True)
    assert html.count("<script") == html.count("</script") == 2
    failed = shell.run(f"import videogen_nb as vg; vg.resume({jobs[0].id!r})[0].wait()")
    assert isinstance(failed.error_in_exec, VideogenError)
    check(capsys.readouterr().out.replace("\x1b", ""), lines=True)


def test_no_html_is_made_of_words(echo: EchoOf) -> None:
    """In what a saved notebook keeps no element, attribute or address comes of a text."""

    said = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag in ("div", "span", "b", "a", "img", "video", "code", "details", "summary", "br"), tag
            for name, value in attrs:
                if name.startswith("on"):  # ours, the same for every clip
                    said.add(f"{name}={value}")
                assert MARK not in (name if name != "src" else ""), (name, value)
                if name in ("src", "href", "poster"):
                    assert re.match(r"(data:image/webp;base64,|videogen/[\w-]+\.(mp4|webp)$)", value or ""), value

        def handle_comment(self, data: str) -> None:
            raise AssertionError(data)

        def handle_decl(self, decl: str) -> None:
            raise AssertionError(decl)

        def handle_pi(self, data: str) -> None:
            raise AssertionError(data)

    echo()
    short = [text for text in SENT.values() if text in SHORT.values()]
    jobs = [generate(text, "fail" if place % 2 else "") for place, text in enumerate((*short, *short[1:]))]
    settled(*jobs)
    for job in jobs:
        html = job_html(job, folder=Path.cwd())
        assert "mathjax_ignore" in html  # or $…$ of a prompt becomes a formula, which may be a link to a script
        Reader(convert_charrefs=True).feed(html)
    Reader(convert_charrefs=True).feed(grid_html(vg.compare(*jobs), folder=Path.cwd()))
    assert said == {f"onerror={GONE}"}


def test_a_long_word_takes_little_room(echo: EchoOf) -> None:
    """As a heading, a caption or a prompt a word of 100 kB leaves a saved grid some lines long, without its data."""
    echo()
    words: dict[str, Any] = {
        "a": [HOSTILE["word"], "x"],
        "b": ["y", HOSTILE["word"][:-1]],
        "c": [HOSTILE["word"][2:], "z"],
    }
    sweep = vg.sweep("{a} {b} {c}", provider="infery", params={"do": "refuse"}, **words)
    settled(*sweep.jobs)
    assert len(grid_html(sweep, folder=Path.cwd())) < 60_000


def test_names_of_a_list_are_names(echo: EchoOf, shell: Shell) -> None:
    """Models that a gateway lists are printed as text, in a table that one long name does not blow up."""
    echo(models=[*HOSTILE.values(), *NAMES])
    said = shell("%videogen models infery")
    check(said, lines=True)
    assert max(map(len, said.splitlines())) < 400
    for name in NAMES:
        assert any(line.split()[:1] == [name] for line in said.splitlines())


@pytest.mark.parametrize("text", [text for text in SHORT.values() if raw(text) or "\n" in text])
def test_slips_are_told_in_one_plain_line(echo: EchoOf, shell: Shell, text: str) -> None:
    """A hostile value of any option is refused, or shown by a dry run, as text."""
    echo()
    shell.ns["text"] = text
    for option in ("-m", "-p", "-r", "-a", "--size", "-d", "-s", "--negative-prompt", "--person-generation", "--user"):
        result = shell.run(f"%%videogen --dry-run {option} {{text}}\nx")
        said = shell._capsys.readouterr()
        check(said.out, lines=True)
        check(said.err, lines=True)
        if result.error_in_exec:
            check(str(result.error_in_exec))
    for cell in ("%%videogen --param {text}=1\nx", "%%videogen --sweep {text}\nx", "%%videogen {text}\nx"):
        result = shell.run(cell)
        shell._capsys.readouterr()
        check(str(result.error_in_exec))
    for line in ("models", "show", "cancel", "retry", "compare", ""):
        result = shell.run(f"%videogen {line} {{text}}")
        shell._capsys.readouterr()
        check(str(result.error_in_exec))


def test_a_copied_cell_is_its_prompt_and_nothing_else(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Pasted back, IPython hands all of it to the magic: no other magic, shell or expression of it runs."""
    seen: list[Cell] = []
    ran: list[str] = []
    monkeypatch.setattr(VideogenMagics, "_submit", lambda _, line, body: seen.append(parse(line, body, shell.ns)))
    for way in ("system", "getoutput", "run_line_magic"):
        monkeypatch.setattr(shell.ip, way, lambda *words, **_: ran.append(words[0]))
    for text in (each[:10_000] for each in HOSTILE.values()):
        options = {"negative_prompt": text, "user": text, "params": {"style": text, "deep": {text: [text]}}}
        axes = {"model": (text, "other"), "param.style": ("1", text)}
        for given, swept in ((options, {}), ({"seed": 1}, axes)):
            assert shell.run(cell_text(text, given, swept)).success
            cell = seen.pop()
            assert (cell.prompt, cell.options, dict(cell.axes)) == (text, given, swept)
    assert not seen
    assert not ran
    assert not [*tmp_path.rglob(f"{MARK}*")]


@pytest.mark.parametrize("axes", [{}, {"user": ("a", "b")}], ids=["generate", "sweep"])
def test_a_copied_program_is_one_call_of_constants(axes: dict[str, Any]) -> None:
    """It imports this package and calls one function of it with values: nothing in it is computed."""
    for text in HOSTILE.values():
        options = {"negative_prompt": text, "params": {text: text}, "seed": 1}
        swept = {**axes, text: (text, 1)} if axes else {}
        first, second = ast.parse(python_text(text, options, swept)).body
        assert isinstance(first, ast.Import)
        assert isinstance(second, ast.Assign)
        call = second.value
        assert isinstance(call, ast.Call)
        assert ast.unparse(call.func) == ("vg.sweep" if axes else "vg.generate")
        given: dict[str, Any] = {}
        for each in call.keywords:
            value = ast.literal_eval(each.value)
            given |= {each.arg: value} if each.arg else value
        assert [ast.literal_eval(each) for each in call.args] == [text]
        assert given == {**options, **{axis: [*values] for axis, values in swept.items()}}


def test_nothing_is_written_but_where_clips_go(echo: EchoOf, tmp_path: Path) -> None:
    """Prompts, file names and links that climb out of folders change no file outside the two that are ours."""
    before = {*tmp_path.parent.rglob("*")}
    echo()
    jobs = [generate(text, "") for text in SENT.values()] + [generate(text, "garbage") for text in [*SENT.values()][:9]]
    jobs += [generate("x", "address", link=link) for link in ADDRESSES]
    settled(*jobs)
    new = {path for path in tmp_path.parent.rglob("*") if path not in before}
    ours = (tmp_path / "videogen", tmp_path / "home")
    strange = [path for path in new if not any(path == each or each in path.parents for each in ours)]
    assert [path for path in strange if path.name != "ipython" and "ipython" not in path.parts] == []
    clips = [job.path for job in jobs if job.path]
    assert len(clips) >= len(SENT) - 2
    assert all(path.parent == tmp_path / "videogen" and len(path.name.encode()) < 255 for path in clips)
    assert not [path for path in ours[0].iterdir() if path.suffix not in (".mp4", ".json", ".webp")]


def test_halves_of_pairs_from_the_wire_are_written_out(infery: Callable[..., Gateway]) -> None:
    """JSON can name them; they reach neither a text that is shown nor the journal as they are."""
    half = json.loads('"half \\ud800 \\u001b[31m \\u202e"')
    infery(status=failed({"message": half, "code": half}, model=half, id=half))
    settled(job := vg.generate("x", provider="infery"))
    check(str(job.error))
    session.close()
    (row,) = vg.jobs()
    check(repr(row))
    check(job_html(row, folder=Path.cwd()), lines=True)


@pytest.mark.parametrize("options", [{"prompt": "x"}, {"user": "x"}, {"params": {"x": ["x"]}}, {"params": {"x": 1}}])
def test_what_cannot_be_encoded_is_refused(echo: EchoOf, options: dict[str, Any]) -> None:
    """Half of a pair, which no wire and no file can hold, is refused in one line before anything is sent."""
    server = echo()
    broken = ast.literal_eval(repr({"prompt": "a boat", **options}).replace("'x'", repr("\ud800")))
    with pytest.raises(vg.errors.RequestError) as refused:
        vg.generate(provider="infery", **broken)
    check(str(refused.value))
    assert not server.made


def test_what_is_searched_for_may_hold_any_sign(echo: EchoOf) -> None:
    """A job is found by each word of its prompt, whatever signs are in it."""
    echo()
    texts = ['say "so"', "a\\b", "%_", "<script>", "É日本", "it's", "\x1b[31m"]
    jobs = [generate(f"{text} {place}", "refuse") for place, text in enumerate(texts)]
    settled(*jobs)
    found = [[job.id for job in session.jobs(matching=text)] for text in texts]
    assert found == [[job.id] for job in jobs]


@pytest.mark.parametrize("link", ADDRESSES)
def test_a_link_to_elsewhere_is_not_followed(echo: EchoOf, link: str) -> None:
    """An address that is no clip of a server's ends the job with words; no file of this machine is read for it."""
    echo()
    job = generate("x", "address", link=link)
    with pytest.raises(VideogenError) as refused:
        job.wait(60)
    check(str(refused.value))
    assert job.videos == ()


@pytest.mark.parametrize(("do", "most"), [("big", BIG // 5), ("bomb", BOMB // 20), ("bomb later", BOMB)])
def test_an_endless_answer_takes_little_memory(echo: EchoOf, do: str, most: int) -> None:
    """An answer of 50 MB, or one that unpacks to 200 MB, costs a fraction of it and ends as any error."""
    echo()
    settled(generate("x"))  # what the first job imports and makes is not the answer's
    assert len(big()) > BIG > len(bomb())  # nor is what the server keeps of it
    tracemalloc.start()
    try:
        job = generate("x", do)
        if do == "bomb later":
            assert when_noticed(job)
        else:
            settled(job)
            check(str(job.error))
            assert len(str(job.error)) < 3000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        job.cancel()
    assert peak < most


def when_noticed(job: vg.Job) -> bool:
    """Whether the job soon says that it can't be asked for, or ends."""
    return when(job, "notice", bool).wait(60) or job.ended


@pytest.mark.parametrize("name", NAMES)
def test_names_of_the_languages_are_names(name: str) -> None:
    """A parameter or a value called as Python or the page call their own is one like others."""
    (axis,) = axes_of(f"a {{{name}}}", {name: (name, "x")})
    assert str(axis)
    assert parse(f"--sweep {name}={name},x --param {name}={name}", f"a {{{name}}}", {}).axes == {name: (name, "x")}
    assert options_of(vg.VideoRequest("x", params={name: name}))["params"] == {name: name}
