"""An error page repeats nothing of the request except texts that its sender typed into a form."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from crosschq.tenancy.access import public_page
from crosschq.urls import urlpatterns as ours

CANARY = "canary-Priya-Nair-4711"
# Views give the last two a sentence for the page. The others' messages come from libraries, and may quote anything.
ERRORS: dict[str, Callable[[str], Exception]] = {
    "400": SuspiciousOperation,
    "500": ValueError,
    "403": lambda text: PermissionDenied(),
    "404": lambda text: Http404(),
}


@public_page
def fails(request: HttpRequest, error: str, token: str) -> HttpResponse:
    raise ERRORS[error](f"{token} {request.GET} {request.POST} {request.COOKIES} {request.headers}")


urlpatterns = [*ours, path("fails/<str:error>/<str:token>/", fails)]


@pytest.mark.urls(__name__)
@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
@pytest.mark.parametrize("error", ERRORS)
def test_no_secret_of_a_failed_request_is_on_its_page(client: Client, error: str, accept: str) -> None:
    client.raise_request_exception = False
    client.cookies["sessionid"] = CANARY
    headers = {"accept": accept, "authorization": f"Bearer {CANARY}", "referer": f"http://testserver/{CANARY}"}
    for answer in (
        client.get(f"/fails/{error}/{CANARY}/?q={CANARY}", headers=headers),
        client.post(f"/fails/{error}/{CANARY}/?q={CANARY}", {"password": CANARY, CANARY: "1"}, headers=headers),
    ):
        assert answer.status_code == int(error)
        assert CANARY not in unescape(answer.content.decode())
        assert CANARY not in str(answer.headers)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/no/such/{}", "/o/{}/requests/", "/{}\x00", "/%2e%2e/{}"])
def test_the_page_for_an_unknown_path_repeats_no_secret_from_it(client: Client, path: str) -> None:
    answer = client.get(path.format(CANARY), {"code": CANARY}, follow=False)
    assert answer.status_code in {302, 400, 404}
    assert CANARY not in unescape(answer.content.decode())
