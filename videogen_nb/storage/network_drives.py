"""Whether a file lies on a network file system, where SQLite's shared memory does not reach other hosts."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

__all__ = ["on_network"]

_TABLE = Path("/proc/self/mountinfo")
# Names as Linux has them; everything in user space (fuse.…) counts too, bar disks of this machine.
_NETWORK = {
    *("9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "glusterfs", "gpfs", "lustre", "ncpfs"),
    *("nfs", "nfs3", "nfs4", "ocfs2", "orangefs", "panfs", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs"),
}
_LOCAL_FUSE = {"fuse.ext2", "fuse.ntfs-3g", "fuse.fuse-overlayfs", "fuse.exfat"}


def on_network(path: Path, table: str | None = None) -> bool:
    """Whether `path`, or the folder it is to be made in, is on a network file system.

    Args:
        path: A file, there or not.
        table: The mount table in the form of ``/proc/self/mountinfo`` (proc(5)). None: this machine's;
            where there is none the answer is no, but for Windows' ``\\\\server\\share``.
    """
    if sys.platform == "win32":
        return str(path).startswith("\\\\")
    if table is None:
        try:
            table = _TABLE.read_text("utf-8", "replace")
        except OSError:
            return False
    real = os.path.realpath(path)
    found, longest = "", -1
    for line in table.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) < 5 or not after:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= longest:  # a later mount of the same point hides the earlier one
            found, longest = after.split()[0], len(point)
    return found in _NETWORK or (found.startswith("fuse.") and found not in _LOCAL_FUSE)
