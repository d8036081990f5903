"""Someone can own very many requests, and is a reader in each: pages read and count a bounded number of rows."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db.models.signals import post_init

from crosschq.core.database import counting
from crosschq.privacy.desk import holdings_of, views
from crosschq.privacy.desk.search import find_person
from crosschq.privacy.erase.everywhere import erase_everywhere
from crosschq.tenancy.models import Organization
from crosschq.tenancy.person import PersonKind
from crosschq.tenancy.scope import tenant
from requests_app import personal_data
from requests_app.models import Reader, ReferenceRequest
from tests.factories import make_organization
from tests.privacy.desk_pages import admin_of, people_pages, searched, words
from tests.requests_app.factories import sent_request, waiting_request

pytestmark = pytest.mark.django_db
DANA = "dana@acme.example"
REQUESTS, READERS, COUNTED = 6, 2, 4


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> Organization:
    """An organization where Dana owns more requests than pages show or count."""
    for module in (personal_data, holdings_of, views):
        monkeypatch.setattr(module, "MOST_READERS", READERS)
    monkeypatch.setattr(counting.CountUpTo.__init__, "__defaults__", (COUNTED,))
    monkeypatch.setattr(counting.in_words, "__defaults__", (COUNTED,))
    organization = make_organization()
    for number in range(REQUESTS):
        sent_request(organization, ats_job=f"job-{number}")
    return organization


def test_the_page_lists_the_newest_and_says_so(many: Organization) -> None:
    client = admin_of(many)
    (page,) = people_pages(searched(client, many, DANA))
    said = words(client.get(page))
    assert said.count("Owner, report for") == READERS
    assert "These are the newest 2. An export, a correction, and an erasure include all." in said
    assert "more than 4 entries" in said
    assert "Requests that the person owns or owned more than 4" in said
    assert "Reports that the person can read, could read, or asked for more than 4" in said


def test_a_few_are_all_listed() -> None:
    organization = waiting_request(make_organization()).organization
    client = admin_of(organization)
    said = words(client.get(people_pages(searched(client, organization, DANA))[0]))
    assert said.count("Owner, report for") == 1
    assert "These are the newest" not in said


def test_no_page_reads_all_of_them(many: Organization) -> None:
    client, read = admin_of(many), list[object]()
    (page,) = people_pages(searched(client, many, DANA))

    def count(instance: object, **_arguments: object) -> None:
        read.append(instance)

    post_init.connect(count, sender=Reader)
    try:
        for path in (page, f"{page}erase/", f"{page}export/", f"{page}correct/"):
            read.clear()
            assert client.get(path).status_code == 200
            assert len(read) == READERS + 1, path
        read.clear()
        assert len(people_pages(searched(client, many, DANA))) == 1
        assert len(read) == READERS + 1
    finally:
        post_init.disconnect(count, sender=Reader)


def test_an_erasure_includes_those_that_no_page_lists(many: Organization) -> None:
    client = admin_of(many)
    (page,) = people_pages(searched(client, many, DANA))
    uid = UUID(page.rstrip("/").rpartition("/")[2])
    with tenant(many):
        listed, whole = find_person(uid, newest_readers=True), find_person(uid)
        assert listed
        assert whole
        assert len(listed.uids(PersonKind.READER)) == READERS + 1
        assert len(whole.uids(PersonKind.READER)) == REQUESTS
        assert listed.keys == whole.keys
        erase_everywhere(whole, only_reference=False)
        assert not Reader.objects.filter(email=DANA).exists()
        assert not ReferenceRequest.objects.filter(owner_email=DANA).exists()
