"""Everything that staff do on the page of a request is in the audit log."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.models import Reference, ReferenceRequest, Reminder
from tests.audit import audited
from tests.requests_app.factories import waiting_request
from tests.requests_app.staff.acting import path, recruiter_of

pytestmark = pytest.mark.django_db


def test_links_addresses_reminders_and_pauses_are_in_the_audit_log() -> None:
    scenario = waiting_request()
    with tenant(scenario.organization):
        tom = Reference.objects.get(name="Tom Beck")
        planned = Reminder.objects.filter(reference=tom, state=WorkState.PENDING).earliest("planned_for")
        Message.objects.update(state=WorkState.DONE, finished_at=clock.now())
    browser = recruiter_of(scenario.organization)

    def post(page: str, **typed: str) -> None:
        assert browser.post(path(scenario, page), typed).status_code == 303, page

    post(f"references/{tom.uid}/resend/")
    post(f"reminders/{planned.uid}/skip/")
    post("remind/", people=str(tom.uid))
    post(f"references/{tom.uid}/address/", email="tom.beck@ledgerly.example")
    post("resend/")
    with tenant(scenario.organization):
        ReferenceRequest.objects.update(paused_until=clock.now() + timedelta(hours=3))
    post("go-on/")
    assert audited(scenario.organization, action__startswith="request.") == [
        "Dana Ruiz sent a new link for the request to Maya Osei",
        "Dana Ruiz skipped a reminder for the request to Maya Osei",
        "Dana Ruiz sent reminders for the request to Maya Osei",
        "Dana Ruiz corrected an address in the request to Maya Osei",
        "Dana Ruiz sent a new link for the request to Maya Osei",
        "Dana Ruiz resumed the request to Maya Osei",
    ]
