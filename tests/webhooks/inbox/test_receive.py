"""Accepting deliveries: a genuine one is stored once and answered with 202."""

import gzip
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from connectors.models import SubscriptionState
from crosschq.tenancy.scope import tenant
from tests.extent import in_full, whole_forms
from tests.factories import make_connection, make_organization
from tests.webhooks.deliveries import BODY, Endpoint, make_endpoint, post, signed
from webhooks.models import InboundEvent, RefusedDeliveries


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return make_endpoint(make_connection(make_organization()))


def stored(endpoint: Endpoint) -> list[InboundEvent]:
    with tenant(endpoint.connection.organization):
        return list(InboundEvent.objects.all())


def refused(endpoint: Endpoint) -> int:
    with tenant(endpoint.connection.organization):
        return sum(RefusedDeliveries.objects.values_list("count", flat=True))


def change_state(endpoint: Endpoint, state: str) -> None:
    with tenant(endpoint.connection.organization):
        endpoint.subscription.state = state
        endpoint.subscription.save()


def test_a_genuine_delivery_is_stored_unchanged(endpoint: Endpoint) -> None:
    assert endpoint.deliver().status_code == 202
    (event,) = stored(endpoint)
    assert bytes(event.body) == BODY
    assert (event.event_id, event.event_name) == ("e-1", "application.status.updated")
    assert event.state == "pending"


def test_a_repeated_delivery_is_accepted_and_stored_once(endpoint: Endpoint) -> None:
    assert [endpoint.deliver().status_code for _ in range(3)] == [202, 202, 202]
    assert len(stored(endpoint)) == 1


@pytest.mark.parametrize("separator", [";", ",", ", "])
def test_an_uppercase_signature_next_to_another_is_genuine(endpoint: Endpoint, separator: str) -> None:
    ours = signed(BODY)["smartrecruiters-signature"].removeprefix("v1=").upper()
    both = separator.join((f"v1={'0' * 64}", f"v1={ours}"))
    assert endpoint.deliver(headers={"smartrecruiters-signature": both}).status_code == 202


def test_the_same_event_id_of_another_connection_is_another_event(endpoint: Endpoint) -> None:
    other = make_endpoint(make_connection(make_organization()), path="another", key="another")
    assert endpoint.deliver().status_code == 202
    assert other.deliver().status_code == 202
    assert len(stored(endpoint)) == len(stored(other)) == 1


def test_a_header_changed_on_the_way_is_refused(endpoint: Endpoint) -> None:
    for header in ("event-id", "event-name", "event-version", "Link", "smartrecruiters-timestamp"):
        assert endpoint.deliver(headers={header: "1574080897"}).status_code == 401
        assert stored(endpoint) == []


@pytest.mark.parametrize("signature", ["", "v1=", "v1=abc", "v1=" + "0" * 64, "v2=" + "0" * 64, "v1=é", ";" * 1000])
def test_a_forged_signature_is_refused_counted_and_not_kept(endpoint: Endpoint, signature: str) -> None:
    for _ in range(3):
        assert endpoint.deliver(headers={"smartrecruiters-signature": signature}).status_code == 401
    assert stored(endpoint) == []
    assert refused(endpoint) == 3


def test_another_organizations_key_does_not_sign_for_this_one(endpoint: Endpoint) -> None:
    make_endpoint(make_connection(make_organization()), path="another", key="another-key")
    assert endpoint.deliver(key="another-key").status_code == 401


def test_a_truncated_body_is_refused(endpoint: Endpoint) -> None:
    assert post(endpoint.path, BODY[:-10], signed(BODY)).status_code == 401


def test_an_oversized_body_is_refused_before_it_is_parsed(endpoint: Endpoint) -> None:
    body = b"x" * (64 * 1024 + 1)
    assert endpoint.deliver(body).status_code == 413
    assert endpoint.deliver(b"x" * 64 * 1024).status_code == 202


def test_a_compressed_body_is_refused(endpoint: Endpoint) -> None:
    body = gzip.compress(BODY)
    assert post(endpoint.path, body, signed(body) | {"Content-Encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize("encoding", ["identity", "Identity", " identity ", ""])
def test_a_body_that_is_said_not_to_be_compressed_is_accepted(endpoint: Endpoint, encoding: str) -> None:
    assert endpoint.deliver(headers={"Content-Encoding": encoding}).status_code == 202


def test_two_events_whose_long_ids_differ_at_the_end_are_two(endpoint: Endpoint) -> None:
    ids = [f"{'e' * 250}-{number}" for number in (1, 2)]
    assert [endpoint.deliver(event_id=event_id).status_code for event_id in [*ids, *ids]] == [202] * 4
    assert len(stored(endpoint)) == 2


def test_an_unknown_path_or_vendor_is_not_found(endpoint: Endpoint) -> None:
    assert post("nobody", BODY, signed(BODY)).status_code == 404
    url = reverse("hooks:deliver", args=["workday", endpoint.path])
    assert Client().post(url, BODY, content_type="application/json").status_code == 404
    assert Client().get(reverse("hooks:deliver", args=["smartrecruiters", endpoint.path])).status_code == 405


def test_a_removed_subscription_is_not_found(endpoint: Endpoint) -> None:
    change_state(endpoint, SubscriptionState.REMOVED)
    assert endpoint.deliver().status_code == 404


def test_an_old_delivery_is_accepted_and_one_from_the_far_future_is_not(endpoint: Endpoint) -> None:
    old = signed(BODY, event_id="old", at=time.time() - 3 * 24 * 3600)
    future = signed(BODY, event_id="future", at=time.time() + 25 * 3600)
    assert post(endpoint.path, BODY, old).status_code == 202
    assert post(endpoint.path, BODY, future).status_code == 401


@pytest.mark.parametrize("state", [SubscriptionState.CREATING, SubscriptionState.ACTIVATING, SubscriptionState.ACTIVE])
def test_the_handshake_is_echoed_at_any_time_on_a_path_that_exists(endpoint: Endpoint, state: str) -> None:
    """SmartRecruiters' own test of an address may come at any time, and a suspended subscription is activated again."""
    change_state(endpoint, state)
    answer = post(endpoint.path, b"{}", {"X-Hook-Secret": "test"})
    assert (answer.status_code, answer["X-Hook-Secret"], answer.content) == (200, "test", b"")
    assert stored(endpoint) == []


def test_the_handshake_is_not_answered_on_a_path_that_does_not_exist(endpoint: Endpoint) -> None:
    hello = {"X-Hook-Secret": "test"}
    assert post("nobody", b"{}", hello).status_code == 404
    change_state(endpoint, SubscriptionState.REMOVED)
    answer = post(endpoint.path, b"{}", hello)
    assert answer.status_code == 404
    assert "X-Hook-Secret" not in answer


def test_the_handshake_echoes_visible_ascii(endpoint: Endpoint) -> None:
    for secret in ("abc-123_~", "".join(map(chr, range(0x21, 0x7F))), "a" * 1024, "<script>", "a;b"):
        answer = post(endpoint.path, b"", {"X-Hook-Secret": secret})
        assert (answer.status_code, answer["X-Hook-Secret"], answer.content) == (200, secret, b"")


def test_an_invalid_handshake_value_is_not_echoed(endpoint: Endpoint) -> None:
    for secret in ("", "a b", "é", "a" * 1025, "a\tb", "a\r\nSet-Cookie: x=1", "a\n", "\x7f", "\x00"):
        answer = post(endpoint.path, b"", {"X-Hook-Secret": secret})
        assert answer.status_code == 401
        assert "X-Hook-Secret" not in answer


def test_a_delivery_with_a_handshake_is_not_accepted(endpoint: Endpoint) -> None:
    """200 is a failure to SmartRecruiters: it sends the event again, so none is lost by an echo."""
    assert endpoint.deliver(headers={"X-Hook-Secret": "test"}).status_code == 200
    assert stored(endpoint) == []


@pytest.mark.in_full
@pytest.mark.django_db(transaction=True)
def test_simultaneous_deliveries_of_one_event_are_one_event() -> None:
    endpoint = make_endpoint(make_connection(make_organization()))

    def deliver(_number: int) -> int:
        try:
            return endpoint.deliver().status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(deliver, range(100 if in_full() else 32)))
    assert set(answers) == {202}
    assert len(stored(endpoint)) == 1


@whole_forms(200)
@given(body=st.binary(max_size=300), signature=st.text(max_size=100), event_id=st.text(max_size=50))
def test_any_request_without_the_key_is_refused_without_an_error(
    endpoint: Endpoint, body: bytes, signature: str, event_id: str
) -> None:
    headers = signed(body, key="not-ours") | {
        "smartrecruiters-signature": signature.encode("utf-8", "ignore").decode("latin-1"),
        "event-id": event_id.encode("utf-8", "ignore").decode("latin-1"),
    }
    headers = {name: value.replace("\r", "").replace("\n", "").replace("\x00", "") for name, value in headers.items()}
    assert post(endpoint.path, body, headers).status_code == 401
