"""What a person has to do about a request: the problem in words, and the action that solves it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from connectors.models import Writeback
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.messaging.callbacks import providers
from crosschq.messaging.models import DeliveryStatus, Message
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.attention.urgency import needs_person
from requests_app.completion import complete, pause
from requests_app.models import DeclineReason, ReferenceRequest
from requests_app.notifications import corrections
from requests_app.reference import decline
from tests.factories import make_connection, make_organization
from tests.requests_app.factories import RequestScenario, answer, ready_request, sent_request, waiting_request

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Organization:
    return make_organization()


def problems_of(scenario: RequestScenario) -> list[tuple[str, str, str]]:
    """Each problem of a request, its sentence, and the label of its action. The list agrees that there is one."""
    found = scenario.problems()
    with tenant(scenario.organization):
        listed = ReferenceRequest.objects.filter(needs_person(clock.now()), pk=scenario.reference_request.pk).exists()
    assert listed == bool(found)
    return [(each.problem.value, each.sentence, each.act.label) for each in found]


def bounce(scenario: RequestScenario, address: str, delivery: DeliveryStatus = DeliveryStatus.BOUNCED) -> None:
    with tenant(scenario.organization):
        message = Message.objects.select_related("organization").filter(to_email=address).latest("pk")
    report = providers.DeliveryReport("Test", str(message.uid), delivery.value, delivery, clock.now())
    assert providers.store_report(message, report)


def fail_next(kind: type[work_item.WorkItem], setback: work_item.Setback) -> None:
    """Let a worker set the next due item aside."""
    item = work_item.claim(kind)
    assert item is not None
    work_item._set_back(item, setback)


def test_a_request_on_its_way_needs_nobody(acme: Organization) -> None:
    assert problems_of(sent_request(acme)) == []
    assert problems_of(waiting_request(acme)) == []
    assert problems_of(ready_request(acme)) == []


def test_an_email_that_bounced_asks_for_the_right_address(acme: Organization) -> None:
    scenario = waiting_request(acme)
    bounce(scenario, "tom@ledgerly.example")
    bounce(scenario, "maya@candidates.example", DeliveryStatus.COMPLAINED)
    assert problems_of(scenario) == [
        ("candidate_bounced", "Maya Osei marked our email as spam", "Correct address"),
        ("reference_bounced", "Email to Tom Beck bounced: tom@ledgerly.example", "Correct address"),
    ]
    with tenant(acme):
        corrections.correct_candidate_address(scenario.reference_request, "m@new.example", actor="Dana")
        corrections.correct_reference_address(
            scenario.reference_request, scenario.reference(2), "t@new.example", actor="Dana"
        )
    assert problems_of(scenario) == []


def test_an_email_that_we_could_not_send_is_sent_again(acme: Organization) -> None:
    scenario = sent_request(acme)
    fail_next(Message, work_item.GiveUp("The server is busy.", code="email_busy"))
    sentence = "We couldn't email Maya Osei. The server is busy."
    assert problems_of(scenario) == [("candidate_bounced", sentence, "Send a new link")]
    with tenant(acme):
        corrections.resend_to_candidate(scenario.reference_request, actor="Dana")
    assert problems_of(scenario) == []


def test_a_bounce_after_the_answers_needs_nobody(acme: Organization) -> None:
    scenario = waiting_request(acme)
    answer(scenario, 2)
    bounce(scenario, "tom@ledgerly.example")
    assert problems_of(scenario) == []
    with tenant(acme):
        complete.cancel(scenario.reference_request, actor="Dana")
    bounce(scenario, "maya@candidates.example")
    assert problems_of(scenario) == []


def test_when_every_reference_declined_the_candidate_is_reminded(acme: Organization) -> None:
    scenario = waiting_request(acme)
    for number in (1, 2):
        assert problems_of(scenario) == []
        with tenant(acme):
            decline.decline(scenario.reference_request, scenario.reference(number), DeclineReason.NO_TIME)
    assert problems_of(scenario) == [("all_declined", "Both references declined", "Send reminder")]


@pytest.mark.parametrize(
    ("setback", "sentence"),
    [
        (work_item.GiveUp("It refused."), "The link to the report isn't in SmartRecruiters. It refused."),
        (work_item.OutcomeUnknown("Look."), "The link to the report may be missing in SmartRecruiters. Look."),
    ],
)
def test_a_note_that_failed_is_a_problem_until_it_is_posted_again(
    acme: Organization, setback: work_item.Setback, sentence: str
) -> None:
    scenario = ready_request(acme, connection=make_connection(acme))
    fail_next(Writeback, setback)
    assert problems_of(scenario) == [("note_failed", sentence, "Post note again")]
    with tenant(acme):
        assert work_item.try_again(Writeback.objects.get())
    assert problems_of(scenario) == []


def test_a_paused_request_can_be_resumed(acme: Organization) -> None:
    connection = make_connection(acme)
    with time_machine.travel("2026-11-02 10:00Z", tick=False):
        scenario = sent_request(acme, connection=connection)
        with tenant(acme):
            pause.follow(connection, "candidate-1", "job-1", turned_down=True, status="REJECTED")
        sentence = "The application was turned down. We'll cancel the request on November 3"
        assert problems_of(scenario) == [("paused", sentence, "Resume request")]
        with tenant(acme):
            pause.undo(scenario.reference_request, actor="Dana")
        assert problems_of(scenario) == []


def test_a_request_is_silent_three_business_days_after_its_last_reminder(acme: Organization) -> None:
    with time_machine.travel("2026-11-02 10:00Z", tick=False) as moved:  # a Monday
        scenario = sent_request(acme)
        moved.move_to("2026-11-12 07:59Z")  # after the reminders of the 4th, the 6th, and the 9th at 8 AM
        assert problems_of(scenario) == []
        moved.shift(timedelta(minutes=1))
        sentence = "Nobody has started or answered in three business days"
        assert problems_of(scenario) == [("silent", sentence, "Send reminder")]
        moved.move_to("2026-11-18 10:00Z")
        assert [problem for problem, _sentence, _act in problems_of(scenario)] == ["due", "silent"]


@pytest.mark.parametrize(
    ("answers", "sentence", "act"), [(0, "0 of 2", "Change due date"), (1, "1 of 2", "Finish now")]
)
def test_a_request_past_its_due_date_is_finished_or_extended(
    acme: Organization, answers: int, sentence: str, act: str
) -> None:
    with time_machine.travel("2026-11-02 10:00Z", tick=False) as moved:
        scenario = waiting_request(acme)
        for number in range(1, answers + 1):
            answer(scenario, number)
        moved.move_to("2026-11-17 10:00Z")
        assert problems_of(scenario)[0] == ("due", f"Due November 16, with {sentence} references in", act)
