"""Addresses that bounced, complained or opted out get no more email."""

from __future__ import annotations

import uuid

import pytest

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Channel, Suppression, SuppressionReason
from crosschq.messaging.sending import suppression
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant, tenant
from tests.factories import make_organization
from tests.messaging.inbox import Inbox
from tests.messaging.rows import REQUEST, deliver, write

pytestmark = pytest.mark.django_db
MAYA = "maya@candidates.example"


def suppress(organization: Organization, reason: SuppressionReason, *, about: uuid.UUID | None = None) -> None:
    with tenant(organization):
        suppression.suppress(
            organization=organization, channel=Channel.EMAIL, address=MAYA, reason=reason, about_uid=about
        )


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (SuppressionReason.BOUNCED, "bounce"),
        (SuppressionReason.COMPLAINED, "marked our email as spam"),
        (SuppressionReason.NOT_THEM, "a different person"),
    ],
)
def test_an_email_to_a_bouncing_address_is_given_up_with_a_reason(
    inbox: Inbox, acme: Organization, reason: SuppressionReason, said: str
) -> None:
    suppress(acme, reason)
    message = deliver(write(acme))
    assert (message.state, inbox.emails) == (WorkState.DEAD, [])
    assert said in message.reason
    assert message.status_text == f"Not sent: {message.reason}"


def test_an_opt_out_cancels_an_email_and_is_not_a_failure(inbox: Inbox, acme: Organization) -> None:
    suppress(acme, SuppressionReason.STOPPED, about=REQUEST)
    message = deliver(write(acme))
    assert (message.state, message.text, message.has_failed) == (WorkState.CANCELLED, "", False)
    assert message.status_text == "Not sent: They opted out of emails about this request."
    assert inbox.emails == []


def test_an_opt_out_of_one_request_does_not_affect_others(inbox: Inbox, acme: Organization) -> None:
    suppress(acme, SuppressionReason.STOPPED, about=uuid.uuid4())
    assert deliver(write(acme)).state == WorkState.DONE


def test_addresses_are_matched_regardless_of_case(inbox: Inbox, acme: Organization) -> None:
    suppress(acme, SuppressionReason.BOUNCED)
    assert deliver(write(acme, to_email="Maya@Candidates.example")).state == WorkState.DEAD
    assert deliver(write(acme, to_email="maya+2@candidates.example")).state == WorkState.DONE


def test_another_organization_does_not_learn_of_a_suppression(inbox: Inbox, acme: Organization) -> None:
    suppress(acme, SuppressionReason.BOUNCED)
    assert deliver(write(make_organization("Other"))).state == WorkState.DONE


def test_a_suppression_can_be_lifted(inbox: Inbox, acme: Organization) -> None:
    suppress(acme, SuppressionReason.BOUNCED)
    with tenant(acme):
        lifted = [
            suppression.lift(organization=acme, channel=Channel.EMAIL, address=MAYA, reason=SuppressionReason.BOUNCED)
            for _ in range(2)
        ]
    assert lifted == [True, False]
    assert deliver(write(acme)).state == WorkState.DONE


def test_suppressing_twice_is_idempotent_and_stores_no_address(acme: Organization) -> None:
    suppress(acme, SuppressionReason.BOUNCED)
    suppress(acme, SuppressionReason.BOUNCED)
    with cross_tenant("a test looks at rows"):
        (row,) = Suppression.objects.all()
    assert len(row.address_hash) == 32
    assert MAYA not in str(vars(row))
