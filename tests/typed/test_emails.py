"""What emails say to people whose names are on the lists, and which addresses they go to."""

from __future__ import annotations

from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest

from crosschq.core.text.characters import one_line
from crosschq.core.text.email_keys import exact_key
from crosschq.messaging.channels.deliver import _as_email
from crosschq.messaging.content.email import Email
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.models import Reference
from requests_app.notifications import email_content
from tests.requests_app.factories import sent_request
from tests.typed.lists import KEPT_ADDRESSES, KEPT_NAMES, some

pytestmark = pytest.mark.django_db


def test_each_reference_is_greeted_by_name_in_a_message_with_one_recipient() -> None:
    scenario = sent_request()
    with tenant(scenario.organization):
        for name in some(KEPT_NAMES):
            reference = Reference(name=name.kept, relationship="coworker", company="Ledgerly", slot=1)
            email = email_content.reference_invitation(scenario.reference_request, reference, "https://c.example/r/x/")
            assert visible(email.as_text()).startswith(f"Hello {name.call},"), name
            assert_headers(email, name.kept)


def test_each_candidate_is_greeted_by_name_and_named_to_the_references() -> None:
    scenario = sent_request()
    request = scenario.reference_request
    reference = Reference(name="Priya Nair", relationship="coworker", company="Ledgerly", slot=1)
    with tenant(scenario.organization):
        for name in (each for each in some(KEPT_NAMES) if len(each.kept) <= 100):
            request.candidate_first_name, request.candidate_last_name = name.first, name.last
            invitation = email_content.candidate_invitation(request, "https://c.example/c/x/")
            assert visible(invitation.as_text()).startswith(f"Hello {request.candidate_short_name},"), name
            asked = email_content.reference_invitation(request, reference, "https://c.example/r/x/")
            assert one_line(request.candidate_name) in visible(asked.as_text()), name
            assert_headers(asked, request.candidate_name)


def visible(text: str) -> str:
    """The text without the isolates around names that run from right to left."""
    return text.translate(dict.fromkeys((0x2068, 0x2069)))


def assert_headers(email: Email, to_name: str) -> None:
    message = Message(to_name=to_name, to_email="anna@corp.example", subject=email.subject, text="x")
    made = _as_email(message).message()
    assert parseaddr(made["To"])[1] == "anna@corp.example"
    assert [name for name in made if name.lower() in ("bcc", "cc")] == []
    assert len(made.get_all("To", [])) == len(made.get_all("Subject", [])) == 1
    assert "\n" not in str(make_header(decode_header(made["Subject"])))


def test_email_to_each_address_goes_out_in_ascii() -> None:
    for address in KEPT_ADDRESSES:
        made = _as_email(Message(to_name="Änne", to_email=address.kept, subject="Hello", text="x"))
        (recipient,) = made.recipients()
        sent_to = {parseaddr(made.message()["To"])[1], parseaddr(recipient)[1]}
        assert all(each.isascii() and exact_key(each) == exact_key(address.kept) for each in sent_to), address
