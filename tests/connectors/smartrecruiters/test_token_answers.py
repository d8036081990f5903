"""What the token endpoint may return, and what happens to the refresh token."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses
import time_machine
from pytest_django import Settings

from connectors import ats, registry
from crosschq.core import clock
from tests.connectors.answers import API

URL = f"{API}/identity/oauth/token"
GOOD = {"access_token": "a", "token_type": "bearer", "expires_in": 1800, "refresh_token": "r"}


@pytest.fixture(autouse=True)
def _settings(settings: Settings) -> None:
    ours = {"client_id": "id", "client_secret": "secret", "token_url": URL, "authorize_url": f"{API}/allow"}
    settings.SMARTRECRUITERS = settings.SMARTRECRUITERS | ours


def answered(body: Any, status: int = 200) -> list[ats.Tokens | type[ats.AtsError]]:
    """The results of an exchange and of a refresh with this response."""
    raw = body if isinstance(body, str) else json.dumps(body)
    vendor = registry.vendor("smartrecruiters")
    asks: list[Callable[[], ats.Tokens]] = [
        lambda: vendor.exchange(code="c"),
        lambda: vendor.refresh("r0"),
    ]
    found: list[ats.Tokens | type[ats.AtsError]] = []
    for ask in asks:
        with responses.RequestsMock() as endpoint:
            endpoint.post(URL, body=raw, status=status, content_type="application/json")
            try:
                found.append(ask())
            except ats.AtsError as error:
                found.append(type(error))
    return found


def test_tokens_have_an_expiry() -> None:
    with time_machine.travel("2026-01-31T09:00:00Z", tick=False):
        assert answered(GOOD) == [ats.Tokens("a", "r", clock.now() + timedelta(minutes=30))] * 2


@pytest.mark.parametrize(
    ("lifetime", "seconds"), [(None, 1800), ("600", 600), (90.5, 90), (10**9, 86400), (-5, 0), (0, 1800)]
)
def test_an_odd_lifetime_is_bounded(lifetime: object, seconds: int) -> None:
    with time_machine.travel("2026-01-31T09:00:00Z", tick=False):
        expected = clock.now() + timedelta(seconds=seconds)
        for tokens in answered(GOOD | {"expires_in": lifetime}):
            assert isinstance(tokens, ats.Tokens)
            assert tokens.expires_at == expected


@pytest.mark.parametrize("scope", ["jobs_read", "", None, 5, ["jobs_read", 5], {"odd": 1}, True], ids=str)
def test_another_scope_in_the_response_is_not_an_error(scope: object) -> None:
    """The refresh token was used, so what came in exchange must not be lost."""
    assert all(isinstance(tokens, ats.Tokens) for tokens in answered(GOOD | {"scope": scope}))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[]",
        "null",
        "7",
        "<html>",
        "access_token=a&refresh_token=r",
        GOOD | {"access_token": ""},
        GOOD | {"access_token": 5},
        GOOD | {"access_token": "a\u2713"},
        GOOD | {"access_token": "a\nb"},
        GOOD | {"refresh_token": ["r"]},
        GOOD | {"refresh_token": "r\ud800"},
        GOOD | {"refresh_token": "r\n"},
        GOOD | {"expires_in": "soon"},
        GOOD | {"expires_in": [1]},
        '{"access_token": "a", "refresh_token": "r", "expires_in": Infinity}',
    ],
    ids=str,
)
def test_a_success_without_usable_tokens_is_retried_later(body: Any) -> None:
    assert answered(body) == [ats.Unavailable] * 2


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize(
    "body",
    [{"error": "invalid_grant"}, {"error": {"odd": 1}}, {"errors": [{"code": "BAD"}]}, {}, [], "", "<html>"],
    ids=str,
)
def test_a_final_or_unreadable_refusal_needs_a_person(status: int, body: Any) -> None:
    assert answered(body, status) == [ats.NeedsSignIn] * 2


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"error": "invalid_client"}),
        (400, {"error": "invalid_request"}),
        (429, {"error": "invalid_grant"}),
        (500, {"error": "invalid_grant"}),
        (503, "busy"),
        (302, ""),
    ],
)
def test_any_other_refusal_keeps_the_refresh_token(status: int, body: Any) -> None:
    assert answered(body, status) == [ats.Unavailable] * 2


def test_a_missing_response_keeps_the_refresh_token() -> None:
    with responses.RequestsMock() as vendor:
        vendor.post(URL, body=requests.ReadTimeout("slow"))
        with pytest.raises(ats.Unavailable):
            registry.vendor("smartrecruiters").refresh("r0")
