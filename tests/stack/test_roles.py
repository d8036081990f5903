"""The role that runs the product owns nothing and bypasses no policy; the role that migrates is no superuser either."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
import pytest
from django.db import connection

from scripts.stack import databases
from scripts.stack.stack import Stack

NAME = "test_roles"


@pytest.fixture
def database(stack: Stack) -> Iterator[str]:
    stack.create_database(NAME)
    with databases.cursor(stack.owner_url(NAME)) as sql:
        sql.execute("CREATE TABLE room (id bigserial PRIMARY KEY, org bigint NOT NULL)")
        sql.execute("ALTER TABLE room ENABLE ROW LEVEL SECURITY; ALTER TABLE room FORCE ROW LEVEL SECURITY")
        sql.execute("CREATE POLICY tenant ON room USING (org = nullif(current_setting('app.org', true), '')::bigint)")
    yield NAME
    databases.drop_database(stack.owner_url("postgres"), NAME)


def test_neither_role_is_a_superuser_or_bypasses_row_level_security(stack: Stack, database: str) -> None:
    with databases.cursor(stack.app_url(database)) as sql:
        sql.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname IN ('app', 'owner')"
        )
        assert sorted(sql.fetchall()) == [("app", False, False, False), ("owner", False, False, False)]


@pytest.mark.parametrize("role", ["app", "owner"])
def test_row_level_security_applies_to_each_role(stack: Stack, database: str, role: str) -> None:
    with databases.cursor(stack.postgres.url(role, database)) as sql:
        sql.execute("SET app.org = '1'; INSERT INTO room (org) VALUES (1)")
        sql.execute("SET app.org = '2'; SELECT count(*) FROM room")
        assert sql.fetchone() == (0,)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            sql.execute("INSERT INTO room (org) VALUES (1)")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE other (n integer)",
        "ALTER TABLE room DISABLE ROW LEVEL SECURITY",
        "DROP TABLE room",
        "TRUNCATE room",
        "CREATE DATABASE other",
        "SET ROLE owner",
    ],
)
def test_the_app_role_is_refused_what_only_owners_do(stack: Stack, database: str, statement: str) -> None:
    with databases.cursor(stack.app_url(database)) as sql, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        sql.execute(statement)


def test_a_copied_database_keeps_the_rights_of_the_app_role(stack: Stack, database: str) -> None:
    stack.create_database("test_roles_copy", template=database)
    with databases.cursor(stack.owner_url("test_roles_copy")) as sql:
        sql.execute("CREATE TABLE later (n serial)")
    with databases.cursor(stack.app_url("test_roles_copy")) as sql:
        sql.execute("INSERT INTO later DEFAULT VALUES RETURNING n")
        assert sql.fetchone() == (1,)
    databases.drop_database(stack.owner_url("postgres"), "test_roles_copy")


def test_only_the_owner_may_end_the_autovacuum_of_a_database_that_it_drops(stack: Stack, database: str) -> None:
    """Autovacuum belongs to no role, so this right is what PostgreSQL asks for."""
    for url, may in ((stack.owner_url(database), True), (stack.app_url(database), False)):
        with databases.cursor(url) as sql:
            sql.execute("SELECT pg_has_role(current_user, 'pg_signal_backend', 'USAGE')")
            assert sql.fetchone() == (may,)


@pytest.mark.django_db
def test_the_tests_run_with_the_role_that_runs_the_product() -> None:
    with connection.cursor() as sql:
        sql.execute("SELECT current_user, current_database()")
        assert sql.fetchone() == ("app", "test_crosschq")
        sql.execute("SELECT count(*) FROM pg_tables WHERE tableowner = 'app'")
        assert sql.fetchone() == (0,)
        sql.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        assert sql.fetchall() == [("owner",)]
