"""An address with an international domain gets its email, and shares its suppression with its other spelling."""

from __future__ import annotations

import pytest

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Channel, SuppressionReason
from crosschq.messaging.sending.send import Sender
from crosschq.messaging.sending.suppression import reason_for_email, suppress
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from tests.messaging.inbox import Inbox
from tests.messaging.rows import deliver, write

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "envelope"),
    [
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@faß.example", "anna@xn--fa-hia.example"),
        ("anna@fass.example", "anna@fass.example"),
        ("anna@xn--bcher-kva.example", "anna@xn--bcher-kva.example"),
    ],
)
def test_the_envelope_and_the_header_have_the_domain_in_ascii(
    inbox: Inbox, acme: Organization, address: str, envelope: str
) -> None:
    message = deliver(write(acme, to_email=address, to_name="Anna Müller", sender=Sender(reply_to=address)))
    assert message.state == WorkState.DONE
    assert message.to_email == address
    assert inbox.recipients == [[envelope]]
    assert inbox.only()["To"].addresses[0].addr_spec == envelope
    assert inbox.only()["To"].addresses[0].display_name == "Anna Müller"
    assert inbox.only()["Reply-To"] == envelope


def test_an_address_that_cannot_be_sent_to_is_given_up_and_nothing_is_sent(inbox: Inbox, acme: Organization) -> None:
    message = deliver(write(acme, to_email="jörg@corp.example"))
    assert message.state == WorkState.DEAD
    assert message.reason == "We can't send email to jörg@corp.example."
    assert inbox.emails == []


def test_a_suppression_counts_for_both_spellings_of_a_domain_and_for_no_other_domain(acme: Organization) -> None:
    with tenant(acme):
        suppress(
            organization=acme,
            channel=Channel.EMAIL,
            address="anna@faß.example",
            reason=SuppressionReason.COMPLAINED,
        )
        assert reason_for_email(acme, address="Anna@XN--FA-HIA.example") == SuppressionReason.COMPLAINED
        assert reason_for_email(acme, address="anna@fass.example") is None
