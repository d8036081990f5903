"""The names of the lists on the pages and in the files of members: lists, searches, the CSV, the report, the export."""

from __future__ import annotations

import csv
import io
import json
from html import unescape
from typing import Any

import pytest

from crosschq.core import clock
from crosschq.privacy.desk.search import find_people
from crosschq.privacy.export.build import _html, _json
from crosschq.privacy.holdings import HOLDINGS
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from prospects.models import Prospect, store_words
from prospects.opt_in.consent import a_year_after
from prospects.staff.queries import ProspectFilter, list_prospects
from requests_app.attention import stored
from requests_app.models import Reference, ReferenceRequest
from requests_app.staff.queries import ALL, RequestFilters, matching
from tests.factories import make_organization
from tests.privacy.desk_pages import admin_of, searched
from tests.requests_app.factories import ready_request
from tests.typed.lists import EVERY, KEPT_ADDRESSES, KEPT_NAMES, OF_PAGES, Name, some

pytestmark = pytest.mark.django_db
SHORT = [name for name in KEPT_NAMES if len(name.last) <= 100]


@pytest.fixture
def acme() -> Organization:
    return make_organization()


def with_prospects(acme: Organization) -> None:
    """A prospect with each name, and each address in turn."""
    now = clock.now()
    rows = [
        Prospect(
            organization=acme,
            first_name=name.first,
            last_name=name.last,
            email=address_of(number),
            email_key=f"{number}@home.example",
            consented_at=now,
            ends_at=a_year_after(now),
        )
        for number, name in enumerate(SHORT)
    ]
    with tenant(acme):
        store_words(Prospect.objects.bulk_create(rows))


def address_of(number: int) -> str:
    return KEPT_ADDRESSES[number].kept if number < len(KEPT_ADDRESSES) else f"p{number}@home.example"


def test_the_csv_has_each_name_and_address_as_text(acme: Organization) -> None:
    with_prospects(acme)
    answer = admin_of(acme).post(f"/o/{acme.slug}/prospects/csv/")
    lines = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline="")))[1:]
    found = {(line[0], line[2]) for line in lines}
    wrong = [
        (name.cell, cell_of(number)) for number, name in enumerate(SHORT) if (name.cell, cell_of(number)) not in found
    ]
    assert len(lines) == len(SHORT)
    assert wrong == []


def cell_of(number: int) -> str:
    return (KEPT_ADDRESSES[number].csv if number < len(KEPT_ADDRESSES) else "") or address_of(number)


@pytest.mark.in_full
def test_a_search_for_prospects_and_at_the_privacy_desk_finds_each_spelling(acme: Organization) -> None:
    with_prospects(acme)
    now = clock.now()
    with tenant(acme):
        for name in some(SHORT, part=OF_PAGES, whole=EVERY):
            for typed in name.searched:
                rows = list_prospects(ProspectFilter(search=typed), now)
                assert any(row.first_name == name.first for row in rows), (name, typed)
                people = find_people(typed).people
                assert any(name.first in person_name for person in people for person_name in person.names), (
                    name,
                    typed,
                )


@pytest.mark.in_full
def test_the_privacy_desk_shows_and_exports_each_name(acme: Organization) -> None:
    with_prospects(acme)
    client = admin_of(acme)
    for name in some(SHORT, part=OF_PAGES, whole=EVERY):
        assert name.first in unescape(searched(client, acme, f"{name.first} {name.last}").content.decode()), name
    with tenant(acme):
        for number in some(range(len(SHORT)), part=OF_PAGES, whole=EVERY):
            (person,) = find_people(f"{number}@home.example").people
            sections = [section for holding in HOLDINGS for section in holding.export(person, with_answers=True)]
            made = json.loads(_json(person, sections, acme, clock.now()))
            assert SHORT[number].first in made["person"]["names"][0]
            assert SHORT[number].first in unescape(_html(person, sections, acme, clock.now()))


@pytest.mark.in_full
def test_the_list_of_requests_and_the_report_show_each_name_as_text() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    pages = f"/o/{scenario.organization.slug}/requests/"
    report = f"{pages}{scenario.reference_request.uid}/report/"
    for name in some(SHORT, part=OF_PAGES, whole=EVERY):
        with tenant(scenario.organization):
            rename(scenario.reference_request, name)
            for typed in name.searched:
                assert matching(RequestFilters(search=typed), ALL, clock.now()).exists(), (name, typed)
        answer = client.get(report)
        assert name.kept in plain(answer), name
        assert "<script>alert" not in answer.content.decode()
    assert name.in_order.split()[-1] in plain(client.get(pages, {"state": "all"}))


def rename(reference_request: ReferenceRequest, name: Name) -> None:
    rows = ReferenceRequest.objects.filter(pk=reference_request.pk)
    rows.update(candidate_first_name=name.first, candidate_last_name=name.last)
    Reference.objects.filter(reference_request=reference_request, slot=1).update(name=name.kept)
    stored.refresh([reference_request.pk])


def plain(answer: Any) -> str:
    """The page's text, without the marks around names that run from right to left."""
    return unescape(answer.content.decode().replace("<bdi>", "").replace("</bdi>", ""))
