"""A request that ended is reopened with a new due date, unless nothing is missing or another one is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.completion import complete, deadlines
from requests_app.completion import reopen as reopening
from requests_app.lifecycle import NotPossible
from requests_app.models import Reference, ReferenceRequest, ReferenceState, Reminder, RequestState
from templates_app.request_templates.rules import FinishRule, ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.audit import audited
from tests.factories import make_connection, make_organization
from tests.requests_app.factories import RequestScenario, answer, ready_request, sent_request, waiting_request
from tests.requests_app.pages import links, text
from tests.requests_app.staff.acting import path, recruiter_of, refused
from tests.templates_app.browsing import errors, press

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)


def cancel(scenario: RequestScenario) -> RequestScenario:
    with tenant(scenario.organization):
        complete.cancel(scenario.reference_request, actor="Dana")
    scenario.reread()
    return scenario


def reopen(scenario: RequestScenario) -> None:
    with tenant(scenario.organization):
        due_on = (clock.now() + timedelta(days=10)).date()
        reopening.reopen(scenario.reference_request, due_on=due_on, actor="Dana Ruiz")
    scenario.reread()


def planned(scenario: RequestScenario) -> int:
    with tenant(scenario.organization):
        return Reminder.objects.filter(state=WorkState.PENDING).count()


def test_a_canceled_request_continues_where_it_was(client: Client) -> None:
    with time_machine.travel(MONDAY, tick=False):
        scenario = waiting_request()
        before = scenario.reference_path(2)
        answer(scenario, 1)
        cancel(scenario)
        reopen(scenario)
        assert scenario.reference_request.state == RequestState.WAITING_FOR_REFERENCES
        assert scenario.reference_request.due_at == datetime(2026, 12, 3, 23, 59, 59, tzinfo=UTC)
        assert scenario.reference_request.finished_at is None
        assert [email.to_email for email in scenario.emails("reference_link")] == ["tom@ledgerly.example"]
        assert scenario.emails("candidate_link") == []
        assert planned(scenario) == 3
        assert scenario.timeline()[-1] == "Dana Ruiz reopened the request until Dec 3, 2026"
        for link in (before, scenario.reference_path(2)):
            assert client.get(link).status_code == 200
        answer(scenario, 2)
        assert scenario.reference_request.state == RequestState.READY


def test_a_candidate_who_has_not_started_is_invited_again() -> None:
    scenario = cancel(sent_request())
    reopen(scenario)
    assert scenario.reference_request.state == RequestState.SENT
    assert len(scenario.emails("candidate_invitation")) == 2


def test_a_request_closed_early_expects_the_missing_reference_again() -> None:
    scenario = waiting_request()
    answer(scenario, 1)
    with tenant(scenario.organization):
        complete.finish_manually(scenario.reference_request, actor="Dana")
    assert scenario.reread().has_report
    reopen(scenario)
    assert scenario.reference(2).state == ReferenceState.INVITED
    answer(scenario, 2)
    assert scenario.reference_request.state == RequestState.READY
    assert len(scenario.emails("report_ready")) == 2


def test_the_templates_rule_does_not_finish_a_reopened_request() -> None:
    scenario = waiting_request(finish=FinishRule(1, days=1))
    with tenant(scenario.organization):
        ReferenceRequest.objects.update(created_at=clock.now() - timedelta(days=2))
    answer(scenario, 1)
    assert scenario.reference_request.state == RequestState.READY
    reopen(scenario)
    deadlines.finish_by_rule(now=datetime.now(UTC) + timedelta(days=5))
    assert scenario.reread().is_open


def test_a_complete_report_is_not_reopened() -> None:
    scenario = ready_request()
    with pytest.raises(NotPossible, match="All references have answered"):
        reopen(scenario)
    browser = recruiter_of(scenario.organization)
    assert "All references have answered" in refused(browser.get(path(scenario, "reopen/")))
    assert "Reopen request" not in links(browser.get(path(scenario)))


def test_another_open_request_for_the_job_is_named_with_a_link() -> None:
    acme = make_organization()
    ats = make_connection(acme)
    first = cancel(sent_request(acme, connection=ats))
    second = sent_request(acme, connection=ats)
    page = recruiter_of(acme).get(path(first, "reopen/"))
    assert "Another request to Maya Osei for this job is open" in refused(page)
    assert links(page)["View open request"] == path(second)


def test_the_page_says_who_is_emailed_and_a_second_click_is_refused() -> None:
    scenario = cancel(waiting_request())
    browser = recruiter_of(scenario.organization)
    page = browser.get(path(scenario, "reopen/"))
    assert "a new link to 2 references who haven't answered: Priya Nair and Tom Beck" in text(page)
    for wrong in ("", "nonsense", "2001-01-01", "9999-12-31"):
        assert errors(press(browser, page, "Reopen request", due_on=wrong)) != []
    assert not scenario.reread().is_open
    assert "is open until" in text(browser.get(press(browser, page, "Reopen request")["Location"]))
    assert refused(press(browser, page, "Reopen request")) == "The request is open."
    assert len(scenario.emails("reference_link")) == 2
    assert audited(scenario.organization, action="request.reopen") == ["Dana Ruiz reopened the request to Maya Osei"]


def test_a_cap_refuses_and_changes_nothing() -> None:
    scenario = cancel(waiting_request())
    browser = recruiter_of(scenario.organization)
    page = browser.get(path(scenario, "reopen/"))
    for _ in range(6):
        press(browser, page, "Reopen request")
        cancel(scenario)
    assert "6 new links can go to one address" in errors(press(browser, page, "Reopen request"))[0]
    assert not scenario.reread().is_open


def test_a_candidate_who_declined_is_pointed_out() -> None:
    scenario = sent_request()
    with tenant(scenario.organization):
        complete.decline_to_take_part(scenario.reference_request)
    page = text(recruiter_of(scenario.organization).get(path(scenario, "reopen/")))
    assert "Maya Osei said that they don't want to take part." in page


def test_reopening_ends_a_pause_and_forgets_earlier_notices() -> None:
    scenario = cancel(waiting_request())
    with tenant(scenario.organization):
        ReferenceRequest.objects.update(paused_until=datetime.now(UTC), due_notified_at=datetime.now(UTC))
        Message.objects.update(state=WorkState.DONE)
        Reference.objects.filter(slot=1).update(state=ReferenceState.DECLINED)
    reopen(scenario)
    assert (scenario.reference_request.paused_until, scenario.reference_request.due_notified_at) == (None, None)
    assert len(scenario.emails("candidate_link")) == 1  # to name someone else


def test_late_answers_count_as_in_time_after_reopening() -> None:
    scenario = waiting_request(rules=(ReferenceRule(Relationship.ANY, count=3),))
    answer(scenario, 1)
    with tenant(scenario.organization):
        complete.finish_manually(scenario.reference_request, actor="Dana")
    answer(scenario, 2)
    assert scenario.reference(2).state == ReferenceState.LATE
    reopen(scenario)
    assert [scenario.reference(number).state for number in (1, 2, 3)] == ["answered", "answered", "invited"]
    assert [email.to_email for email in scenario.emails("reference_link")] == ["ana@ledgerly.example"]


def test_the_owner_is_not_notified_of_silence_right_after_reopening() -> None:
    scenario = cancel(sent_request())
    with tenant(scenario.organization):
        ReferenceRequest.objects.update(created_at=clock.now() - timedelta(days=9))
    reopen(scenario)
    assert deadlines.notify_silence(now=clock.now()) == 0
    assert deadlines.notify_silence(now=clock.now() + timedelta(days=6)) == 1


def test_a_request_that_starts_at_the_same_moment_prevents_reopening(monkeypatch: pytest.MonkeyPatch) -> None:
    acme = make_organization()
    ats = make_connection(acme)
    first, second = cancel(sent_request(acme, connection=ats)), sent_request(acme, connection=ats)
    seen, find = iter([None]), reopening.other_open
    monkeypatch.setattr(reopening, "other_open", lambda each: next(seen, find(each)))
    with pytest.raises(NotPossible, match="Another request") as refusal:
        reopen(first)
    assert refusal.value.because_of == second.reference_request
    assert first.reread().state == RequestState.CANCELLED
