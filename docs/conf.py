"""Configuration of the documentation; `make docs` builds it."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

import videogen_nb  # noqa: E402

project = "videogen-nb"
author = "the videogen-nb authors"
copyright = f"2026, {author}"  # noqa: A001
release = version = videogen_nb.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "cell_lexer",
    "public_names",
    "root_pages",
]
exclude_patterns = ["_generated", "_ext"]
nitpicky = True

# The notebooks are run beforehand, by tools/docs_notebooks.py, which also takes care of their clips.
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
# What errors carry is a job; they name it by the protocol that spares them the import.
autodoc_type_aliases = {"JobLike": "videogen_nb.Job"}
autodoc_preserve_defaults = True
maximum_signature_line_length = 88
napoleon_numpy_docstring = False
# "Attributes" of a class are a list in its text: each of them has no entry of its own.
napoleon_custom_sections = [("Source", "notes_style"), ("Attributes", "params_style")]

html_theme = "pydata_sphinx_theme"
html_title = "videogen-nb"
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
# The notebooks' clips, under the path that the pages' links have.
html_extra_path = ["_generated/extra"]
html_show_sourcelink = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "github_url": "https://github.com/videogen-nb/videogen-nb",
    "show_prev_next": False,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
}
html_sidebars = {"index": [], "start": []}

linkcheck_anchors_ignore_for_url = [r"https://github\.com/.*"]
linkcheck_ignore = [
    r"https://github\.com/videogen-nb/videogen-nb/security/advisories/new",  # asks for a login
]
