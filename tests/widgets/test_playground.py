"""The playground as people meet it: JupyterLab and voila in a real browser.

The README's pictures are made here: `make picture`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pages import NARROW, WIDE, Panel, open_notebook, open_page, run_all_cells
from servers import Server

MARK, JOHN = "user_1@example.com", "user_2@example.com"
LOOKS = [
    "Memories",
    "Prompt",
    "Time",
    "Lineage",
    "Review",
    "Search",
    "SQL",
    "Person",
    "Pictures",
    "Class",
]


@pytest.fixture(scope="module")
def notebook(browser: Browser, jupyter_lab: Server) -> Iterator[Page]:
    page = open_notebook(browser, jupyter_lab, "playground.ipynb")
    yield page
    page.close()


@pytest.fixture
def playground(notebook: Page) -> Panel:
    run_all_cells(notebook)
    playground = Panel(notebook, ".memkit-playground")
    playground.choose("User", MARK)
    playground.shows("The user likes anime and video games.")
    return playground


def test_somebody_talks_and_looks_at_what_came_of_it(playground: Panel, screenshots: Path) -> None:
    playground.choose("Session", "new...")
    playground.enter("New session", "a new day")
    playground.watch()
    playground.enter("Message", "I moved to Oslo and I like chess.")
    playground.shows("Thanks for", "+ added", "The user likes chess.")
    assert len({text for text in playground.seen() if "Thanks for" in text}) > 3
    table = playground.place.get_by_role("region", name="Memories")
    assert (table.bounding_box() or {})["width"] > WIDE / 3
    pictures = Path(os.environ.get("MEMKIT_PICTURES") or screenshots)
    take(playground, pictures / "playground.png")

    playground.button("Prompt").click()
    playground.shows("Run 5, as the model saw it", "- The user likes anime and video games.")
    playground.shows("all memories", "history is kept out of the context")
    playground.menu("Compare with").select_option(index=1)
    playground.shows(
        "Run 5, as the model saw it", "Run 1", "+ - The user likes anime and video games."
    )
    take(playground, pictures / "microscope.png", ".memkit-view:visible")

    playground.button("Time").click()
    playground.shows("The user likes chess.")
    slider = playground.place.get_by_role("slider")
    slider.focus()
    for _ in range(4):
        slider.press("ArrowLeft")
    playground.shows("My name is Mark Gonzales and I like anime and video games.")
    shown = playground.place.locator(".memkit-view:visible")
    expect(shown).not_to_contain_text("chess")
    expect(shown).not_to_contain_text("manga")
    take(playground, screenshots / "time.png")

    playground.button("Lineage").click()
    playground.menu("Memory").select_option(index=1)
    playground.shows("add_memory", "I like anime and video games.")
    playground.button("SQL").click()
    playground.field("SQL").fill(
        "SELECT count(*) AS chess FROM user_memories WHERE memory LIKE '%chess%'"
    )
    playground.button("Run the query").click()
    playground.shows("chess")
    playground.field("SQL").fill("SELECT * FROM memory")
    playground.button("Run the query").click()
    playground.shows("did you mean `user_memories`?")
    playground.field("SQL").fill("SELECT 6 * 7 AS answer")
    playground.field("SQL").press("Control+Enter")
    playground.shows("42")


def test_another_user_sees_none_of_it(playground: Panel) -> None:
    for look in LOOKS:
        playground.button(look).click()
    playground.choose("User", JOHN)
    playground.button("Memories").click()
    playground.shows("hik")
    for look in LOOKS[:-2]:
        playground.button(look).click()
        for word in ("anime", "manga", "Gonzales"):
            expect(playground.place).not_to_contain_text(word)
        assert "anime" not in playground.place.inner_html()


def test_a_class_talks_with_a_bar_and_can_be_stopped(playground: Panel) -> None:
    playground.button("Class").click()
    playground.place.get_by_role("spinbutton", name="Students").fill("3")
    playground.button("Let a class talk").click()
    playground.shows(" of 23", "student_1@example.com")
    playground.place.get_by_role("spinbutton", name="Students").fill("30")
    playground.button("Let a class talk").click()
    beside = playground.button("Let a class talk").locator("xpath=..")
    stop = beside.get_by_role("button", name="Stop")
    expect(stop).to_be_enabled()
    stop.click()
    playground.shows(", stopped")
    playground.button("Pictures").click()
    playground.button("Draw").click()
    image = playground.place.locator("figure img")
    expect(image).to_be_visible()
    assert "users" in (image.get_attribute("alt") or "")


def test_every_control_has_a_name_and_the_keyboard_reaches_it(playground: Panel) -> None:
    nameless = {}
    for look in LOOKS:
        playground.button(look).click()
        expect(playground.place.get_by_role("slider")).to_have_count(int(look == "Time"))
        nameless[look] = playground.nameless_controls()
    # A slider of ipywidgets has no name; the field "Turn" beside it has one and does the same.
    assert {look: found for look, found in nameless.items() if found} == {"Time": ["- slider"]}
    playground.button("Time").click()
    expect(playground.place.get_by_role("spinbutton", name="Turn", exact=True)).to_have_value("4")
    playground.button("SQL").click()
    order = playground.tab_order()
    wanted = ['combobox "User"', 'textbox "Message"', 'checkbox "Remember what each message says"']
    wanted += ['button "Memories"', 'textbox "SQL"', 'button "Run the query"']
    places = [order.index(each) for each in wanted]
    assert places == sorted(places)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_it_fits_a_laptop_and_a_phone(browser: Browser, voila: Server, width: int) -> None:
    page = open_page(browser, voila.address("playground.ipynb"))
    playground = Panel(page, ".memkit-playground")
    playground.shows("The user likes anime and video games.")
    wide = {}
    for look in LOOKS:
        playground.button(look).click()
        wide[look] = playground.too_wide(width)
    assert {look: found for look, found in wide.items() if found} == {}
    page.close()


def take(panel: Panel, path: Path, part: str = "xpath=.") -> None:
    """A picture of the panel or of a part of it, on a page that is high enough for it."""
    panel.page.set_viewport_size({"width": WIDE, "height": 1600})
    panel.place.locator(part).first.screenshot(path=path)
    panel.page.set_viewport_size({"width": WIDE, "height": 900})
