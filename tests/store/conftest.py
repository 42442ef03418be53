"""In this folder an empty store is one in SQLite and one in Postgres."""

import pytest


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, place: str) -> str:
    return place
