"""After any actions and at any time, the problems stored with requests are those that follow from their rows."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine

from connectors.models import Connection, Writeback
from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.outbox import work_item
from crosschq.messaging.callbacks import providers
from crosschq.messaging.models import FAILED, DeliveryStatus, Message
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app import erasure
from requests_app.attention import facts, stored, urgency
from requests_app.attention.problems import RANKS, found
from requests_app.candidate import nominate
from requests_app.candidate.nominate import AddressRefused
from requests_app.candidate.slots import slots
from requests_app.completion import complete, deadlines, extend, late, pause, reopen, write_again
from requests_app.lifecycle import NotPossible, RequestMovedOn
from requests_app.models import ASKED_STATES, OPEN_STATES, DeclineReason, Problem, Reference, ReferenceRequest, Reminder
from requests_app.notifications import corrections
from requests_app.reference import decline, responses, survey_questions, undo_decline
from requests_app.reminders import plan
from tests.extent import first_of, in_full
from tests.factories import make_connection, make_organization
from tests.requests_app.factories import RequestScenario, answer_input_for, name_reference, sent_request

pytestmark = pytest.mark.django_db
ACTS = 80
MOVED_ON = (NotPossible, RequestMovedOn, AddressRefused, CapReached, plan.TooSoon, responses.Unanswered, IndexError)


class Walk:
    """Requests of one organization, to which random things happen."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.organization = make_organization(time_zone="America/New_York")
        self.connection: Connection = make_connection(self.organization)
        self.scenarios: list[RequestScenario] = []

    def act(self) -> None:
        by_people: list[Callable[[RequestScenario], object]] = [self.name, self.ask, self.ask, self.answer, self.answer]
        by_people += [self.decline, self.decline, self.decline, self.pause, self.erase]
        by_people += [self.correct, self.correct_reference, self.resend, self.remind, self.skip]
        by_people += [self.extend, self.cancel, self.finish, self.finish, self.reopen, self.undo_decline]
        by_people += [self.accept_late, self.post_again]
        by_workers = [self.start, self.report, self.report, self.set_aside, self.try_again, self.drain, self.night]
        with suppress(*MOVED_ON):
            if self.random.random() < len(by_workers) / (len(by_workers) + len(by_people)):
                self.random.choice(by_workers)()
            else:
                with tenant(self.organization):
                    act, scenario = self.random.choice(by_people), self.random.choice(self.scenarios)
                    scenario.reread()
                    act(scenario)

    def start(self) -> None:
        job = f"job-{len(self.scenarios)}"
        self.scenarios.append(sent_request(self.organization, connection=self.connection, ats_job=job))

    def name(self, scenario: RequestScenario) -> None:
        nominate.begin(scenario.reference_request)
        for slot in slots(scenario.reference_request.version):
            with suppress(*MOVED_ON):
                name_reference(scenario, slot.number, f"Person{self.random.randrange(9)} Beck")

    def ask(self, scenario: RequestScenario) -> None:
        self.name(scenario)
        nominate.send_invitations(scenario.reference_request)

    def answer(self, scenario: RequestScenario) -> None:
        person = self.someone(scenario)
        responses.begin(scenario.reference_request, person, agreed=True, words="")
        questions = survey_questions.questions_for(scenario.reference_request, person)
        given = {question: answer_input_for(question) for question in questions}
        responses.save(scenario.reference_request, person, given)
        responses.submit(scenario.reference_request, person)

    def decline(self, scenario: RequestScenario) -> None:
        decline.decline(scenario.reference_request, self.someone(scenario), DeclineReason.NO_TIME)

    def correct(self, scenario: RequestScenario) -> None:
        address = f"m{self.random.randrange(9)}@new.example"
        corrections.correct_candidate_address(scenario.reference_request, address, actor="Dana")

    def correct_reference(self, scenario: RequestScenario) -> None:
        address = f"r{self.random.randrange(99)}@new.example"
        corrections.correct_reference_address(scenario.reference_request, self.someone(scenario), address, actor="Dana")

    def resend(self, scenario: RequestScenario) -> None:
        corrections.resend_to_candidate(scenario.reference_request, actor="Dana")

    def remind(self, scenario: RequestScenario) -> None:
        plan.request_reminder(scenario.reference_request, None, actor="Dana")

    def skip(self, scenario: RequestScenario) -> None:
        planned = Reminder.objects.filter(reference_request=scenario.reference_request, state="pending")
        plan.skip(scenario.reference_request, self.random.choice(planned).uid, actor="Dana")

    def pause(self, scenario: RequestScenario) -> None:
        job = scenario.reference_request.ats_job_id
        pause.follow(self.connection, "candidate-1", job, turned_down=self.random.random() < 0.5, status="REJECTED")

    def extend(self, scenario: RequestScenario) -> None:
        current = ReferenceRequest.objects.get(pk=scenario.reference_request.pk)
        extend.extend(current, days=3, due_before=current.due_at, actor="Dana")

    def cancel(self, scenario: RequestScenario) -> None:
        if self.random.random() < 0.2:
            complete.cancel(scenario.reference_request, actor="Dana")

    def finish(self, scenario: RequestScenario) -> None:
        complete.finish_manually(scenario.reference_request, actor="Dana")

    def reopen(self, scenario: RequestScenario) -> None:
        reopen.reopen(scenario.reference_request, due_on=clock.now().date() + timedelta(days=5), actor="Dana")

    def undo_decline(self, scenario: RequestScenario) -> None:
        declined = Reference.objects.filter(reference_request=scenario.reference_request, state="declined")
        undo_decline.undo_decline(scenario.reference_request, self.random.choice(declined), actor="Dana")

    def accept_late(self, scenario: RequestScenario) -> None:
        late_ones = Reference.objects.filter(reference_request=scenario.reference_request, state="late")
        late.accept(scenario.reference_request, self.random.choice(late_ones), actor="Dana")

    def post_again(self, scenario: RequestScenario) -> None:
        write_again.write_again(
            scenario.reference_request,
            self.random.choice([write_again.NOTE, write_again.ATTACHMENT]),
            found=self.random.choice(list(write_again.Found)),
            actor="Dana",
        )

    def erase(self, scenario: RequestScenario) -> None:
        erasure.erase_reference(self.someone(scenario))

    def report(self) -> None:
        """A provider reports on one of the latest emails."""
        with tenant(self.organization):
            messages = Message.objects.select_related("organization").exclude(about_kind="report").order_by("-pk")[:8]
            message = self.random.choice(messages)
        delivery = self.random.choice([DeliveryStatus.DELIVERED, DeliveryStatus.SOFT_BOUNCED, *FAILED])
        event = f"{clock.now()} {self.random.random()}"
        providers.store_report(message, providers.DeliveryReport("Test", event, delivery.value, delivery, clock.now()))

    def set_aside(self) -> None:
        kinds: list[type[work_item.WorkItem]] = [Message, Writeback, Reminder]
        item = work_item.claim(self.random.choice(kinds))
        setbacks = [work_item.GiveUp("No.", code="email_busy"), work_item.GiveUp("No."), work_item.OutcomeUnknown("?")]
        if item is not None:
            work_item._set_back(item, self.random.choice(setbacks))

    def try_again(self) -> None:
        with tenant(self.organization):
            kinds: list[type[work_item.WorkItem]] = [Message, Writeback]
            rows = self.random.choice(kinds)._base_manager.order_by("-pk")[:9]
            work_item.try_again(self.random.choice(rows))

    def drain(self) -> None:
        work_item.drain(Reminder)

    def night(self) -> None:
        deadlines.close_overdue(now=clock.now())
        pause.cancel_paused(now=clock.now())

    def someone(self, scenario: RequestScenario) -> Reference:
        asked = Reference.objects.filter(reference_request=scenario.reference_request, state__in=ASKED_STATES)
        return self.random.choice(asked)

    def check(self) -> None:
        """Compare each request with its rows, now, and when one of them becomes due or silent."""
        with tenant(self.organization):
            rows = list(ReferenceRequest.objects.select_related("organization", "version", "connection"))
            assert stored.refresh([row.pk for row in rows]) == 0
            bounced = self.bounced()
            for each in rows:
                assert (each.problem in (Problem.CANDIDATE_BOUNCED, Problem.REFERENCE_BOUNCED)) == (each.pk in bounced)
            one = self.random.choice(rows)
            current = facts.read(rows)
            for now in {clock.now(), max(clock.now(), one.due_at), max(clock.now(), one.silent_at or one.due_at)}:
                listed = ReferenceRequest.objects.filter(urgency.needs_person(now)).annotate(rank=urgency.urgency(now))
                by_list = dict(listed.values_list("pk", "rank"))
                by_rows = {each.reference_request.pk: found(each, now) for each in current}
                assert by_list == {pk: RANKS[problems[0].problem] for pk, problems in by_rows.items() if problems}

    def bounced(self) -> set[int]:
        """The open requests in which a person's last email bounced, computed from the rows in another way."""
        states = ("invited", "started")
        emails = Message.objects.filter(channel="email").exclude(about_kind="report").order_by("created_at", "pk")
        last = {uid: (state, delivery) for uid, state, delivery in emails.values_list("about_uid", "state", "delivery")}
        lost = [
            uid
            for uid, (state, delivery) in last.items()
            if uid and (state == "dead" or delivery in ("bounced", "complained"))
        ]
        requests = ReferenceRequest.objects.filter(state__in=OPEN_STATES)
        asked = requests.filter(state="waiting_for_references", references__state__in=states, references__uid__in=lost)
        return {*requests.filter(uid__in=lost).values_list("pk", flat=True), *asked.values_list("pk", flat=True)}

    def problems(self) -> set[str]:
        with tenant(self.organization):
            return set(ReferenceRequest.objects.values_list("problem", flat=True))


@pytest.mark.in_full
@pytest.mark.parametrize("seed", first_of(range(12)))
def test_after_any_actions_the_stored_problems_match_the_rows(seed: int) -> None:
    with time_machine.travel("2026-10-30 21:00Z", tick=False) as moved:
        walk = Walk(seed)
        for _ in range(2):
            walk.start()
        seen = set[str]()
        acts, most = 0, ACTS if in_full() else ACTS // 3
        # In some walks, no request has a problem at first.
        while acts < most or (len(seen) < 2 and acts < 4 * ACTS):
            acts += 1
            walk.act()
            walk.check()
            seen |= walk.problems()
            moved.shift(timedelta(hours=walk.random.randrange(16)))
    assert len(seen) > 1, seen


def test_a_refresh_runs_once_for_all_rows_and_not_after_an_error() -> None:
    ran: list[set[int]] = []
    acme = make_organization()
    with tenant(acme):
        for row in (1, 2, 2):
            rls.before_end(ran.append, row)
        assert not ran
    assert ran == [{1, 2}]
    with pytest.raises(ZeroDivisionError):
        _fail_in(acme, ran)
    assert ran == [{1, 2}]
    with pytest.raises(RuntimeError):
        rls.before_end(ran.append, 4)


def _fail_in(organization: Organization, ran: list[set[int]]) -> None:
    with tenant(organization):
        rls.before_end(ran.append, 3)
        raise ZeroDivisionError
