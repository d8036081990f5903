"""New links and corrected addresses, sent by staff."""

from __future__ import annotations

import pytest
from django.test import Client

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.candidate.nominate import AddressRefused
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import Reference, ReferenceState, Response
from requests_app.notifications import corrections
from tests.requests_app.factories import answer, ready_request, sent_request, waiting_request
from tests.requests_app.pages import heading, text

pytestmark = pytest.mark.django_db


def test_a_new_link_leaves_the_old_one_valid() -> None:
    scenario = waiting_request()
    first = scenario.reference_path()
    with tenant(scenario.organization):
        corrections.resend_to_reference(scenario.reference_request, scenario.reference(), actor="Dana Ruiz")
    assert scenario.reference_path() != first
    for path in (first, scenario.reference_path()):
        assert heading(Client().get(path)) == "Maya Osei asks you for a reference"
    assert scenario.timeline()[-1] == "Dana Ruiz sent Priya Nair a new link"


def test_a_corrected_candidate_address_gets_the_invitation_and_the_old_link_ends() -> None:
    scenario = sent_request()
    old = scenario.candidate_path
    with tenant(scenario.organization):
        corrections.correct_candidate_address(scenario.reference_request, "maya@new.example", actor="Dana Ruiz")
        first, second = Message.objects.order_by("id")
    assert (first.state, second.to_email, second.kind) == (
        WorkState.CANCELLED,
        "maya@new.example",
        "candidate_invitation",
    )
    assert Client().get(old).status_code == 404
    assert heading(Client().get(scenario.candidate_path)) == "Name 2 references for Backend Engineer"


def test_the_candidate_cannot_be_given_a_references_address() -> None:
    scenario = waiting_request()
    with (
        tenant(scenario.organization),
        pytest.raises(AddressRefused, match="This is the address of the reference Priya"),
    ):
        corrections.correct_candidate_address(scenario.reference_request, "Priya+x@ledgerly.example", actor="Dana Ruiz")


def test_a_reference_cannot_be_given_the_candidates_address() -> None:
    scenario = waiting_request()
    with tenant(scenario.organization), pytest.raises(AddressRefused, match="own address"):
        corrections.correct_reference_address(
            scenario.reference_request, scenario.reference(), "maya@candidates.example", actor="Dana"
        )


def test_answers_given_at_the_wrong_address_are_not_shown_at_the_right_one() -> None:
    scenario = waiting_request()
    answer(scenario, 1, words="From a stranger", send=False)
    stranger = scenario.reference_path()
    with tenant(scenario.organization):
        corrections.correct_reference_address(
            scenario.reference_request, scenario.reference(), "real@ledgerly.example", actor="Dana"
        )
    assert Client().get(stranger).status_code == 404
    phone = Client()
    page = phone.get(scenario.reference_path())
    assert heading(page) == "Maya Osei asks you for a reference"
    assert "you were their manager at Ledgerly, 2021 to 2024" in text(page)
    phone.post(scenario.reference_path() + "start/")
    assert "From a stranger" not in text(phone.get(scenario.reference_path() + "questions/8/"))
    with tenant(scenario.organization):
        states = list(Reference.objects.filter(slot=1).order_by("id").values_list("state", flat=True))
        assert states == [ReferenceState.REPLACED, ReferenceState.STARTED]
        assert not Response.objects.filter(reference=scenario.reference()).exists()
    answer(scenario, 1)
    answer(scenario, 2)
    assert scenario.reference_request.has_report


def test_nothing_is_resent_or_corrected_after_the_end() -> None:
    scenario = ready_request()
    with tenant(scenario.organization):
        reference_request, reference = scenario.reference_request, scenario.reference()
        with pytest.raises(RequestMovedOn):
            corrections.resend_to_candidate(reference_request, actor="Dana")
        with pytest.raises(RequestMovedOn):
            corrections.resend_to_reference(reference_request, reference, actor="Dana")
        with pytest.raises(RequestMovedOn):
            corrections.correct_candidate_address(reference_request, "a@x.example", actor="Dana")
        with pytest.raises(RequestMovedOn):
            corrections.correct_reference_address(reference_request, reference, "a@x.example", actor="Dana")


def test_a_reference_who_has_answered_cannot_be_corrected() -> None:
    scenario = waiting_request()
    answer(scenario, 1)
    with tenant(scenario.organization), pytest.raises(RequestMovedOn):
        corrections.correct_reference_address(
            scenario.reference_request, scenario.reference(), "a@x.example", actor="Dana"
        )
