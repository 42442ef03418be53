"""How Sphinx makes the site (`make site`): the lessons as they were run, the guides, the reference.

The pages are the files of the repository, at the same places, so that a link between two of them
leads to the same thing on the site as on a forge.
"""

import base64
import json
import re
from pathlib import Path

from sphinx.application import Sphinx

import memkit

ROOT = Path(__file__).parents[1]

project = "memkit"
author = "memkit contributors"
version = release = memkit.__version__
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_design",
]
root_doc = "docs/index"
include_patterns = ["docs/**", "notebooks/*.ipynb", "CHANGELOG.md", "CONTRIBUTING.md"]
exclude_patterns = ["docs/_static/**"]
html_extra_path = ["_root"]  # the address of the site itself leads to docs/index.html

# The lessons carry their outputs; nbval says that a fresh run gives the same.
nb_execution_mode = "off"
nb_output_stderr = "remove"
nb_mime_priority_overrides = [("html", "text/html", 0), ("html", "image/png", 1)]
myst_heading_anchors = 3
myst_links_external_new_tab = True

suppress_warnings = ["misc.highlighting_failure"]  # SQL after `%%memsql` is no Python

default_role = "code"
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = "memkit"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
linkcheck_anchors = False

# A panel lives in a running notebook; the site shows its picture (`make picture`).
PANELS = {
    "Playground": "playground.png",
    "Microscope": "microscope.png",
    "Chat": "chat.png",
}


def show_pictures(app: Sphinx, page: str, source: list[str]) -> None:
    """Give each panel in a lesson its picture, where there is one."""
    if not page.startswith("notebooks/"):
        return
    # Sphinx writes the name of a heading in small letters, and JupyterLab does not.
    text = re.sub(r"\]\(#([^)]*)\)", lambda link: link.group().lower(), source[0])
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            kind = "".join(output.get("data", {}).get("text/plain", "")).partition("(")[0]
            picture = ROOT / "docs" / PANELS.get(kind, "")
            if picture.is_file():
                image = base64.b64encode(picture.read_bytes()).decode()
                output["data"] = {"image/png": image, "text/plain": [f"a picture of {kind}"]}
    source[0] = json.dumps(notebook)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", show_pictures)
