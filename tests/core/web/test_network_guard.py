"""A web request never waits for a vendor: network calls while one is handled are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from django.conf import settings as project
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from crosschq.core.web import http, network_guard
from crosschq.tenancy.access import public_page
from scripts.stack.processes import free_port

REFUSED = "while a web request is answered"


@public_page
def calls_out(request: HttpRequest) -> HttpResponse:
    http.call("GET", f"http://127.0.0.1:{free_port()}/", headers={})
    return HttpResponse()


@public_page
def calls_out_by_a_library(request: HttpRequest) -> HttpResponse:
    session = requests.Session()
    http.guard(session)
    session.get(f"http://127.0.0.1:{free_port()}/")
    return HttpResponse()


urlpatterns = [path("ours", calls_out), path("library", calls_out_by_a_library)]


@pytest.mark.urls(__name__)
@pytest.mark.django_db
@pytest.mark.parametrize("route", ["/ours", "/library"])
def test_a_view_that_makes_a_network_call_fails_before_anything_is_sent(client: Client, route: str) -> None:
    with pytest.raises(RuntimeError, match=REFUSED):
        client.get(route)
    assert not network_guard.is_answering()


def test_outside_a_web_request_the_call_is_made() -> None:
    with pytest.raises(http.Unreachable):
        http.call("GET", f"http://127.0.0.1:{free_port()}/", headers={})


def test_the_guard_wraps_every_view() -> None:
    """It comes before any middleware that could respond, and every process has it in its settings."""
    assert project.MIDDLEWARE.index("crosschq.core.web.network_guard.WebRequestMiddleware") == 1


def test_no_code_disables_the_guard() -> None:
    ours = Path(project.BASE_DIR)
    files = [
        file
        for app in project.INSTALLED_APPS
        if (ours / app.split(".")[0]).is_dir()
        for file in (ours / app.replace(".", "/")).rglob("*.py")
    ]
    naming = {str(file.relative_to(ours)) for file in files if "network_guard" in file.read_text()}
    assert naming == {"crosschq/core/web/http.py"}
