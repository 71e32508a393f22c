"""A real JupyterLab with its token on, and a driver for the one notebook that a page shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect

__all__ = ["LAB", "PATIENCE", "Lab", "Notebook", "launch", "window"]

LAB = "doc/tree"  # the front end that shows one document at a time, as an address says it
PATIENCE = 60.0  # seconds before something that has to happen is given up
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
_OURS = ("INFERY_", "INFINITYBLUE_", "OPENAI_VIDEOS_", "VIDEOGEN_", "JUPYTER")
_PAGE_CONFIG = {
    "disabledExtensions": {
        # It asks a news server and offers the answer in a pop-up; neither belongs in a test or a picture.
        "@jupyterlab/apputils-extension:announcements": True,
        # It reports an error of its own when a notebook is closed before its kernel has answered the debugger.
        "@jupyterlab/debugger-extension": True,
        # Its menu has the server load every exporter of nbconvert, half a second for each page.
        "@jupyterlab/notebook-extension:export": True,
    },
    "buildCheck": False,  # which starts node for each page
}
# ipywidgets' own class hands a message on to a view that its output has disposed of in that moment: not ours to mend.
_VIEW_GONE = ("null (reading 'processLuminoMessage')", "@jupyter-widgets/jupyterlab-manager/")
_PANEL = "window.jupyterapp.shell.currentWidget"
# Notes each change of a bar, with what the kernel did at that time.
_WATCH = f"""
window.bars = [];
new MutationObserver((changes) => {{
  for (const {{ target }} of changes) {{
    if (!target.matches(".vgn-bar")) continue;
    const status = {_PANEL}.sessionContext.session?.kernel?.status;
    window.bars.push([Number(target.getAttribute("aria-valuenow") ?? -1), status]);
  }}
}}).observe(document, {{ subtree: true, attributeFilter: ["aria-valuenow"] }});
"""


class Lab:
    """JupyterLab on a free loopback port, with a configuration of its own.

    Args:
        root: The folder that it serves.
        state: A folder for all that it, its kernels and the extension keep.
        options: Further options of its command line.
    """

    def __init__(self, root: Path, state: Path, options: Sequence[str] = ()) -> None:
        self.root = root
        config, runtime = state / "config", state / "runtime"
        self._settings = config / "lab" / "user-settings"
        (config / "labconfig").mkdir(parents=True)
        (config / "labconfig" / "page_config.json").write_text(json.dumps(_PAGE_CONFIG))
        env = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        env |= {
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_RUNTIME_DIR": str(runtime),
            "JUPYTER_DATA_DIR": str(state / "data"),
            "IPYTHONDIR": str(state / "ipython"),
            "VIDEOGEN_HOME": str(state / "home"),
        }
        options = [
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            "--ServerApp.port=0",
            f"--ServerApp.root_dir={root}",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            *options,
        ]
        self._log = (state / "lab.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=env,
            cwd=root,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        try:
            self.url, self.token = self._address(runtime / f"jpserver-{self._process.pid}.json")
        except BaseException:
            self.stop()
            raise

    def _address(self, told: Path) -> tuple[str, str]:
        end = time.monotonic() + PATIENCE
        while self._process.poll() is None and time.monotonic() < end:
            try:
                info = json.loads(told.read_text())
                self.url, self.token = info["url"], info["token"]
                self.api("GET", "status")
                return self.url, self.token
            except (OSError, ValueError):
                time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not start; see {self._log.name}")

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """An answer of the server's REST interface."""
        headers = {"Authorization": f"token {self.token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}api/{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def set(self, plugin: str, values: dict[str, Any]) -> None:
        """Set up a plugin, such as ``"@jupyterlab/notebook-extension:tracker"``, for pages opened from now on."""
        package, _, name = plugin.partition(":")
        path = self._settings / package / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))

    def end_kernels(self) -> None:
        """Shut all kernels down, as the page's menu does."""
        for session in self.api("GET", "sessions"):
            self.api("DELETE", f"sessions/{session['id']}")

    def stop(self) -> None:
        """End the server, which ends its kernels; those of a server that has to be killed end by themselves."""
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


def launch(playwright: Playwright, chromium: str) -> Browser:
    """Start Chromium, without a window."""
    expect.set_options(timeout=PATIENCE * 1000)
    return playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)


def window(playwright: Playwright, chromium: str, profile: Path) -> BrowserContext:
    """Start Chromium with all its pages in one window, and what it keeps in a folder."""
    expect.set_options(timeout=PATIENCE * 1000)
    # In a context of `launch` each page has a window to itself, whose own controls cost as much as a notebook's kernel.
    return playwright.chromium.launch_persistent_context(
        profile, executable_path=chromium, args=_ARGUMENTS, viewport={"width": 1000, "height": 1000}
    )


class Notebook:
    """A notebook that a page shows, alone; `open` has the same page show another one.

    Args:
        context: Where the page opens.
        lab: The server.
        path: The notebook, below the folder that is served.
        front: The front end, as an address says it: ``"notebooks"`` is Notebook 7.
        home: Address of the server as the page sees it; None: its own.

    Attributes:
        page: The page, for all that has no name here.
        errors: What the page wrote to its console as an error.
    """

    def __init__(
        self, context: BrowserContext, lab: Lab, path: Path, *, front: str = LAB, home: str | None = None
    ) -> None:
        self.path, self.front = path, front
        self.errors: list[str] = []
        self._root = lab.root
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._failed(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.add_init_script(_WATCH)
        relative = path.relative_to(lab.root).as_posix()
        self.page.goto(f"{home or lab.url}{front}/{quote(relative)}?token={lab.token}")
        self.ready()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._failed(f"{message.text} {message.location.get('url', '')}".rstrip())

    def _failed(self, error: str) -> None:
        if not all(words in error for words in _VIEW_GONE):
            self.errors.append(error)

    def ready(self) -> None:
        """Wait until the notebook is drawn and its kernel is idle."""
        idle = f"{_PANEL}.sessionContext.session?.kernel?.status === 'idle'"
        self.page.wait_for_function(f"() => window.jupyterapp && {_PANEL}?.context?.isReady && {idle}")

    def leave(self) -> None:
        """Close the notebook as its tab's cross does, without saving; the page and all that it has loaded stay."""
        self.page.evaluate(f"{_PANEL}.dispose()")

    def open(self, path: Path) -> None:
        """Open another notebook in the page, whose own one was left: loading JupyterLab again costs far more."""
        self.path = path
        self.errors.clear()
        self.page.bring_to_front()
        self.page.evaluate("window.bars = []")
        self.command("docmanager:open", {"path": path.relative_to(self._root).as_posix()})
        self.ready()

    def command(self, name: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Carry out a command of Lab's, and wait until it has been."""
        run = "async ([name, given]) => { await window.jupyterapp.commands.execute(name, given); }"
        self.page.evaluate(run, [name, dict(arguments or {})])

    def choose(self, cell: int) -> None:
        """Make a cell the active one."""
        self.page.evaluate(f"place => {{ {_PANEL}.content.activeCellIndex = place; }}", cell)

    def run(self, *cells: int) -> None:
        """Run cells, one after another, and wait until the kernel has answered each."""
        for cell in cells:
            self.choose(cell)
            self.command("notebook:run-cell")

    def start(self, cell: int) -> None:
        """Have a cell run, and do not wait for its kernel's answer."""
        self.choose(cell)
        self.page.evaluate("() => { void window.jupyterapp.commands.execute('notebook:run-cell'); }")

    def run_all(self) -> None:
        """Run all cells, and wait until the kernel has answered the last one."""
        self.command("notebook:run-all-cells")

    def theme(self, name: str) -> None:
        """Change to a theme, such as ``"JupyterLab Dark"``."""
        self.command("apputils:change-theme", {"theme": name})
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)

    def bars(self) -> list[tuple[int, str]]:
        """Each value that a bar has had, per cent, with the kernel's state at that time."""
        return [(value, status) for value, status in self.page.evaluate("window.bars")]

    def save(self) -> dict[str, Any]:
        """Save; returns what is in the file."""
        self.command("docmanager:save")
        return dict(json.loads(self.path.read_text("utf-8")))

    def close(self) -> None:
        self.page.close()
