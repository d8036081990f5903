"""What every page tells the browser to refuse."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.test import Client

from crosschq.core.security import secret_links
from crosschq.tenancy.models import Role
from scripts.stack.stack import ROOT, Stack
from tests.factories import make_member, make_organization, make_user, signed_in

PRODUCTION = {
    "DEBUG": "false",
    "COOKIE_SECURE": "true",
    "SSL_REDIRECT": "true",
    "BASE_URL": "https://crosschq.example",
    "ALLOWED_HOSTS": "crosschq.example",
    "SECRET_KEY": "a long random value of more than fifty characters, with äll sorts in it",
    # The browser tests need it; if they ran earlier in this process, it is still set.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "",
}
HEADERS = """
import django
django.setup()
from django.test import Client
answer = Client(headers={"host": "crosschq.example"}).get("/accounts/login/", secure=True)
print(answer.status_code)
for name, value in answer.headers.items():
    print(f"{name}: {value}")
print(answer.cookies.output())
"""


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/", "/no/such/page", "/healthz", "/c/unknown/"])
def test_each_page_forbids_foreign_scripts_framing_and_sniffing(client: Client, path: str) -> None:
    answer = client.get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "img-src", "form-action")} == {"'self'"}
    assert {policy[name] for name in ("frame-ancestors", "base-uri")} == {"'none'"}
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    if answer["Content-Type"].startswith("text/html"):
        assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/o/acme/templates/", "/o/acme/audit-log/", "/profile/", "/o/acme/nowhere/"])
def test_a_page_of_someone_with_a_session_is_not_stored(client: Client, path: str) -> None:
    member = make_member(make_organization("Acme GmbH", slug="acme"), Role.OWNER)
    answer = signed_in(client, member).get(path, follow=True)
    assert answer["Cache-Control"] == "no-store"
    client.post("/accounts/logout/")
    assert client.get("/o/acme/templates/").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/c/secret", "/c/secret.", "/c/secret/nowhere/", "/C/secret/", "/invitations/secret", "/reports/1/", "/"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
def test_a_redirect_or_an_error_is_not_stored(method: str, path: str) -> None:
    """A browser would keep a permanent redirect, such as the one that adds a slash to a secret link, for good."""
    answer = Client().generic(method, path)
    assert answer.status_code >= 300
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "same-origin")


@pytest.mark.django_db
def test_an_error_of_ours_is_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_links, "find_with_scope", lambda *_args, **_named: 1 // 0)
    answer = Client(raise_request_exception=False).get("/c/secret/")
    assert (answer.status_code, answer["Cache-Control"], answer["Referrer-Policy"]) == (500, "no-store", "same-origin")


@pytest.mark.django_db
def test_a_form_without_its_csrf_token_is_refused(client: Client) -> None:
    strict = signed_in(Client(enforce_csrf_checks=True), make_user())
    assert strict.post("/accounts/logout/").status_code == 403


def in_production(stack: Stack, *command: str) -> str:
    settings = {"DATABASE_URL": stack.app_url("test_crosschq"), "DJANGO_SETTINGS_MODULE": "crosschq.settings"}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **PRODUCTION, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.django_db
def test_production_cookies_are_bound_to_the_host_and_hsts_is_on(stack: Stack) -> None:
    printed = in_production(stack, "-c", HEADERS)
    assert printed.startswith("200\n")
    assert "Strict-Transport-Security: max-age=31536000; includeSubDomains; preload" in printed
    (cookie,) = [line for line in printed.splitlines() if line.startswith("Set-Cookie")]
    assert cookie.startswith("Set-Cookie: __Host-csrftoken=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.slow  # `make lint` does it too
@pytest.mark.django_db
def test_djangos_deployment_check_passes_with_our_settings(stack: Stack) -> None:
    in_production(stack, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
