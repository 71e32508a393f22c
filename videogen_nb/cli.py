"""The command ``videogen-nb``: serve the local gateway, list and resume jobs without a notebook."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from videogen_nb import config
from videogen_nb._version import __version__
from videogen_nb.errors import VideogenError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status.

    >>> main(["jobs"])  # doctest: +SKIP
    0
    """
    parser = argparse.ArgumentParser(prog="videogen-nb", description="AI video jobs outside a notebook.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve the local renderer on a port, speaking the gateways' wires")
    serve.add_argument("--host", default="127.0.0.1", help="address to bind (default: this machine only)")
    serve.add_argument("--port", type=int, default=8765, help="port to bind, 0 for any free one (default: 8765)")
    serve.add_argument("--home", type=Path, help="folder for its state (default: beside the journal)")
    serve.add_argument(
        "--key",
        action="append",
        default=[],
        help="a key that clients must send; needed for any other address than this machine's. "
        "Environment: VIDEOGEN_SERVE_KEY",
    )

    jobs = commands.add_parser("jobs", help="list the latest jobs of this folder")
    jobs.add_argument("--all", action="store_true", help="those of all folders")

    resume = commands.add_parser("resume", help="go on with unfinished jobs until they have ended")
    resume.add_argument("id", nargs="*", help="jobs to go on with (default: all unfinished ones of this folder)")

    options = parser.parse_args(arguments)
    try:
        if options.command == "serve":
            return _serve(options)
        if options.command == "jobs":
            return _jobs(options.all)
        return _resume(options.id)
    except VideogenError as error:
        print(f"videogen-nb: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130


def _serve(options: argparse.Namespace) -> int:
    from videogen_nb.gateway.app import serve

    keys = [*options.key, *filter(None, [os.environ.get("VIDEOGEN_SERVE_KEY")])]
    try:
        serve(options.host, options.port, options.home or config.home() / "serve", keys=keys or None)
    except ImportError as error:
        raise VideogenError(f"Serving needs {error.name}: pip install 'videogen-nb[serve]'.") from None
    except (ValueError, OSError) as error:
        raise VideogenError(str(error)) from None
    return 0


def _jobs(everywhere: bool) -> int:
    from videogen_nb.backend import session
    from videogen_nb.views.job import line_of

    for job in session.jobs(everywhere=everywhere):
        print(line_of(job))  # noqa: T201
    return 0


def _resume(ids: Sequence[str]) -> int:
    from videogen_nb import api
    from videogen_nb.views.job import line_of

    jobs = [job for job_id in ids for job in api.resume(job_id)] if ids else api.resume()
    if not jobs:
        print("Nothing to resume in this folder.")  # noqa: T201
    for job in jobs:
        print(line_of(job))  # noqa: T201
    failed = False
    for job in jobs:
        try:
            job.wait()
        except VideogenError:
            failed = True
        print(line_of(job))  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
