"""Manual reminders, extensions and the candidate's button in Chromium: accessible, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.models import Reference, ReferenceRequest, Reminder
from tests.browser.contexts import opened
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.factories import make_member, make_organization, make_user
from tests.requests_app.factories import RequestScenario, answer, waiting_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scenario() -> RequestScenario:
    """A request past its due date, with one of two answers. Everyone was asked at least two days ago."""
    scenario = waiting_request(make_organization("Acme GmbH", slug="acme", time_zone="Europe/Berlin"))
    assert scenario.candidate_path
    answer(scenario, 1)
    with tenant(scenario.organization):
        Message.objects.update(state=WorkState.DONE, finished_at=clock.now())
        ago = clock.now() - timedelta(days=2)
        Reference.objects.update(invited_at=ago)
        ReferenceRequest.objects.update(due_at=ago)
    return scenario


@pytest.fixture
def page(chromium: Browser, site: str, scenario: RequestScenario) -> Iterator[Page]:
    """A page on a recruiter's phone, without scripts."""
    dana = make_member(scenario.organization, Role.RECRUITER, make_user(name="Dana Ruiz"))
    context = opened(chromium, site, dana, viewport={"width": 390, "height": 844}, bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.mark.slow
def test_the_recruiter_can_extend_and_remind_and_so_can_the_candidate(
    page: Page, scenario: RequestScenario, site: str, chromium: Browser
) -> None:
    page.goto(f"/o/acme/requests/{scenario.reference_request.uid}/")
    assert page.get_by_text("Reminder to Tom Beck planned").count() == 3
    assert broken(page) == []
    go(page.get_by_role("link", name="Send reminder").first)
    assert page.get_by_text("Hello Tom,").is_visible()
    assert broken(page) == []
    go(page.get_by_role("button", name="Send reminder"))
    assert page.get_by_text("A reminder").first.is_visible()
    go(page.get_by_role("link", name="Change due date").first)
    assert broken(page) == []
    page.get_by_label("7 more days").check()
    go(page.get_by_role("button", name="Change due date"))
    assert page.get_by_text("is due on").is_visible()
    with tenant(scenario.organization):
        Reminder.objects.all().delete()
    phone = opened(chromium, site, None, viewport={"width": 320, "height": 700}, bypass_csp=True).new_page()
    phone.goto(scenario.candidate_path)
    assert broken(phone) == []
    go(phone.get_by_role("button", name="Send a reminder"))
    assert phone.get_by_role("button", name="Send a reminder").count() == 0
    phone.context.close()
