"""A template's own completion rule, and references that are optional."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from crosschq.core import clock
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from requests_app.candidate.slots import slots
from requests_app.completion import deadlines
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import DeclineReason, ReferenceState, RequestState
from requests_app.reference import decline, responses
from requests_app.start.start import ReportReader
from templates_app.models import TemplateVersion
from templates_app.request_templates.rules import FinishRule, ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.requests_app.factories import NAMES, RequestScenario, answer, name_reference, sent_request, waiting_request
from tests.requests_app.pages import heading

pytestmark = pytest.mark.django_db
THREE = (ReferenceRule(Relationship.MANAGER, 1), ReferenceRule(Relationship.MENTOR, 2))
OPTIONAL = (
    ReferenceRule(Relationship.MANAGER, 1),
    ReferenceRule(Relationship.MENTOR, 1, "Nice to have", required=False),
)


def test_enough_answers_complete_the_request_and_the_others_are_not_completed() -> None:
    scenario = waiting_request(rules=THREE, finish=FinishRule(2))
    answer(scenario, 2)
    assert scenario.reference_request.state == RequestState.WAITING_FOR_REFERENCES
    answer(scenario, 3)
    assert scenario.reference_request.state == RequestState.READY
    assert scenario.reference(1).state == ReferenceState.NOT_COMPLETED
    assert len(scenario.emails("report_ready")) == 1
    assert "Enough references are in for the template's rule, so the report is ready" in scenario.timeline()


def test_one_answer_must_have_the_relationship_that_the_rule_requires() -> None:
    scenario = waiting_request(rules=THREE, finish=FinishRule(1, Relationship.MANAGER))
    answer(scenario, 2)
    assert scenario.reference_request.state == RequestState.WAITING_FOR_REFERENCES
    answer(scenario, 1)
    assert scenario.reference_request.state == RequestState.READY


def test_the_request_is_completed_once_the_days_of_the_rule_have_passed() -> None:
    scenario = waiting_request(rules=THREE, finish=FinishRule(1, days=5))
    answer(scenario, 1)
    assert scenario.reference_request.state == RequestState.WAITING_FOR_REFERENCES
    early, due = (
        scenario.reference_request.created_at + timedelta(days=4, hours=23),
        scenario.reference_request.created_at + timedelta(days=5),
    )
    for now, finished, state in (
        (early, 0, RequestState.WAITING_FOR_REFERENCES),
        (due, 1, RequestState.READY),
        (due, 0, RequestState.READY),
    ):
        with time_machine.travel(now, tick=False):
            assert deadlines.finish_by_rule(now=clock.now()) == finished
        assert scenario.reread().state == state
    assert len(scenario.emails("report_ready")) == 1


def test_the_periodic_task_skips_requests_with_too_few_answers_or_no_rule() -> None:
    few = waiting_request(rules=THREE, finish=FinishRule(2, days=1))
    answer(few, 1)
    plain = waiting_request(rules=THREE)
    answer(plain, 1)
    with time_machine.travel(few.reference_request.created_at + timedelta(days=9), tick=False):
        assert deadlines.finish_by_rule(now=clock.now()) == 0
    assert {few.reread().state, plain.reread().state} == {RequestState.WAITING_FOR_REFERENCES}


def named(scenario: RequestScenario, *numbers: int) -> RequestScenario:
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        for number in numbers:
            name_reference(scenario, number, NAMES[number - 1])
        nominate.send_invitations(scenario.reference_request)
    scenario.reread()
    return scenario


def test_an_unnamed_optional_reference_is_not_waited_for() -> None:
    scenario = named(sent_request(rules=OPTIONAL), 1)
    answer(scenario, 1)
    assert scenario.reference_request.state == RequestState.READY


def test_a_named_optional_reference_is_waited_for() -> None:
    scenario = named(sent_request(rules=OPTIONAL), 1, 2)
    answer(scenario, 1)
    assert scenario.reference_request.state == RequestState.WAITING_FOR_REFERENCES
    with tenant(scenario.organization):
        decline.decline(scenario.reference_request, scenario.reference(2), DeclineReason.NO_TIME)
    assert scenario.reread().state == RequestState.READY
    assert scenario.emails("reference_declined") == []


def test_the_required_references_must_be_named() -> None:
    scenario = sent_request(rules=OPTIONAL)
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        name_reference(scenario, 2, "Ana Ruiz")
    with tenant(scenario.organization), pytest.raises(RequestMovedOn):
        nominate.send_invitations(scenario.reference_request)


def test_the_candidate_can_leave_an_optional_slot_empty(client: Client) -> None:
    scenario = sent_request(rules=OPTIONAL)
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        assert [slot.required for slot in slots(scenario.reference_request.version)] == [True, False]
        name_reference(scenario, 1, "Priya Nair")
    page = client.get(scenario.candidate_path, follow=True)
    assert heading(page) == "Check and send"
    content = page.content.decode()
    assert "You can name another reference (Mentor), but you don't have to." in content
    assert "Nice to have" in content
    page = client.get(f"{scenario.candidate_path}references/2/name/")
    assert page.status_code == 200
    with tenant(scenario.organization):
        nominate.send_invitations(scenario.reference_request)
    page = client.get(scenario.candidate_path)
    assert "Not needed" in page.content.decode()


# Whether the template notifies hiring managers, whether also those of the job, and who is notified.
NOTIFIED: tuple[tuple[bool, bool, list[str]], ...] = (
    (False, True, []),
    (True, False, ["hal@acme.example"]),
    (True, True, ["hal@acme.example", "jo@acme.example"]),
)


def test_hiring_managers_are_notified_if_the_template_says_so() -> None:
    readers = (
        ReportReader("Jo", "jo@acme.example", "hiring_manager"),
        ReportReader("Rae", "rae@acme.example", "hiring_team"),
    )
    scenario = waiting_request(
        readers=readers,
        hiring_manager_name="Hal",
        hiring_manager_email="hal@acme.example",
    )
    answer(scenario, 1)
    answer(scenario, 2, send=False)
    for notify, job_hiring_managers, notified in NOTIFIED:
        with tenant(scenario.organization), transaction.atomic():
            TemplateVersion.objects.update(notify_hiring_managers=notify, job_hiring_managers=job_hiring_managers)
            responses.submit(scenario.reread(), scenario.reference(2))
            emails = scenario.emails("report_ready_reader")
            assert sorted(email.to_email for email in emails) == notified
            for email in emails:
                assert f"/reports/{scenario.reference_request.uid}/" in email.text
                assert email.subject == "Reference report ready: Maya Osei"
            transaction.set_rollback(True)
