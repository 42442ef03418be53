"""Every link between the files of the repository leads to a file that is there."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path for pattern in ("*.md", "docs/*.md", "notebooks/*.ipynb") for path in ROOT.glob(pattern)
)
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)|<img[^>]* src=\"([^\"]*)\"")


def text_of(path):
    """The Markdown of a page, without code."""
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    else:
        text = path.read_text()
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def headings(path):
    """The anchors of a page, as forges and JupyterLab write them."""
    found = re.findall(r"^#+ (.*)$", text_of(path), flags=re.MULTILINE)
    lab = [title.strip().replace(" ", "-") for title in found]
    forge = [re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in found]
    return {*lab, *forge}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page):
    for target, anchor, picture in LINK.findall(text_of(page)):
        if (target or picture).startswith(("http", "mailto:", "attachment:", "data:")):
            continue
        place = (page.parent / (target or picture)).resolve() if target or picture else page
        assert place.exists(), f"{target or picture} is not there"
        if anchor:
            assert anchor in headings(place), f"{place.name} has no heading {anchor}"


def test_pages_say_of_the_lessons_what_the_lessons_say():
    """`make notebooks` writes them; by hand: python docs/guide.py."""
    sys.path.insert(0, str(ROOT / "docs"))
    import guide

    for page, text in guide.pages():
        assert page.read_text(encoding="utf-8") == text, page.name
