"""The browser that tests look through: one that is there, or one that is installed for them.

`make browser` runs this file. Any Chromium or Chrome will do; one that is there is found by its
name alone, so that it costs no time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
ON_MACOS = ["Google Chrome", "Chromium"]
UNASKED = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}  # apt asks no questions
MISSING = """\
no browser for the tests: install Chromium or Chrome (Debian: apt install chromium fonts-dejavu
fonts-noto-color-emoji; elsewhere: google.com/chrome) or name one: MEMKIT_BROWSER=/path/to/chrome"""


def find() -> str | None:
    """The browser of this machine; none means the one that Playwright keeps, if it has one."""
    if named := os.environ.get("MEMKIT_BROWSER"):
        return named
    on_path = (shutil.which(name) for name in NAMES)
    as_apps = (f"/Applications/{name}.app/Contents/MacOS/{name}" for name in ON_MACOS)
    there = (path for path in [*on_path, *as_apps] if path and Path(path).exists())
    return next(there, None)


def launch(playwright: Playwright) -> Browser:
    """Start it without a window. Playwright's `Error` says what is wrong if it does not start."""
    return playwright.chromium.launch(executable_path=find())


def starts() -> bool:
    """Whether there is a browser that starts; one without its libraries is there and does not."""
    with sync_playwright() as playwright:
        try:
            launch(playwright).close()
        except Error:
            return False
    return True


def ways_to_install() -> Iterator[list[list[str]]]:
    """Commands that may bring a browser: for everybody, then for root on Debian and its kin."""
    yield [[sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        wanted = ["chromium", "fonts-dejavu", "fonts-noto-color-emoji"]
        yield [
            ["apt-get", "update", "-q"],
            ["apt-get", "install", "-q", "-y", "--no-install-recommends", *wanted],
        ]


def main() -> None:
    if find() or starts():
        return
    for commands in ways_to_install():
        print("no browser for the tests; trying:", *commands[-1], flush=True)
        # The first command that fails ends this way; what is there then decides about the next.
        all(subprocess.run(command, env=UNASKED).returncode == 0 for command in commands)
        if starts():
            return
    print(MISSING, "Until then the tests that need one are skipped.", sep="\n", file=sys.stderr)


if __name__ == "__main__":
    main()
