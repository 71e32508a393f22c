"""The gateway of the soak: speaks two dialects, spoils one answer in ten, and keeps an account of what it did.

``python -m tests.faults.soakserver SEED`` serves until its input ends; the first line it prints is its address.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field

from tests.faults.raw import Site, Stage, Step, Talk
from tests.faults.steps import broken, done, going, mp4, raw, reset, say, taken
from tests.faults.submitting import HTML, OK, error
from tests.faults.wires import WIRES, Wire
from tests.support.clips import make_tiny
from tests.support.servers import Seen

__all__ = ["numbered"]

SPOILT = 0.115  # never two running, which makes it one in ten
# What can be wrong with the answer to a submission, whether it is a job all the same, and how that ends.
SUBMITS: dict[str, tuple[Step, bool, str]] = {
    "400": (say(error("bad prompt"), 400), False, "failed"),
    "401": (say(error("bad key"), 401), False, "failed"),
    "error in 200": (say(error("no GPU")), False, "failed"),
    "429": (say(error("per minute"), 429, retry_after=0), False, ""),
    "500": (say(error("oops"), 500), True, "uncertain"),
    "502": (say(HTML, 502), True, "uncertain"),
    "reset": (reset, True, "uncertain"),
    "cut": (raw(OK + b'{"id": "'), True, "uncertain"),
    "no id": (say({"status": "queued"}), True, "uncertain"),
    "empty": (say(), True, "uncertain"),
}
POLLS: dict[str, Step] = {
    "500": say(error("oops"), 500),
    "502": say(HTML, 502),
    "401": say(error("bad key"), 401),
    "404": say(error("no such job"), 404),
    "429": say(None, 429),
    "reset": reset,
    "cut": raw(OK + b'{"status": "failed"'),
    "no JSON": say(b"\xff["),
    "empty": say(),
}
FILES: dict[str, Step] = {
    "reset": reset,
    "cut": mp4(cut=700, then="close"),
    "reset inside": mp4(cut=700, then="reset"),
    "403": say(b"<Error/>", 403),
    "503": say(error("busy"), 503),
    "JSON": say(error("not ready"), content_type="video/mp4"),
    "without length": mp4(cut=700, then="close", content_length=None),
}


@dataclass
class Entry:
    """What the gateway did to one job.

    Attributes:
        posts: Submissions of it that came.
        taken: Those that became jobs.
        waits: Those that were told to wait.
        end: How the job has to end.
        spoilt: Which answers were spoilt.
        polls, files: How often it was asked for.
    """

    posts: int = 0
    taken: int = 0
    waits: int = 0
    end: str = ""
    spoilt: list[str] = field(default_factory=list)
    polls: int = 0
    files: int = 0


class Gateway:
    """Answers by chance, the same for a seed whatever the order in which requests come."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.account: dict[int, Entry] = {}
        self.answers: Counter[str] = Counter()
        self._clip = make_tiny()
        self._last: dict[tuple[int, str], bool] = {}

    def site(self) -> Site:
        scripts = {"submit": [self.submit], "status": [self.status], "file": [self.file], "account": [self.tell]}
        return Site(_route, scripts)

    async def submit(self, talk: Talk) -> None:
        number = int(talk.seen.json()["prompt"].split()[-1])
        entry = self.account.setdefault(number, Entry())
        entry.posts += 1
        if kind := self._spoil(number, "submit", entry.posts, list(SUBMITS)):
            step, takes, end = SUBMITS[kind]
            entry.taken += takes
            entry.waits += not end
            entry.end = end
            await step(talk)
            return
        entry.taken += 1
        entry.end = "failed" if self._chance(number, "fate", 0).random() < 0.05 else "succeeded"
        await taken(say(_wire(talk).accepted(f"v{number}")))(talk)

    async def status(self, talk: Talk) -> None:
        number, entry = self._entry(talk)
        entry.polls += 1
        talk.site.facts["wire"] = _wire(talk)
        if kind := self._spoil(number, "status", entry.polls, list(POLLS)):
            await POLLS[kind](talk)
        elif entry.polls < 2:
            await going(50)(talk)
        else:
            await (done(f"/files/v{number}") if entry.end == "succeeded" else broken())(talk)

    async def file(self, talk: Talk) -> None:
        number, entry = self._entry(talk)
        entry.files += 1
        talk.site.facts["clip"] = numbered(self._clip, number)
        kind = self._spoil(number, "file", entry.files, list(FILES))
        await (FILES[kind] if kind else mp4(etag=f'"{number}"'))(talk)

    async def tell(self, talk: Talk) -> None:
        told = {"account": {number: asdict(entry) for number, entry in self.account.items()}, "answers": self.answers}
        await say(told)(talk)

    def _entry(self, talk: Talk) -> tuple[int, Entry]:
        found = re.search(r"/v(\d+)(/content)?$", talk.seen.path.partition("?")[0])
        number = int(found[1]) if found else -1
        return number, self.account[number]

    def _spoil(self, number: int, route: str, turn: int, kinds: list[str]) -> str:
        """Which fault this answer has, if any; never two running, since four would rightly end the job."""
        chance = self._chance(number, route, turn)
        spoilt = chance.random() < SPOILT and not self._last.get((number, route), False)
        self._last[number, route] = spoilt
        self.answers[route] += 1
        if not spoilt:
            return ""
        kind = chance.choice(kinds)
        self.answers[f"{route} spoilt"] += 1
        self.account[number].spoilt.append(f"{route} {kind}")
        return kind

    def _chance(self, number: int, route: str, turn: int) -> random.Random:
        return random.Random(f"{self.seed} {number} {route} {turn}")


def numbered(clip: bytes, number: int) -> bytes:
    """The clip with a number in a box of its own behind it, so that no two are alike."""
    body = b"%08d" % number
    return clip + (len(body) + 8).to_bytes(4, "big") + b"free" + body


def _wire(talk: Talk) -> Wire:
    name = "infery" if talk.seen.path.startswith(WIRES["infery"].path) else "infinityblue"
    return WIRES[name]


def _route(seen: Seen) -> str:
    path = seen.path
    if path == "/account":
        return "account"
    if path.startswith("/files/") or path.endswith("/content"):
        return "file"
    return "submit" if seen.method == "POST" else "status"


def main() -> None:
    with Stage() as stage:
        site = stage.open(Gateway(int(sys.argv[1])).site())
        print(site.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
