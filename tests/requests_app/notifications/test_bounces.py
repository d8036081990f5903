"""A mail that did not arrive is told to whoever can mend it, once."""

from __future__ import annotations

import pytest

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.completion import complete
from requests_app.notifications import corrections
from requests_app.notifications.bounces import tell_of_bounces
from tests.requests_app.factories import Job, make_job, waiting_job

pytestmark = pytest.mark.django_db


def fail(job: Job, email: str) -> None:
    with tenant(job.organization):
        assert Message.objects.filter(to_email=email, state=WorkState.PENDING).update(
            state=WorkState.DEAD, reason=f"The mail server refused {email}."
        )


def test_the_owner_hears_that_the_candidate_cannot_be_reached() -> None:
    job = make_job()
    fail(job, "maya@candidates.example")
    assert [tell_of_bounces(), tell_of_bounces()] == [1, 0]
    email = job.emails("candidate_bounced")[0]
    assert (email.to_email, email.subject) == ("dana@acme.example", "Maya Osei cannot be reached")
    assert "did not arrive. The mail server refused maya@candidates.example." in job.timeline()[-1]


def test_the_candidate_hears_that_a_reference_cannot_be_reached() -> None:
    job = waiting_job()
    fail(job, "tom@ledgerly.example")
    assert [tell_of_bounces(), tell_of_bounces()] == [1, 0]
    email = job.emails("reference_bounced")[0]
    assert (email.to_email, email.subject) == ("maya@candidates.example", "Tom Beck cannot be reached")


def test_a_second_failure_at_a_corrected_address_is_told_again() -> None:
    job = make_job()
    fail(job, "maya@candidates.example")
    tell_of_bounces()
    with tenant(job.organization):
        corrections.correct_candidate_address(job.reference_request, "maya@wrong.example", actor="Dana")
    assert tell_of_bounces() == 0
    fail(job, "maya@wrong.example")
    assert tell_of_bounces() == 1


def test_nobody_is_told_once_the_request_has_ended_or_of_the_owners_own_mail() -> None:
    ended, other = make_job(), waiting_job()
    with tenant(ended.organization):
        complete.cancel(ended.reference_request, actor="Dana")
        Message.objects.update(state=WorkState.DEAD)
    with tenant(other.organization):
        complete.answered(other.reference_request)
        Message.objects.filter(about_kind="request").update(about_kind="report", state=WorkState.DEAD)
    assert tell_of_bounces() == 0
