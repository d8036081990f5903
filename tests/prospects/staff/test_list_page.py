"""The prospect list: search, filters, and a number of queries that doesn't depend on its length."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from prospects.models import ExportItem, ExportSettings, Prospect, ProspectWord, Removal
from prospects.opt_in.removal import remove
from prospects.staff import queries
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.prospects.factories import end_on, make_prospect, make_tombstone, opted_in
from tests.requests_app.pages import links, text
from tests.templates_app.browsing import tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Organization:
    return make_organization()


def desk(organization: Organization, role: Role = Role.RECRUITER) -> Client:
    return signed_in(Client(), make_member(organization, role))


def names(answer: Any) -> list[str]:
    return [row[0] for table in tables(answer) for row in table[1:]]


def url(organization: Organization, rest: str = "") -> str:
    return f"/o/{organization.slug}/prospects/{rest}"


def set_export(prospect: Prospect, state: str, connection: Any) -> None:
    with tenant(prospect.organization):
        settings, _ = ExportSettings.objects.get_or_create(organization=prospect.organization, connection=connection)
        ExportItem.objects.create(
            organization=prospect.organization, prospect=prospect, settings=settings, state=state, outcome="created"
        )


def test_the_empty_list_explains_what_will_appear(acme: Organization) -> None:
    page = desk(acme).get(url(acme))
    assert "No prospects yet" in text(page)
    assert links(page)["See what references are asked"] == url(acme, "question/")


def test_a_row_shows_name_employer_candidate_date_and_export_state() -> None:
    prospect = opted_in()
    page = desk(prospect.organization).get(url(prospect.organization))
    today = date_format(clock.now(), "DATE_FORMAT")
    assert tables(page)[0][1] == [
        "Priya Nairpriya@home.example",
        "LedgerlyHead of Data",
        "Maya Osei",
        f"{today}version 1",
        "Not selected",
    ]


def test_search_covers_name_employer_and_area_of_interest(acme: Organization) -> None:
    make_prospect(acme, first_name="Ana", last_name="Ruiz", employer="Globex", email="1@home.example")
    make_prospect(acme, first_name="Lee", last_name="Wong", area_of_interest="Sales", email="2@home.example")
    client = desk(acme)
    for words, found in (("ana glob", ["Ana Ruiz"]), ("SALES", ["Lee Wong"]), ("", ["Lee Wong", "Ana Ruiz"])):
        page = client.get(url(acme), {"q": words})
        assert [name[:-14] for name in names(page)] == found
    assert "No prospects match these filters" in text(client.get(url(acme), {"q": "Ana Wong"}))


def test_filters_by_export_state_and_expiring_consent(acme: Organization) -> None:
    made, waits, stuck, other = (make_prospect(acme, first_name=n, last_name="") for n in ("Ada", "Bo", "Cy", "Di"))
    vendor = make_connection(acme)
    set_export(made, WorkState.DONE, vendor)
    set_export(waits, WorkState.PENDING, vendor)
    set_export(stuck, WorkState.DEAD, vendor)
    end_on(other, clock.now() + timedelta(days=59))
    client = desk(acme)
    for query, found in (
        ({"export": "exported"}, "Ada"),
        ({"export": "waiting"}, "Bo"),
        ({"export": "attention"}, "Cy"),
        ({"export": "not_selected"}, "Di"),
        ({"ending": "on"}, "Di"),
    ):
        assert [name[:2] for name in names(client.get(url(acme), query))] == [found[:2]]
    assert len(names(client.get(url(acme), {"export": "nonsense", "after": "x", "ending": "\x00"}))) in (1, 4)


def test_the_number_of_queries_does_not_depend_on_the_length_of_the_list(acme: Organization) -> None:
    client = desk(acme, Role.OWNER)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(acme)).status_code == 200
        return len(queries)

    opted_in(acme)
    few = count()
    for _ in range(12):
        make_prospect(acme)
    assert count() == few
    assert few <= 12


def test_a_page_has_fifty_prospects(acme: Organization) -> None:
    for _ in range(51):
        make_prospect(acme)
    client = desk(acme)
    first = client.get(url(acme))
    second = client.get(url(acme) + links(first)["Older"])
    assert (len(names(first)), len(names(second))) == (50, 1)
    assert "(continued)" in second.content.decode()
    assert "Download all as CSV" in text(first)
    assert names(client.get(url(acme) + links(second)["Newer"])) == names(first)


def test_a_search_finds_what_a_prospect_is_called_now(acme: Organization) -> None:
    prospect = make_prospect(acme, first_name="Ana", last_name="Müller-Lüdenscheidt")
    client = desk(acme)
    assert names(client.get(url(acme), {"q": "ludens"}))
    with tenant(acme):
        prospect.last_name = "Ruiz"
        prospect.save(update_fields=["last_name"])
    assert names(client.get(url(acme), {"q": "ana ruiz"}))
    assert not names(client.get(url(acme), {"q": "ludens"}))
    with tenant(acme):
        remove(prospect, why=Removal.LEFT)
        assert not ProspectWord.objects.exists()


def test_removed_prospects_are_hidden_but_candidates_to_delete_are_counted(acme: Organization) -> None:
    tombstone = make_tombstone(acme, candidate="candidate-9")
    client = desk(acme, Role.ADMIN)
    page = client.get(url(acme))
    assert "1 former prospect still needs to be deleted in SmartRecruiters" in text(page)
    assert client.get(url(acme, f"{tombstone.uid}/")).status_code == 404
    page = client.get(url(acme, "removed/"))
    assert names(page) == ["candidate-9"]
    client.post(url(acme, f"removed/{tombstone.uid}/"))
    assert "Nothing to delete" in text(client.get(url(acme, "removed/")))


def test_all_candidates_to_delete_are_listed_page_by_page_the_oldest_removal_first(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE_ROWS", 2)
    for number in range(5):
        make_tombstone(acme, candidate=f"candidate-{number}")
    client = desk(acme, Role.ADMIN)
    pages = [client.get(url(acme, "removed/"))]
    while following := links(pages[-1]).get("Next"):
        pages.append(client.get(url(acme, "removed/") + following))
    assert [names(page) for page in pages] == [
        ["candidate-0", "candidate-1"],
        ["candidate-2", "candidate-3"],
        ["candidate-4"],
    ]
    assert names(client.get(url(acme, "removed/") + links(pages[2])["Previous"])) == names(pages[1])


def test_a_viewer_can_read_and_an_admin_can_remove() -> None:
    prospect = opted_in()
    organization = prospect.organization
    page = desk(organization, Role.VIEWER).get(url(organization, f"{prospect.uid}/"))
    assert "Remove…" not in links(page)
    client = desk(organization, Role.ADMIN)
    page = client.get(url(organization, f"{prospect.uid}/remove/"))
    assert "Nothing was exported" in text(page)
    answer = client.post(url(organization, f"{prospect.uid}/remove/"), follow=True)
    assert "Priya Nair's prospect details have been deleted." in text(answer)
    assert "No prospects yet" in text(answer)


def test_removing_names_every_candidate_that_was_there_before() -> None:
    prospect = opted_in()
    live = make_connection(prospect.organization)
    client = desk(prospect.organization, Role.ADMIN)
    for number, words in ((1, "Candidate c1 was in"), (2, "Candidates c1, c2 were in")):
        set_export(prospect, WorkState.DONE, live)
        with tenant(prospect.organization):
            last = ExportItem.objects.latest("pk")
            ExportItem.objects.filter(pk=last.pk).update(
                outcome="linked", candidate_id=f"c{number}", job_id=f"job-{number}"
            )
        assert words in text(client.get(url(prospect.organization, f"{prospect.uid}/remove/")))


def test_the_detail_page_shows_the_exact_wording_version_and_time() -> None:
    prospect = opted_in()
    with tenant(prospect.organization):
        consent = prospect.consents.get()
    page = desk(prospect.organization).get(url(prospect.organization, f"{prospect.uid}/"))
    assert f"“{consent.text}”version 1" in text(page)
    assert date_format(consent.given_at, "DATETIME_FORMAT") in text(page)
    assert "You asked Acme GmbH to keep your details" in text(page)
