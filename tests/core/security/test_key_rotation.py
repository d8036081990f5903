"""Before values are rewritten with a new key, every process must encrypt with it. Each reports its keys."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from crosschq.core.database import rls
from crosschq.core.security import encryption_keys
from tests.core.jobs import change, make_work
from tests.factories import make_organization

pytestmark = pytest.mark.django_db
OLD, NEW = (f"{name}:{base64.b64encode(bytes([number]) * 32).decode()}" for name, number in (("k1", 1), ("k2", 2)))


@contextmanager
def another_process(keys: str) -> Iterator[None]:
    """A connection of another process that has these keys."""
    other = psycopg2.connect(**connection.get_connection_params() | {"application_name": encryption_keys.PREFIX + keys})
    try:
        yield
    finally:
        other.close()
        while any(keys.startswith(",".join(held)) for held in encryption_keys.of_other_processes()):
            # The list is read once per transaction, and a test is one.
            with connection.cursor() as sql:
                sql.execute("SELECT pg_stat_clear_snapshot()")


@pytest.fixture(autouse=True)
def _written_with_the_old_key(settings: Settings) -> None:
    settings.FIELD_KEYS = OLD
    change(make_work(make_organization()), text="of before")
    settings.FIELD_KEYS = f"{NEW},{OLD}"


def stored() -> str:
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as sql:
        sql.execute("SELECT text FROM messaging_message")
        return str(sql.fetchone()[0])


def rotate(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("held", ["k1", "k1,k2", "k3,k1"])
def test_nothing_is_rewritten_while_a_process_does_not_use_the_new_key(held: str) -> None:
    with another_process(held):
        with pytest.raises(CommandError, match=f"keys {held}.*k2 first in FIELD_KEYS"):
            rotate()
        assert stored().startswith("k1.")
        assert "1 under an older key" in rotate("--dry-run")
    rotate()
    assert stored().startswith("k2.")


@pytest.mark.parametrize("held", ["k2,k1", "k2"])
def test_rotation_does_not_wait_for_a_process_that_already_uses_the_new_key(held: str) -> None:
    with another_process(held):
        rotate()
    assert stored().startswith("k2.")


@pytest.mark.parametrize(
    ("held", "problem"),
    [
        ("k2,k1", "ok"),
        ("k1,k2", "ok"),
        ("k1", "another process lacks k2, with which this one encrypts"),
        ("k3,k2", "FIELD_KEYS lacks k3, with which another process encrypts"),
        # PostgreSQL cuts the third of three long ids, which may be ours.
        ("k1,a2345678901234567890,b2345678901234567890,k2", "ok"),
    ],
)
def test_readiness_reports_keys_that_processes_do_not_share(client: Client, held: str, problem: str) -> None:
    """Reported but not fatal: without any web process, nothing at all would be served."""
    with another_process(held):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["keys"]) == (200, problem)


def test_a_process_reports_the_ids_of_its_keys_and_never_the_keys(settings: Settings) -> None:
    encryption_keys.announce()
    try:
        named = connection.get_connection_params()["application_name"]
    finally:
        settings.FIELD_KEYS = OLD
        encryption_keys.announce()
    assert named == "crosschq keys k2,k1"
