"""With every sandbox switch at a non-default value, the main job still completes, and a validator checks both sides.

The validator uses the vendor's own document. Our requests and the deliveries to us never violate it. Responses to us
violate it exactly where the sandbox states that a switch does: nowhere else, and at no fewer places.
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

from connectors.calls.gateway import open_ats
from connectors.connection import webhook_subscription
from connectors.models import Connection, Writeback
from connectors.smartrecruiters.events import EVENTS
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.web import http
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from prospects.export_options import options
from requests_app.candidate import nominate
from requests_app.models import RequestState
from sandbox.oddities import ELEMENTS
from tests.contract import oracle
from tests.contract.operations import OURS
from tests.extent import first_of
from tests.requests_app.factories import NAMES, RequestScenario, answer, name_reference, slot_numbers
from tests.vendor import Vendor
from tests.webhooks.inbox.test_backfill import run
from tests.webhooks.moves import connect_and_switch_on, event_of, events_of, requests_of
from webhooks.models import ConnectionJobKind, InboundEvent

# At other values, these lead to a different job than the main one, as each of them says.
RETENTION = {
    "exchange_answer": "the exchange gives no token, so nobody is connected",
}
ONE_WAY: dict[str, Any] = {
    "invalid_grant_status": 401,
    "invalid_client_status": 400,
    "oauth_error_body": "vendor",
    "spent_refresh_token": "ends_grant",
    "refusal_body": "message",
    "retry_after": 1,
    "limit_headers": "unless_refused",
    "event_version": "v201910",
    "link_form": "quoted",
    "retry_signature": "kept",
    "suspend_after": 1,
    "suspension_shows_as": "active",
    "suspended_deliveries": "kept",
    "handshake_body": "empty",
    "event_on_step_change": False,
    "event_on_api_move": False,
    "event_on_reentry": False,
    "event_on_first_application": True,
    "duplicate_candidate": "conflict",
    "job_start_status": "LEAD",
    "pool_start_status": "none",
    "text_field_value": "text",
    "empty_text_field": "null_label",
    "unknown_object": "not_found",
    "tag_length": 150,
    "tags_put_status": 200,
    "team_post_status": 201,
    "attachment_max_bytes": 1000,
    "attachment_types": "any",
    "attachment_exists_by": "either",
    "attachment_limit": 1,
    "job_names_process": True,
    "note_without_audience": "refused",
    "merge_events": "none",
    "merged_profile": "survivor",
    "update_time_covers_moves": False,
    "read_lag": 20,
    "new_objects": "after_lag",
    "odd_elements": True,
    "team_roles": "renamed",
    "time_form": "no_offset",
    "note_answer": "no_id",
    "id_case": "upper_in_events",
    "signature_hex": "upper",
    "signature_separator": "comma",
    "rejected_keeps_step": True,
}
ANOTHER_WAY = ONE_WAY | {
    "oauth_error_body": "empty",
    "spent_refresh_token": "accepted",
    "refusal_body": "html",
    "event_version": "1.0.0",
    "suspend_after": 0,
    "suspension_shows_as": "deleted",
    "duplicate_candidate": "doubled",
    "pool_start_status": "NEW",
    "empty_text_field": "empty_value",
    "attachment_exists_by": "never",
    "merge_events": "deleted",
    "team_roles": "missing",
    "note_answer": "empty",
    "id_case": "upper_in_reads",
}
# The product reads no attachments: only other clients of the sandbox do.
READ = {*ELEMENTS, "GET /jobs/{jobId}", "POST /messages/shares"} - {"GET /candidates/{id}/jobs/{jobId}/attachments"}
# Her status changes, which no switch suppresses.
INES = ("Inês Duarte", "Backend Engineer")
Place = tuple[str, str]  # an operation, and a JSONPath in its answer


@dataclass
class Wire:
    """Every call that the product makes to SmartRecruiters, with the answer."""

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


@pytest.mark.parametrize("positions", [ONE_WAY, ANOTHER_WAY], ids=["one way", "another way"])
def test_every_sandbox_switch_differs_from_its_default(vendor: Vendor, positions: dict[str, Any]) -> None:
    defaults = {switch["name"]: switch["default"] for switch in vendor.ask("switches")}
    assert {name for name, default in defaults.items() if positions.get(name, default) == default} == set(RETENTION)


@pytest.mark.parametrize("positions", first_of([ONE_WAY, ANOTHER_WAY]), ids=["one way", "another way"])
def test_the_main_job_completes(vendor: Vendor, admin: User, wire: Wire, positions: dict[str, Any]) -> None:
    if not oracle.present():
        pytest.skip(oracle.ABSENT)
    vendor.tell("switches", **positions)
    live = connect_and_switch_on(vendor, admin)
    read_the_rest(live)
    webhook_subscription.rotate_key(live, open_ats(live))  # so that two keys sign
    for kind in (ConnectionJobKind.READ_DIRECTORY, ConnectionJobKind.SCAN_STEP):
        assert run(live, kind).reason == ""
    event_id = vendor.move(*INES)
    vendor.tell("release")
    decide(vendor, live)
    assert event_of(live, event_id).outcome == "sent.matched"
    finish(live)
    with tenant(live.organization):
        (note,) = Writeback.objects.all()
    assert note.state == WorkState.DONE
    assert len(vendor.candidate(INES[0])["notes"]) == 1
    assert run(live, ConnectionJobKind.BACKFILL_LOG).reason == ""
    assert [event.outcome for event in events_of(live)].count("sent.matched") == 1
    assert violations_of_calls(vendor, wire) == stated(vendor)
    assert violations_of_deliveries(vendor) == []


def read_the_rest(live: Connection) -> None:
    """Lists that the main job doesn't read, each with odd elements."""
    opened = open_ats(live)
    options.fetch(live)
    (found, *_others) = opened.search("osei")
    assert not opened.note_exists(candidate_id=found.id, containing="a report")


def stated(vendor: Vendor) -> set[Place]:
    """Where the sandbox says that a switch made it deviate from the document."""
    return {(each["operation"], each["path"]) for each in vendor.ask("deviations")}


def decide(vendor: Vendor, live: Connection) -> None:
    """The first read comes too early; the second one shows the move."""
    work_item.drain(InboundEvent)
    passed = 0
    for seconds in (16, 60):
        passed += seconds
        vendor.tell("advance", seconds=seconds)
        with time_machine.travel(timedelta(seconds=passed)):
            work_item.drain(InboundEvent)


def finish(live: Connection) -> None:
    """The candidate names references, they answer, and the report's link is written into the notes."""
    (reference_request,) = requests_of(live)
    # If the recruiter is an odd element, the creator comes next, who is the integration user, so the fallback owner
    # gets it.
    assert reference_request.owner_name == "Dana Ruiz" or "fallback" in reference_request.owner_rule
    job = RequestScenario(live.organization, reference_request)
    job.reread()
    with tenant(live.organization):
        nominate.begin(job.reference_request)
    for number in slot_numbers(job):
        with tenant(live.organization):
            name_reference(job, number, NAMES[number - 1])
    with tenant(live.organization):
        nominate.send_invitations(job.reference_request)
    job.reread()
    for number in slot_numbers(job):
        answer(job, number)
    assert job.reread().state == RequestState.READY
    work_item.drain(Writeback)


def violations_of_calls(vendor: Vendor, wire: Wire) -> set[Place]:
    """The places where answers violate the document. Raises if one of our requests does."""
    judge = oracle.judge_of_calls(vendor.url, OURS)
    assert {wire.endpoint(answer) for answer in wire.answers} >= READ
    found = set()
    for each in wire.answers:
        judge.check_request(each.request, wire.endpoint(each))
        try:
            judge.check_answer(each)
        except OpenAPIError as problem:
            found |= {(wire.endpoint(each), place) for place in oracle.places(problem)}
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
            found.append(oracle.in_one_line(problem))
    return found
