"""Selecting jobs: one sorted list, searched on the server, usable with a thousand jobs and without JavaScript."""

from __future__ import annotations

import html
import re
from functools import partial
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from connectors.ats import JobSummary
from crosschq.core.outbox import work_item
from crosschq.tenancy.scope import tenant
from prospects.export_options import job_options, refresh
from prospects.export_options import options as export_choices
from prospects.export_options.options import SourceOption, source_names
from prospects.models import KnownTag, OptionsRefresh, settings_of
from tests.factories import make_connection, make_organization, signed_in
from tests.prospects.export.test_export_pages import options, text, url
from tests.prospects.exporting import Exporter, exporter
from tests.vendor import Vendor

MOST_BYTES = 40_000


@pytest.fixture
def acme(vendor: Vendor) -> Exporter:
    return exporter(vendor)


@pytest.fixture
def admin(acme: Exporter, client: Client) -> Client:
    return signed_in(client, acme.admin)


def boxes(page: Any) -> list[tuple[str, bool]]:
    """The jobs in page order, each with its checked state."""
    part = page.content.decode().partition('id="jobs-found"')[2].partition('id="jobs-warning"')[0]
    found = re.findall(r'<input type="checkbox" name="jobs"([^>]*)><span>([^<]*)</span>', part)
    return [(html.unescape(label), " checked" in attributes) for attributes, label in found]


def list_jobs(acme: Exporter, *jobs: JobSummary) -> None:
    with tenant(acme.organization):
        job_options.replace(acme.settings(), jobs)


def press(acme: Exporter, admin: Client, **data: Any) -> Any:
    return admin.post(url(acme, "export_settings"), data)


def test_all_jobs_are_listed_by_title_with_number_city_and_status(acme: Exporter, admin: Client) -> None:
    export_choices.refresh_now(acme.connection)
    labels = [label for label, _checked in boxes(admin.get(url(acme, "export_settings")))]
    assert labels == [
        "Backend Engineer, REF001, Berlin (sourcing)",
        "Data Analyst, REF003, Berlin (sourcing)",
        "Finance Director, REF006, Hamburg (sourcing)",
        "Marketing Intern, REF005, Berlin (sourcing)",
        "Sales Lead, REF002, Hamburg (sourcing)",
        "Site Reliability Engineer, REF004, Munich (sourcing)",
    ]


def test_jobs_of_every_status_can_be_selected(acme: Exporter, admin: Client) -> None:
    export_choices.refresh_now(acme.connection)
    statuses = ("CREATED", "SOURCING", "INTERVIEW", "OFFER", "FILLED", "CANCELLED", "ON_HOLD", "SOMETHING_NEW")
    list_jobs(acme, *(JobSummary(status, status.title(), status) for status in statuses))
    shown = text(admin.get(url(acme, "export_settings")))
    for word in ("(created)", "(filled)", "(canceled)", "(on hold)", "(something_new)"):
        assert word in shown


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ref004", ["Site Reliability Engineer"]),
        ("hamburg", ["Finance Director", "Sales Lead"]),
        ("engineer BERLIN", ["Backend Engineer"]),
        ("nothing like it", []),
        ("%", []),
        ("\x00", 6),
    ],
)
def test_a_job_is_found_by_title_number_and_city(acme: Exporter, admin: Client, words: str, found: Any) -> None:
    export_choices.refresh_now(acme.connection)
    page = press(acme, admin, find=words, search="1")
    titles = [label.partition(",")[0] for label, _checked in boxes(page)]
    assert titles == found if isinstance(found, list) else len(titles) == found
    if not titles:
        assert "No jobs match." in text(page)


def test_search_and_sorting_ignore_accents_and_case(acme: Exporter, admin: Client) -> None:
    export_choices.refresh_now(acme.connection)
    list_jobs(acme, *(JobSummary(title, title, "SOURCING", city="Zürich") for title in ("Zoo", "Ärztin", "arzt", "B")))
    labels = [label for label, _ in boxes(press(acme, admin, find="ZURICH", search="1"))]
    assert [label.partition(",")[0] for label in labels] == ["arzt", "Ärztin", "B", "Zoo"]


def test_enter_selects_the_only_match_and_saves_nothing(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    export_choices.refresh_now(acme.connection)
    page = press(acme, admin, find="sales", jobs=[vendor.job("Data Analyst")], add="1")
    assert [label.partition(",")[0] for label, checked in boxes(page) if checked] == ["Data Analyst", "Sales Lead"]
    assert 'id="id_find" value' not in page.content.decode()
    several = press(acme, admin, find="engineer", add="1")
    assert [checked for _label, checked in boxes(several)] == [False, False]
    tagging = press(acme, admin, find="sales", tag="EMEA", add="1")
    assert [checked for _label, checked in boxes(tagging)] == [False], "the Enter key was pressed in the tags"
    assert not acme.settings().is_complete


def test_selected_jobs_are_shown_on_every_page_of_results(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    vendor.tell("seed", jobs=[{"title": f"Engineer {number:02d}"} for number in range(50)])
    export_choices.refresh_now(acme.connection)
    chosen = [vendor.job("Sales Lead"), vendor.job("Engineer 49")]
    page = press(acme, admin, find="engineer", jobs=chosen, page="2")
    assert [label.partition(",")[0] for label, checked in boxes(page) if checked] == ["Engineer 49", "Sales Lead"]
    assert len(boxes(page)) == 22
    assert "Jobs 21 to 40 of 51 2 selected" in text(page)
    for bad in ("0", "99", "-1", "x", "9" * 30):
        assert press(acme, admin, page=bad).status_code == 200


def test_a_selected_job_that_is_no_longer_listed_is_marked(acme: Exporter, admin: Client) -> None:
    acme.choose("Sales Lead")
    list_jobs(acme, JobSummary("new", "New job", "SOURCING"))
    export_choices.refresh_now(acme.connection)
    with tenant(acme.organization):
        settings = acme.settings()
        settings.jobs = [{"id": "gone", "title": "Old job"}]
        settings.save()
    assert boxes(admin.get(url(acme, "export_settings")))[0] == ("Old job (no longer in SmartRecruiters)", True)


def test_at_most_a_hundred_jobs_can_be_selected(acme: Exporter, admin: Client) -> None:
    export_choices.refresh_now(acme.connection)
    list_jobs(acme, *(JobSummary(f"job-{number}", f"Job {number}", "SOURCING") for number in range(120)))
    page = press(acme, admin, jobs=[f"job-{number}" for number in range(120)], save="1")
    assert "Choose at most 100 jobs." in text(page)
    assert "One of these jobs no longer exists." in text(press(acme, admin, jobs=["unknown"], save="1"))


def test_a_job_of_another_organization_is_not_found(acme: Exporter, admin: Client) -> None:
    export_choices.refresh_now(acme.connection)
    other = exporter_of_another()
    list_jobs(acme, JobSummary("mine", "Mine", "SOURCING"))
    with tenant(other[0].organization):
        job_options.replace(other[1], [JobSummary("theirs", "Theirs", "SOURCING")])
    assert [label for label, _ in boxes(admin.get(url(acme, "export_settings")))] == ["Mine (sourcing)"]
    assert "One of these jobs no longer exists." in text(press(acme, admin, jobs=["theirs"], save="1"))


def exporter_of_another() -> tuple[Any, Any]:
    connection = make_connection(make_organization())
    with tenant(connection.organization):
        return connection, settings_of(connection)


def test_a_thousand_jobs_and_five_thousand_tags_do_not_make_the_page_larger(
    acme: Exporter, admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    settings = acme.choose("Sales Lead")
    chosen = settings.jobs[0]["id"]
    engineer = partial(JobSummary, status="SOURCING", city="Berlin")
    many = [engineer(f"job-{number}", f"Senior Engineer {number}", ref_number=f"R{number}") for number in range(1000)]
    list_jobs(acme, JobSummary(chosen, "Sales Lead", "SOURCING"), *many)
    with tenant(acme.organization):
        KnownTag.objects.bulk_create(
            KnownTag(organization=acme.organization, settings=settings, tag=f"Tag {number}", tag_key=f"tag {number}")
            for number in range(5000)
        )
    with django_assert_max_num_queries(13):
        page = admin.get(url(acme, "export_settings"))
    assert len(page.content) < MOST_BYTES
    assert "Jobs 1 to 20 of 1000 1 selected" in text(page)
    assert boxes(page)[0] == ("Sales Lead (sourcing)", True)
    with django_assert_max_num_queries(13):
        found = press(acme, admin, find="engineer 99", search="1")
    assert len(found.content) < MOST_BYTES
    assert "Senior Engineer 99, R99, Berlin (sourcing)" in [label for label, _ in boxes(found)]
    tags = admin.get(url(acme, "export_tags"), {"tag": "4999"})
    assert '<option value="Tag 4999">' in tags.content.decode()
    assert tags.content.count(b"<option") <= 20


def test_tags_that_start_with_the_text_are_suggested_first(acme: Exporter) -> None:
    settings = acme.choose()
    with tenant(acme.organization):
        KnownTag.objects.bulk_create(
            KnownTag(organization=acme.organization, settings=settings, tag=tag, tag_key=tag)
            for tag in [*(f"a{number} sales" for number in range(2000)), "sales"]
        )
        assert export_choices.suggested_tags(settings, "Sales")[0] == "sales"


def test_the_page_shows_refresh_progress_and_then_the_form(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    before = len(vendor.calls())
    shown = admin.post(url(acme, "export_read"), follow=True)
    assert "Loading options from SmartRecruiters" in text(shown)
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in shown.content.decode()
    assert len(vendor.calls()) == before
    with tenant(acme.organization):
        OptionsRefresh.objects.update(part="jobs", parts_read=5, parts=7)
    assert "Jobs: 5 of 7 lists loaded." in text(admin.get(url(acme, "export_settings")))
    acme.read()
    assert "Loading options from SmartRecruiters" not in text(admin.get(url(acme, "export_settings")))
    admin.post(url(acme, "export_read"))
    earlier = admin.get(url(acme, "export_settings"), {"earlier": "1"})
    assert "Sales Lead, REF002, Hamburg (sourcing)" in text(earlier)


def test_a_page_with_old_options_refreshes_them_automatically_with_javascript(
    acme: Exporter, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_itself = f'hx-post="{url(acme, "export_read")}" hx-trigger="load"'
    assert by_itself in admin.get(url(acme, "export_settings")).content.decode()
    with tenant(acme.organization):
        refresh.enqueue(acme.connection)
    acme.read()
    assert by_itself not in admin.get(url(acme, "export_settings")).content.decode()
    monkeypatch.setattr(refresh, "MAX_AGE", -refresh.MAX_AGE)
    assert by_itself in admin.get(url(acme, "export_settings")).content.decode()


def test_a_refresh_from_before_a_sign_in_is_dropped(acme: Exporter, vendor: Vendor) -> None:
    with tenant(acme.organization):
        refresh.enqueue(acme.connection)
    first = work_item.claim(OptionsRefresh)
    assert first
    with tenant(acme.organization):
        refresh.enqueue(acme.connection)
    work_item.attempt(first)
    assert acme.settings().options_read_at is None
    acme.read()
    assert acme.settings().options_read_at


def test_two_sources_with_the_same_name_get_distinct_labels() -> None:
    sources = [
        SourceOption("CUSTOM", "EVENTS", "1", "Talent fair"),
        SourceOption("CUSTOM", "CHECKS", "2", "Talent fair"),
        SourceOption("CUSTOM", "CHECKS", "3", "talent fair"),
        SourceOption("CUSTOM", "CHECKS", "4", "Crosschq"),
    ]
    assert list(source_names(sources).values()) == [
        "Talent fair (EVENTS)",
        "Talent fair (CHECKS, id 2)",
        "talent fair (CHECKS, id 3)",
        "Crosschq",
    ]


def test_the_distinct_label_of_a_source_is_saved_and_shown_everywhere(acme: Exporter, admin: Client) -> None:
    export_choices.refresh_now(acme.connection)
    page = press(acme, admin, source_type="CUSTOM_SOURCES", show="1")
    names = ["Talent fair (EVENTS)", "Talent fair (REFERENCE_CHECKS)"]
    assert [name for name in options(page, "source") if "fair" in name] == names
    key = re.search(r'<option value="([^"]+)"[^>]*>Talent fair \(EVENTS\)', page.content.decode())
    assert key
    saved = press(acme, admin, source_type="CUSTOM_SOURCES", source=key[1], save="1")
    assert acme.settings().source_label == "Talent fair (EVENTS)"
    assert "Talent fair (EVENTS)" in text(admin.get(saved["Location"]))
