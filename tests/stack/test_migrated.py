"""The database that the tests copy is the one that `manage.py migrate` makes."""

from __future__ import annotations

import subprocess

import pytest
from pytest_django import DjangoDbBlocker

from scripts.stack import databases
from scripts.stack.postgres import Postgres
from scripts.stack.stack import Stack
from tests.stack.migrated import migrate_as_it_is

NAME = "migrated_as_it_is"


def schema(postgres: Postgres, database: str) -> list[str]:
    url = postgres.url("postgres", database).replace("postgres://", "postgresql://", 1)
    command = [str(postgres.programs / "pg_dump"), "--schema-only", "--restrict-key=same", url]
    return sorted(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_has_the_same_tables_indexes_constraints_policies_and_rights(
    stack: Stack, migrated_template: str, django_db_blocker: DjangoDbBlocker
) -> None:
    if not isinstance(stack.postgres, Postgres):
        pytest.skip("the programs of PostgreSQL are those of the embedded one")
    with django_db_blocker.unblock():
        migrate_as_it_is(stack, NAME)
    try:
        assert schema(stack.postgres, NAME) == schema(stack.postgres, migrated_template)
    finally:
        databases.drop_database(stack.owner_url("postgres"), NAME)
