"""Headers that a client invents have no effect: only what our own proxies add counts."""

from __future__ import annotations

import pytest
from allauth.account.adapter import get_adapter
from django.conf import settings as configured
from django.test import Client, RequestFactory
from pytest_django import Settings

CLIENT, SPOOFED = "192.0.2.7", "198.51.100.66"
HEADERS = [
    "x-forwarded-for",
    "x-real-ip",
    "forwarded",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "client-ip",
]
VALUES = [
    SPOOFED,
    f"{SPOOFED}, {SPOOFED}",
    "",
    ",",
    ", ,",
    "unknown",
    "for=198.51.100.66",
    "[::1]:80",
    "127.0.0.1",
    "x" * 5000,
]
HOSTS = [
    *({"x-forwarded-host": "evil.example"}, {"x-host": "evil.example"}, {"forwarded": "host=evil.example"}),
    *({"x-original-url": "/healthz"}, {"x-rewrite-url": "/healthz"}, {"x-forwarded-prefix": "//evil.example"}),
    *({"x-forwarded-port": "1"}, {"x-http-method-override": "DELETE"}, {"x-forwarded-proto": "https"}),
]


@pytest.mark.parametrize("header", HEADERS)
def test_without_a_proxy_the_address_is_the_connections(header: str, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    for value in VALUES:
        request = RequestFactory(REMOTE_ADDR=CLIENT).get("/", headers={header: value})
        assert get_adapter().get_client_ip(request) == CLIENT


@pytest.mark.parametrize("header", HEADERS)
def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_added(header: str, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for value in VALUES:
        sent = {header: value} if header != "x-forwarded-for" else {}
        # As nginx does: $proxy_add_x_forwarded_for.
        chain = f"{value}, {CLIENT}" if header == "x-forwarded-for" else CLIENT
        request = RequestFactory(REMOTE_ADDR="127.0.0.1").get("/", headers={**sent, "x-forwarded-for": chain})
        assert get_adapter().get_client_ip(request) == CLIENT


@pytest.mark.django_db
@pytest.mark.parametrize("headers", HOSTS)
def test_no_invented_host_path_or_method_changes_a_page(client: Client, headers: dict[str, str]) -> None:
    plain, spoofed = (client.get("/accounts/password/reset/", headers=sent) for sent in ({}, headers))
    assert (spoofed.status_code, spoofed.headers.get("Location")) == (plain.status_code, None)
    assert "evil.example" not in spoofed.content.decode()
    assert client.get("/accounts/password/reset/", headers=headers).wsgi_request.is_secure() is False


@pytest.mark.django_db
@pytest.mark.parametrize(
    "host", ["evil.example", f"{SPOOFED}", "localhost.evil.example", "evil.example:80", "a b", "@x"]
)
def test_an_unknown_host_is_refused(client: Client, host: str, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["crosschq.example"]
    assert client.get("/accounts/login/", headers={"host": host}).status_code == 400


def test_no_setting_allows_any_host() -> None:
    assert "*" not in configured.ALLOWED_HOSTS
