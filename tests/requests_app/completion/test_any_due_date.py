"""A member sets any due date within 90 days: the last day, the links and the reminders follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.completion import complete
from requests_app.completion.extend import extend
from requests_app.lifecycle import NotPossible
from requests_app.models import Reminder
from tests.audit import audited
from tests.factories import make_organization
from tests.requests_app.factories import RequestScenario, link_row, waiting_request
from tests.requests_app.pages import text
from tests.requests_app.staff.acting import path, recruiter_of, refused
from tests.templates_app.browsing import errors, press

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
BUTTON = "Change due date"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def planned(scenario: RequestScenario) -> list[datetime]:
    with tenant(scenario.organization):
        rows = Reminder.objects.filter(reference=scenario.reference(2), state=WorkState.PENDING)
        return list(rows.order_by("planned_for").values_list("planned_for", flat=True))


def test_an_earlier_date_moves_everything_with_it() -> None:
    scenario = waiting_request(make_organization(time_zone="Europe/Berlin"))
    closes_after_due = scenario.reference_request.closes_at - scenario.reference_request.due_at
    with tenant(scenario.organization):
        Message.objects.update(state=WorkState.DONE)
    browser = recruiter_of(scenario.organization)
    page = browser.get(path(scenario, "extend/"))
    response = press(browser, page, BUTTON, days="date", due_on="2026-11-27")
    assert "The request for Maya Osei is due on Nov 27, 2026." in text(browser.get(response["Location"]))
    assert scenario.reread().due_at == datetime(2026, 11, 27, 22, 59, 59, tzinfo=UTC)
    assert scenario.reference_request.closes_at - scenario.reference_request.due_at == closes_after_due
    assert planned(scenario) == [MONDAY, MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)]
    assert scenario.timeline()[-1] == "Dana Ruiz moved the due date to Nov 27, 2026"
    assert audited(scenario.organization, action="request.due_date")
    assert "has changed in the meantime" in text(
        browser.get(press(browser, page, BUTTON, days="date", due_on="2026-11-28")["Location"])
    )


def test_links_last_until_the_last_day_of_a_late_date() -> None:
    scenario = waiting_request()
    link = scenario.reference_path(2)
    browser = recruiter_of(scenario.organization)
    press(browser, browser.get(path(scenario, "extend/")), BUTTON, days="date", due_on="2027-02-21")
    assert link_row(link).expires_at == scenario.reread().closes_at


REFUSED = (
    ("2026-11-22", "Enter a date from Nov 23, 2026 to Feb 21, 2027."),
    ("2027-02-22", "Enter a date from Nov 23, 2026 to Feb 21, 2027."),
    ("", "Enter the new due date."),
    ("tomorrow\x00", "Enter the new due date."),
)


def test_a_date_outside_the_limits_is_refused_and_the_limits_are_named() -> None:
    scenario = waiting_request()
    before = scenario.reference_request.due_at
    browser = recruiter_of(scenario.organization)
    form = browser.get(path(scenario, "extend/"))
    for typed, said in REFUSED:
        assert errors(press(browser, form, BUTTON, days="date", due_on=typed)) == [said]
    assert scenario.reread().due_at == before


def test_the_same_date_and_an_ended_request_are_refused() -> None:
    scenario = waiting_request()
    browser = recruiter_of(scenario.organization)
    page = browser.get(path(scenario, "extend/"))
    assert refused(press(browser, page, BUTTON, days="date", due_on="2026-12-07")) == "This is already the due date."
    with tenant(scenario.organization):
        complete.cancel(scenario.reference_request, actor="Dana")
    assert refused(press(browser, page, BUTTON, days="3")) == "The request has ended. Reopen it first."


def test_more_days_cannot_exceed_the_limit() -> None:
    scenario = waiting_request()
    browser = recruiter_of(scenario.organization)
    press(browser, browser.get(path(scenario, "extend/")), BUTTON, days="date", due_on="2027-02-15")
    page = browser.get(path(scenario, "extend/"))
    assert "3 more days" in text(page)
    assert "7 more days" not in text(page)
    now = scenario.reread()
    with tenant(scenario.organization), pytest.raises(NotPossible, match="at most 90 days from today"):
        extend(now, days=14, due_before=now.due_at, actor="Dana")
