from __future__ import annotations

from pathlib import Path

import pytest

from videogen_nb.storage import database
from videogen_nb.storage.journal import Journal
from videogen_nb.storage.network_drives import on_network

TABLE = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:26 / /home rw,relatime shared:2 - nfs4 filer:/home rw,vers=4.2
31 30 0:27 / /home/scratch rw - xfs /dev/sdb rw
32 22 0:28 / /mnt/my\\040share rw - cifs //host/share rw
33 22 0:29 / /mnt/far rw - fuse.sshfs far:/ rw
34 22 0:30 / /mnt/disk rw - fuse.ntfs-3g /dev/sdc1 rw
35 22 0:31 / /mnt/twice rw - nfs filer:/a rw
36 22 0:32 / /mnt/twice rw - tmpfs tmpfs rw
37 22 0:33 / /home2 rw - ext4 /dev/sdd rw
nonsense
"""


@pytest.mark.parametrize(
    ("path", "far"),
    [
        ("/var/lib/journal.sqlite3", False),
        ("/home/ada/.local/share/journal.sqlite3", True),
        ("/home/scratch/journal.sqlite3", False),
        ("/home2/journal.sqlite3", False),
        ("/mnt/my share/journal.sqlite3", True),
        ("/mnt/far/journal.sqlite3", True),
        ("/mnt/disk/journal.sqlite3", False),
        ("/mnt/twice/journal.sqlite3", False),
    ],
)
def test_the_innermost_mount_decides(path: str, far: bool) -> None:
    """Of two at one place the later one, as the system has it; names may hold spaces."""
    assert on_network(Path(path), TABLE) is far


def test_a_machine_without_a_table(tmp_path: Path) -> None:
    """There nothing is known to be far; this one's folder for tests is its own."""
    assert not on_network(tmp_path / "x", "")
    assert not on_network(tmp_path / "x")


def test_a_journal_on_a_network_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps a rollback journal and syncs each commit; one that was in WAL mode is brought over with what it has."""
    facts = {"folder": "/", "output": "v", "provider": "infery", "base_url": "https://x", "model": "m", "family": ""}
    facts |= {"request": '{"prompt": "x"}', "digest": "d"}
    near = Journal(tmp_path / "journal.sqlite3")
    row = near.add(**facts)
    assert near._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    near.close()
    monkeypatch.setattr(database, "on_network", lambda path: True)
    far = Journal(tmp_path / "journal.sqlite3")
    assert far._db.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
    assert far._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert far.row(row.id) is not None
    far.close()
