"""The web server answers deliveries ahead of Django, by the same rules, and leaves everything else to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import reverse

from connectors.models import SigningKey, SubscriptionState
from crosschq.core import clock
from crosschq.tenancy.scope import tenant
from tests.factories import make_connection, make_organization
from tests.webhooks.deliveries import BODY, PATH, Endpoint, make_endpoint, signed
from webhooks.inbox import receive, receiver
from webhooks.models import InboundEvent, RefusedDeliveries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("connections_of_committers")]
LEFT_TO_DJANGO: tuple[int, dict[str, str], bytes] = (299, {}, b"Django")


@pytest.fixture
def endpoint(transactional_db: None) -> Endpoint:
    return make_endpoint(make_connection(make_organization()))


class WebServer:
    """Calls the application as a web server does."""

    def __init__(self) -> None:
        self.application = receiver.in_front_of(self.django)

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
def test_an_odd_length_is_no_error(endpoint: Endpoint, length: str) -> None:
    server = WebServer()
    request = RequestFactory().post(hook(PATH), BODY, content_type="application/json", headers=signed(BODY))
    request.META["CONTENT_LENGTH"] = length
    began: list[Any] = []
    list(server.application(request.META, lambda *arguments: began.append(arguments)))
    assert int(began[0][0].split()[0]) in (400, 401, 413)
