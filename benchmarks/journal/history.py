"""A journal of a long time: many rows, all ended, of several folders, notebooks, models and ends."""

from __future__ import annotations

import json
import random
import time
from dataclasses import astuple
from pathlib import Path

from videogen_nb.storage.job_rows import Row
from videogen_nb.storage.journal import Journal, new_id

__all__ = ["FOLDERS", "NOTEBOOK", "fill"]

FOLDERS = 20  # an equal share each; the first is the one that is looked at
NOTEBOOK = "notebook.ipynb"  # one in each folder
_MODELS = ("veo-3-1", "veo-3-1-fast", "wan-2-5", "kling-2-6", "sora-2")
_WORDS = (  # of which prompts are made
    "a paper boat in rain at night under neon with an owl over snowy hills slow dolly shot of two cats "
    "beside the harbour golden light drifting fog wide lens close portrait storm sea glass tower"
)


def fill(path: Path, folder: Path, rows: int, *, seed: int = 1) -> None:
    """Write a journal of so many rows; those of the first folder say they were submitted from `folder`."""
    Journal(path).close()
    chance = random.Random(seed)
    journal = Journal(path)
    first = time.time() - rows * 60
    with journal.write() as db:
        made = [_row(chance, place, first + place * 60, folder) for place in range(rows)]
        marks = ", ".join("?" * len(astuple(made[0])))
        names = ", ".join(Row.__slots__)
        db.executemany(f"INSERT OR IGNORE INTO jobs ({names}) VALUES ({marks})", map(astuple, made))
        db.executemany(
            "INSERT OR IGNORE INTO clips VALUES (?, 0, ?, 1280, 720, 4.0, 24.0, 'video/mp4', 2000000, ?, NULL)",
            [
                (row.id, f"{row.output}/{row.id}.mp4", f"{chance.getrandbits(256):064x}")
                for row in made
                if row.status == "succeeded"
            ],
        )
    journal.close()


def _row(chance: random.Random, place: int, created: float, folder: Path) -> Row:
    prompt = " ".join(chance.choices(_WORDS.split(), k=chance.randint(6, 40)))
    where = str(folder if place % FOLDERS == 0 else folder.parent / f"other-{place % FOLDERS}")
    took = chance.lognormvariate(4, 0.4)
    status = chance.choices(("succeeded", "failed", "cancelled"), (90, 8, 2))[0]
    succeeded = status == "succeeded"
    return Row(
        id=new_id(),
        created=created,
        folder=where,
        output=f"{where}/videogen",
        provider="infery",
        base_url="https://api.infery.ai",
        model=chance.choice(_MODELS),
        family="",
        request=json.dumps({"prompt": prompt, "duration": 4, "seed": place, "aspect_ratio": "16:9"}),
        digest=f"{chance.getrandbits(256):064x}",
        stage="ended",
        status=status,
        remote_id=f"vgen_{place}",
        sent=created + 0.1,
        finished=created + took if succeeded else None,
        ended=created + took + 1,
        error_kind=None if succeeded else "JobFailedError",
        error=None if succeeded else "The provider could not make it.",
        cost=32.0 if succeeded else None,
        cost_unit="credits" if succeeded else None,
        session=f"{place // 200:016x}",
        price=32.0,
        price_unit="credits",
        notebook=f"{where}/{NOTEBOOK}",
        cell=f"cell-{place // FOLDERS % 40}",
        execution=f"run-{place // FOLDERS // 2}",
    )
