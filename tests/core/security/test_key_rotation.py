"""Before values are rewritten with a new key, every process must encrypt with it. Each reports its keys."""

from __future__ import annotations

import base64
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from crosschq.core.database import rls
from crosschq.core.models import KeyHolder
from scripts.stack.stack import ROOT, Stack
from tests.core.jobs import change, make_work
from tests.factories import make_organization
from tests.stack.plugin import DATABASE

pytestmark = pytest.mark.django_db
OLD, NEW = (f"{name}:{base64.b64encode(bytes([number]) * 32).decode()}" for name, number in (("k1", 1), ("k2", 2)))


@contextmanager
def another_process(keys: str) -> Iterator[None]:
    """Another process that has these keys."""
    row = KeyHolder.objects.create(uid=uuid.uuid4(), key_ids=keys, seen_at=Now())
    yield
    row.delete()


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
    ],
)
def test_readiness_reports_keys_that_processes_do_not_share(client: Client, held: str, problem: str) -> None:
    """Reported but not fatal: without any web process, nothing at all would be served."""
    with another_process(held):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["keys"]) == (200, problem)


def test_a_killed_process_counts_for_an_hour() -> None:
    with another_process("k1"):
        KeyHolder.objects.update(seen_at=Now() - timedelta(minutes=61))
        rotate()
    assert stored().startswith("k2.")


@pytest.mark.django_db(transaction=True)
def test_a_process_stores_the_ids_of_its_keys_and_never_the_keys_until_it_ends(stack: Stack) -> None:
    secret = base64.b64encode(bytes([7]) * 32).decode()
    environment = stack.environment(f"test_{DATABASE}") | {"FIELD_KEYS": f"k7:{secret},{OLD}"}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "--command"]
    script = (
        "from crosschq.core.models import KeyHolder; print(list(KeyHolder.objects.values_list('key_ids', flat=True)))"
    )
    printed = subprocess.run([*command, script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert "'k7,k1'" in printed.stdout
    assert secret not in printed.stdout
    assert not KeyHolder.objects.filter(key_ids="k7,k1").exists()
