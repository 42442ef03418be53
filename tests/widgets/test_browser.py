"""The chat panel as people meet it: JupyterLab and voila in a real browser.

The page is opened once. Each test runs all its cells again, which makes a new panel on an empty
store.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from memkit import SqliteDb
from pages import NARROW, WIDE, Panel, open_notebook, open_page, pictures, run_all_cells
from servers import Server

HOSTILE = [
    '<img src=x onerror="window.ran = 1"> & <b>bold</b>',
    "</div></td></table><script>window.ran = 1</script>",
    "**bold** [link](javascript:window.ran=1) `code` $\\frac{1}{2}$ {{ 1 + 1 }}",
    "\u202eright to left\u202c שלום مرحبا",
    "👩\u200d👩\u200d👧 🇳🇴 e\u0301 🧑🏽\u200d🚀",
    "word" * 1250,
]
CHAT = f"""
from memkit import Agent, OfflineChat, lab
from memkit.widgets import Chat

agent = Agent(OfflineChat(latency=0.2), lab.temporary_store(), update_memory_on_run=True)
for text in {HOSTILE!r}:
    agent.db.for_user("<i>mallory</i>").add_memory(text[:1000])
Chat(agent, users=["kim", "lee"])
"""
SHARED = """
from memkit import Agent, OfflineChat, SqliteDb
from memkit.widgets import Chat

agent = Agent(OfflineChat(latency=0.2), SqliteDb("shared.db"), update_memory_on_run=True)
Chat(agent, users=["kim", "lee"])
"""


@pytest.fixture(scope="module")
def notebook(browser: Browser, jupyter_lab: Server) -> Iterator[Page]:
    page = open_notebook(browser, jupyter_lab, jupyter_lab.write("chat.ipynb", CHAT))
    yield page
    page.close()


# The panel of the test before stays on the page until the new one is there.
MARK_THE_OLD = "for (const panel of document.querySelectorAll('.memkit-chat')) panel.id = 'old'"


@pytest.fixture
def chat(notebook: Page) -> Panel:
    notebook.evaluate(MARK_THE_OLD)
    run_all_cells(notebook)
    notebook.evaluate("delete window.ran")  # what a hostile text would have set
    chat = Panel(notebook, ".memkit-chat:not(#old)")
    chat.choose("User", "kim")
    return chat


def test_a_reply_comes_word_by_word_and_the_memory_table_follows(chat: Panel) -> None:
    chat.shows("no memories yet")
    chat.watch()
    chat.enter("Message", "I like chess.")
    chat.shows("Thanks for telling me that you like chess.", "The user likes chess.", "hobbies")
    found = [re.search(r"assistant\s+(.*)", text) for text in chat.seen()]
    replies = [match[1] for match in found if match and match[1].startswith("Thanks")]
    assert len(set(replies)) > 3
    for earlier, later in pairwise(replies):
        assert later.startswith(earlier)
    assert "I like chess." in "".join(chat.seen()[:3])  # at once, while it is still being sent
    expect(chat.field("Message")).to_have_value("")


def test_a_new_user_makes_a_new_session_and_goes_back_to_the_first(chat: Panel) -> None:
    name_anew(chat, "User", "ana")
    expect(chat.menu("User")).to_have_value("ana")
    chat.enter("Message", "I like chess.")
    chat.shows("The user likes chess.")
    name_anew(chat, "Session", "second")
    expect(chat.menu("Session")).to_have_value("second")
    expect(chat.place).not_to_contain_text("assistant")
    chat.shows("The user likes chess.")
    chat.choose("Session", "session_1")
    chat.shows("Thanks for telling me")


def name_anew(chat: Panel, menu: str, name: str) -> None:
    chat.choose(menu, "new...")
    chat.enter(f"New {menu.lower()}", name)


def test_another_user_sees_none_of_it(chat: Panel) -> None:
    chat.enter("Message", "I like chess.")
    chat.shows("The user likes chess.")
    chat.watch()
    chat.choose("User", "lee")
    chat.shows("no memories yet")
    expect(chat.place).not_to_contain_text("chess")
    assert "chess" not in chat.seen()[-1]
    assert "chess" not in chat.place.inner_html()
    chat.enter("Message", "What do I like?")
    chat.shows("assistant")
    assert "chess" not in chat.place.inner_html()


@pytest.mark.parametrize("text", HOSTILE, ids=["img", "script", "markdown", "rtl", "emoji", "long"])
def test_whatever_is_said_is_shown_as_text_and_runs_nothing(chat: Panel, text: str) -> None:
    chat.enter("Message", text)
    chat.shows(text, "assistant")
    bubble = chat.place.locator(".memkit-user .memkit-text")
    assert text in (bubble.text_content() or "")
    assert chat.too_wide(WIDE) == chat.too_wide(NARROW) == []
    runs_nothing(chat)


def test_names_and_memories_are_shown_as_text_and_run_nothing(chat: Panel) -> None:
    chat.choose("User", "<i>mallory</i>")
    for text in HOSTILE:
        chat.shows(text[:1000])
    assert chat.too_wide(WIDE) == chat.too_wide(NARROW) == []
    runs_nothing(chat)


def runs_nothing(panel: Panel) -> None:
    assert panel.page.evaluate("window.ran") is None
    assert panel.place.locator("img, script, a[href^=javascript], i > *, [onerror]").count() == 0


def test_an_error_is_shown_below_its_control_and_the_message_stays(chat: Panel) -> None:
    chat.enter("Message", "   ")
    alert = chat.place.get_by_role("alert")
    expect(alert).to_contain_text("message is empty")
    assert 0 <= chat.gap(chat.field("Message"), alert) < 30
    expect(chat.field("Message")).to_have_value("   ")
    chat.choose("User", "new...")
    chat.enter("New user", " kim")
    expect(alert).to_contain_text("has spaces around it")
    expect(chat.field("New user")).to_have_value(" kim")  # to be corrected
    chat.choose("User", "lee")
    expect(alert).to_have_count(0)


def test_the_keyboard_is_enough(chat: Panel) -> None:
    chat.shows("no memories yet")
    assert chat.tab_order() == [
        'combobox "User"',
        'combobox "Session"',
        '- log "Conversation"',
        'textbox "Message"',
        'button "Send"',
        "- text: the SQL",
    ]
    keyboard = chat.page.keyboard
    chat.menu("User").focus()
    names = chat.menu("User").locator("option")  # asked for when the menu gets the focus
    expect(names).to_have_text(["<i>mallory</i>", "kim", "lee", "new..."])
    keyboard.press("Space")  # an arrow alone would go to JupyterLab, which moves to another cell
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(chat.menu("User")).to_have_value("lee")
    expect(chat.menu("Session")).to_have_value("session_1")
    expect(chat.field("New session")).to_be_hidden()
    chat.tab_to(chat.field("Message"))
    keyboard.type("I like chess.")
    keyboard.press("Enter")
    chat.shows("The user likes chess.")
    keyboard.type("I like tea.")
    keyboard.press("Tab")
    keyboard.press("Space")
    chat.shows("The user likes tea.")


def test_every_control_has_a_name(chat: Panel) -> None:
    assert chat.nameless_controls() == []
    chat.choose("User", "new...")
    expect(chat.field("New user")).to_be_visible()
    assert chat.nameless_controls() == []


def test_what_is_typed_while_a_reply_comes_is_never_touched(chat: Panel) -> None:
    field = chat.field("Message")
    chat.enter("Message", "I like chess.")
    expect(field).to_have_value("")
    field.type("And when this is ready, ")
    chat.shows("Thanks for telling me that you like chess.", "The user likes chess.")
    field.type("I go on.")
    expect(field).to_have_value("And when this is ready, I go on.")


def test_shift_enter_starts_a_line_and_new_names_are_typed_at_once(chat: Panel) -> None:
    field = chat.field("Message")
    field.type("I like chess.")
    field.press("Shift+Enter")
    field.type("I like tea.")
    expect(field).to_have_value("I like chess.\nI like tea.")
    field.press("Enter")
    chat.shows("The user likes chess.", "The user likes tea.")
    chat.choose("User", "new...")
    expect(chat.field("New user")).to_be_focused()
    chat.page.keyboard.type("dd ana")  # no shortcut of JupyterLab: the cell is still there
    chat.page.keyboard.press("Enter")
    expect(chat.menu("User")).to_have_value("dd ana")
    chat.shows("no memories yet")


def test_a_table_is_sorted_filtered_and_copied_by_keyboard(chat: Panel) -> None:
    for thing in ("tea", "chess", "figs"):
        chat.enter("Message", f"I like {thing}.")
        chat.shows(f"The user likes {thing}.")
    heading = chat.place.get_by_role("columnheader", name=re.compile("^memory( [▲▼])?$"))
    heading.get_by_role("button").press("Enter")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    first = chat.place.get_by_role("row").nth(1)
    expect(first).to_contain_text("chess")
    heading.get_by_role("button").press("Enter")
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(first).to_contain_text("tea")
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.button("Copy as CSV: Memories").press("Enter")
    chat.page.wait_for_function(COPIED)


COPIED = """async () => (await navigator.clipboard.readText()).startsWith('memory_id,')"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_text_can_be_read_in_a_light_and_a_dark_theme(chat: Panel, theme: str) -> None:
    chat.page.evaluate(SET_THEME, theme)
    chat.enter("Message", "I like chess.")
    chat.shows("The user likes chess.")
    chat.enter("Message", "   ")
    expect(chat.place.get_by_role("alert")).to_be_visible()
    assert chat.place.evaluate(PALE_TEXT) == []
    chat.page.evaluate(SET_THEME, "JupyterLab Light")


SET_THEME = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
# Text with less contrast to what is behind it than 4.5 to 1 (WCAG 2.2, 1.4.3).
PALE_TEXT = """async panel => {
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const over = (colour, below) => {
    canvas.fillStyle = `rgb(${below})`; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const behind = e => e ? over(getComputedStyle(e).backgroundColor, behind(e.parentElement))
    : [255, 255, 255];
  const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = rgb => rgb.map(v => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const isText = node => node.nodeType === 3 && node.data.trim();
  return [...panel.querySelectorAll('*')]
    .filter(e => e.checkVisibility() && !e.disabled && [...e.childNodes].some(isText))
    .map(e => {
      const paper = behind(e), ink = over(getComputedStyle(e).color, paper);
      const [dark, bright] = [light(paper), light(ink)].sort((a, b) => a - b);
      return [(bright + 0.05) / (dark + 0.05), e.className, e.textContent.slice(0, 40)];
    })
    .filter(([contrast]) => contrast < 4.5);
}"""


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_it_fits_a_laptop_and_a_phone(chat: Panel, width: int) -> None:
    chat.enter("Message", "I like chess.")
    chat.shows("The user likes chess.")
    assert chat.too_wide(width) == []


def test_two_notebooks_on_one_store_do_not_disturb_each_other(
    browser: Browser, jupyter_lab: Server
) -> None:
    names = [jupyter_lab.write(f"{name}.ipynb", SHARED) for name in ("one", "two")]
    pages = [open_page(browser, jupyter_lab.address(each)) for each in names]
    for page in pages:
        run_all_cells(page)
    one, two = chats = [Panel(page, ".memkit-chat") for page in pages]
    one.enter("Message", "I like chess.")
    one.shows("The user likes chess.")
    two.choose("User", "lee")
    two.shows("no memories yet")
    two.choose("User", "kim")  # which reads the store again
    two.shows("Thanks for telling me that you like chess.", "The user likes chess.")
    one.enter("Message", "I like tea.")
    two.enter("Message", "I like go.")
    one.shows("that you like tea.", "The user likes tea.")
    two.shows("that you like go.", "The user likes go.")
    for each in chats:
        expect(each.place.get_by_role("alert")).to_have_count(0)
        each.page.close()
    store = SqliteDb(jupyter_lab.folder / "shared.db")
    memories = [each.memory for each in store.for_user("kim").memories()]
    store.close()
    assert sorted(memories) == [f"The user likes {it}." for it in ("chess", "go", "tea")]


def test_voila_serves_the_same_panel(browser: Browser, voila: Server) -> None:
    page = open_page(browser, voila.address(voila.write("page.ipynb", CHAT)))
    chat = Panel(page, ".memkit-chat")
    chat.choose("User", "lee")
    chat.enter("Message", "I like chess.")
    chat.shows("Thanks for telling me that you like chess.", "The user likes chess.")
    assert chat.nameless_controls() == chat.too_wide(WIDE) == chat.too_wide(NARROW) == []
    page.close()


def test_a_control_without_a_name_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("""<div class="panel">
      <label for="a">User</label><select id="a"><option>kim</option></select>
      <select><option>lee</option></select> <input> <input aria-label="null" type="number">
      <button>\uf04d</button> <button title="Stop"></button> <div role="slider" tabindex="0"></div>
    </div>""")
    panel = Panel(page, ".panel")
    assert panel.nameless_controls() == [
        "- combobox:",
        "- textbox",
        '- spinbutton "null"',
        '- button "\uf04d"',
        "- slider",
    ]
    page.close()


def test_what_is_too_wide_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("""<div class="panel" style="width: 500px">
      <div class="long" style="width: 400px; overflow: auto">
        <div style="width: 450px">It is longer than it may be</div>
      </div>
    </div>""")
    panel = Panel(page, ".panel")
    assert panel.too_wide(WIDE) == ["div.long: 450 in 400 pixels"]
    narrow = panel.too_wide(NARROW)
    assert narrow[0].startswith("div.panel: ")
    assert narrow[0].endswith(" pixels beyond the window")
    page.close()


def test_pictures_show_every_open_page(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page()
    paths = pictures(browser, tmp_path, "a name/with[signs]")
    assert paths
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    page.close()
