"""The house keeps its plan: imports run one way, heavy parts come late, both languages name the same fields."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "videogen_nb"
PROTOCOL = PACKAGE.parent / "js" / "src" / "protocol"

# Each room may import from those before it. `export` and `widgets` stand side by side and don't know each other.
ROOMS = (
    ("_version", "text"),
    ("errors",),
    ("core",),
    ("config",),
    ("providers",),
    ("storage",),
    ("backend",),
    ("sweeps",),
    ("views",),
    ("export", "widgets"),
    ("api",),
    ("notebook", "cli", "testing"),
)
RANK = {room: rank for rank, rooms in enumerate(ROOMS) for room in rooms}
CORE = {room for room, rank in RANK.items() if rank < RANK["views"]} | {"api", "export", "gateway"}
# Methods that offer what a room to the right does, and import it when they are called.
LATE = {"core.job": {"export": "export"}, "sweeps.comparison": {"export": "export"}}
# What the gateway, a program of its own, may import of the rest.
GATEWAY_SHARES = {"core.hosts", "storage.atomic", "storage.database", "storage.lease"}
NOTEBOOK = ("IPython", "ipywidgets", "anywidget")
HEAVY = ("ipywidgets", "anywidget", "httpx2", "av", "numpy", "PIL", "starlette", "uvicorn", "nest_asyncio2")


def modules() -> dict[str, ast.Module]:
    """Every module of the package by its dotted name inside it."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
        found[name] = ast.parse(path.read_text("utf-8"), str(path))
    return found


MODULES = modules()
PACKAGES = {".".join(path.parent.relative_to(PACKAGE).parts) for path in PACKAGE.rglob("__init__.py")}


def imports(name: str, nodes: Iterable[ast.AST] | None = None) -> Iterator[str]:
    """What a module imports, absolute: anywhere in it but for type checking, or in those of its nodes."""
    package = name if name in PACKAGES else name.rpartition(".")[0]
    if name == "__init__":
        package = ""
    for node in _running(MODULES[name]) if nodes is None else nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            inside = package.split(".") if package else []
            home = ["videogen_nb", *inside[: len(inside) + 1 - node.level]] if node.level else []
            base = ".".join([*home, *([node.module] if node.module else [])])
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield whole if whole.removeprefix("videogen_nb.") in MODULES else base


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those under ``if TYPE_CHECKING:``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _running(child)


def late(name: str) -> list[ast.AST]:
    """The nodes of a module that are in one of its methods of `LATE`."""
    methods = [node for node in ast.walk(MODULES[name]) if isinstance(node, ast.FunctionDef)]
    return [node for method in methods if method.name in LATE.get(name, ()) for node in ast.walk(method)]


def ours(name: str) -> set[str]:
    """The modules of the package that a module imports, by their dotted names inside it.

    Also those it imports for type checking, but not those that the methods of `LATE` import.
    """
    left_out = set(late(name))
    nodes = [node for node in ast.walk(MODULES[name]) if node not in left_out]
    return {each.removeprefix("videogen_nb.") for each in imports(name, nodes) if each.startswith("videogen_nb.")}


def room_of(name: str) -> str:
    """The room a module is in: its top-level package, or the module itself where it stands at the top."""
    return name.partition(".")[0]


def test_the_top_of_the_package_is_the_rooms() -> None:
    """Nothing stands at the top of the package but the chain above, its root and the gateway."""
    assert {room_of(name) for name in MODULES} == {*RANK, "__init__", "gateway"}


@pytest.mark.parametrize("name", [name for name in MODULES if room_of(name) in RANK])
def test_imports_run_one_way(name: str) -> None:
    """No module imports from a room that stands after its own or beside it: not at its top, not inside a function,
    and not for type checking."""
    room = room_of(name)
    allowed = {room, *(other for other in RANK if RANK[other] < RANK[room])}
    assert {room_of(other) for other in ours(name)} - {"gateway"} <= allowed


@pytest.mark.parametrize("name", LATE)
def test_late_imports_are_those_that_are_listed(name: str) -> None:
    """A method that may import from a room to the right imports from that room, and from nowhere else."""
    rooms = {room_of(each.removeprefix("videogen_nb.")) for each in imports(name, late(name))}
    assert rooms == {*LATE[name].values()}


def test_no_imports_go_round_in_a_circle() -> None:
    """Taking away, again and again, the modules that import none of the rest takes away all of them.

    A package's front door may lead to its own rooms.
    """
    left = {
        name: {each for each in ours(name) if not f"{each}.".startswith(f"{name}.")}
        for name in MODULES
        if name != "__init__"
    }
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    assert not left


def test_the_core_knows_no_notebook() -> None:
    """Nothing below the views, nor the Python interface, imports IPython or a widget library."""
    wrong = {
        (name, each)
        for name in MODULES
        for each in imports(name)
        if room_of(name) in CORE and each.partition(".")[0] in NOTEBOOK
    }
    assert not wrong


def test_the_gateway_stands_alone() -> None:
    """The gateway shares leases, files and addresses with the rest and nothing else, and few import it."""
    shared = {other for name in MODULES if room_of(name) == "gateway" for other in ours(name)}
    assert {name for name in shared if room_of(name) != "gateway"} <= GATEWAY_SHARES
    for name in GATEWAY_SHARES:  # so that nothing else comes along
        assert ours(name) <= GATEWAY_SHARES | {"storage.network_drives"}
    guests = {name for name in MODULES if room_of(name) != "gateway" and "gateway" in map(room_of, ours(name))}
    assert guests <= {"providers.local", "cli"}


def test_sql_stands_where_its_tables_are_at_home() -> None:
    """Who wants to know something of a job, a clip or a grid asks the module of that table."""
    sql = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|PRAGMA) ")
    users = {
        name
        for name, module in MODULES.items()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and sql.match(node.value)
    }
    journal = {f"storage.{name}" for name in ("clip_rows", "database", "grids", "journal", "schema")}
    assert users == journal | {"gateway.jobs.queue"}


@pytest.mark.parametrize(("library", "home"), [("httpx2", "backend.http.client"), ("nest_asyncio2", "core.blocking")])
def test_a_replaceable_library_is_imported_in_one_file(library: str, home: str) -> None:
    """What may have to be exchanged one day is known to one module."""
    users = {name for name in MODULES if library in {each.partition(".")[0] for each in imports(name)}}
    assert {name for name in users if room_of(name) != "gateway"} == {home}


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is(name: str) -> None:
    """Each module opens with a docstring."""
    assert ast.get_docstring(MODULES[name]) or not MODULES[name].body


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    ran = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_python_interface_works_without_ipython() -> None:
    """A script that uses the whole public surface has no notebook library in its process."""
    code = "import sys, videogen_nb as vg; [getattr(vg, name) for name in vg.__all__]; print([*sys.modules])"
    loaded = set(ast.literal_eval(python(code)))
    assert "videogen_nb.api" in loaded
    assert not loaded & set(NOTEBOOK)


def test_no_module_hides_a_public_name() -> None:
    """Importing a module binds its name in the package: none may be that of a public function."""
    public = set(ast.literal_eval(python("import videogen_nb; print(videogen_nb.__all__)")))
    assert public & {room_of(name) for name in MODULES} == {"errors"}


def test_importing_the_package_reads_and_starts_nothing() -> None:
    """Importing opens no file of the user's, starts no thread and imports next to nothing of the package."""
    code = (
        "import sys, threading, videogen_nb; "
        "print([*filter(lambda name: name.startswith('videogen_nb'), sys.modules)], threading.active_count())"
    )
    assert python(code).strip() == "['videogen_nb._version', 'videogen_nb'] 1"


def test_loading_the_extension_leaves_the_heavy_parts_for_later() -> None:
    """``%load_ext`` imports no widget, HTTP, video or server library."""
    code = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
shell.run_line_magic("load_ext", "videogen_nb")
assert "videogen" in shell.magics_manager.magics["cell"]
print(sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    new = set(ast.literal_eval(python(code).splitlines()[-1]))
    assert "videogen_nb" in new
    assert not new & set(HEAVY)


def test_both_languages_name_the_same_fields() -> None:
    """What Python sends as a view has exactly the fields that protocol/job.ts declares, down to its parts."""
    code = """
import json
from videogen_nb.errors import JobFailedError
from videogen_nb.core.job import Job
from videogen_nb.core.request import VideoRequest
from videogen_nb.views.job import view_of
from datetime import datetime, UTC
job = Job(None, id="a", provider="local", model="preview", request=VideoRequest("a", count=2),
          created_at=datetime.now(UTC), error=JobFailedError("a", job=None))
print(json.dumps(view_of(job)))
"""
    view = json.loads(python(code))
    assert set(view) == fields("JobView")
    assert set(view["error"]) == fields("JobError")
    assert set(view["videos"][0]) == fields("VideoFile")


def test_both_languages_know_the_same_words() -> None:
    """The states in protocol/job.ts are those of `Status` and `Phase`, and the kinds of message are the same."""
    text = (PROTOCOL / "job.ts").read_text("utf-8")
    code = (
        "import json; from videogen_nb.core.job import Phase, Status; from videogen_nb.widgets.job import JobWidget; "
        "print(json.dumps([list(map(str, Status)), list(map(str, Phase)), list(JobWidget.handlers)]))"
    )
    statuses, phases, kinds = json.loads(python(code))
    for name, words in (("STATUSES", statuses), ("PHASES", phases)):
        listed = re.search(rf"const {name} = \[(.*?)\]", text, re.S)
        assert listed is not None
        assert re.findall(r'"(\w+)"', listed[1]) == words
    assert set(re.findall(r'send\({ kind: "(\w+)"', text)) == set(kinds)


def test_both_languages_name_the_same_fields_of_grid_history_and_image() -> None:
    """As for a job's view: what is sent has the fields that the page's protocol declares, in each of its parts."""
    code = """
import json, sys, tempfile
from dataclasses import asdict
from datetime import datetime, UTC
from pathlib import Path
from videogen_nb.core.axes import Axis
from videogen_nb.sweeps.comparison import Sweep
from videogen_nb.views.grid import grid_of
from videogen_nb.core.job import Job
from videogen_nb.storage.journal import Journal
from videogen_nb.core.request import VideoRequest
from videogen_nb.storage.frame_times import Timing
from videogen_nb.widgets.history import _view_of, item_of
from videogen_nb.widgets.image_field import _NOTHING
job = Job(None, id="a", provider="local", model="preview", request=VideoRequest("a"), created_at=datetime.now(UTC))
with tempfile.TemporaryDirectory() as folder:
    journal = Journal(Path(folder) / "journal.sqlite3")
    grid = grid_of(Sweep(journal, "g", [job], [{}]))
    journal.close()
item = item_of(job)
print(json.dumps({
    "GridView": grid, "CellView": grid["cells"][0], "JobView": grid["cells"][0]["job"],
    "Timing": asdict(Timing(1, 1, 1, 0)), "HistoryView": _view_of([item], "", more=False), "HistoryItem": item,
    "ImageView": _NOTHING,
}))
"""
    for interface, told in json.loads(python(code)).items():
        assert set(told) == fields(interface), interface


@pytest.mark.parametrize(
    ("protocol", "name"), [("job", "job"), ("grid", "grid"), ("history", "history"), ("image", "image_field")]
)
def test_both_languages_know_the_same_messages(protocol: str, name: str) -> None:
    """What the page sends has a handler, what Python sends is read, and neither waits for what never comes."""
    page = (PROTOCOL / f"{protocol}.ts").read_text("utf-8")
    widget = (PACKAGE / "widgets" / f"{name}.py").read_text("utf-8")
    handlers = re.search(r"handlers: ClassVar.*?= \{(.*?)\}", widget, re.S)
    assert handlers
    assert set(re.findall(r'send\({ kind: "(\w+)"', page)) == set(re.findall(r'"(\w+)":', handlers[1]))
    if "listen(" in page:  # handles the message that `Base` sends for any widget that is displayed
        page += (PROTOCOL / "listen.ts").read_text("utf-8")
        widget += (PACKAGE / "widgets" / "_base.py").read_text("utf-8")
    if "send_clip(" in widget:
        widget += (PACKAGE / "widgets" / "_send_clip.py").read_text("utf-8")
    assert set(re.findall(r'kind === "(\w+)"', page)) == set(re.findall(r'"kind": "(\w+)"', widget))


def fields(interface: str) -> set[str]:
    """The field names of an interface of the page's protocol."""
    text = "".join(path.read_text("utf-8") for path in sorted(PROTOCOL.glob("*.ts")))
    body = re.search(rf"export interface {interface} {{(.*?)^}}", text, re.S | re.M)
    assert body is not None
    return set(re.findall(r"^  (\w+)\??:", body[1], re.M))
