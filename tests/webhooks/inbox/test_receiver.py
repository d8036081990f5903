"""The web server answers deliveries ahead of Django, by the same rules, and leaves everything else to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import RequestFactory
from django.urls import reverse

from connectors.models import SigningKey, SubscriptionState
from crosschq.core import clock
from crosschq.tenancy.scope import tenant
from tests.factories import make_connection, make_organization
from tests.webhooks.deliveries import BODY, PATH, Endpoint, make_endpoint, over_the_wire, signed
from webhooks.inbox import receive, receiver, storage
from webhooks.models import InboundEvent, RefusedDeliveries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("connections_of_committers")]
LEFT_TO_DJANGO: tuple[int, dict[str, str], bytes] = (299, {}, b"Django")


@pytest.fixture
def endpoint(transactional_db: None) -> Endpoint:
    return make_endpoint(make_connection(make_organization()))


class WebServer:
    """Calls the application as a web server does."""

    def __init__(self) -> None:
        self.application = receiver.Receiver(self.django)

    @staticmethod
    def django(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("299 Django", [])
        return [b"Django"]

    def send(self, path: str, body: bytes, headers: dict[str, str], *, method: str = "POST") -> tuple[int, Any, bytes]:
        request = RequestFactory().generic(method, path, body, content_type="application/json", headers=headers)
        began: list[Any] = []
        content = b"".join(self.application(request.META, lambda *arguments: began.append(arguments)))
        ((status, given),) = began
        return int(status.split()[0]), dict(given), content

    def deliver(self, body: bytes = BODY, *, event_id: str = "e-1", key: str = "a-secret-key") -> int:
        return self.send(hook(PATH), body, signed(body, event_id=event_id, key=key))[0]


def hook(path_token: str) -> str:
    return reverse("hooks:deliver", args=["smartrecruiters", path_token])


def stored(endpoint: Endpoint) -> list[str]:
    with tenant(endpoint.connection.organization):
        return sorted(InboundEvent.objects.values_list("event_id", flat=True))


def test_a_delivery_is_stored_and_its_row_has_the_id_of_the_response(endpoint: Endpoint) -> None:
    status, headers, content = WebServer().send(hook(PATH), BODY, signed(BODY))
    assert (status, content, headers["Content-Length"]) == (202, b"", "0")
    with tenant(endpoint.connection.organization):
        event = InboundEvent.objects.get()
    assert bytes(event.body) == BODY
    assert event.trace_id == headers["X-Request-ID"]


def test_repeated_and_forged_deliveries_are_answered_as_by_the_view(endpoint: Endpoint) -> None:
    server = WebServer()
    assert [server.deliver(), server.deliver(), server.deliver(key="forged")] == [202, 202, 401]
    assert server.send(hook("nobody"), BODY, signed(BODY))[0] == 404
    assert server.send(hook(PATH), b"x" * (64 * 1024 + 1), signed(BODY))[0] == 413
    assert stored(endpoint) == ["e-1"]
    with tenant(endpoint.connection.organization):
        assert RefusedDeliveries.objects.get().count == 1


def test_the_handshake_is_echoed(endpoint: Endpoint) -> None:
    status, headers, content = WebServer().send(hook(PATH), b"{}", {"X-Hook-Secret": "test"})
    assert (status, headers["X-Hook-Secret"], content) == (200, "test", b"")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", hook("any")),
        ("PUT", hook("any")),
        ("POST", "/hooks/workday/any"),
        ("POST", "/hooks/text/status"),
        ("POST", f"{hook('any')}/more"),
        ("POST", f"{hook('any')}/"),
        ("POST", f"/o/acme{hook('any')}"),
        ("POST", "/hooks/smartrecruiters/"),
    ],
)
def test_everything_else_is_left_to_django(endpoint: Endpoint, method: str, path: str) -> None:
    assert WebServer().send(path, b"", {}, method=method) == LEFT_TO_DJANGO


def test_a_removed_subscription_is_gone_immediately_although_it_is_remembered(endpoint: Endpoint) -> None:
    server = WebServer()
    assert server.deliver(event_id="e-1") == 202
    with tenant(endpoint.connection.organization):
        endpoint.subscription.state = SubscriptionState.REMOVED
        endpoint.subscription.save()
    assert server.deliver(event_id="e-2") == 404
    assert stored(endpoint) == ["e-1"]


def test_a_new_key_signs_immediately_although_the_old_ones_are_remembered(endpoint: Endpoint) -> None:
    server = WebServer()
    assert server.deliver(event_id="e-1") == 202
    with tenant(endpoint.connection.organization):
        SigningKey.objects.create(
            organization=endpoint.connection.organization, subscription=endpoint.subscription, key="newer"
        )
    assert server.deliver(event_id="e-2", key="newer") == 202


def test_a_key_ends_by_the_clock_although_it_is_remembered(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    server = WebServer()
    with tenant(endpoint.connection.organization):
        SigningKey.objects.update(valid_until=clock.now() + timedelta(hours=1))
    assert server.deliver(event_id="e-1") == 202
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert server.deliver(event_id="e-2") == 401
    assert stored(endpoint) == ["e-1"]


def test_a_path_that_does_not_exist_yet_is_found_once_it_does(transactional_db: None) -> None:
    server = WebServer()
    assert server.deliver() == 404
    make_endpoint(make_connection(make_organization()))
    assert server.deliver() == 202


def test_a_second_delivery_costs_no_lookup(
    endpoint: Endpoint, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = WebServer()
    assert server.deliver(event_id="e-1") == 202
    with django_assert_num_queries(0):  # the committer's own statements are on its own connection
        assert server.deliver(event_id="e-2") == 202


def test_an_unexpected_error_is_not_a_500_and_the_delivery_comes_again(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("an error that nobody expected")

    monkeypatch.setattr(receive, "verified", fails)
    status, headers, _content = WebServer().send(hook(PATH), BODY, signed(BODY))
    assert (status, headers["Retry-After"]) == (503, "60")


@pytest.mark.parametrize("length", ["9" * 5000, "²", "-1", "1e3", " 5", ""])
def test_an_odd_length_is_not_an_error(endpoint: Endpoint, length: str) -> None:
    server = WebServer()
    request = RequestFactory().post(hook(PATH), BODY, content_type="application/json", headers=signed(BODY))
    request.META["CONTENT_LENGTH"] = length
    began: list[Any] = []
    list(server.application(request.META, lambda *arguments: began.append(arguments)))
    assert int(began[0][0].split()[0]) in (400, 401, 413)


def test_plain_deliveries_are_answered_together_like_each_alone(endpoint: Endpoint) -> None:
    server = WebServer()
    alone = server.send(hook(PATH), BODY, signed(BODY))
    requests = [over_the_wire(event_id=event_id) for event_id in ("e-1", "e-2", "e-3", "e-3")]
    answers = server.application.answer_together(requests)
    ids = []
    for answer in answers:
        lines = (answer or b"").decode().split("\r\n")
        headers = dict(line.split(": ") for line in lines[1:-2])
        assert (lines[0], lines[-2:]) == ("HTTP/1.1 202 Accepted", ["", ""])
        assert headers.keys() == alone[1].keys() | {"Date", "Connection"}
        ids.append(headers["X-Request-ID"])
    assert stored(endpoint) == ["e-1", "e-2", "e-3"]
    with tenant(endpoint.connection.organization):
        of_rows = dict(InboundEvent.objects.values_list("event_id", "trace_id"))
    assert of_rows == {"e-1": alone[1]["X-Request-ID"], "e-2": ids[1], "e-3": of_rows["e-3"]}
    assert of_rows["e-3"] in ids[2:]


def test_what_needs_more_than_its_row_is_answered_alone(endpoint: Endpoint) -> None:
    server = WebServer()
    assert server.application.answer_together([over_the_wire()]) == [None]  # no endpoint is remembered yet
    assert server.deliver() == 202
    plain = over_the_wire(event_id="e-2")
    requests = [
        over_the_wire(event_id="forged", key="forged"),
        over_the_wire(event_id="elsewhere", path="nobody"),
        plain.replace(b"smartrecruiters/", b"workday/"),
        plain.replace(b"Host: localhost", b"X-Hook-Secret: test"),
        plain.replace(b"Host: localhost", b"Content-Encoding: gzip"),
        plain.replace(b"POST", b"GET"),
        plain[:-1],
        b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    ]
    assert server.application.answer_together(requests) == [None] * len(requests)
    assert stored(endpoint) == ["e-1"]


def test_a_plain_delivery_of_a_removed_subscription_is_answered_alone(endpoint: Endpoint) -> None:
    server = WebServer()
    assert server.deliver() == 202
    with tenant(endpoint.connection.organization):
        endpoint.subscription.state = SubscriptionState.REMOVED
        endpoint.subscription.save()
    assert server.application.answer_together([over_the_wire(event_id="e-2")]) == [None]
    assert stored(endpoint) == ["e-1"]


def test_plain_deliveries_come_again_later_while_the_database_is_away(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = WebServer()
    assert server.deliver() == 202

    def away(_events: object) -> None:
        raise OperationalError("the database did not answer in time")

    monkeypatch.setattr(storage, "insert", away)
    for answer in server.application.answer_together([over_the_wire(event_id="e-2"), over_the_wire(event_id="e-3")]):
        assert answer is not None
        assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert b"\r\nRetry-After: 60\r\n" in answer


def test_an_unexpected_error_leaves_a_plain_delivery_to_the_answer_alone(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = WebServer()
    assert server.deliver() == 202

    def fails(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("an error that nobody expected")

    monkeypatch.setattr(receive, "verified", fails)
    assert server.application.answer_together([over_the_wire(event_id="e-2")]) == [None]


def test_only_connections_of_deliveries_are_answered_together() -> None:
    application = WebServer().application
    assert application.takes("POST", hook(PATH))
    assert not application.takes("GET", hook(PATH))
    assert not application.takes("POST", "/accounts/login/")
