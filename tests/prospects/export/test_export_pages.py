"""The export pages without JavaScript."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connectors.models import Connection, ConnectionState
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import AuditEntry
from crosschq.tenancy.scope import tenant
from prospects.export_options import options as export_choices
from prospects.models import ExportItem, ExportOutcome, ExportRun, ExportSettings, JobOption, Removal
from prospects.opt_in import removal
from tests.factories import signed_in
from tests.prospects.export.test_export_holds import remove_source
from tests.prospects.exporting import ADD, Exporter, exporter
from tests.vendor import Vendor


def url(acme: Exporter, name: str, *arguments: object) -> str:
    return reverse(f"prospects:{name}", args=[acme.organization.slug, *(arguments or [acme.connection.vendor])])


def text(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def options(answer: Any, name: str) -> list[str]:
    page = re.sub(r"\s+", " ", answer.content.decode())
    select = re.search(rf'<select name="{name}".*?</select>', page)
    assert select
    return [html.unescape(label) for label in re.findall(r"<option[^>]*>([^<]*)</option>", select[0])]


def read_now(acme: Exporter, admin: Client) -> None:
    """Request a refresh and run the worker."""
    admin.post(url(acme, "export_read"))
    acme.read()


def marked(answer: Any) -> list[str]:
    """The section of the side menu marked as current."""
    side = answer.content.decode().partition('<nav class="side"')[2].partition("</nav>")[0]
    return re.findall(r'aria-current="true">.*?</svg>(\w+)', side)


@pytest.fixture
def acme(vendor: Vendor) -> Exporter:
    return exporter(vendor)


@pytest.fixture
def admin(acme: Exporter, client: Client) -> Client:
    return signed_in(client, acme.admin)


def test_opening_the_page_calls_no_api_and_writes_nothing(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    before = len(vendor.calls())
    answer = admin.get(url(acme, "export_settings"))
    assert "No options loaded yet" in text(answer)
    assert len(vendor.calls()) == before
    with pytest.raises(ExportSettings.DoesNotExist):
        acme.settings()


def test_sources_follow_their_type_by_a_button(acme: Exporter, admin: Client) -> None:
    read_now(acme, admin)
    page = admin.get(url(acme, "export_settings"))
    assert "Sources and jobs from SmartRecruiters, loaded just now" in text(page)
    assert "Tags None yet. Every exported candidate gets the tags that you add here." in text(page)
    # The custom source for prospects is found, and chosen until someone chooses another.
    assert "Crosschq (recommended)" in options(page, "source")
    page = admin.post(url(acme, "export_settings"), {"source_type": "PAID", "tags": ["a"], "show": "1"})
    assert options(page, "source") == ["Choose", "Example Jobs"]
    assert "Tags Every exported candidate gets these tags." in text(page)
    assert 'value="a"' in page.content.decode()
    assert not acme.settings().is_complete


def test_settings_are_saved_with_jobs_and_tags_each_once(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    read_now(acme, admin)
    chosen = {"source_type": "CUSTOM_SOURCES", "source": "REFERENCE_CHECKS/crosschq", "save": "1"}
    page = admin.get(url(acme, "export_settings")).content.decode()
    key = re.search(r'<option value="([^"]+)"[^>]*>Crosschq \(recommended\)', page)
    assert key
    chosen["source"] = key[1]
    jobs = [vendor.job("Sales Lead"), vendor.job("Finance Director")]
    answer = admin.post(
        url(acme, "export_settings"), chosen | {"jobs": jobs, "tags": ["crosschq", "EMEA"], "tag": " emea "}
    )
    assert answer.status_code == 302
    saved = acme.settings()
    assert (saved.source_label, saved.source_subtype_id) == ("Crosschq", "REFERENCE_CHECKS")
    assert [job["title"] for job in saved.jobs] == ["Sales Lead", "Finance Director"]
    assert saved.tags == ["crosschq", "EMEA"]
    with tenant(acme.organization):
        assert AuditEntry.objects.filter(action="export.settings").exists()
    assert "Source: Custom sources, Crosschq. Jobs: 2. Tags: 2." in text(admin.get(answer["Location"]))
    shown = text(admin.get(url(acme, "export_start")))
    assert "Sales Lead, Finance Director" in shown


def test_a_tag_that_is_too_long_shows_an_error_at_its_field(acme: Exporter, admin: Client) -> None:
    read_now(acme, admin)
    answer = admin.post(url(acme, "export_settings"), {"source_type": "PAID", "tag": "x" * 51, "save": "1"})
    assert f"The tag “{'x' * 51}” is longer than 50 characters." in text(answer)
    assert "Choose a source id." in text(answer)


def test_a_job_whose_id_cannot_be_stored_is_refused(acme: Exporter, admin: Client) -> None:
    read_now(acme, admin)
    answer = admin.post(url(acme, "export_settings"), {"source_type": "PAID", "jobs": ["a\x00b"], "save": "1"})
    assert answer.status_code == 200
    assert "One of these jobs no longer exists." in text(answer)


def test_commas_separate_tags(acme: Exporter, admin: Client) -> None:
    read_now(acme, admin)
    page = admin.post(url(acme, "export_settings"), {"tags": ["EMEA"], "tag": "one, Two words ,emea,", "add": "1"})
    assert re.findall(r'name="tags" value="([^"]*)"', page.content.decode()) == ["EMEA", "one", "Two words"]


def test_jobs_are_found_by_words_and_stay_selected(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    vendor.tell("seed", jobs=[{"title": f"Engineer {number}"} for number in range(40)])
    read_now(acme, admin)
    page = admin.post(
        url(acme, "export_settings"), {"find": "engineer 39", "jobs": [vendor.job("Sales Lead")], "search": "1"}
    )
    assert "Engineer 39" in text(page)
    assert "Sales Lead" in text(page)
    assert "Data Analyst" not in text(page)
    assert "Each prospect becomes a candidate on this job" in text(page)
    assert "Jobs 1 to 20 of 46" in text(admin.get(url(acme, "export_settings")))


def test_tags_of_candidates_and_of_earlier_exports_are_suggested(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    vendor.tell("faults/clear")
    acme.choose("Backend Engineer", tags=("Talent fair 2026", "EMEA"))
    acme.prospect()
    acme.export()
    with tenant(acme.organization):
        acme.settings().known_tags.all().delete()
    export_choices.refresh_now(acme.connection)
    found = admin.get(url(acme, "export_tags"), {"tag": "tal"})
    assert '<option value="Talent fair 2026">' in found.content.decode()
    assert "EMEA" not in found.content.decode()


def test_a_saved_value_that_is_gone_stays_visible(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    acme.choose()
    remove_source(vendor, "Crosschq")
    read_now(acme, admin)
    page = admin.get(url(acme, "export_settings"))
    assert "Crosschq (no longer in SmartRecruiters)" in options(page, "source")
    assert "The source “Crosschq” is no longer in SmartRecruiters." in text(page)


def test_the_switch_shows_the_numbers_before_the_export_starts(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    acme.choose("Sales Lead")
    ana = acme.prospect()
    page = admin.post(url(acme, "export_existing"), {"on": "1"}, follow=True)
    assert "1 prospect" in text(page)
    assert "Each prospect becomes a candidate on this job and may get emails from SmartRecruiters." in text(page)
    assert acme.items() == []
    run = admin.post(url(acme, "export_start"), follow=True)
    assert "0 of 1 exported, checking source and jobs" in text(run)
    acme.work()
    shown = admin.get(run.redirect_chain[-1][0])
    assert "1 of 1 exported" in text(shown)
    assert "View prospects" in text(shown)
    assert len(acme.there(ana)) == 1
    connection = admin.get(reverse("connectors:manage", args=[acme.organization.slug, acme.connection.vendor]))
    assert "On: 1 exported" in text(connection)
    acme.prospect("Tom Beck")
    again = admin.get(url(acme, "export_start"))
    assert "2 prospects. 1 is already on the selected jobs and will be skipped." in text(again)


def test_talent_pool_prospects_are_offered_for_jobs_selected_later(acme: Exporter, admin: Client) -> None:
    acme.choose()
    acme.prospect()
    acme.export()
    acme.choose("Sales Lead", "Data Analyst")
    acme.prospect("Tom Beck")
    connection = reverse("connectors:manage", args=[acme.organization.slug, acme.connection.vendor])
    assert "2 prospects aren't on the selected jobs yet." in text(admin.get(connection))
    page = text(admin.get(url(acme, "export_start")))
    assert "Candidates 4 Each prospect counts once for every selected job they aren't on yet." in page
    assert "Export 2 prospects" in page
    assert "keep their source; tags and details may be added to their profiles" in page


def test_nothing_starts_if_the_source_is_gone(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    acme.choose()
    acme.prospect()
    remove_source(vendor, "Crosschq")
    before = len(vendor.calls())
    run = admin.post(url(acme, "export_start"))["Location"]
    assert len(vendor.calls()) == before, "a worker looks it up"
    acme.work()
    page = admin.get(run)
    assert "The source “Crosschq” is no longer in SmartRecruiters." in text(page)
    assert acme.creates() == 0
    assert acme.states() == {WorkState.HELD: 1}
    acme.choose(source="Example Jobs")
    acme.work()
    assert acme.states() == {WorkState.DONE: 1}, "it was confirmed, and starts by itself"


def test_problems_show_a_reason_and_can_be_retried(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    acme.choose()
    ana = acme.prospect()
    vendor.tell("faults", route=ADD, kind="status", status=400)
    run = acme.export()
    page = admin.get(url(acme, "export_run", run.uid))
    assert "SmartRecruiters rejected these details." in text(page)
    assert "0 of 1 exported, 1 needs attention" in text(page)
    assert "<progress" not in page.content.decode(), "a full bar would say that it worked"
    person = admin.get(reverse("prospects:detail", args=[acme.organization.slug, ana.uid]))
    assert f'href="{url(acme, "export_run", run.uid)}#problems"' in person.content.decode()
    admin.post(url(acme, "export_try_again", run.uid), {"item": acme.item().uid})
    acme.work()
    assert acme.states() == {WorkState.DONE: 1}
    for bad in ("nonsense", "00000000-0000-4000-8000-000000000000"):
        assert admin.post(url(acme, "export_try_again", run.uid), {"item": bad}).status_code == 404


def test_a_late_retry_says_that_nothing_was_left(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    acme.choose()
    acme.prospect()
    vendor.tell("faults", route=ADD, kind="status", status=400)
    run = acme.export()
    again = url(acme, "export_try_again", run.uid)
    assert "Retrying 1 prospect." in text(admin.post(again, follow=True))
    acme.work()
    page = admin.post(again, follow=True)
    assert "There was nothing left to retry. Someone may have already retried it." in text(page)
    assert "banner success" not in page.content.decode()


def test_notes_are_paged_and_do_not_link_to_removed_prospects(acme: Exporter, admin: Client) -> None:
    acme.choose()
    people = [acme.prospect(f"Ana Ruiz-{number}") for number in range(51)]
    run = acme.start()
    with tenant(acme.organization):
        ExportItem.objects.update(state=WorkState.DONE, outcome=ExportOutcome.LINKED)
        ExportRun.objects.update(finished_at=clock.now())
        removal.remove(people[50], why=Removal.LEFT)
    first = admin.get(url(acme, "export_run", run.uid)).content.decode()
    assert "Ana Ruiz-49" in first
    assert "?notes=2#notes" in first
    second = admin.get(url(acme, "export_run", run.uid), {"notes": "2"}).content.decode()
    assert "Removed prospect" in second
    assert url(acme, "detail", people[50].uid) not in second
    assert "Ana Ruiz-4" not in second


@pytest.mark.parametrize("lost", [True, False])
def test_a_run_that_waits_for_a_permission_offers_the_sign_in(
    acme: Exporter, admin: Client, vendor: Vendor, lost: bool
) -> None:
    acme.choose()
    acme.prospect()
    if lost:
        with tenant(acme.organization):
            Connection.objects.update(state=ConnectionState.NEEDS_SIGN_IN)
    else:
        vendor.tell("faults", route=ADD, kind="status", status=403, times=9)
    page = admin.get(url(acme, "export_run", acme.export().uid))
    assert "Sign in again" in text(page)
    connect = reverse("connectors:connect", args=[acme.organization.slug, acme.connection.vendor])
    assert f'action="{connect}"' in page.content.decode()
    assert f"form-action 'self' {vendor.url}" in page["Content-Security-Policy"]
    assert url(acme, "export_settings") not in page.content.decode()


def test_a_run_that_waits_for_a_source_leads_to_the_settings(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    acme.choose()
    acme.prospect()
    remove_source(vendor, "Crosschq")
    page = admin.get(url(acme, "export_run", acme.export().uid))
    assert url(acme, "export_settings") in page.content.decode()
    assert "Sign in again" not in text(page)


def test_a_missing_permission_is_asked_for_on_the_spot(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    vendor.tell("faults", route="GET /configuration/sources", kind="status", status=403)
    read_now(acme, admin)
    page = admin.get(url(acme, "export_settings"))
    assert "Sign in again to allow “Access Company Settings”" in text(page)
    connect = reverse("connectors:connect", args=[acme.organization.slug, acme.connection.vendor])
    assert f'action="{connect}"' in page.content.decode()
    assert f"form-action 'self' {vendor.url}" in page["Content-Security-Policy"]
    access = admin.get(reverse("connectors:access", args=[acme.organization.slug, acme.connection.vendor]))
    assert "The setup checklist, and the export of prospects" in text(access)


def test_the_menu_marks_the_section_that_the_back_link_leads_to(acme: Exporter, admin: Client) -> None:
    acme.choose()
    acme.prospect()
    run = acme.start()
    for address in (url(acme, "export_settings"), url(acme, "export_start"), url(acme, "export_run", run.uid)):
        assert marked(admin.get(address)) == ["Connectors"]
    assert marked(admin.get(reverse("prospects:list", args=[acme.organization.slug]))) == ["Prospects"]


def test_a_company_without_jobs_has_no_empty_list(acme: Exporter, admin: Client) -> None:
    acme.choose()
    with tenant(acme.organization):
        JobOption.objects.all().delete()
    page = admin.get(url(acme, "export_settings"))
    assert "SmartRecruiters has no jobs. Prospects go to the talent pool." in text(page)
    assert '<div class="tiles">\n</div>' not in page.content.decode()
    assert 'id="id_jobs' not in page.content.decode()


def test_the_bar_polls_less_often_over_time_and_reloads_the_page_at_the_end(acme: Exporter, admin: Client) -> None:
    acme.choose()
    acme.prospect()
    run = acme.start()
    address = url(acme, "export_run", run.uid)
    for asked, seconds in (("", 2), ("3", 5), ("99", 10), ("-1", 2), ("x", 2)):
        answer = admin.get(address, {"asked": asked, "announced": "0"}, headers={"HX-Request": "true"})
        assert f"load delay:{seconds}s" in answer.content.decode()
        assert "spoken" not in re.sub(r'hx-select-oob="[^"]+"', "", answer.content.decode())
        assert "HX-Refresh" not in answer.headers
    acme.work()
    answer = admin.get(address, {"asked": "4", "announced": "0"}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
    assert 'id="spoken"' in answer.content.decode()


@pytest.mark.parametrize("count", [1, 8])
def test_a_page_makes_the_same_number_of_queries_for_many_as_for_one(
    acme: Exporter, admin: Client, count: int, vendor: Vendor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    acme.choose()
    for number in range(count):
        acme.prospect(f"Ana Ruiz-{number}")
    vendor.tell("faults", route=ADD, kind="status", status=400, times=count)
    run = acme.export()
    for address in (
        url(acme, "export_run", run.uid),
        url(acme, "export_settings"),
        url(acme, "export_start"),
    ):
        with django_assert_max_num_queries(12):
            assert admin.get(address).status_code == 200
