"""The content of emails: who asks, for which job, why, and how to decline, with a short subject."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosschq.messaging.content.email import Email
from crosschq.tenancy.scope import tenant
from requests_app.models import Reference
from requests_app.notifications import email_content
from requests_app.start.start import CandidateInfo
from requests_app.text import SUBJECT_CHARACTERS, fitted, initial, plain, short
from tests.factories import make_organization
from tests.messaging.content.test_links import unlinked
from tests.requests_app.factories import waiting_request

pytestmark = pytest.mark.django_db
URL = "https://crosschq.example/c/token/"


def all_emails(*, organization: str = "Acme GmbH", first: str = "Maya", last: str = "Osei") -> dict[str, Email]:
    scenario = waiting_request(
        make_organization(organization), candidate=CandidateInfo(first, last, "maya@candidates.example")
    )
    with tenant(scenario.organization):
        reference_request = scenario.reread()
        reference = Reference.objects.filter(reference_request=reference_request)[0]
        return {
            "candidate_invitation": email_content.candidate_invitation(reference_request, URL),
            "candidate_reminder": email_content.candidate_reminder(reference_request, URL, answered=1),
            "reference_reminder": email_content.reference_reminder(reference_request, reference, URL),
            "owner_silent": email_content.owner_candidate_silent(reference_request, url=URL),
            "owner_due": email_content.owner_due(reference_request, answered=1, url=URL),
            "owner_due_unanswered": email_content.owner_due(reference_request, answered=0, url=URL),
            "owner_paused": email_content.owner_paused(reference_request, status="REJECTED", url=URL),
            "owner_wrong_address": email_content.owner_wrong_address(reference_request, url=URL),
            "candidate_link": email_content.candidate_link(reference_request, URL),
            "declined": email_content.replacement_needed(reference_request, reference, URL, bounced=False),
            "bounced": email_content.replacement_needed(reference_request, reference, URL, bounced=True),
            "reference_invitation": email_content.reference_invitation(reference_request, reference, URL),
            "reference_link": email_content.reference_link(reference_request, reference, URL),
            "owner_ready": email_content.owner_ready(reference_request, answered=2, report_url=URL),
            "owner_declined": email_content.owner_candidate_declined(reference_request, url=URL),
            "owner_bounced": email_content.owner_bounced(reference_request, url=URL),
            "owner_expired": email_content.owner_expired(reference_request, url=URL),
            "report_code": email_content.report_code(reference_request, "123456"),
        }


def test_every_subject_is_short_except_with_a_long_company_name_and_every_preheader_adds_to_it() -> None:
    for names in (
        {},
        {"organization": "Donaudampfschifffahrtsgesellschaft mbH & Co. KG", "first": "Bartholomäus-Ignatius"},
    ):
        for kind, email in all_emails(**names).items():
            company = names.get("organization", "")
            whole = bool(company) and company in email.subject
            assert 0 < len(email.subject) <= SUBJECT_CHARACTERS or whole, (kind, email.subject)
            assert unlinked(email.as_html()) == [], kind
            assert 30 <= len(email.preheader) <= 130, (kind, email.preheader)


def test_every_email_has_one_action_whose_url_is_also_shown() -> None:
    for kind, email in all_emails().items():
        if kind == "report_code":
            assert "123456" in email.as_text()
            continue
        assert email.as_text().count(f"{URL}\n") == 1
        assert email.as_html().count(f'"{URL}"') == 2
        assert email.as_html().count(f">{URL}<") == 1


@pytest.mark.parametrize("kind", ["candidate_invitation", "reference_invitation"])
def test_an_invitation_says_who_asks_for_which_job_by_when_why_and_how_to_decline(kind: str) -> None:
    text = all_emails()[kind].as_text()
    for part in ("Acme GmbH", "Backend Engineer", "Maya", "Dana Ruiz", " due on ", "Not you", "because"):
        assert part in text


def test_the_email_tells_a_reference_that_the_candidate_cannot_see_the_answers() -> None:
    text = all_emails()["reference_invitation"].as_text()
    assert "Maya can't see your answers here" in text
    assert "9 questions" in text


def test_a_references_reason_is_not_in_the_candidates_email() -> None:
    assert "There can be many reasons" in all_emails()["declined"].as_text()


def test_names_cannot_break_a_line_or_reverse_the_text() -> None:
    for email in all_emails(first="Maya\r\nBcc: x@x.example", last="\u202eieso\x07").values():
        assert not set("\r\n\u202e\x07") & set(email.subject + email.preheader)
        assert "\u202e" not in email.as_text()


def test_names_are_escaped_in_html() -> None:
    html = all_emails(first="<b>Maya</b>")["reference_invitation"].as_html()
    assert "<b>" not in html
    assert "&lt;b&gt;Maya&lt;/b&gt;" in html


@given(st.text(max_size=80), st.text(max_size=80))
def test_names_of_any_length_fit_in_a_subject(one: str, other: str) -> None:
    assert len(fitted("%(one)s asks %(other)s", one=one, other=other)) <= SUBJECT_CHARACTERS


@given(st.text(max_size=60), st.integers(2, 40))
def test_shortening_stays_within_the_limit(text: str, room: int) -> None:
    assert len(short(text, room)) <= room


@pytest.mark.parametrize(
    ("name", "said"), [("Priya Nair", "Priya N."), ("Ana Maria Silva", "Ana S."), ("Cher", "Cher"), ("", "")]
)
def test_a_last_name_is_shortened_to_an_initial(name: str, said: str) -> None:
    assert initial(name) == said


def test_combining_marks_in_names_are_kept() -> None:
    name = "\u0646\u06cc\u0645\u200c\u0641 \U0001f9d1\u200d\U0001f680"
    assert plain(name) == name
