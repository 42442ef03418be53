"""A notebook in a browser, with the verbs of the person who sits before it.

Controls are found by their accessible name, as a screen reader finds them: a control without one
cannot be tested. Every wait is for something to be there, never for a time to pass.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from servers import Server

# Milliseconds that something may take to appear on a busy machine.
PATIENCE = int(os.environ.get("MEMKIT_PATIENCE", "120000"))
WIDE, NARROW = 1280, 375  # pixels: a laptop and a phone
expect.set_options(timeout=PATIENCE)

# What a control is called in an accessibility tree, and a line of that tree: role and name.
ROLES = "button|checkbox|combobox|listbox|menuitem|radio|searchbox|slider|spinbutton|switch|tab"
CONTROL = re.compile(rf'- ({ROLES}|textbox)\b(?: "(?P<name>[^"]*)")?.*')

READY = """() => {
  const shown = window.jupyterapp?.shell.currentWidget;
  const kernel = shown?.sessionContext?.session?.kernel;
  return shown?.context?.isReady && shown.sessionContext.isReady
    && kernel?.connectionStatus === 'connected' && kernel.status === 'idle'
    && window.jupyterapp.commands.hasCommand('notebook:run-all-cells');
}"""
# JupyterLab moves the focus around its end, to the notebook and then to a cell: text that was on
# its way to a field would go there.
RUN_ALL = """async () => {
  const ran = await window.jupyterapp.commands.execute('notebook:run-all-cells');
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return ran;
}"""


def open_notebook(browser: Browser, lab: Server, name: str) -> Page:
    """A new page with this notebook in JupyterLab, all its cells run."""
    page = open_page(browser, lab.address(name))
    run_all_cells(page)
    return page


def open_page(browser: Browser, address: str) -> Page:
    """A new page at this address, as wide as a laptop."""
    page = browser.new_page(viewport={"width": WIDE, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    return page


def run_all_cells(page: Page) -> None:
    """Run all cells as soon as the kernel can, and wait for the last; an error in one is raised."""
    page.wait_for_function(READY)
    if not page.evaluate(RUN_ALL):
        problems = page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']")
        raise RuntimeError("\n".join(problems.all_inner_texts()) or "a cell failed")


class Panel:
    """A part of a page, and what a person does with it."""

    def __init__(self, page: Page, css: str) -> None:
        """`css` finds the part: a class that the panel was given."""
        self.page = page
        self.place = page.locator(css)
        expect(self.place).to_be_visible()

    def menu(self, name: str) -> Locator:
        return self.place.get_by_role("combobox", name=name, exact=True)

    def field(self, name: str) -> Locator:
        return self.place.get_by_role("textbox", name=name, exact=True)

    def button(self, name: str) -> Locator:
        return self.place.get_by_role("button", name=name, exact=True)

    def choose(self, menu: str, option: str) -> None:
        self.menu(menu).select_option(option)

    def enter(self, field: str, text: str) -> None:
        """Write the text into the field and press Enter."""
        self.field(field).fill(text)
        expect(self.field(field)).to_have_value(text)
        self.field(field).press("Enter")

    def shows(self, *texts: str) -> None:
        """Wait until all these texts are there."""
        for text in texts:
            expect(self.place).to_contain_text(text)

    def watch(self) -> None:
        """From now on keep every text that the panel shows, however short."""
        self.place.evaluate(WATCH)

    def seen(self) -> list[str]:
        """What the panel showed since `watch`, one text after the other."""
        texts: list[str] = self.place.evaluate("panel => panel.seen")
        return texts

    def tab_order(self) -> list[str]:
        """What the Tab key reaches, from the first control until it leaves the panel."""
        self.place.locator("select, input, textarea, button, [tabindex]").first.focus()
        reached: list[str] = []
        while (focused := self.place.locator(":focus")).count():
            reached.append(role_and_name(focused))
            self.page.keyboard.press("Tab")
            assert len(reached) < 200, f"Tab does not leave the panel: {reached[-10:]}"
        return reached

    def tab_to(self, field: Locator) -> None:
        """Press Tab until the field has the focus; a menu that is closing takes one for itself."""
        for _ in range(9):
            self.page.keyboard.press("Tab")
            if field.evaluate("field => field === document.activeElement"):
                return
        raise AssertionError(f"Tab does not reach {field}")

    def gap(self, above: Locator, below: Locator) -> float:
        """The pixels between the lower edge of one part and the upper edge of the next."""
        upper, lower = above.bounding_box(), below.bounding_box()
        assert upper
        assert lower
        return lower["y"] - upper["y"] - upper["height"]

    def nameless_controls(self) -> list[str]:
        """The controls that a screen reader has no word for, as lines of the accessibility tree.

        An icon is no word, and neither is the `null` that an empty description becomes.
        """
        lines = (line.strip() for line in self.place.aria_snapshot().splitlines())
        controls = filter(None, map(CONTROL.fullmatch, lines))
        names = ((each[0], each["name"] or "") for each in controls)
        return [line for line, name in names if name == "null" or not re.search(r"\w", name)]

    def too_wide(self, width: int) -> list[str]:
        """What is wider than its place when the window has this width in pixels; [] is good."""
        self.page.set_viewport_size({"width": width, "height": 900})
        found: list[str] = self.place.evaluate(TOO_WIDE)
        self.page.set_viewport_size({"width": WIDE, "height": 900})
        return found


def role_and_name(control: Locator) -> str:
    """A control as a screen reader announces it: `textbox "Message"`."""
    line = control.aria_snapshot().splitlines()[0]
    known = CONTROL.match(line)
    return f'{known[1]} "{known["name"] or ""}"' if known else line


WATCH = """panel => {
  panel.seen = [];
  new MutationObserver(() => panel.seen.push(panel.innerText))
    .observe(panel, {subtree: true, childList: true, characterData: true});
}"""

# A field scrolls what is written in it, a table (a region) its columns; a slider's knob may stand
# out, widths are rounded. The page has come to rest when ten frames in a row had the same width.
TOO_WIDE = """async panel => {
  for (let still = 0, width = -1; still < 10; still++) {
    await new Promise(requestAnimationFrame);
    if (width !== (width = panel.getBoundingClientRect().width)) still = 0;
  }
  const named = e => `${e.tagName.toLowerCase()}.${[...e.classList].join('.')}`;
  const parts = [panel.parentElement, panel, ...panel.querySelectorAll('*')];
  const found = parts
    .filter(e => !e.matches('input, select, textarea, .noUi-origin, .memkit-log'))
    .filter(e => !e.closest('[role=region], .widget-slider'))
    .filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1)
    .map(e => `${named(e)}: ${e.scrollWidth} in ${e.clientWidth} pixels`);
  const beyond = Math.round(panel.getBoundingClientRect().right - window.innerWidth);
  return beyond > 0 ? [`${named(panel)}: ${beyond} pixels beyond the window`, ...found] : found;
}"""


def pictures(browser: Browser, folder: Path, name: str) -> list[Path]:
    """A picture of every page that is open, as it is; returns their paths."""
    pages = [page for context in browser.contexts for page in context.pages]
    name = re.sub(r"\W+", "_", name)
    paths = [folder / f"{name}-{number}.png" for number in range(1, len(pages) + 1)]
    for page, path in zip(pages, paths, strict=True):
        page.screenshot(path=path)
    return paths
