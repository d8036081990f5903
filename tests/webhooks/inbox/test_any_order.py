"""Deliveries in any order, repeated or delayed, end like the ordered run."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.models import Connection
from crosschq.core.outbox import work_item as work
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from tests.extent import whole_forms
from tests.vendor import Vendor
from webhooks.inbox.receive import store
from webhooks.models import InboundEvent

_numbers = itertools.count(1)
STEPS = ("Phone interview", "Crosschq", "On-site interview")
# Each number says what happens next: a move to a step, a delivery (perhaps again), or work that is done.
SCRIPT = st.lists(st.tuples(st.sampled_from(["move", "deliver", "work"]), st.integers(0, 99)), min_size=3, max_size=14)


class Application:
    """A new candidate on the tagged job, what SmartRecruiters reports about them, and what we do with it."""

    def __init__(self, vendor: Vendor, live: Connection) -> None:
        self.vendor, self.live, self.job_id = vendor, live, vendor.job("Backend Engineer")
        self.events: list[str] = []
        self.step = "Phone interview"
        made = vendor.tell("seed", jobs=[], candidates=[self._person()])
        self.candidate_id = str(made["candidates"][0])

    def _person(self) -> dict[str, Any]:
        where = {"job_id": self.job_id, "status": "INTERVIEW", "sub_status": self.step}
        # A unique name. Otherwise, we would look up whether an earlier profile was merged into this one.
        number = next(_numbers)
        return {"first_name": "Noa", "last_name": f"Berg-{number}", "email": f"noa-{number}@example.com", **where}

    def move(self, number: int) -> None:
        """A move to the current step changes nothing."""
        wanted = STEPS[number % len(STEPS)]
        if wanted != self.step:
            ids = {"candidate_id": self.candidate_id, "job_id": self.job_id}
            self.events.append(self.vendor.tell("move", **ids, status="INTERVIEW", sub_status=wanted)["event_id"])
            self.step = wanted

    def deliver(self, number: int) -> None:
        if self.events:
            self.deliver_event(self.events[number % len(self.events)])

    def deliver_event(self, event_id: str) -> None:
        body = json.dumps({"job_id": self.job_id, "candidate_id": self.candidate_id}).encode()
        store(connection=self.live, event_id=event_id, event_name="application.status.updated", body=body)

    def work(self, number: int) -> None:
        work.drain(InboundEvent, most=number % 3 + 1)

    def requests(self) -> int:
        with tenant(self.live.organization):
            return int(ReferenceRequest.objects.filter(ats_candidate_id=self.candidate_id).count())

    def emails(self) -> int:
        with tenant(self.live.organization):
            uids = ReferenceRequest.objects.filter(ats_candidate_id=self.candidate_id).values("uid")
            return int(Message.objects.filter(about_uid__in=uids, kind="candidate_invitation").count())


@whole_forms(25)
@given(script=SCRIPT, last=st.permutations(range(14)))
def test_any_order_of_deliveries_ends_like_the_ordered_run(
    vendor: Vendor, live: Connection, script: list[tuple[str, int]], last: list[int]
) -> None:
    application = Application(vendor, live)
    for act, number in script:
        getattr(application, act)(number)
    before = application.requests()
    for position in [*last, *last[:3]]:
        if position < len(application.events):
            application.deliver_event(application.events[position])
    work.drain(InboundEvent)
    assert application.requests() <= 1
    assert application.emails() == application.requests()
    # A candidate who ends up at the step, in a move that was reported, has a request. An earlier request is never
    # withdrawn.
    at_the_step = application.step == "Crosschq"
    assert application.requests() == (1 if at_the_step else before)
    with tenant(live.organization):
        left = InboundEvent.objects.filter(candidate_id=application.candidate_id).exclude(state=work.WorkState.DONE)
        assert not left.exists()
