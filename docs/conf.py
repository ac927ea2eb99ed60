"""How the manual is built: Markdown pages, and the reference from docstrings and specs."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from reference_pages import write_reference_pages

from specks._core.provenance import version as installed_version

project = "specks"
author = "The specks developers"
project_copyright = "2026, The specks developers"
version = release = installed_version()

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
]
default_role = "obj"  # names in docstrings become links where they are known
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "none"  # numpydoc says it with shapes and units
numpydoc_show_class_members = False
nitpicky = False

html_theme = "furo"
html_title = "specks"

write_reference_pages(Path(__file__).parent / "reference")
