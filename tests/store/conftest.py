"""In this folder a store is one in SQLite and one in Postgres."""

from pathlib import Path

import pytest
from pooler import PGBOUNCER

collect_ignore = [] if PGBOUNCER else ["test_pooler.py"]


def pytest_report_header() -> str:
    found = PGBOUNCER or "not here, so test_pooler.py is left out (apt install pgbouncer)"
    return f"pgbouncer: {found}"


@pytest.fixture(params=["sqlite", "postgres"])
def place(place: str) -> str:
    return place


@pytest.fixture(params=["sqlite", "postgres"])
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where no store has been made yet."""
    if request.param == "sqlite":
        return str(tmp_path / "memkit.db")
    return str(request.getfixturevalue("postgres_url"))
