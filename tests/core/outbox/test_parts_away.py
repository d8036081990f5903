"""While a part is down, people get a readable page, and machines get a 503."""

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

DEAD = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://localhost:9/1"}}
CREDENTIALS = {"login": "dana@acme.example", "password": "correct horse battery staple"}


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.django_db
def test_sign_in_is_closed_with_a_message_while_attempts_cannot_be_counted(visitor: Client, settings: Settings) -> None:
    settings.CACHES = DEAD
    answer = visitor.post("/accounts/login/", CREDENTIALS)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "usually back within a minute" in answer.content.decode()


def test_a_database_outage_is_reported_as_one(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("could not connect to server")

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.ensure_connection", away)
    visitor.cookies["sessionid"] = "somebody"
    answer = visitor.get("/")
    assert answer.status_code == 503


def test_an_error_of_ours_is_reported_as_ours(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("crosschq.health._database", broken)
    answer = visitor.get("/readyz")
    assert answer.status_code == 500
    assert "Something went wrong on our end" in answer.content.decode()
