"""A real kernel that does everything once, against gateways that leak, and all that was then written or said."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults import gather, notebook
from tests.faults.cells import BACKEND, COPIES, DUMPS, FRAMES, HURRY, SET_UP, THINGS, TRACEBACKS
from tests.faults.leaky import KEYS, PARAM, PICTURE, WORDS, Leaky, Storage
from tests.kernel.client import Kernel, Message, Ran
from tests.kernel.displays import WIDGET, shown
from tests.support.clips import make_clip
from tests.support.servers import Seen

__all__ = ["Session", "do_everything"]

MODELS = {"infery": "veo-3-1-fast", "infinityblue": "veo_3_1-fast", "openai_videos": "sora-2"}


@dataclass
class Session:
    """A run of everything.

    Attributes:
        cells: Those that ran, each with its source.
        found: All that was written or said, by name.
        storage: Requests that came to the storage.
        gateways: Requests that came to each provider.
    """

    cells: list[tuple[str, Ran]] = field(default_factory=list)
    found: dict[str, bytes] = field(default_factory=dict)
    storage: list[Seen] = field(default_factory=list)
    gateways: dict[str, list[Seen]] = field(default_factory=dict)

    def text(self, part: str) -> str:
        """What the cells with this in their source printed."""
        return "".join(ran.text for source, ran in self.cells if part in source)


def do_everything(folder: Path) -> Session:
    """Run it in a folder, with the keys in the kernel's environment and nowhere else."""
    clip, session = make_clip(), Session()
    with ExitStack() as stack, pytest.MonkeyPatch.context() as environment:
        storage = stack.enter_context(Storage(clip))
        gateways = {name: stack.enter_context(Leaky(name, storage.url, clip)) for name in KEYS}
        for name, gateway in gateways.items():
            environment.setenv(f"{name.upper()}_BASE_URL", gateway.url)
            environment.setenv(f"{name.upper()}_API_KEY", KEYS[name])
        for name, value in {
            "PICTURE": PICTURE,
            "STYLE": PARAM,
            "VIDEOGEN_HOME": str(folder / "home"),
            "VIDEOGEN_OUTPUT_DIR": str(folder / "videogen"),
            "IPYTHONDIR": str(folder / "ipython"),
            "NO_PROXY": "127.0.0.1",
            "PYTHONWARNINGS": "always",
        }.items():
            environment.setenv(name, value)
        with _into(folder / "standard output", 1), _into(folder / "standard error", 2):
            kernel = Kernel(folder)
        try:
            _run_all(kernel, session)
        finally:
            kernel.stop()
        session.storage = storage.seen
        session.gateways = {name: gateway.seen for name, gateway in gateways.items()}
    answers = kernel._replies.values()
    session.found |= gather.transcript([*kernel.said, *answers]) | gather.documents(folder)
    session.found |= notebook.save(session.cells, kernel.said)
    return session


@contextmanager
def _into(path: Path, stream: int) -> Iterator[None]:
    """Processes that start meanwhile write this stream into a file."""
    before = os.dup(stream)
    try:
        with path.open("wb") as file:
            os.dup2(file.fileno(), stream)
        yield
    finally:
        os.dup2(before, stream)
        os.close(before)


def _run_all(kernel: Kernel, session: Session) -> None:
    def run(code: str, fails: bool | None = False) -> Ran:
        done = kernel.run(code)
        session.cells.append((code, done))
        if fails is not None:
            assert (done.reply["status"] == "error") is fails, f"{code}\n{done.reply}\n{done.text[-1000:]}"
        return done

    run(SET_UP)
    run("%load_ext videogen_nb")
    run(HURRY)
    for provider, model in MODELS.items():
        for word in WORDS:
            run(f"%%videogen {word}_{provider} -p {provider} -m {model}\n{word} boat of {provider}")
    run("%%videogen pictured -p infinityblue -m veo_3_1-fast -i {os.environ['PICTURE']}\nfine picture")
    run(
        "%%videogen drawn -p openai_videos -m sora-2 -i {__import__('numpy').zeros((64, 64, 3), 'uint8')}\nfine drawing"
    )
    run("%%videogen styled -p infery -m veo-3-1-fast --param style={os.environ['STYLE']}\nfine style")
    run("%%videogen near -p local -i {os.environ['PICTURE']}\nlocal picture", None)
    run("%%videogen --dry-run -p infery -m veo-3-1-fast -i {os.environ['PICTURE']}\na boat")
    run("%%videogen --dry-run -p openai_videos -m sora-2 --param style={os.environ['STYLE']}\na boat")
    run("%%videogen pair -p infinityblue -m veo_3_1-fast --sweep seed=1,2 --sweep word=fine,failed\n{word} sweep")
    ends = "[job.ended for job in vg.jobs() if not job.request.prompt.startswith('held')]"
    kernel.until(lambda: all(kernel.value(ends)))
    (first,) = (done for source, done in session.cells if source.startswith("%%videogen fine_infery"))
    kernel.tell_widget(
        shown(first)["content"]["data"][WIDGET]["model_id"], {"kind": "hello"}
    )  # a page that was reloaded
    run(TRACEBACKS)
    for mode in ("Plain", "Context", "Verbose", "Minimal"):
        run(f"%xmode {mode}")
        run("vg.generate('x', image=Broken(), provider='infery', model='veo-3-1-fast')", True)
        run("nested()", True)
        run("print(os.environ['INFERY_API_KEY'][:0]); held_openai_videos.wait(0.01)", True)
        run("unauthorized_openai_videos.wait()", True)
        run("failed_infery.wait()", True)
        _interrupt(kernel, session, "print('waiting'); held_infery.wait()")
        _interrupt(kernel, session, "%%videogen slow -p infery -m veo-3-1-fast --wait\nheld once more")
    run(FRAMES)
    for line in ("config", "providers", "jobs", "jobs --all", "cost", "models", "-h"):
        run(f"%videogen {line}")
    run("for job in vg.jobs(): get_ipython().run_line_magic('videogen', f'show {job.id}')")
    run("%videogen compare {fine_infery} {moved_infinityblue} {failed_openai_videos}")
    run("compared = vg.compare(fine_infery, moved_infery, pair); compared")
    run("panel = vg.panel('a boat', provider='infinityblue', image=os.environ['PICTURE']); panel")
    run("panel.submit(); vg.panel(prompt='fine', provider='openai_videos', model='sora-2').submit()", None)
    run("try: print(pair.table().to_html())\nexcept AttributeError: print(pair.table())")
    run(
        "from videogen_nb.core.as_code import *\nfor job in vg.jobs(): print(cell_text(job.request.prompt, options_of("
        "job.request)), python_text(job.request.prompt, options_of(job.request)))"
    )
    run(THINGS)
    run(DUMPS)
    run(COPIES)
    run(BACKEND)
    run("%videogen cancel {held_infinityblue}")
    run("%videogen retry {unauthorized_infery}")
    run("%videogen resume", None)
    run("%unload_ext videogen_nb")
    run("logging.shutdown(); crash.close()")


def _interrupt(kernel: Kernel, session: Session, code: str) -> None:
    """Run a cell that says something and then waits, and interrupt it once it has said it."""
    id = kernel.submit(code)  # noqa: A001
    said = ("stream", "display_data")
    kernel.until(lambda: any(each["msg_type"] in said and _of(each, id) for each in kernel.said[-200:]))
    kernel.interrupt()
    session.cells.append((code, kernel.finish(id)))


def _of(message: Message, cell: str) -> bool:
    return bool(message["parent_header"].get("msg_id") == cell)
