"""Engines by name: the built-in one, and those that other packages add as entry points."""

from __future__ import annotations

from importlib.metadata import entry_points

from videogen_nb.gateway.render.engines.spec import Engine

GROUP = "videogen_nb.engines"


class UnknownEngineError(LookupError):
    """No engine has this name; the message lists those that exist."""


def engine_names() -> list[str]:
    """Return the names of all engines, the built-in one first."""
    return ["procedural", *sorted({point.name for point in entry_points(group=GROUP)} - {"procedural"})]


def get_engine(name: str) -> Engine:
    """Return a new engine; its module is imported only now.

    Args:
        name: ``"procedural"``, or the name of an entry point of the group ``videogen_nb.engines``
            that loads a class or function which makes an `Engine` when called without arguments.

    Raises:
        UnknownEngineError: No engine has that name.
    """
    if name == "procedural":
        from videogen_nb.gateway.render.engines.procedural import ProceduralEngine

        return ProceduralEngine()
    for point in entry_points(group=GROUP, name=name):
        engine: Engine = point.load()()
        return engine
    raise UnknownEngineError(f"no engine named {name!r}; there is {', '.join(engine_names())}")
