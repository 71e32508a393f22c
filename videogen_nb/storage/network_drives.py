"""Detect files on network file systems, where the shared memory of SQLite's WAL mode can't work between hosts."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

__all__ = ["on_network"]

_TABLE = Path("/proc/self/mountinfo")
# Names as in Linux; every other FUSE file system counts as well, except those for local disks.
_NETWORK = {
    *("9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "glusterfs", "gpfs", "lustre", "ncpfs"),
    *("nfs", "nfs3", "nfs4", "ocfs2", "orangefs", "panfs", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs"),
}
_LOCAL_FUSE = {"fuse.ext2", "fuse.ntfs-3g", "fuse.fuse-overlayfs", "fuse.exfat"}


def on_network(path: Path, table: str | None = None) -> bool:
    """Whether `path`, or the folder it is to be created in, is on a network file system.

    Args:
        path: A file, which need not exist.
        table: Mounts in the format of ``/proc/self/mountinfo`` (proc(5)). None: those of this machine; on systems
            without that file only Windows paths such as ``\\\\server\\share`` are recognized.
    """
    if sys.platform == "win32":
        return str(path).startswith("\\\\")
    if table is None:
        try:
            table = _TABLE.read_text("utf-8", "replace")
        except OSError:
            return False
    real = os.path.realpath(path)
    file_system, longest = "", -1
    for line in table.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) < 5 or not after:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= longest:  # a later mount at the same point hides an earlier one
            file_system, longest = after.split()[0], len(point)
    return file_system in _NETWORK or (file_system.startswith("fuse.") and file_system not in _LOCAL_FUSE)
