"""Reminders and extensions on the pages of staff and the candidate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.models import Reminder
from templates_app.request_templates.rules import ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, answer, sent_request, waiting_request
from tests.requests_app.pages import heading, press_and_follow, text
from tests.templates_app.browsing import errors, press

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def scenario() -> RequestScenario:
    scenario = waiting_request(make_organization(time_zone="Europe/Berlin"))
    assert scenario.reference_path(1)
    deliver(scenario)
    return scenario


def deliver(scenario: RequestScenario) -> None:
    with tenant(scenario.organization):
        Message.objects.filter(state=WorkState.PENDING).update(state=WorkState.DONE, finished_at=datetime.now(UTC))


def browser_of(scenario: RequestScenario, role: Role = Role.RECRUITER) -> Client:
    return signed_in(Client(), make_member(scenario.organization, role, make_user(name="Dana Ruiz")))


def url(scenario: RequestScenario, page: str = "") -> str:
    return f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/{page}"


def reminders(scenario: RequestScenario, state: str = WorkState.PENDING) -> list[Reminder]:
    with tenant(scenario.organization):
        return list(
            Reminder.objects.filter(reference_request=scenario.reference_request, state=state).order_by(
                "planned_for", "id"
            )
        )


def test_planned_reminders_are_in_the_timeline_and_can_be_skipped(scenario: RequestScenario) -> None:
    browser = browser_of(scenario)
    page = browser.get(url(scenario))
    assert text(page).count("Reminder to Priya Nair planned") == 3
    assert "Nov 25, 11:00 AM CET" in text(page)
    assert "Skip the reminder to Priya Nair" in text(page)
    last = [row for row in reminders(scenario) if row.reference_id == scenario.reference(1).pk][-1]
    done = browser.post(url(scenario, f"reminders/{last.uid}/skip/"), follow=True)
    assert "We skipped this reminder" in text(done)
    assert text(done).count("Reminder to Priya Nair planned") == 2
    assert last.pk in [row.pk for row in reminders(scenario, WorkState.CANCELLED)]
    assert "has changed" in text(browser.post(url(scenario, f"reminders/{last.uid}/skip/"), follow=True))


def test_a_viewer_sees_them_without_buttons(scenario: RequestScenario) -> None:
    page = text(browser_of(scenario, Role.VIEWER).get(url(scenario)))
    assert "Reminder to Priya Nair planned" in page
    assert "Skip the reminder" not in page
    assert "Send reminder" not in page


def test_the_email_is_previewed_before_it_is_sent(scenario: RequestScenario, clock: time_machine.Traveller) -> None:
    browser = browser_of(scenario)
    page = browser.get(url(scenario, "remind/"))
    assert heading(page) == "Send reminder"
    for part in ("Reference for Maya Osei, due December 7", "Hello Priya,", "Hello Tom,", "Goes out now"):
        assert part in text(page)
    done = browser.post(url(scenario, "remind/"), {"people": str(scenario.reference(1).uid)}, follow=True)
    assert "We're sending a reminder to Priya Nair." in text(done)
    work_item.drain(Reminder)
    assert [email.to_email for email in scenario.emails("reference_reminder")] == ["priya@ledgerly.example"]
    again = browser.get(url(scenario, "remind/"))
    assert "You can remind Priya Nair again on or after Nov 24, 2026, 11:00 AM CET" in text(again)
    refused = browser.post(url(scenario, "remind/"), {"people": str(scenario.reference(1).uid)})
    assert errors(refused) == ["Someone you chose can't be reminded now. Choose again."]
    clock.shift(DAY)
    assert "You can remind" not in text(browser.get(url(scenario, "remind/")))


def test_one_person_can_be_preselected_and_someone_must_be_selected(scenario: RequestScenario) -> None:
    browser = browser_of(scenario)
    page = browser.get(url(scenario, "remind/"), {"to": str(scenario.reference(2).uid)})
    assert press_and_follow(browser, page, "Send reminder").status_code == 200
    assert [row.reference_id for row in reminders(scenario) if row.requested_by] == [scenario.reference(2).pk]
    assert errors(browser.post(url(scenario, "remind/"))) == ["Choose who gets a reminder."]


def test_at_night_the_page_says_when_the_reminder_will_be_sent(
    scenario: RequestScenario, clock: time_machine.Traveller
) -> None:
    clock.move_to(datetime(2026, 11, 23, 21, tzinfo=UTC))
    browser = browser_of(scenario)
    page = browser.get(url(scenario, "remind/"))
    assert "Goes out after quiet hours, on Nov 24, 2026, 8:00 AM CET" in text(page)
    assert "is planned for after quiet hours" in text(press_and_follow(browser, page, "Send reminder"))


def test_nobody_can_be_reminded_after_the_end_or_once_all_have_answered(scenario: RequestScenario) -> None:
    answer(scenario, 1)
    answer(scenario, 2)
    browser = browser_of(scenario)
    for page in ("remind/", "extend/"):
        shown = text(browser.get(url(scenario, page), follow=True))
        assert "has changed" in shown or "The request has ended. Reopen it first." in shown


def test_the_candidate_can_send_a_reminder_after_a_day(
    scenario: RequestScenario, clock: time_machine.Traveller
) -> None:
    browser = Client()
    page = browser.get(scenario.candidate_path)
    assert "You can send a reminder on or after Nov 24, 2026, 11:00 AM CET" in text(page)
    clock.move_to(datetime(2026, 11, 24, 21, tzinfo=UTC))
    page = press_and_follow(browser, browser.get(scenario.candidate_path), "Send a reminder to Priya Nair")
    assert "A reminder is planned: Nov 25, 2026, 8:00 AM CET" in text(page)
    assert [row.by_candidate for row in reminders(scenario) if row.requested_by] == [True]
    reference = scenario.reference(1)
    again = browser.post(f"{scenario.candidate_path}remind/{reference.uid}/")
    assert again.status_code == 303
    assert len([row for row in reminders(scenario) if row.requested_by]) == 1


def test_a_candidate_cannot_remind_another_requests_reference(
    scenario: RequestScenario, clock: time_machine.Traveller
) -> None:
    other = waiting_request(scenario.organization, ats_job="job-2")
    clock.shift(2 * DAY)
    assert Client().post(f"{scenario.candidate_path}remind/{other.reference(1).uid}/").status_code == 303
    assert not any(row.requested_by for row in reminders(other))


def test_an_overdue_request_offers_to_finish_and_to_extend(
    scenario: RequestScenario, clock: time_machine.Traveller
) -> None:
    answer(scenario, 1)
    clock.move_to(scenario.reference_request.due_at + DAY)
    browser = browser_of(scenario)
    page = browser.get(url(scenario))
    assert "with 1 of 2 references in. If you do nothing, we'll create the report" in text(page)
    page = browser.get(url(scenario, "extend/"))
    assert "7 more days: Dec 15, 2026" in text(page)
    done = press_and_follow(browser, page, "Change due date", days="7")
    assert "The request for Maya Osei is due on Dec 15, 2026." in text(done)
    assert "If you do nothing" not in text(done)
    assert scenario.reread().due_at.day == 15


@pytest.mark.parametrize(
    "data", [{}, {"days": "5"}, {"days": "7"}, {"days": "7", "due_before": "\x00"}, {"days": "7", "due_before": "1"}]
)
def test_extending_needs_a_choice_and_an_up_to_date_page(scenario: RequestScenario, data: dict[str, str]) -> None:
    due = scenario.reference_request.due_at
    answered = browser_of(scenario).post(url(scenario, "extend/"), data)
    assert answered.status_code == (303 if data.get("days") == "7" else 200)
    assert scenario.reread().due_at == due


def test_the_number_of_queries_does_not_depend_on_the_number_of_people() -> None:
    counts = []
    for wanted in (2, 4):
        organization = make_organization()
        few = waiting_request(organization, rules=rules_for(wanted))
        browser = browser_of(few)
        browser.get(url(few, "remind/"))
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url(few, "remind/")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


def rules_for(count: int) -> tuple[ReferenceRule, ...]:
    return (ReferenceRule(Relationship.ANY, count=count),)


def test_a_new_request_reminds_the_candidate() -> None:
    scenario = sent_request()
    browser = browser_of(scenario)
    page = browser.get(url(scenario, "remind/"))
    assert "Maya Osei, candidate, maya@candidates.example" in text(page)
    assert press(browser, page, "Send reminder").status_code == 303
