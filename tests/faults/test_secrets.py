"""No key and no signature gets out: one run of everything in a real kernel, and a search of all that is left of it."""

from __future__ import annotations

import pytest

from tests.faults import gather
from tests.faults.cells import COPIES, FRAMES
from tests.faults.everything import Session, do_everything
from tests.faults.leaky import KEYS, SECRETS

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """The run, made once for all tests here."""
    return do_everything(tmp_path_factory.mktemp("secrets"))


def test_no_secret_is_in_anything_that_we_write_or_show(ran: Session) -> None:
    """Neither keys nor signatures are in messages, notebook, page, journal, sidecars, logs, dumps or pickles."""
    found = gather.hits(SECRETS, ran.found)
    assert not found, f"{len(found)} leaks:\n" + "\n".join(found[:60])


def test_no_secret_is_in_what_the_kernel_prints_beside_its_channels(ran: Session) -> None:
    """Its standard output and error, where crash reports and log lines end up, hold none either."""
    assert "An observer of a job failed" in ran.found["standard error"].decode()
    assert not gather.hits(SECRETS, {name: ran.found[name] for name in ("standard output", "standard error")})


# A word that is no secret, and stands in each place that was searched: the run did write there.
REACHED = {
    "notebook": b"boat of infery",
    "exported page": b"boat of infery",
    "debug.log": b"httpx2",
    "crash.txt": b"loop_thread.py",
    "pickles.bin": b"boat of infery",
    "home/journal.sqlite3 (rows)": b"boat of openai_videos",
    "ipython/profile_default/history.sqlite (rows)": b"fine_infery",
}


@pytest.mark.parametrize("place", REACHED)
def test_the_run_wrote_there(ran: Session, place: str) -> None:
    """A search that finds nothing says something only of what was there to be searched."""
    assert REACHED[place] in ran.found[place]


def test_the_run_said_all_kinds_of_things(ran: Session) -> None:
    """Widgets, their messages and a clip's bytes, errors, sidecars, pickles made and refused: all were gathered."""
    kinds = {name.split(maxsplit=2)[2] for name in ran.found if name.startswith("message ")}
    assert {"comm_open", "comm_msg", "display_data", "update_display_data", "stream", "error"} <= kinds
    assert any("comm_msg buffer" in kind for kind in kinds)
    assert any(name.startswith("videogen/fine-") and name.endswith(".json") for name in ran.found)
    assert any(name.startswith("home/images/") for name in ran.found)
    assert "nothing was raised" not in ran.text(FRAMES)
    assert "refused Job" in ran.text(COPIES)
    assert "KeyboardInterrupt" in {done.reply.get("ename") for _, done in ran.cells}


def test_every_kind_of_end_was_met(ran: Session) -> None:
    """Of each provider's jobs some succeeded, some failed, one was uncertain, and one went on to the last cell."""
    (rows,) = (done.text for source, done in ran.cells if source == "%videogen jobs --all")
    for status in ("succeeded", "failed", "uncertain", "running"):
        assert status in rows, rows


def test_each_key_reached_its_own_gateway_only(ran: Session) -> None:
    """Every gateway saw its own key and no other's, and no server's address held one."""
    for provider, seen in ran.gateways.items():
        sent = {each.headers.get("authorization", "") for each in seen} - {""}
        assert sent == {f"Bearer {KEYS[provider]}"}
        assert not [each.path for each in seen if any(key in each.path for key in KEYS.values())]


def test_storage_saw_no_key(ran: Session) -> None:
    """Storage was asked for clips, directly and by redirects, without any key in any header, address or body."""
    assert {"/clips/0.mp4", "/expired.mp4", "/words.mp4"} <= {each.path.partition("?")[0] for each in ran.storage}
    assert "/v1/status" not in {each.path for each in ran.storage}
    keys = {name: value for name, value in SECRETS.items() if name.startswith("key")}
    said = {str(place): repr(each).encode() for place, each in enumerate(ran.storage)}
    assert not gather.hits(keys, said)
    assert not [each.headers for each in ran.storage if "authorization" in each.headers]
