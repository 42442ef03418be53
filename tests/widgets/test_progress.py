"""The progress bar of a play in a notebook, and its Stop button."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from pages import READY, RUN_ALL, open_page
from servers import Server


def test_a_play_in_a_cell_is_stopped_by_its_button(browser: Browser, jupyter_lab: Server) -> None:
    name = jupyter_lab.write(
        "stop.ipynb",
        "from memkit import Agent, OfflineChat, lab\n"
        "agent = Agent(OfflineChat(latency=0.2), lab.temporary_store())\n"
        "runs = await lab.play(agent, lab.conversation('term'))\n"
        "print('played', len(runs), len(agent.db.query('FROM agent_runs')))",
    )
    page = open_page(browser, jupyter_lab.address(name))
    page.wait_for_function(READY)
    page.evaluate(f"() => {{ ({RUN_ALL})(); }}")  # and do not wait for its end
    expect(page.get_by_text(re.compile(r"^\s*([3-9]|\d{2,3}) of 340"))).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("of 340, stopped")).to_be_visible()
    printed = page.locator(".jp-OutputArea-output", has_text="played").inner_text().split()
    played, stored = int(printed[1]), int(printed[2])
    assert 3 <= played < 340
    assert stored in (played, played + 1)  # the one that was under way is stored as cancelled
    page.close()
