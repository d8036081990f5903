"""With every switch of the sandbox for odd behavior on at once the main job still ends, as a judge of both sides sees.

The judge reads the vendor's own document. What we send, and what is delivered to us, breaks it nowhere; what we are
answered breaks it only where the sandbox was told to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
import requests
import time_machine
from openapi_core.exceptions import OpenAPIError

from connectors import hooks
from connectors.gateway import open_ats
from connectors.models import Connection, Writeback
from connectors.smartrecruiters.events import EVENTS
from crosschq.core import http, work
from crosschq.organizations.models import User
from crosschq.organizations.tenancy import tenant
from requests_app import naming
from requests_app.models import RequestState
from sandbox.oddities import ELEMENTS
from tests.contract import oracle
from tests.contract.operations import OPERATIONS, OURS
from tests.requests_app.factories import NAMES, Job, answer, name_reference, places_of
from tests.vendor import Vendor
from tests.webhooks.moves import connect_and_switch_on, event_of, events_of, requests_of
from tests.webhooks.test_recover import run
from webhooks.models import ChoreKind, InboundEvent

DOCUMENTED = {
    "read_lag": 20,
    "note_answer": "no_id",
    "id_case": "upper_in_events",
    "merged_profile": "survivor",
    "update_time_covers_moves": False,
    "signature_hex": "upper",
    "signature_separator": "comma",
}
ODD = {"odd_elements": True, "team_roles": "renamed", "time_form": "no_offset", "text_field_value": "text"}
SITUATIONS = {
    "documented": DOCUMENTED,
    "odd": DOCUMENTED | ODD,
    "odder": DOCUMENTED | ODD | {"team_roles": "missing", "note_answer": "empty", "id_case": "upper_in_reads"},
}
# Where times stand in answers that we read.
WITH_TIMES = {"GET /candidates/{id}", "GET /candidates/{id}/jobs/{jobId}", "GET /user-api/v201804/users/me"}
WITH_TIMES |= {"GET /user-api/v201804/users/{id}"}
AS_TOLD = {*ELEMENTS, "GET /jobs/{jobId}", "POST /messages/shares", *WITH_TIMES}


@dataclass
class Wire:
    """Every call of the product's to SmartRecruiters, and the answer."""

    answers: list[requests.Response] = field(default_factory=list)

    def endpoint(self, answer: requests.Response) -> str:
        method, path = answer.request.method, urlsplit(answer.request.url or "").path
        alike = [one for one in OURS if re.fullmatch(re.sub(r"{\w+}", "[^/]+", one), f"{method} {path}")]
        # `/users/me` is like `/users/{id}` too.
        return min(alike, key=lambda one: one.count("{"))


@pytest.fixture
def wire() -> Iterator[Wire]:
    found, original = Wire(), http.GuardedAdapter.send

    def send(adapter: http.GuardedAdapter, request: requests.PreparedRequest, *args: Any, **more: Any) -> Any:
        answer = original(adapter, request, *args, **more)
        found.answers.append(answer)
        return answer

    with patch.object(http.GuardedAdapter, "send", send):
        yield found


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_main_job_ends(vendor: Vendor, admin: User, wire: Wire, situation: str) -> None:
    if not oracle.present():
        pytest.skip(oracle.ABSENT)
    vendor.tell("switches", **SITUATIONS[situation])
    live = connect_and_switch_on(vendor, admin)
    hooks.renew_key(live, open_ats(live))  # so that two keys sign
    for kind in (ChoreKind.DIRECTORY, ChoreKind.STEP):
        assert run(live, kind).reason == ""
    event_id = vendor.move("Maya Osei", "Backend Engineer")
    vendor.tell("release")
    decide(vendor, live)
    assert event_of(live, event_id).outcome == "sent.matched"
    finish(live)
    with tenant(live.organization):
        (note,) = Writeback.objects.all()
    assert note.state == work.State.DONE
    assert len(vendor.candidate("Maya Osei")["notes"]) == 1
    assert run(live, ChoreKind.RECOVER).reason == ""
    assert [event.outcome for event in events_of(live)].count("sent.matched") == 1
    assert violations_of_calls(vendor, wire) <= (set() if situation == "documented" else AS_TOLD)
    assert violations_of_deliveries(vendor) == []


def decide(vendor: Vendor, live: Connection) -> None:
    """The first read comes too early, the second one tells."""
    work.drain(InboundEvent)
    passed = 0
    for seconds in (16, 60):
        passed += seconds
        vendor.tell("advance", seconds=seconds)
        with time_machine.travel(timedelta(seconds=passed)):
            work.drain(InboundEvent)


def finish(live: Connection) -> None:
    """The candidate names references, they answer, and the report's link is written into the notes."""
    (request,) = requests_of(live)
    # Where the recruiter is the odd one, the creator stands in, who is the integration user: so the fallback does.
    assert request.owner_name == "Dana Ruiz" or "fallback" in request.owner_rule
    job = Job(live.organization, request)
    job.reread()
    with tenant(live.organization):
        naming.begin(job.request)
    for number in places_of(job):
        with tenant(live.organization):
            name_reference(job, number, NAMES[number - 1])
    with tenant(live.organization):
        naming.send_invitations(job.request)
    job.reread()
    for number in places_of(job):
        answer(job, number)
    assert job.reread().state == RequestState.READY
    work.drain(Writeback)


def violations_of_calls(vendor: Vendor, wire: Wire) -> set[str]:
    """The operations whose answers broke the document. Raises for a request of ours that did."""
    judge = oracle.judge_of_calls(vendor.url, OURS)
    assert OPERATIONS.keys() & {wire.endpoint(answer) for answer in wire.answers}
    found = set()
    for each in wire.answers:
        judge.check_request(each.request, wire.endpoint(each))
        try:
            judge.check_answer(each)
        except OpenAPIError:
            found.add(wire.endpoint(each))
    return found


def violations_of_deliveries(vendor: Vendor) -> list[str]:
    judge, found = oracle.judge_of_callbacks(EVENTS), []
    attempts = [(one, attempt) for one in vendor.ask("deliveries") for attempt in one["attempts"]]
    assert attempts
    for delivery, attempt in attempts:
        endpoint = oracle.callback_endpoint(delivery["event_name"])
        url = oracle.API + endpoint.partition(" ")[2]
        sent = requests.Request("POST", url, headers=attempt["headers"], data=delivery["body"]).prepare()
        try:
            judge.check_request(sent, endpoint)
        except (OpenAPIError, AssertionError) as problem:
            found.append(oracle.told(problem))
    return found
