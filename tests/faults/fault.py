"""A fault: what a server does wrong, and what must become of the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tests.faults.raw import Step
from tests.faults.steps import accept, done, mp4

__all__ = ["BOTH", "EVERY", "MONEY", "Fault"]

BOTH = ("infery", "infinityblue")
EVERY = (*BOTH, "openai_videos")

Money = Literal["none", "maybe", "success", "back", "server", "probably", ""]
MONEY: dict[str, str] = {
    "none": r"Nothing was charged",
    "maybe": r"may (still )?(be|have been) (accepted and )?charged",
    "success": r"charges for finished clips only",
    "back": r"refunds failed jobs",
    "server": r"The server decides whether this is charged",
    "probably": r"It was (probably )?charged",
}
End = Literal["succeeded", "failed", "cancelled", "uncertain", "following"]


@dataclass(frozen=True)
class Fault:
    """One way to misbehave.

    Attributes:
        name: The phase, and what the server does in it.
        end: The job's status at its end; ``following`` where it must go on for as long as it takes.
        says: What its user reads, as a regular expression; "" where there is nothing to say.
        money: Which words about money are among it; see `MONEY`.
        posts: Submissions that leave; None where their number is of no interest.
        taken: Submissions that the server takes.
        submit, status, file, content, storage, connect: What is said on each route, in order; the last
            repeats. `content` is the gateway's own route to a job's bytes, `storage` another origin
            that turns away whoever shows a key, `connect` comes before a request is read.
        asks: Options of the request.
        limits: Constants that make the wait short, ``{"room.module.NAME": value}``.
        gap: Seconds that have to lie between the first two requests of the kind that the fault is about.
        clip: Which clip has to arrive: a key of the matrix' clips.
        wires: Dialects it is played in.
        by: What is different in a dialect.
    """

    name: str
    end: End
    says: str = ""
    money: Money = ""
    posts: int | None = 1
    taken: int = 1
    submit: Sequence[Step] = (accept(),)
    status: Sequence[Step] = (done(),)
    file: Sequence[Step] = (mp4(),)
    content: Sequence[Step] = ()
    storage: Sequence[Step] = ()
    connect: Sequence[Step] = ()
    asks: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    gap: float = 0.0
    clip: str = "mp4"
    wires: tuple[str, ...] = BOTH
    by: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def on(self, wire: str) -> Fault:
        """The fault as it stands in one dialect."""
        return replace(self, by={}, **self.by.get(wire, {}))
