"""A time zone unknown to this machine counts as UTC and breaks nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from crosschq.accounts.form_fields import TimeZoneField, offered_zones, time_zones
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.time_zones import aliases, canonical, find_time_zone, is_known, of_countries, places
from crosschq.messaging.models import Message
from crosschq.messaging.sending.quiet_hours import country_of
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from requests_app.completion import deadlines
from requests_app.models import Reminder, RequestState
from tests.factories import make_member, make_organization, signed_in
from tests.requests_app.factories import sent_request, waiting_request
from tests.requests_app.pages import text

GONE = "Mars/Olympus_Mons"
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize("name", [GONE, "", "America", "../etc/passwd", "/etc/passwd", "a\0b", "x" * 300, "Europe/"])
def test_an_unknown_time_zone_name_is_utc(name: str) -> None:
    assert find_time_zone(name) == ZoneInfo("UTC")
    assert not is_known(name)


def test_a_time_zone_is_found_by_its_name() -> None:
    assert find_time_zone("Europe/Berlin") == ZoneInfo("Europe/Berlin")
    assert is_known("Europe/Berlin")


@pytest.mark.django_db
def test_a_request_of_an_organization_with_an_unknown_zone_works() -> None:
    organization = make_organization(time_zone=GONE)
    with time_machine.travel(MONDAY, tick=False) as clock:
        job = waiting_request(organization)
        other = waiting_request()
        assert job.reference_request.due_at == other.reference_request.due_at
        clock.move_to(MONDAY + timedelta(days=4))
        with tenant(organization):
            Message.objects.update(state=WorkState.DONE)
        work_item.drain(Reminder)
        assert job.emails("reference_reminder")
        clock.move_to(job.reference_request.due_at)
        assert deadlines.notify_due(now=job.reference_request.due_at) == 2
        deadlines.close_overdue(now=job.reference_request.closes_at)
    assert job.reread().state == other.reread().state == RequestState.EXPIRED


@pytest.mark.django_db
def test_pages_of_such_an_organization_open_and_ask_its_admin_to_choose_again(client: Client) -> None:
    organization = make_organization(time_zone=GONE)
    job = sent_request(organization)
    browser = signed_in(client, make_member(organization, Role.OWNER))
    url = reverse("organization:profile", args=[organization.slug])
    page = text(browser.get(url))
    assert "Choose your time zone again" in page
    assert f"The time zone “{GONE}” no longer exists." in page
    assert (
        browser.get(reverse("requests:detail", args=[organization.slug, job.reference_request.uid])).status_code == 200
    )
    assert client.get(job.candidate_path).status_code == 200
    form = {"name": organization.name, "answers_shown": "no"}
    # The zone isn't replaced without asking.
    browser.post(url, {**form, "time_zone": ""})
    assert Organization.objects.get(pk=organization.pk).time_zone == GONE
    browser.post(url, {**form, "time_zone": "Europe/Berlin"})
    assert Organization.objects.get(pk=organization.pk).time_zone == "Europe/Berlin"
    assert "Choose your time zone again" not in text(browser.get(url))


OTHER_NAMES = {
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "America/Godthab": "America/Nuuk",
    "Europe/Kiev": "Europe/Kyiv",
    "US/Pacific": "America/Los_Angeles",
    "Etc/UTC": "UTC",
}


@pytest.mark.parametrize(("alias", "name"), OTHER_NAMES.items())
def test_each_place_is_offered_by_one_name_and_another_name_means_it(alias: str, name: str) -> None:
    offered = [zone for zone, _shown in time_zones()]
    assert name in offered
    assert alias not in offered
    assert canonical(alias) == name
    assert TimeZoneField(choices=time_zones).clean(alias) == name


def test_no_two_offered_zones_are_names_of_one_place() -> None:
    offered = [zone for zone, _shown in time_zones()]
    assert {canonical(zone) for zone in offered} == set(offered)
    assert len(offered) > 400, "cities that share their clocks are offered all the same"
    assert {"Europe/Berlin", "Europe/Oslo", "Europe/Amsterdam", "UTC"} <= set(offered)


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "Etc/GMT+12", "EST", "W-SU", GONE, ""])
def test_a_name_without_an_alias_stays(name: str) -> None:
    assert canonical(name) == name


def test_a_machine_without_the_tables_offers_no_old_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for cached in (of_countries, places, aliases, offered_zones):
        cached.cache_clear()
    monkeypatch.setattr("crosschq.core.text.time_zones._lines", lambda name: [])
    try:
        offered = [zone for zone, _shown in time_zones()]
        assert "Asia/Calcutta" not in offered
        assert {"Asia/Kolkata", "UTC"} <= set(offered)
    finally:
        for cached in (of_countries, places, aliases, offered_zones):
            cached.cache_clear()


@pytest.mark.django_db
def test_a_stored_old_name_is_shown_and_saved_as_the_offered_one(client: Client) -> None:
    organization = make_organization(time_zone="Asia/Calcutta")
    browser = signed_in(client, make_member(organization, Role.OWNER))
    page = browser.get(reverse("organization:profile", args=[organization.slug])).content.decode()
    assert '<option value="Asia/Kolkata" selected>' in page
    assert '<option value="Asia/Calcutta"' not in page
    assert country_of("Asia/Calcutta") == country_of("Asia/Kolkata") == "IN"
