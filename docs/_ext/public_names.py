"""The API pages know public names only: where a class lies inside the package is nobody's concern.

Docstrings and annotations lead to where a class was defined. Their links go to the public name, and what has none is
shown without a link; names of other packages are not linked, so that the site builds without a network.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import NoUri
from traitlets import HasTraits

import videogen_nb
from videogen_nb import errors
from videogen_nb.providers import base

MODULES = (base, videogen_nb, errors)
_BACKTICKS = re.compile(r"(?<![`:\w])`([^`<>\n]+)`(?![`\w])")


def public_names() -> dict[str, str]:
    """The documented name of everything public, by each name that may be used for it."""
    names: dict[str, str] = {}
    # The last one wins: the package's own name of a value is the shortest, but errors have a page of theirs.
    for module in MODULES:
        for name in module.__all__:
            value, documented = getattr(module, name), f"{module.__name__}.{name}"
            names[documented] = documented
            names[name] = documented
            if isinstance(defined := getattr(value, "__module__", None), str):
                names[f"{defined}.{name}"] = documented
    names["videogen_nb.VideogenError"] = "videogen_nb.errors.VideogenError"
    return names


def resolve(app: Sphinx, env: BuildEnvironment, node: Any, contnode: nodes.Element) -> nodes.Node | None:
    """Find the public name that a reference means.

    Raises:
        NoUri: It means nothing of ours, so there is no link and no complaint.
    """
    if node.get("refdomain") != "py":
        return None
    head, _, rest = node["reftarget"].partition("(")[0].rpartition(".")
    names = public_names()
    target = names.get(node["reftarget"]) or (f"{names[head]}.{rest}" if head in names else None)
    if target is not None:
        domain = env.domains.python_domain
        reference: nodes.Node | None = domain.resolve_xref(
            env, node["refdoc"], app.builder, "obj", target, node, contnode
        )
        if reference is not None:
            return reference
    if target in names.values() or head in {module.__name__ for module in MODULES}:
        return None  # meant to be public, and on no page: Sphinx says so
    raise NoUri


def link_backticks(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Docstrings name things in single backticks: what is public becomes a link, anything else code."""
    names = public_names()

    def replace(match: re.Match[str]) -> str:
        text = match[1]
        known = names.get(text) or names.get(text.partition(".")[0])
        return f":py:obj:`{text}`" if known and text.replace(".", "").isidentifier() else f"``{text}``"

    lines[:] = [_BACKTICKS.sub(replace, line) for line in lines]


def tidy_signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, annotation: str | None
) -> tuple[str | None, str | None] | None:
    """Leave out what is of no use to readers.

    Jobs and comparisons are made by functions, not by their classes. Sphinx can't parse a default that is written as
    a dataclass writes one made by a factory.
    """
    if isinstance(obj, type) and issubclass(obj, HasTraits):
        return "", None
    return (signature.replace("<factory>", "..."), annotation) if signature else None


def skip_fields(app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Fields of a named tuple stand in its signature; what Python says of them is their number."""
    return True if (getattr(obj, "__doc__", "") or "").startswith("Alias for field number") else None


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("missing-reference", resolve)
    app.connect("autodoc-process-docstring", link_backticks, priority=400)  # before napoleon
    app.connect("autodoc-process-signature", tidy_signature)
    app.connect("autodoc-skip-member", skip_fields)
    return {"parallel_read_safe": True}
