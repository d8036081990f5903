"""A time zone unknown to this machine counts as UTC and breaks nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.time_zones import find_time_zone, is_known
from crosschq.messaging.models import Message
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
