"""Programs that are compared, each in a process of its own: some patch what they share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

__all__ = ["start"]


def start(module: str, name: str, told: Any, home: str, **environment: str) -> subprocess.Popen[str]:
    """Run ``python -m MODULE NAME`` where none of the caller's keys can be seen.

    Args:
        module: By its full name.
        name: Which of the programs in it.
        told: What it reads from its standard input, as JSON.
        home: Folder for all that it keeps.
        environment: Further environment variables.
    """
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", module, name],
        env={
            "PATH": os.environ.get("PATH", ""),
            "HOME": home,
            "NO_PROXY": "127.0.0.1",
            "VIDEOGEN_HOME": f"{home}/videogen",
            "VIDEOGEN_OUTPUT_DIR": f"{home}/clips",
            **environment,
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin
    process.stdin.write(json.dumps(told))
    process.stdin.close()
    return process
