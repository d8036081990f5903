"""While a part does not answer, people get a page with words, and a machine gets 503."""

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
def test_nobody_can_sign_in_without_the_counters_of_tries_and_is_told_so(visitor: Client, settings: Settings) -> None:
    settings.CACHES = DEAD
    answer = visitor.post("/accounts/login/", CREDENTIALS)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "usually back within a minute" in answer.content.decode()


def test_a_database_that_is_away_is_told_as_such(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("could not connect to server")

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.ensure_connection", away)
    visitor.cookies["sessionid"] = "somebody"
    answer = visitor.get("/")
    assert answer.status_code == 503


def test_a_fault_of_ours_is_told_as_ours(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("crosschq.health._database", broken)
    answer = visitor.get("/readyz")
    assert answer.status_code == 500
    assert "Something went wrong on our end" in answer.content.decode()
