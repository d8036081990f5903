"""Fresh links and corrected addresses, by staff."""

from __future__ import annotations

import pytest
from django.test import Client

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.candidate.nominate import AddressRefused
from requests_app.lifecycle import NotNow
from requests_app.models import Reference, ReferenceState, Response
from requests_app.notifications import corrections
from tests.requests_app.factories import answer, make_job, ready_job, waiting_job
from tests.requests_app.pages import heading, text

pytestmark = pytest.mark.django_db


def test_a_fresh_link_leaves_the_earlier_one_good() -> None:
    job = waiting_job()
    first = job.reference_path()
    with tenant(job.organization):
        corrections.resend_to_reference(job.reference_request, job.reference(), actor="Dana Ruiz")
    assert job.reference_path() != first
    for path in (first, job.reference_path()):
        assert heading(Client().get(path)) == "Maya Osei asks you for a reference"
    assert job.timeline()[-1] == "Dana Ruiz sent Priya Nair a fresh link"


def test_the_candidates_corrected_address_gets_the_invitation_and_the_old_link_dies() -> None:
    job = make_job()
    old = job.candidate_path
    with tenant(job.organization):
        corrections.correct_candidate_address(job.reference_request, "maya@new.example", actor="Dana Ruiz")
        first, second = Message.objects.order_by("id")
    assert (first.state, second.to_email, second.kind) == (
        WorkState.CANCELLED,
        "maya@new.example",
        "candidate_invitation",
    )
    assert Client().get(old).status_code == 404
    assert heading(Client().get(job.candidate_path)) == "Name 2 references for Backend Engineer"


def test_the_candidate_cannot_be_given_a_references_address() -> None:
    job = waiting_job()
    with tenant(job.organization), pytest.raises(AddressRefused, match="This is the address of the reference Priya"):
        corrections.correct_candidate_address(job.reference_request, "Priya+x@ledgerly.example", actor="Dana Ruiz")


def test_a_reference_cannot_be_given_the_candidates_address() -> None:
    job = waiting_job()
    with tenant(job.organization), pytest.raises(AddressRefused, match="own address"):
        corrections.correct_reference_address(
            job.reference_request, job.reference(), "maya@candidates.example", actor="Dana"
        )


def test_what_somebody_wrote_at_the_wrong_address_is_not_shown_at_the_right_one() -> None:
    job = waiting_job()
    answer(job, 1, words="From a stranger", send=False)
    stranger = job.reference_path()
    with tenant(job.organization):
        corrections.correct_reference_address(
            job.reference_request, job.reference(), "real@ledgerly.example", actor="Dana"
        )
    assert Client().get(stranger).status_code == 404
    phone = Client()
    page = phone.get(job.reference_path())
    assert heading(page) == "Maya Osei asks you for a reference"
    assert "you were my manager, Ledgerly, 2021 to 2024" in text(page)
    phone.post(job.reference_path() + "start/")
    assert "From a stranger" not in text(phone.get(job.reference_path() + "questions/8/"))
    with tenant(job.organization):
        states = list(Reference.objects.filter(place=1).order_by("id").values_list("state", flat=True))
        assert states == [ReferenceState.REPLACED, ReferenceState.STARTED]
        assert not Response.objects.filter(reference=job.reference()).exists()
    answer(job, 1)
    answer(job, 2)
    assert job.reference_request.has_report


def test_nothing_is_resent_or_corrected_once_it_has_ended() -> None:
    job = ready_job()
    with tenant(job.organization):
        reference_request, reference = job.reference_request, job.reference()
        with pytest.raises(NotNow):
            corrections.resend_to_candidate(reference_request, actor="Dana")
        with pytest.raises(NotNow):
            corrections.resend_to_reference(reference_request, reference, actor="Dana")
        with pytest.raises(NotNow):
            corrections.correct_candidate_address(reference_request, "a@x.example", actor="Dana")
        with pytest.raises(NotNow):
            corrections.correct_reference_address(reference_request, reference, "a@x.example", actor="Dana")


def test_who_has_answered_is_not_corrected() -> None:
    job = waiting_job()
    answer(job, 1)
    with tenant(job.organization), pytest.raises(NotNow):
        corrections.correct_reference_address(job.reference_request, job.reference(), "a@x.example", actor="Dana")
