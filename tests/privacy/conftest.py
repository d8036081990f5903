"""All tests of this folder use the database."""

import pytest


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Each test has a transaction."""
