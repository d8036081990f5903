"""State changes only follow the table of transitions."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from requests_app.candidate.nominate import AddressRefused
from requests_app.candidate.slots import slots
from requests_app.completion import complete
from requests_app.lifecycle import REFERENCE_MOVES, REQUEST_MOVES, RequestMovedOn, move_reference, move_request
from requests_app.models import (
    OPEN_STATES,
    REPORT_STATES,
    DeclineReason,
    Reference,
    ReferenceRequest,
    ReferenceState,
    RequestState,
)
from requests_app.notifications import corrections
from requests_app.reference import responses
from requests_app.reference.decline import decline
from tests.extent import in_full
from tests.requests_app.factories import NAMES, answer, name_reference, sent_request, waiting_request

pytestmark = pytest.mark.django_db


def test_every_state_has_transitions_unless_it_is_final() -> None:
    assert set(REQUEST_MOVES) == set(RequestState)
    assert set(REFERENCE_MOVES) == set(ReferenceState)
    assert {state for state, moves in REQUEST_MOVES.items() if moves} == set(OPEN_STATES)


def test_a_request_makes_the_allowed_transitions_and_no_others() -> None:
    scenario = sent_request()
    with tenant(scenario.organization):
        for here, there in itertools.product(RequestState, RequestState):
            ReferenceRequest.objects.update(state=here)
            assert move_request(scenario.reference_request, there) == (there in REQUEST_MOVES[here])
            assert scenario.reread().state == (there if there in REQUEST_MOVES[here] else here)


def test_a_reference_makes_the_allowed_transitions_and_no_others() -> None:
    scenario = waiting_request()
    reference = scenario.reference(1)
    with tenant(scenario.organization):
        for here, there in itertools.product(ReferenceState, ReferenceState):
            Reference.objects.filter(pk=reference.pk).update(state=here)
            assert move_reference(reference, there) == (there in REFERENCE_MOVES[here])


class AnyOrder(RuleBasedStateMachine):
    """People click everything in any order: what isn't allowed now is refused, and nothing breaks."""

    @initialize()
    def start(self) -> None:
        self.job = sent_request()
        self.seen = [RequestState.SENT]

    def act(self, what: object) -> None:
        try:
            with tenant(self.job.organization):
                what()  # type: ignore[operator]
        except (RequestMovedOn, AddressRefused, responses.Unanswered):
            pass

    def someone(self, slot: int) -> Reference | None:
        people: list[Reference] = list(
            Reference.objects.filter(reference_request=self.job.reference_request, slot=slot).order_by("-id")
        )
        return people[0] if people else None

    def with_someone(self, slot: int, what: object) -> None:
        def do() -> None:
            person = self.someone(slot)
            if person is not None:
                what(person)  # type: ignore[operator]

        self.act(do)

    @rule()
    def press_start(self) -> None:
        self.act(lambda: nominate.begin(self.job.reference_request))

    @rule(slot=st.sampled_from([1, 2]), name=st.sampled_from(NAMES))
    def name_somebody(self, slot: int, name: str) -> None:
        self.act(lambda: name_reference(self.job, slot, name))

    @rule()
    def send(self) -> None:
        self.act(lambda: nominate.send_invitations(self.job.reference_request))

    @rule(slot=st.sampled_from([1, 2]), send=st.booleans())
    def answer_questions(self, slot: int, *, send: bool) -> None:
        self.with_someone(slot, lambda _: answer(self.job, slot, send=send))

    @rule()
    def answer_about_oneself(self) -> None:
        self.act(lambda: answer(self.job, None))

    @rule(slot=st.sampled_from([1, 2]))
    def say_no(self, slot: int) -> None:
        self.with_someone(slot, lambda who: decline(self.job.reference_request, who, DeclineReason.NO_TIME))

    @rule(
        slot=st.sampled_from([1, 2]), address=st.sampled_from(["x@x.example", "y@x.example", "priya@ledgerly.example"])
    )
    def correct_an_address(self, slot: int, address: str) -> None:
        reference_request = self.job.reference_request
        self.with_someone(
            slot, lambda who: corrections.correct_reference_address(reference_request, who, address, actor="Dana")
        )

    @rule(end=st.sampled_from(["finish", "cancel", "decline", "close"]))
    def end_it(self, end: str) -> None:
        acts = {
            "finish": lambda: complete.finish_manually(self.job.reference_request, actor="Dana"),
            "cancel": lambda: complete.cancel(self.job.reference_request, actor="Dana"),
            "decline": lambda: complete.decline_to_take_part(self.job.reference_request),
            "close": lambda: complete.close_after_last_day(self.job.reference_request),
        }
        self.act(acts[end])

    @invariant()
    def states_follow_the_table(self) -> None:
        if not hasattr(self, "job"):
            return
        now, before = RequestState(self.job.reread().state), self.seen[-1]
        reachable, todo = {before}, [before]
        while todo:
            new = REQUEST_MOVES[todo.pop()] - reachable
            reachable |= new
            todo += new
        assert now in reachable
        self.seen.append(now)

    @invariant()
    def reports_exist_exactly_once_and_only_with_answers(self) -> None:
        if not hasattr(self, "job"):
            return
        reference_request = self.job.reread()
        with tenant(self.job.organization):
            answered = complete.answered(reference_request)
            wanted = len(slots(reference_request.version))
        assert len(self.job.emails("report_ready")) == (reference_request.state in REPORT_STATES)
        assert (reference_request.state == RequestState.READY) == (
            answered == wanted and reference_request.state in REPORT_STATES
        )
        if reference_request.state in REPORT_STATES:
            assert answered

    @invariant()
    def addresses_are_used_once(self) -> None:
        if not hasattr(self, "job"):
            return
        with tenant(self.job.organization):
            living = Reference.objects.exclude(state__in=["declined", "replaced"]).exclude(email="")
            keys = [
                key
                for key in living.filter(reference_request=self.job.reference_request).values_list(
                    "email_key", flat=True
                )
                if key
            ]
        assert len(keys) == len(set(keys))


@pytest.mark.in_full
def test_no_order_of_actions_leads_to_an_unknown_transition() -> None:
    examples = 5 if in_full() else 3
    limits = settings(max_examples=examples, stateful_step_count=20, suppress_health_check=list(HealthCheck))
    run(AnyOrder, settings=limits)
