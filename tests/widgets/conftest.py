"""What tests need that look: a real browser, JupyterLab and voila."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

import servers
from browser import MISSING, find, launch
from pages import pictures

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.failed and (shown := item.funcargs.get("browser")):
        with suppress(Error):  # a page that cannot be shown any more
            paths = pictures(shown, item.funcargs["screenshots"], f"{item.name}-{report.when}")
            report.sections.append(("what the browser showed", "\n".join(map(str, paths))))
    return report


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for pictures of pages: MEMKIT_SCREENSHOTS, or a temporary one."""
    folder = Path(os.environ.get("MEMKIT_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder.absolute()


@pytest.fixture(scope="module")
def browser(screenshots: Path) -> Iterator[Browser]:
    """A browser without a window; a test that fails leaves a picture of its pages.

    Tests that use it are plain functions. It ends with their file, because while it runs this
    thread has no event loop for `async` tests.
    """
    with sync_playwright() as playwright:
        try:
            started = launch(playwright)
        except Error:
            if find():
                raise
            pytest.skip(MISSING)
        yield started
        started.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that JupyterLab and voila show: copies of the notebooks, and what tests add."""
    folder = tmp_path_factory.mktemp("served")
    for notebook in NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(notebook, folder)
    return folder


@pytest.fixture(scope="session")
def jupyter_lab(served: Path) -> Iterator[servers.Server]:
    """A real JupyterLab, started when the first test wants it."""
    server = servers.jupyter_lab(served)
    yield server
    server.end()


@pytest.fixture(scope="session")
def voila(served: Path) -> Iterator[servers.Server]:
    """A real voila, started when the first test wants it."""
    server = servers.voila(served)
    yield server
    server.end()
