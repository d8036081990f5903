"""Log lines contain ids, and neither what people typed nor the secrets in paths."""

from __future__ import annotations

import io
import json
import logging
import socket
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
import structlog
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from gunicorn.config import Config
from gunicorn.http.errors import InvalidHeader, InvalidRequestLine, LimitRequestHeaders

from crosschq.core.outbox import work_item
from crosschq.core.web.gunicorn_worker import BoundedThreadWorker
from crosschq.messaging.models import Message
from crosschq.tenancy.access import public_page
from crosschq.tenancy.models import User
from crosschq.urls import urlpatterns as ours
from tests.core.jobs import Performer, make_work
from tests.factories import make_organization, make_user

CANARY = "canary-Priya-Nair-4711"
Lines = Callable[[], list[dict[str, Any]]]


@public_page
def fails(request: HttpRequest, token: str) -> HttpResponse:
    raise ValueError(f"{token} {request.POST}")


@public_page
def refuses(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse(status=503)


@public_page
def breaks_a_rule_of_the_database(request: HttpRequest, token: str) -> HttpResponse:
    User.objects.create(email=token)
    return HttpResponse()


urlpatterns = [
    *ours,
    path("fails/<str:token>/", fails),
    path("refuses/<str:token>/", refuses),
    path("breaks/<str:token>/", breaks_a_rule_of_the_database),
]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The parsed log entries written from here on."""
    (console,) = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    root, written = logging.getLogger(), io.StringIO()
    before, level = console.setStream(written), root.level
    root.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.setLevel(level)
    console.setStream(before)


def of_request(lines: Lines) -> dict[str, Any]:
    (line,) = [line for line in lines() if line["event"] == "request"]
    return line


@pytest.mark.django_db
def test_a_request_is_one_line_with_its_route_and_not_its_path(client: Client, lines: Lines) -> None:
    answer = client.get(f"/c/{CANARY}/?q={CANARY}")
    line = of_request(lines)
    assert (line["method"], line["route"], line["status"]) == ("GET", "c/<str:token>/", 404)
    assert line["trace_id"] == answer["X-Request-ID"]
    assert isinstance(line["ms"], int)
    assert CANARY not in str(lines())


@pytest.mark.django_db
def test_a_path_without_a_route_is_not_logged(client: Client, lines: Lines) -> None:
    client.get(f"/no/such/{CANARY}")
    assert (of_request(lines)["route"], of_request(lines)["status"]) == ("", 404)
    assert CANARY not in str(lines())


@pytest.mark.django_db
def test_an_unknown_host_is_not_logged(client: Client, lines: Lines) -> None:
    client.get("/", headers={"host": f"{CANARY}.example"})
    assert of_request(lines)["status"] == 400
    assert CANARY not in str(lines())


@pytest.mark.urls(__name__)
def test_an_exception_is_logged_with_its_location_and_without_its_message(client: Client, lines: Lines) -> None:
    client.raise_request_exception = False
    answer = client.post(f"/fails/{CANARY}/", {"name": CANARY})
    assert answer.status_code == 500
    (failed,) = [line for line in lines() if line["event"] == "request_failed"]
    assert failed["trace_id"] == answer["X-Request-ID"]
    assert failed["exception"][0] == "builtins.ValueError"
    assert failed["exception"][-1].startswith("  tests/core/web/test_logs.py:")
    assert failed["exception"][-1].endswith(" fails")
    assert CANARY not in str(lines())


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_values_quoted_in_database_errors_are_not_logged(client: Client, lines: Lines) -> None:
    make_user(CANARY)
    client.raise_request_exception = False
    client.get(f"/breaks/{CANARY}/")
    (failed,) = [line for line in lines() if line["event"] == "request_failed"]
    assert "psycopg2.errors.UniqueViolation" in failed["exception"]
    assert "django.db.utils.IntegrityError" in failed["exception"]
    assert CANARY not in str(lines())


@pytest.mark.urls(__name__)
def test_a_5xx_response_without_an_exception_is_logged_without_its_path(client: Client, lines: Lines) -> None:
    client.get(f"/refuses/{CANARY}/")
    assert of_request(lines)["status"] == 503
    assert CANARY not in str(lines())


@pytest.mark.django_db
def test_exceptions_outside_views_are_logged_too(client: Client, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise IntegrityError(CANARY)

    monkeypatch.setattr("django.contrib.sessions.middleware.SessionMiddleware.process_request", fail)
    client.raise_request_exception = False
    assert client.get("/healthz").status_code == 500
    (failed,) = [line for line in lines() if line["event"] == "request_failed"]
    assert failed["exception"][0] == "django.db.utils.IntegrityError"
    assert CANARY not in str(lines())


@pytest.mark.django_db
def test_work_is_logged_with_the_id_of_the_request_that_caused_it(performer: Performer, lines: Lines) -> None:
    def job(item: Message) -> None:
        raise ValueError(CANARY)

    performer.job = job
    item = make_work(make_organization(CANARY), CANARY, trace_id="0123")
    work_item.drain(Message)
    failed, set_back = lines()[-2:]
    assert (failed["event"], failed["kind"], set_back["event"]) == ("work_failed", "ValueError", "work_set_back")
    for line in (failed, set_back):
        assert (line["trace_id"], line["work"], line["item"]) == ("0123", "messaging.Message", str(item.uid))
    assert CANARY not in str(lines())


def test_an_exception_message_is_removed_from_a_librarys_log_line(lines: Lines) -> None:
    try:
        raise LookupError(CANARY)
    except LookupError as error:
        logging.getLogger("celery.app.trace").exception("Task %s raised: %r", "core.drain", error)
    (line,) = lines()
    assert line["event"] == "Task %s raised: %r"
    assert line["exception"][0] == "builtins.LookupError"
    assert CANARY not in str(line)


def test_the_cause_of_an_exception_comes_first(lines: Lines) -> None:
    try:
        try:
            raise LookupError(CANARY)
        except LookupError as error:
            raise RuntimeError(CANARY) from error
    except RuntimeError:
        structlog.get_logger("test").exception("failed")
    (line,) = lines()
    kinds = [part for part in line["exception"] if not part.startswith(" ")]
    assert kinds == ["builtins.LookupError", "builtins.RuntimeError"]


@pytest.mark.parametrize("name", ["requests_oauthlib.oauth2_session", "oauthlib.oauth2", "urllib3.connectionpool"])
def test_libraries_that_log_tokens_at_debug_level_are_silenced(lines: Lines, name: str) -> None:
    logging.getLogger(name).debug("Obtained token %s", CANARY)
    assert lines() == []


def test_a_circular_chain_of_causes_is_logged_once(lines: Lines) -> None:
    first, second = ValueError(CANARY), KeyError(CANARY)
    first.__context__, second.__context__ = second, first
    structlog.get_logger("test").error("broken", exc_info=first)
    (line,) = lines()
    assert line["exception"] == ["builtins.KeyError", "builtins.ValueError"]


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (InvalidRequestLine(f"GET /c/{CANARY} Thank you HTTP/1.1"), "request_invalid"),
        (InvalidHeader(f"Cookie: {CANARY}"), "request_invalid"),
        (LimitRequestHeaders(CANARY), "request_invalid"),
        (RuntimeError(CANARY), "request_failed"),
    ],
)
def test_a_request_that_the_web_server_cannot_read_is_logged_without_it(
    lines: Lines, error: Exception, event: str
) -> None:
    """A link followed by a space and more words is one. Its address is the visitor's, and its path a secret."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        worker = cast(BoundedThreadWorker, SimpleNamespace(cfg=Config()))
        BoundedThreadWorker.handle_error(worker, None, ours, ("203.0.113.7", 1), error)
        assert theirs.recv(100).startswith(b"HTTP/1.1 ")
    (line,) = lines()
    assert line["event"] == event
    assert CANARY not in json.dumps(line)
    assert "203.0.113.7" not in json.dumps(line)
