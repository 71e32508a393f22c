from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.matrix import CASES, USUAL, clips
from tests.faults.quick import backend_in, quickly, send
from tests.faults.raw import Site, Stage, Step, Talk
from tests.faults.steps import accept, done, mp4
from tests.faults.submitting import retry
from tests.faults.wires import WIRES


def test_the_usual_faults_are_played_on_every_wire() -> None:
    """Those that are not slow are in the matrix by their names, in each dialect."""
    assert {(fault.name, wire) for fault, wire in CASES} >= {(name, wire) for name in USUAL for wire in WIRES}


@pytest.mark.parametrize("wire", list(WIRES))
def test_the_matrix_covers_a_wire(wire: str) -> None:
    """At least forty different faults are played in each dialect, and no two of them share a name."""
    names = [fault.name for fault, each in CASES if each == wire]
    assert len(set(names)) == len(names) >= 40


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as made:
        yield made


@pytest.mark.parametrize("wire", list(WIRES))
def test_what_was_refused_comes_over_another_connection(
    wire: str, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers close the one that they refused on, maybe while it is sent again: nobody would know what became of it."""
    quickly(monkeypatch)
    peers: list[int] = []

    def noting(step: Step) -> Step:
        async def note(talk: Talk) -> None:
            peers.append(talk.peer)
            await step(talk)

        return note

    scripts: dict[str, list[Step]] = {
        "submit": [noting(retry(0)), noting(retry(0)), noting(accept())],
        "status": [done()],
        "file": [mp4(clips()["mp4"])],
    }
    site = stage.open(Site(WIRES[wire].route, scripts, {"wire": WIRES[wire]}))
    with backend_in(tmp_path) as backend:
        send(backend, WIRES[wire], site.url).wait(60)
    assert len(peers) == len(set(peers)) == 3


@pytest.mark.parametrize("wire", list(WIRES))
def test_one_id_for_two_jobs(wire: str, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two submissions that are answered with one id both bring their clip home, in files of their own."""
    quickly(monkeypatch)
    given = iter((clips()["mp4"], clips()["other"]))

    async def serve(talk: Talk) -> None:
        await mp4(next(given))(talk)

    scripts: dict[str, list[Step]] = {"submit": [accept("twin")], "status": [done()], "file": [serve]}
    site = stage.open(Site(WIRES[wire].route, scripts, {"wire": WIRES[wire]}))
    with backend_in(tmp_path) as backend:
        jobs = [send(backend, WIRES[wire], site.url, "two boats of one name") for _ in range(2)]
        paths = {job.wait(60).path for job in jobs}
    assert site.accepted == len(site.requests("submit")) == 2
    assert {path.read_bytes() for path in paths if path} == {clips()["mp4"], clips()["other"]}
    assert {job.remote_id for job in jobs} == {"twin"}
