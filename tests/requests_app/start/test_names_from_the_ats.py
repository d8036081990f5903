"""Candidates whose names the ATS has in any form are greeted by name, and everything about them fits its column."""

from __future__ import annotations

import pytest
from django.db.models import CharField
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.smartrecruiters import candidates, jobs, users
from connectors.smartrecruiters.answer import Node
from crosschq.tenancy.models import Organization
from requests_app.models import ReferenceRequest
from requests_app.start.start import CandidateInfo, Origin, Owner, draft_request
from templates_app.models import TemplateVersion
from tests.extent import in_full
from tests.requests_app.factories import sent_request
from tests.requests_app.pages import text

# Overrides, embeddings, and isolates (Unicode Annex 9) reverse the text that follows.
BIDI_CONTROLS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
CALLED = {
    ("", "Suharto"): ("Suharto", "Suharto"),
    ("Suharto", "."): ("Suharto", "Suharto"),
    ("Müller, Anna", ""): ("Anna", "Anna Müller"),
    ("Dr.", "Müller"): ("Dr. Müller", "Dr. Müller"),
    ("Dr. Anna", "Müller,,"): ("Anna", "Dr. Anna Müller"),
    ("A\u202enna", "Mü\u2066ller"): ("Anna", "Anna Müller"),
}
LONG = st.text(max_size=20) | st.text(alphabet="aß\ufdfa\u0130@./:\u202e\x00 ", min_size=250, max_size=600)


@pytest.mark.django_db
@pytest.mark.parametrize(("names", "read"), CALLED.items(), ids=ascii)
def test_the_greeting_has_a_name_and_no_title_or_comma_alone(
    client: Client, names: tuple[str, str], read: tuple[str, str]
) -> None:
    scenario = sent_request(candidate=CandidateInfo(*names, "anna@corp.example"))
    called, whole = read
    (invitation,) = scenario.emails("candidate_invitation")
    assert invitation.text.startswith(f"Hello {called},")
    assert invitation.to_name == whole
    assert f"Hello {called}." in text(client.get(scenario.candidate_path))


@pytest.mark.in_full
@settings(max_examples=100 if in_full() else 25)
@given(st.fixed_dictionaries(dict.fromkeys(("firstName", "lastName", "email", "phoneNumber", "title"), LONG)))
def test_whatever_the_ats_has_fits_the_columns_of_a_request(typed: dict[str, str]) -> None:
    candidate = candidates.candidate(Node({"id": "c-1", **typed}))
    user = users._user(Node({"id": "u-1", **typed}))
    job = jobs._summary(Node({"id": "j-1", **typed}))
    draft = draft_request(
        organization=Organization(time_zone="UTC"),
        version=TemplateVersion(),
        candidate=CandidateInfo(candidate.first_name, candidate.last_name, candidate.email, candidate.phone),
        job_title=job.title,
        owner=Owner(user.name, user.email),
        origin=Origin(candidate_id=candidate.id, job_id="j-1"),
    )
    for column in ReferenceRequest._meta.concrete_fields:
        value = getattr(draft, column.attname) if isinstance(column, CharField) else None
        if isinstance(column, CharField) and isinstance(value, str):
            assert len(value) <= (column.max_length or 0), column.name
            assert value == value.replace("\x00", "").encode("utf-8", "ignore").decode()
            if column.name not in ("candidate_email", "owner_email"):
                assert not BIDI_CONTROLS & set(value)
