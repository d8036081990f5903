"""The health endpoints for a load balancer."""

from __future__ import annotations

import socket

import pytest
from celery import current_app
from django.test import Client
from pytest_django import Settings

from crosschq.core.outbox import wakeup
from scripts.stack import databases
from scripts.stack.processes import free_port
from scripts.stack.stack import Stack
from tests.patience import production_limits
from tests.stack.migrated import connected_to


def test_a_responding_process_is_alive_whatever_else_is_down(client: Client) -> None:
    # No database mark: a query would fail the test.
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_a_process_with_its_database_and_broker_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    signs = {"last_beat_seconds": None, "oldest_due_seconds": None, "failed_rows": 0, "restore_mode": 0}
    signs["failing_destinations"] = 0
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "keys": "ok", "broker": "ok", **signs})


@pytest.mark.django_db(transaction=True)
def test_without_a_database_the_process_is_not_ready(client: Client, stack: Stack) -> None:
    with connected_to(f"postgres://app:x@127.0.0.1:{free_port()}/crosschq"):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "does not answer")


@pytest.mark.django_db(transaction=True)
def test_with_missing_migrations_the_process_is_not_ready(client: Client, stack: Stack, migrated_template: str) -> None:
    stack.create_database("behind", template=migrated_template)
    with databases.cursor(stack.owner_url("behind")) as sql:
        sql.execute("DELETE FROM django_migrations WHERE app = 'webhooks'")
    with connected_to(stack.app_url("behind")):
        answer = client.get("/readyz")
    databases.drop_database(stack.owner_url("postgres"), "behind")
    assert answer.status_code == 503
    assert answer.json()["database"].endswith("migrations are missing")


@pytest.mark.django_db
@pytest.mark.parametrize("hangs", [False, True])
def test_a_broker_that_is_down_or_hangs_is_reported(
    client: Client, monkeypatch: pytest.MonkeyPatch, *, hangs: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1] if hangs else free_port()
        monkeypatch.setattr(current_app.conf, "broker_write_url", f"redis://127.0.0.1:{port}/0")
        with production_limits(wakeup):
            answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (200, "ok")
    assert answer.json()["broker"] == "does not answer"


@pytest.mark.django_db
def test_health_checks_work_over_http_behind_an_https_proxy(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = Client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    moved = client.get("/accounts/login/")
    assert (moved.status_code, moved["Location"]) == (301, "https://testserver/accounts/login/")
