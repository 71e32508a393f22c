"""Build hook: makes the page's bundles where they are missing, so that the wheel always has them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLES = (
    *(f"{name}.{kind}" for name in ("job", "grid", "history", "image", "page") for kind in ("js", "css")),
    "saved.js",
)


class BundleHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        static = root / "videogen_nb" / "static"
        # By name, since an earlier build may have left bundles there that exist no more.
        build_data["artifacts"] += [f"/videogen_nb/static/{name}" for name in BUNDLES]
        if all((static / name).exists() for name in BUNDLES):
            return
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(
                "Building videogen-nb from source needs Node.js (npm) once, to build js/; install it, or use a wheel."
            )
        for command in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([npm, *command], cwd=root / "js", check=True)
        missing = [name for name in BUNDLES if not (static / name).exists()]
        if missing:
            raise RuntimeError(f"The js build did not make {', '.join(missing)}.")
