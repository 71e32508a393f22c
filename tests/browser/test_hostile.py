"""Hostile content in a real JupyterLab: from a gateway, a prompt or another's notebook, it is text and does nothing."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.cells import LOAD
from tests.browser.conftest import Show, Write, distrust
from tests.browser.form import Form
from tests.browser.hostile import Watch, missing, said, texts
from tests.browser.lab import Lab, Notebook
from tests.browser.outputs import OUTPUT, WIDGET
from tests.faults.corpus import MARK, NAMES, SHORT, raw
from tests.faults.echo import BIG, Echo
from tests.providers.conftest import KEY
from tests.support.clips import make_clip

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("all_drawn")]

SENT = {name: text for name, text in SHORT.items() if name != "lone"}
# Those that are shown letter by letter; in the others something is written as an escape.
SEEN = [text for text in SENT.values() if not raw(text) and "\u0300" not in text]
MODELS = [text for text in SEEN if text.isprintable() and text == text.strip()]
READ = (
    "import json, videogen_nb as vg\nT = json.load(open('corpus.json'))\n"
    "ALL, WORD = ' '.join(T.values()), 'W' * 100_000"
)
QUICK = (
    "from videogen_nb.notebook import outputs as display\n"
    "from videogen_nb.backend import download as fetch\n"
    "from videogen_nb.backend import follow\n"
    "from videogen_nb.providers.infery import Infery\n"
    "display.SECOND_CHANCE, Infery.interval = 500.0, 0.05\nfollow.backoff = fetch.backoff = lambda misses: 0.05"
)
PREPARED = 4  # cells
END = "display.close_all()"


@pytest.fixture
def gateway() -> Iterator[Echo]:
    with Echo(make_clip(frames=12, width=64, height=64), MODELS) as server:
        yield server
        server.release.set()


@pytest.fixture
def opened(show: Show, write: Write, folder: Path, lab: Lab, gateway: Echo) -> Callable[..., Watch]:
    """Opens a notebook of these cells behind those that prepare it, and runs those."""

    def opened(*cells: str) -> Watch:
        (folder / "corpus.json").write_text(json.dumps(SENT), "utf-8")
        key = f"%env INFERY_BASE_URL={gateway.url}\n%env INFERY_API_KEY={KEY}"
        notebook = show(write(LOAD, key, READ, QUICK, *cells))
        watch = Watch(notebook, lab)
        notebook.run(*range(PREPARED))
        return watch

    return opened


def again(show: Show, lab: Lab, notebook: Notebook, *, trusted: bool) -> Watch:
    """The notebook as it was saved, opened once more with its kernel gone."""
    notebook.save()
    notebook.close()
    lab.end_kernels()
    if not trusted:
        distrust(notebook.path)
    return Watch(show(notebook.path), lab)


def files(folder: Path) -> set[Path]:
    """All that is below a folder; some of it may go away meanwhile, since the browser keeps its own files there."""
    return {Path(above, name) for above, folders, names in os.walk(folder) for name in (*folders, *names)}


def job(do: str, text: str = "ALL", more: str = "") -> str:
    return f"vg.generate({text}, provider='infery', params={{'do': {do!r}}}{more})"


def test_whatever_is_said_is_shown_as_text(
    opened: Callable[..., Watch], show: Show, lab: Lab, folder: Path, gateway: Echo
) -> None:
    """Live, ended and saved, reopened trusted or not: nothing runs, loads or leaves its place, and all can be read."""
    kinds = ("fail", "refuse", "page", "garbage", "lost", "address", "hold")
    jobs = [*map(job, kinds), job("fail", "WORD"), job("", more=", model=T['image']")]
    odd = {"param.<b id=pwned>": ["<script>top.pwned=1</script>", "\\"], "param.__proto__": ["x", "__proto__"]}
    plain = {name: [name] for name in NAMES} | {"__proto__": ["a", "</script><b id=pwned>"]}
    names = " ".join(f"{{{name}}}" for name in NAMES)
    grids = [
        "vg.sweep('{x}', x=[*T.values()], provider='infery', max_jobs=100, params={'do': 'fail'})",
        f"vg.sweep('x', provider='infery', **{odd!r})",
        f"vg.sweep({names!r}, provider='infery', **{plain!r})",
        "vg.sweep('{a}', a=[WORD, T['tower'], T['override']], provider='infery', params={'do': 'hold'})",
    ]
    lines = "\n".join(f"%videogen {each}" for each in ("jobs", "models", "cost", "config", "providers"))
    dry = "%%videogen -p infery --dry-run --param deep={T} -m {T['svg']}\n{ALL}"
    before = files(lab.root.parent)
    watch = opened(*jobs, *grids, lines, dry, f"{job('fail')}.wait()", END)
    notebook, page = watch.notebook, watch.page
    first, last = PREPARED, PREPARED + len(jobs) + len(grids)
    notebook.run(*range(first, last))
    # What ends before its page is there is shown as it will be saved; one is under way.
    expect(page.locator(f".vgn-card .vgn-ending, {OUTPUT} .videogen-job")).to_have_count(len(jobs) - 1)
    expect(page.locator(".vgn-grid .vgn-ending")).to_have_count(len(SENT))
    expect(page.locator(f".vgn-grid, {OUTPUT} .videogen-grid")).to_have_count(len(grids))
    expect(page.locator(f"{OUTPUT} video[src]")).to_have_count(7)
    watch.check()
    assert missing(texts(page), SEEN) == []

    notebook.run(*range(last, last + 4))
    expect(page.locator(f"{OUTPUT} .videogen-job")).to_have_count(len(jobs))
    expect(page.locator(f"{OUTPUT} .videogen-grid .vgn-grid")).to_have_count(len(grids))
    watch.check()
    saved = notebook.save()
    assert WIDGET not in json.dumps(saved)
    assert raw(said(saved)) == ""
    new = files(lab.root.parent) - before
    ours = {folder / name for name in ("corpus.json", "notebook.ipynb", "videogen", ".ipynb_checkpoints")}
    assert not [path for path in new if path.is_relative_to(lab.root) and not ours & {path, *path.parents}]
    assert not [path for path in new if MARK in path.name and folder / "videogen" not in path.parents]
    for trusted in (True, False):
        watch = again(show, lab, watch.notebook, trusted=trusted)
        expect(watch.page.locator(f"{OUTPUT} .videogen-job")).to_have_count(len(jobs))
        expect(watch.page.locator(f"{OUTPUT} .videogen-grid .vgn-grid")).to_have_count(len(grids) * trusted)
        watch.check()
        assert missing(texts(watch.page), SEEN) == []


def test_a_panel_of_any_words(opened: Callable[..., Watch]) -> None:
    """In its fields, its lists, its strip, beside its fields, in the name of a picture and in what it copies."""
    made = (job("fail"), job(""), job("", "WORD"), job("", "T['tower']"))
    # The panel enlarges a job that still runs when it opens, and the first press would close that.
    watch = opened(
        f"import contextlib\nfor boat in ({', '.join(made)}):\n"
        "    with contextlib.suppress(vg.VideogenError):\n        boat.wait()",
        "panel = vg.panel(ALL, provider='infery', model=T['image'], params={'x': T['script']}, "
        "axes={'aspect_ratio': [*T.values()]})\npanel",
        "",
        "panel.fill(ALL, {'negative_prompt': ALL, 'user': ALL}, {'param.x': [*T.values()]})",
    )
    notebook, page = watch.notebook, watch.page
    notebook.run(PREPARED)
    notebook.run(PREPARED + 1)
    form = Form(notebook)
    form.tiles(len(made) - 1)
    expect(page.locator(".vgn-tile")).to_have_count(len(made))
    for place in range(len(made)):
        page.locator(".vgn-thumb").nth(place).click()
        expect(page.locator(".vgn-tile").nth(place).locator("[aria-current]")).to_have_count(1)
        watch.check()
    assert missing(texts(page), SEEN) == []
    assert form.copy("Copy as cell").startswith("%%videogen ")
    form.press("Reuse")
    picture = io.BytesIO()
    Image.new("RGB", (64, 36), "teal").save(picture, "PNG")
    name = f"'\"><img src=x onerror=top.{MARK}=1>.png"
    page.locator(".vgn-file").set_input_files({"name": name, "mimeType": "image/png", "buffer": picture.getvalue()})
    expect(page.locator(".vgn-image-name")).to_have_text(name)
    for label in ("Prompt", "Image"):
        form.type(label, SENT["image"])
    page.get_by_label("Search the videos").fill(SENT["protocol"])
    expect(page.locator(".vgn-tile")).to_have_count(2)
    watch.check()
    notebook.run(PREPARED + 3)
    watch.check()
    form.press("Done")
    expect(page.locator(".vgn-panel")).to_have_count(0)
    watch.check()
    assert raw(said(notebook.save())) == ""


def test_endless_answers_fill_neither_kernel_nor_page(opened: Callable[..., Watch]) -> None:
    """50 MB of error, and what unpacks to 200 MB, leave the kernel's memory and the page nearly as they are."""
    peak = "import resource; print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 'kB')"
    noticed = "import asyncio\nwhile not later.notice and not later.ended:\n    await asyncio.sleep(0.05)"
    watch = opened(job("fail"), peak, job("big"), job("bomb"), f"later = {job('bomb later')}\nlater", noticed, peak)
    notebook = watch.notebook
    notebook.run(*range(PREPARED, PREPARED + 7))
    expect(watch.page.locator(f".vgn-ending, {OUTPUT} .videogen-job")).to_have_count(3)
    first, last = [int(line.split()[1]) for line in said(notebook.save()).splitlines() if line.startswith("peak")]
    assert (last - first) * 1024 < 3 * BIG
    assert len(texts(notebook.page)) < 100_000
    watch.check()
