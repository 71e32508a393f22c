"""Cells that the notebooks of several tests have."""

from __future__ import annotations

from tests.support.farm import Farm

__all__ = ["BUSY", "HELD", "KEY", "LOAD", "LONG", "TINY", "prepare"]

LOAD = "%load_ext videogen_nb"
TINY = "--size 320x180 -d 1"
HELD = "%%videogen boat\nhold a paper boat"
LONG = "-d 60"  # more than a minute of rendering: whatever a test does with it comes first
# Keeps its kernel busy until there is a file `go` beside the notebook, and says so.
BUSY = "import os, time\nprint('busy' + '...')\nwhile not os.path.exists('go'):\n    time.sleep(0.05)"
KEY = "inf_reopened0123456789abcdefghij"


def prepare(farm: Farm) -> str:
    """A cell that loads the extension and has the kernel ask this gateway, often."""
    return (
        "%load_ext videogen_nb\nimport videogen_nb as vg\nfrom videogen_nb.providers.infery import Infery\n"
        f"Infery.interval = 0.2\n%env INFERY_BASE_URL={farm.url}\n%env INFERY_API_KEY={KEY}"
    )
