"""Events from an email provider: verified, stored once, and a message's status never goes back."""

from __future__ import annotations

import base64
import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.callbacks.urls import email_urls
from crosschq.messaging.models import DeliveryEvent, Message, Suppression
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant, tenant
from crosschq.urls import urlpatterns as all_urls
from requests_app.notifications import corrections
from requests_app.notifications.bounces import notify_bounces
from tests.factories import make_organization
from tests.messaging.rows import change, reread, write
from tests.requests_app.factories import sent_request, waiting_request

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
# As in an installation with this provider.
urlpatterns = [path("hooks/", include((email_urls("postmark"), "mail_provider"))), *all_urls]
URL = "/hooks/mail/postmark/tracking/"
SECRET = "crosschq:a secret of the test"
BOUNCE: dict[str, Any] = {"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "ID": 42, "Name": "Hard bounce"}
SOFT: dict[str, Any] = {"RecordType": "Bounce", "Type": "Transient", "TypeCode": 2, "ID": 43}
DELIVERY = {"RecordType": "Delivery", "DeliveredAt": "2026-11-22T14:33:51Z"}
COMPLAINT: dict[str, Any] = {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "TypeCode": 512, "ID": 44}
EVENTS: dict[str, dict[str, Any]] = {"delivered": DELIVERY, "bounced": BOUNCE, "complained": COMPLAINT}


@pytest.fixture(autouse=True)
def _with_a_provider(settings: Settings) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH")


@pytest.fixture
def message(acme: Organization) -> Message:
    sent = write(acme)
    change(sent, state=WorkState.DONE, text="", html="", provider_id="provider-1")
    return sent


def tell(message: Message, event: dict[str, Any], *, secret: str = SECRET, metadata: Any = ...) -> int:
    body = {
        "MessageID": "provider-1",
        "Recipient": message.to_email,
        "Email": message.to_email,
        "Metadata": {"message": str(message.uid)} if metadata is ... else metadata,
        **event,
    }
    auth = "Basic " + base64.b64encode(secret.encode()).decode()
    answer = Client().post(URL, json.dumps(body), content_type="application/json", headers={"Authorization": auth})
    return answer.status_code


def stored() -> list[str]:
    with cross_tenant("a test looks at rows"):
        return list(DeliveryEvent.objects.order_by("id").values_list("event_type", flat=True))


def suppressed() -> list[str]:
    with cross_tenant("a test looks at rows"):
        return list(Suppression.objects.order_by("id").values_list("reason", flat=True))


def test_a_delivery_event_is_stored_and_shown(message: Message) -> None:
    assert reread(message).status_text == "Sent"
    assert tell(message, DELIVERY) == 200
    assert (reread(message).status_text, stored(), suppressed()) == ("Delivered", ["delivered"], [])
    assert str(reread(message).delivery_at) == "2026-11-22 14:33:51+00:00"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "", "soon"])
def test_an_impossible_time_counts_as_now(message: Message, moment: object) -> None:
    """Postmark writes the year 1 for a time that it doesn't know."""
    assert tell(message, {"RecordType": "Delivery", "DeliveredAt": moment}) == 200
    shown = reread(message).delivery_at
    assert shown is not None
    assert abs(shown - clock.now()) < timedelta(minutes=1)


def test_an_id_that_cannot_be_stored_causes_no_error(message: Message) -> None:
    assert tell(message, BOUNCE | {"ID": "4\x002"}) == 200
    assert tell(message, DELIVERY | {"MessageID": "provider-1\x00"}, metadata={}) == 200
    assert stored() == ["bounced", "delivered"]


def test_a_hard_bounce_suppresses_the_address(message: Message) -> None:
    assert tell(message, BOUNCE) == 200
    assert (reread(message).status_text, suppressed()) == ("Did not arrive", ["bounced"])


def test_a_complaint_suppresses_the_address(message: Message) -> None:
    assert tell(message, COMPLAINT) == 200
    assert (reread(message).status_text, suppressed()) == ("Marked as spam", ["complained"])


def test_an_unsubscribe_event_covers_what_the_email_was_about(message: Message) -> None:
    tell(message, {"RecordType": "SubscriptionChange", "SuppressSending": True, "ChangedAt": "2026-11-22T14:33:51Z"})
    with cross_tenant("a test looks at rows"):
        (row,) = Suppression.objects.all()
    assert (row.reason, row.about_uid, reread(message).has_failed) == ("stopped", message.about_uid, False)


def test_a_soft_bounce_suppresses_nothing(message: Message) -> None:
    assert tell(message, SOFT) == 200
    assert (reread(message).has_failed, suppressed(), len(stored())) == (False, [], 1)


@pytest.mark.parametrize("order", list(itertools.permutations(EVENTS)), ids="-".join)
def test_duplicate_and_unordered_events_never_move_a_message_back(message: Message, order: tuple[str, ...]) -> None:
    seen = []
    for name in (*order, *order):
        assert tell(message, EVENTS[name]) == 200
        seen.append(["", *EVENTS].index(reread(message).delivery))
    assert seen == sorted(seen)
    assert reread(message).delivery == "complained"
    assert sorted(stored()) == sorted(EVENTS)


@pytest.mark.parametrize("secret", ["", "crosschq:", "crosschq:wrong", "other:a secret of the test"])
def test_a_forged_event_is_refused(message: Message, secret: str) -> None:
    assert tell(message, BOUNCE, secret=secret) == 400
    assert (reread(message).delivery, stored(), suppressed()) == ("", [], [])


def test_a_message_is_found_by_the_providers_id_if_ours_is_missing(message: Message) -> None:
    tell(message, DELIVERY, metadata={})
    assert reread(message).delivery == "delivered"


@pytest.mark.parametrize("uid", ["", "x", "0" * 36, "00000000-0000-4000-8000-00000000000z", "-" * 36, 7])
def test_an_event_about_an_unknown_message_changes_nothing(message: Message, uid: Any) -> None:
    assert tell(message, {**DELIVERY, "MessageID": "other"}, metadata={"message": uid}) == 200
    assert stored() == []


def test_no_personal_data_of_an_event_is_stored(message: Message) -> None:
    tell(message, {**BOUNCE, "Description": "maya@candidates.example does not exist", "Details": "smtp; 550 maya"})
    with cross_tenant("a test looks at rows"):
        (row,) = DeliveryEvent.objects.values()
    assert "maya" not in str(row)


def test_a_bounce_asks_the_owner_for_another_address_of_the_candidate() -> None:
    job = sent_request()
    (email,) = job.emails("candidate_invitation")
    change(email, state=WorkState.DONE, text="", html="")
    tell(email, BOUNCE)
    assert [notify_bounces(), notify_bounces()] == [1, 0]
    assert [m.to_email for m in job.emails("candidate_bounced")] == ["dana@acme.example"]


def test_a_bounce_asks_the_candidate_for_another_address_of_a_reference() -> None:
    job = waiting_request()
    email = job.emails("reference_invitation")[0]
    change(email, state=WorkState.DONE, text="", html="")
    tell(email, BOUNCE)
    assert notify_bounces() == 1
    assert [m.to_email for m in job.emails("reference_bounced")] == ["maya@candidates.example"]


def test_an_address_confirmed_by_a_person_is_tried_again() -> None:
    job = sent_request()
    (email,) = job.emails("candidate_invitation")
    change(email, state=WorkState.DONE, text="", html="")
    tell(email, BOUNCE)
    assert suppressed() == ["bounced"]
    with tenant(job.organization):
        corrections.correct_candidate_address(job.reference_request, email.to_email, actor="Dana")
    assert suppressed() == []
    assert tell(email, BOUNCE) == 200, "the provider repeats its event"
    assert suppressed() == []


def test_without_a_provider_the_url_does_not_exist() -> None:
    assert email_urls("") == []
    assert [str(entry.pattern) for entry in email_urls("mailgun")] == ["mail/mailgun/tracking/"]
    assert email_urls("nobody") == []
