"""A lesson as a learner opens it: its picture is there, and an answer shows when asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pages import READY, open_page
from servers import Server

LESSON = "01_talk_to_one_agent.ipynb"
LOADED = "picture => picture.complete && picture.naturalWidth > 0"


@pytest.fixture
def with_pictures(served: Path) -> None:
    pictures = Path(__file__).parents[2] / "notebooks" / "pictures"
    shutil.copytree(pictures, served / "pictures", dirs_exist_ok=True)


def look_at(page: Page) -> None:
    """What a learner sees of the first lesson before and after they have asked for answers."""
    picture = page.get_by_alt_text("A user has sessions").first
    picture.scroll_into_view_if_needed()
    page.wait_for_function(LOADED, arg=picture.element_handle())
    answer = page.locator("details p", has_text="Two facts, each written as a sentence")
    expect(answer).to_be_hidden()
    page.locator("summary", has_text="Compare with your prediction").first.click()
    expect(answer).to_be_visible()
    chosen = page.locator("details", has_text="Yes. Memories belong to the user.")
    other = page.locator("details", has_text="No. Memories belong to one user")
    chosen.locator("summary").click()
    expect(chosen).to_have_attribute("open", "")
    expect(other).not_to_have_attribute("open", "")
    for row in page.get_by_role("row", name="memory one sentence about a user").all():
        expect(row).to_be_visible()  # Markdown beside the folded parts is still Markdown


@pytest.mark.usefixtures("with_pictures")
def test_answers_are_folded_in_jupyterlab(browser: Browser, jupyter_lab: Server) -> None:
    page = open_page(browser, jupyter_lab.address(LESSON))
    page.wait_for_function(READY)
    look_at(page)


@pytest.mark.usefixtures("with_pictures")
def test_answers_are_folded_in_voila(browser: Browser, voila: Server) -> None:
    page = open_page(browser, voila.address(LESSON))
    look_at(page)
