"""A small HTTP server that answers by script, misbehaves on order, and counts what it accepted."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from videogen_nb.testing import server
from videogen_nb.testing.server import LoopbackServer
from videogen_nb.testing.server import Received as Seen

__all__ = ["Answer", "Seen", "Server", "job"]


@dataclass(frozen=True)
class Answer(server.Answer):
    """One answer of a script.

    Attributes:
        accepts: Whether the server takes the request as a job, whatever it then answers.
    """

    accepts: bool = False


def job(body: Any, status: int = 200, **more: Any) -> Answer:
    """An answer to a submission that was accepted."""
    return Answer(body, status, accepts=True, **more)


class Server(LoopbackServer):
    """Serves ``{"METHOD /path": [answers]}`` on a loopback port; the last answer of a script repeats.

    Paths match without their query. `keyed` refuses whoever does, or with False does not, send a key.
    """

    def __init__(
        self, scripts: Mapping[str, Answer | Sequence[Answer]], *, host: str = "127.0.0.1", keyed: bool | None = None
    ) -> None:
        super().__init__(host)
        self.scripts = {route: [made] if isinstance(made, Answer) else list(made) for route, made in scripts.items()}
        self.seen: list[Seen] = []
        self.accepted = 0
        self._keyed = keyed
        self._lock = threading.Lock()

    def requests(self, route: str) -> list[Seen]:
        """The requests that came for ``"METHOD /path"``, in order."""
        with self._lock:
            return [each for each in self.seen if each.route == route]

    def answer(self, seen: Seen) -> Answer:
        with self._lock:
            self.seen.append(seen)
            if self._keyed is not None and ("authorization" in seen.headers) is not self._keyed:
                return Answer("<Error><Code>InvalidArgument</Code></Error>", 400)
            script = self.scripts.get(seen.route)
            if script is None:
                return Answer(
                    {"error": {"message": f"Invalid URL ({seen.path})", "type": "invalid_request_error"}}, 404
                )
            made = script.pop(0) if len(script) > 1 else script[0]
            self.accepted += made.accepts
            return made
