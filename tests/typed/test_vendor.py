"""The names, addresses, phone numbers and tags of the lists, as SmartRecruiters has them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors import ats
from connectors.smartrecruiters import oauth
from connectors.smartrecruiters.adapter import SmartRecruitersAts
from connectors.smartrecruiters.client import Client
from crosschq.core.text.email_addresses import is_email_address
from crosschq.tenancy.models import Organization
from requests_app.models import ReferenceRequest
from requests_app.start.start import CandidateInfo, Origin, Owner, draft_request
from templates_app.models import TemplateVersion
from templates_app.tags import tag_key
from tests.contract.stage import ADMINISTRATOR, Held, Wire
from tests.sandbox.running import Running, run_sandbox
from tests.typed.lists import ADDRESSES, NAMES, PHONES, TAGS, Name

STEP = "Crosschq"


@pytest.fixture(scope="module")
def company() -> Iterator[Running]:
    with run_sandbox(rate_scale=1000.0) as running:
        yield running


def open_ats(company: Running) -> SmartRecruitersAts:
    token = company.connect(user=ADMINISTRATOR, scopes=oauth.SCOPES).access
    return SmartRecruitersAts(Client(api_url=company.url, tokens=Held(token), limiter=Wire()))


def seeded(company: Running, people: list[dict[str, str]]) -> list[ats.Candidate]:
    """These people as candidates at the step, read one by one as a decision reads them."""
    there = [{"first_name": "Anna", "last_name": "-", "job_id": 0, **each} for each in people]
    made = company.act("seed", jobs=[{"title": "Engineer"}], candidates=there)
    opened = open_ats(company)
    return [opened.candidate(candidate_id) for candidate_id in made["candidates"]]


def test_each_name_reaches_a_request_in_reading_order(company: Running) -> None:
    names = [name for name in NAMES if name.typed and name.ats != ""]
    found = seeded(company, [{"first_name": name.typed} for name in names])
    for name, candidate in zip(names, found, strict=True):
        draft = drafted(candidate)
        if not name.refused:
            whole = name.in_order if len(name.in_order) <= 100 else f"{name.in_order[:99]}…"
            assert draft.candidate_name == whole, name
            assert draft.candidate_short_name == called(name), name
        assert candidate.first_name or candidate.last_name, name


def called(name: Name) -> str:
    """A comma tells us the family name."""
    return name.called_by_ats if name.in_order != name.kept else name.call


def drafted(candidate: ats.Candidate) -> ReferenceRequest:
    return draft_request(
        organization=Organization(time_zone="UTC"),
        version=TemplateVersion(),
        candidate=CandidateInfo(candidate.first_name, candidate.last_name, candidate.email, candidate.phone),
        job_title="Engineer",
        owner=Owner("Dana Ruiz", "dana@acme.example"),
        origin=Origin(),
    )


def test_each_address_is_kept_as_stored_or_as_typed_and_never_as_anothers(company: Running) -> None:
    addresses = [each for each in ADDRESSES if each.typed]
    found = seeded(company, [{"email": address.typed} for address in addresses])
    for address, candidate in zip(addresses, found, strict=True):
        assert is_email_address(candidate.email) == (not address.refused), address
        assert address.refused or candidate.email == address.kept, address


def test_each_number_is_kept_readable(company: Running) -> None:
    found = seeded(company, [{"phone": phone.typed} for phone in PHONES])
    for phone, candidate in zip(PHONES, found, strict=True):
        assert len(candidate.phone) <= 40
        assert not phone.e164 or candidate.phone


def test_each_tag_of_a_job_matches_the_template_or_does_not(company: Running) -> None:
    tags = [pair for pair in TAGS if pair.one.strip()]
    made = company.act("seed", jobs=[{"title": "Engineer", "tag": pair.one} for pair in tags])
    opened = open_ats(company)
    for pair, job_id in zip(tags, made["jobs"], strict=True):
        written = opened.job(job_id).field(field_id="", label="Crosschq tag")
        assert written, pair
        assert (tag_key(written.text) == tag_key(pair.other)) == pair.same, pair
