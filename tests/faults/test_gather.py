"""The search for secrets finds what is planted, whatever it is wrapped in and wherever it was put."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.faults import gather
from tests.faults.leaky import KEYS, SECRETS

UUID = KEYS["openai_videos"]
FORMS = tuple(gather.spelled(UUID))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", SECRETS)
def test_a_planted_secret_is_found(name: str, form: str) -> None:
    """Every secret is found in every form, among much else, and none of the others with it."""
    text = f"{'clip ' * 500}{gather.spelled(SECRETS[name])[form]}{' boat' * 500}"
    found = gather.hits(SECRETS, {"somewhere": text.encode()})
    assert [each.partition(" in somewhere")[0] for each in found] == [name]


def test_what_is_no_secret_is_not_found() -> None:
    """Words of the same shape do not count."""
    text = "inf_0123456789abcdef sk-0123456789abcdef 12345678-1234-1234-1234-123456789abc X-Goog-Signature="
    assert not gather.hits(SECRETS, {"somewhere": text.encode()})


def test_a_secret_that_a_database_cuts_into_pages_is_found(tmp_path: Path) -> None:
    """A row longer than a page holds it in two places of the file; it is found in the row."""
    path = tmp_path / "book.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE jobs (told TEXT)")
        database.executemany("INSERT INTO jobs VALUES (?)", [("x" * length + UUID,) for length in range(3_900, 4_100)])
    database.close()
    found = gather.documents(tmp_path)
    assert gather.hits(SECRETS, {"rows": found["book.sqlite3 (rows)"]})


def test_a_secret_printed_in_two_pieces_is_found() -> None:
    """Two messages of one cell that hold a half each are put together; colours in between do not hide it."""
    halves = (UUID[:6], f"\x1b[31m{UUID[6:12]}", f"\x1b[0m{UUID[12:14]}", UUID[14:20])
    said = [
        {
            "msg_type": "stream",
            "header": {},
            "metadata": {},
            "parent_header": {"msg_id": "cell"},
            "content": {"name": "stdout", "text": half},
            "buffers": [],
        }
        for half in halves
    ]
    assert gather.hits(SECRETS, gather.transcript(said))
    assert not gather.hits(SECRETS, gather.transcript(said[:1]))


def test_a_secret_in_a_widgets_buffer_is_found() -> None:
    """Binary buffers of messages are searched as well as their JSON."""
    message = {
        "msg_type": "comm_msg",
        "header": {},
        "metadata": {},
        "content": {},
        "buffers": [memoryview(UUID.encode())],
    }
    assert gather.hits(SECRETS, gather.transcript([message]))
