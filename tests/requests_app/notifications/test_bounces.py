"""A bounced email is reported once, to the person who can fix it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.completion import complete
from requests_app.notifications import corrections
from requests_app.notifications.bounces import notify_bounces
from tests.requests_app.factories import RequestScenario, sent_request, waiting_request

pytestmark = pytest.mark.django_db


def fail(scenario: RequestScenario, email: str) -> None:
    with tenant(scenario.organization):
        assert Message.objects.filter(to_email=email, state=WorkState.PENDING).update(
            state=WorkState.DEAD, reason=f"The email server rejected {email}."
        )


def test_the_owner_learns_that_the_candidates_email_bounced() -> None:
    scenario = sent_request()
    fail(scenario, "maya@candidates.example")
    assert [notify_bounces(), notify_bounces()] == [1, 0]
    email = scenario.emails("candidate_bounced")[0]
    assert (email.to_email, email.subject) == ("dana@acme.example", "Maya Osei can't be reached")


def test_the_candidate_learns_that_a_references_email_bounced() -> None:
    scenario = waiting_request()
    fail(scenario, "tom@ledgerly.example")
    assert [notify_bounces(), notify_bounces()] == [1, 0]
    email = scenario.emails("reference_bounced")[0]
    assert (email.to_email, email.subject) == ("maya@candidates.example", "Tom Beck can't be reached")


def test_a_second_bounce_at_a_corrected_address_is_reported_again() -> None:
    scenario = sent_request()
    fail(scenario, "maya@candidates.example")
    notify_bounces()
    with tenant(scenario.organization):
        corrections.correct_candidate_address(scenario.reference_request, "maya@wrong.example", actor="Dana")
    assert notify_bounces() == 0
    fail(scenario, "maya@wrong.example")
    assert notify_bounces() == 1


def test_a_failure_that_was_reported_is_not_looked_up_again() -> None:
    candidate, asked = sent_request(), waiting_request()
    fail(candidate, "maya@candidates.example")
    fail(asked, "tom@ledgerly.example")
    assert notify_bounces() == 2
    with CaptureQueriesContext(connection) as queries:
        assert notify_bounces() == 0
    assert not [query for query in queries.captured_queries if "FOR " in query["sql"] and "UPDATE" in query["sql"]]


def test_nothing_is_reported_after_the_end_or_about_the_owners_own_email() -> None:
    ended, other = sent_request(), waiting_request()
    with tenant(ended.organization):
        complete.cancel(ended.reference_request, actor="Dana")
        Message.objects.update(state=WorkState.DEAD)
    with tenant(other.organization):
        complete.answered(other.reference_request)
        Message.objects.filter(about_kind="request").update(about_kind="report", state=WorkState.DEAD)
    assert notify_bounces() == 0
