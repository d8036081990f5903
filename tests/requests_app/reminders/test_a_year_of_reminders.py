"""Real rows and a moved clock: a year of reminders in six time zones, sent by the worker's own code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import cross_tenant, tenant
from requests_app.models import Reminder
from requests_app.reminders import plan
from templates_app.models import RequestTemplate
from tests.factories import make_organization
from tests.messaging.sending.test_quiet_hours import ZONES, is_waking
from tests.templates_app.factories import make_request, make_template

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = timedelta(days=61, hours=5)  # in addition to those nights; test_schedule.py goes through each day
# The nights when the clocks change in one of the zones, in UTC.
NIGHTS = (
    *("03-08 07:00", "03-08 10:00", "03-29 01:00", "04-04 15:00"),
    *("09-26 14:00", "10-03 15:30", "10-25 01:00", "11-01 06:00", "11-01 09:00"),
)


@dataclass
class Year:
    """A year in which candidates are invited and never answer. `sent` counts the reminders of each."""

    clock: time_machine.Traveller
    templates: list[RequestTemplate]
    invited: list[int] = field(default_factory=list)
    sent: Counter[int] = field(default_factory=Counter)
    in_quiet_hours: list[str] = field(default_factory=list)

    def run(self, start: datetime, end: datetime) -> None:
        """Move the clock to each time of an invitation or reminder."""
        beginnings = sorted(set(_beginnings(start, end)))
        while True:
            due = _next_due()
            if beginnings and (due is None or beginnings[0] <= due):
                self.clock.move_to(beginnings.pop(0))
                self._invite()
            elif due is not None:
                self.clock.move_to(due)
                self._work()
            else:
                return

    def _invite(self) -> None:
        for template in self.templates:
            reference_request = make_request(template)
            with tenant(template.organization):
                plan.plan(reference_request)
            self.invited.append(reference_request.pk)

    def _work(self) -> None:
        assert work_item.drain(Reminder) > 0
        with cross_tenant("the test sees what went"):
            for email in Message.objects.filter(state=WorkState.PENDING):
                if not is_waking(email.created_at, email.quiet_zone):
                    self.in_quiet_hours.append(f"{email.created_at} in {email.quiet_zone}")
            Message.objects.filter(state=WorkState.PENDING).update(state=WorkState.DONE, finished_at=datetime.now(UTC))


def _beginnings(start: datetime, end: datetime) -> Iterator[datetime]:
    moment = start
    while moment < end:
        yield moment
        moment += EVERY
    for night in NIGHTS:
        change = datetime.strptime(f"{start.year}-{night} +0000", "%Y-%m-%d %H:%M %z")
        yield change - timedelta(days=4, minutes=30)


def _next_due() -> datetime | None:
    with cross_tenant("the worker of the test looks at every organization"):
        due = Reminder.objects.filter(state=WorkState.PENDING).order_by("available_at")
        return due.values_list("available_at", flat=True).first()


def test_no_reminder_is_missed_duplicated_or_sent_in_quiet_hours() -> None:
    with time_machine.travel(NEW_YEAR, tick=False) as clock:
        year = Year(clock, [make_template(make_organization(time_zone=zone)) for zone in ZONES])
        year.run(NEW_YEAR, NEW_YEAR + timedelta(days=365))
    with cross_tenant("the test counts"):
        for reminder in Reminder.objects.all():
            year.sent[reminder.reference_request_id] += reminder.state == WorkState.DONE
            assert (reminder.state, reminder.attempts) == (WorkState.DONE, 1), reminder.reason
        emails = Message.objects.filter(kind="candidate_reminder")
        assert emails.count() == sum(year.sent.values())
        assert set(emails.values_list("quiet_zone", flat=True)) == set(ZONES)
    assert len(year.invited) == 6 * (6 + 9)
    assert year.in_quiet_hours == []
    assert {year.sent[scenario] for scenario in year.invited} == {3}
