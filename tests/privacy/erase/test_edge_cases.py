"""An erasure reaches the person under every spelling and id, and no one and nothing else."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Channel, Message, SuppressionReason
from crosschq.messaging.sending.suppression import is_suppressed
from crosschq.privacy.desk.search import find_people, find_person
from crosschq.privacy.erase.everywhere import erase_everywhere, reasons_against
from crosschq.privacy.erase.request import ask_to_erase
from crosschq.privacy.models import Erasure
from crosschq.privacy.proof.search import prove
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.person import PersonKind
from crosschq.tenancy.scope import tenant
from requests_app.models import Answer, Reference, ReferenceRequest
from requests_app.start.start import CandidateInfo
from tests.factories import make_connection, make_member, make_organization, make_user
from tests.privacy.desk_pages import admin_of, desk, searched, words
from tests.requests_app.factories import RequestScenario, ready_request, sent_request, waiting_request
from webhooks.models import InboundEvent

MAYA, PRIYA = "maya@candidates.example", "priya@ledgerly.example"


@pytest.fixture(autouse=True)
def ledger(settings: Settings, tmp_path: Path) -> Path:
    settings.ERASURE_LEDGER = str(tmp_path / "erasures.jsonl")
    return tmp_path / "erasures.jsonl"


def erase(organization: Organization, text: str) -> None:
    with tenant(organization):
        (person,) = find_people(text).people
        erase_everywhere(person, only_reference=False)


def move(organization: Organization, connection: Connection, **fields: object) -> InboundEvent:
    values = {"event_id": str(uuid.uuid4()), "state": WorkState.DONE, "candidate_name": "Maya Osei", **fields}
    with tenant(organization):
        event: InboundEvent = InboundEvent.objects.create(organization=organization, connection=connection, **values)
        return event


def test_a_candidate_here_who_is_a_reference_in_another_organization_is_erased_only_here() -> None:
    here = sent_request(candidate=CandidateInfo("Priya", "Nair", PRIYA))
    elsewhere = ready_request(make_organization("Globex"))
    erase(here.organization, PRIYA)
    with tenant(elsewhere.organization):
        assert Reference.objects.filter(email=PRIYA).count() == 1
        assert not is_suppressed(
            organization=elsewhere.organization, channel=Channel.EMAIL, address=PRIYA, reason=SuppressionReason.ERASED
        )
    assert prove([PRIYA], ["Priya Nair"], organization=here.organization).is_clean


def test_moves_under_the_id_of_a_profile_that_was_merged_since_are_erased_too() -> None:
    organization = make_organization()
    connection = make_connection(organization)
    scenario = ready_request(organization, connection=connection)
    uid = scenario.reference_request.uid
    event = move(organization, connection, candidate_id="candidate-1", reference_request_uid=uid)
    with tenant(organization):
        ReferenceRequest.objects.update(ats_candidate_id="candidate-2", origin_event=event.uid)
    erase(organization, MAYA)
    assert prove([MAYA], ["Maya Osei"], organization=organization).is_clean


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("maya@bücher.example", "MAYA+jobs@xn--bcher-kva.example"),
        ("m.a.y.a@gmail.com", "maya@googlemail.com"),
        ("Maya+x+y@candidates.example", "maya@CANDIDATES.example."),
    ],
)
def test_a_person_is_found_and_erased_under_another_spelling_of_the_address(stored: str, typed: str) -> None:
    scenario = ready_request()
    with tenant(scenario.organization):
        ReferenceRequest.objects.update(candidate_email=stored)
        Message.objects.filter(to_email=MAYA).update(to_email=stored)
    erase(scenario.organization, typed)
    assert prove([stored], ["Maya Osei"], organization=scenario.organization).is_clean


@pytest.mark.parametrize("column", ["reply_to", "fallback_owner_email"])
def test_someone_the_organization_needs_is_refused_under_another_spelling_too(column: str) -> None:
    organization = make_organization()
    connection = make_connection(organization)
    ready_request(organization)
    spelled = "Priya+hr@LEDGERLY.example"
    with tenant(organization):
        if column == "reply_to":
            Organization.objects.filter(pk=organization.pk).update(reply_to=spelled)
            organization.refresh_from_db()
        else:
            Connection.objects.filter(pk=connection.pk).update(fallback_owner_email=spelled)
        (person,) = find_people(PRIYA).people
        assert reasons_against(organization, person)


def said_by_tom(scenario: RequestScenario, text: str) -> str:
    """What a reference's answer says after Priya is erased."""
    with tenant(scenario.organization):
        Answer.objects.filter(response__reference__slot=2).exclude(text="").update(text=text)
    erase(scenario.organization, PRIYA)
    with tenant(scenario.organization):
        return str(
            Answer.objects.filter(response__reference__slot=2).exclude(text="").values_list("text", flat=True)[0]
        )


def test_someone_elses_address_or_name_that_contains_the_erased_one_stays() -> None:
    text = (
        "Write to mary-priya@ledgerly.example or x.priya@ledgerly.example or priya@ledgerly.example.org\n"
        "Anna-Priya Nair is someone else, and so is her priyanair"
    )
    assert said_by_tom(ready_request(), text) == text


def test_a_number_goes_however_others_typed_it() -> None:
    scenario = ready_request()
    with tenant(scenario.organization):
        Reference.objects.filter(email=PRIYA).update(phone="+12025550143")
    typed = ("+12025550143", "+1 (202) 555-0143", "202-555-0143", "001 202 555 0143", "(202) 555 0143")
    said = said_by_tom(scenario, "\n".join(f"Call {number}. In 2021 we sold 12025550 units." for number in typed))
    assert said.splitlines() == ["Call an erased reference. In 2021 we sold 12025550 units."] * len(typed)


def test_a_one_letter_name_does_not_take_every_capital() -> None:
    scenario = ready_request()
    with tenant(scenario.organization):
        Reference.objects.filter(email=PRIYA).update(name="A")
    assert said_by_tom(scenario, "A good plan. Plan A was hers.") == "A good plan. Plan A was hers."


def test_a_name_full_of_marks_is_only_text() -> None:
    scenario = ready_request()
    with tenant(scenario.organization):
        Reference.objects.filter(email=PRIYA).update(name=r"Pr*ya (N.) [a-z]+ \1 Nair")
    assert said_by_tom(scenario, r"Pr*ya (N.) [a-z]+ \1 Nair, and Bo") == "an erased reference, and Bo"


def test_a_member_who_is_a_reference_stays_a_member_and_can_be_erased_as_a_reference() -> None:
    scenario = ready_request()
    organization = scenario.organization
    make_member(organization, Role.VIEWER, make_user(PRIYA, name="Priya Nair"))
    uid = scenario.reference(1).uid
    with tenant(organization):
        person = find_person(uid)
        assert person is not None
        ask_to_erase(person, organization=organization, actor=None, uid=uid, only_reference=True)
    work_item.drain(Erasure)
    with tenant(organization):
        (left,) = find_people(PRIYA).people
        assert PersonKind.REFERENCE not in {match.kind for match in left.matches}
        assert PersonKind.MEMBER in {match.kind for match in left.matches}
        assert not is_suppressed(
            organization=organization, channel=Channel.EMAIL, address=PRIYA, reason=SuppressionReason.ERASED
        )


def test_a_search_for_wildcards_or_nothing_finds_no_one() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    for text in ("%%", "__", r"\\", "''", "@@", "<>@", "maya@candidates.example\nx"):
        assert "Priya" not in words(searched(client, scenario.organization, text))


def test_an_erasure_started_twice_is_one_and_a_third_afterwards_finds_nothing() -> None:
    scenario = ready_request()
    organization, uid = scenario.organization, scenario.reference_request.uid
    with tenant(organization):
        person = find_person(uid)
        assert person is not None
        both = {ask_to_erase(person, organization=organization, actor=None, uid=uid).pk for _ in range(2)}
    assert len(both) == 1
    work_item.drain(Erasure)
    client = admin_of(organization)
    assert client.get(f"{desk(organization)}people/{uid}/erase/").status_code == 404
    assert client.post(f"{desk(organization)}people/{uid}/erase/").status_code == 404


def test_an_erasure_that_begins_after_the_person_came_back_under_a_hold_is_refused() -> None:
    scenario = ready_request()
    organization, uid = scenario.organization, scenario.reference_request.uid
    with tenant(organization):
        person = find_person(uid)
        assert person is not None
        ask_to_erase(person, organization=organization, actor=None, uid=uid)
        LegalHold.objects.create(organization=organization, reason="x", email=MAYA)
    work_item.drain(Erasure)
    with tenant(organization):
        assert Erasure.objects.get().has_failed
        assert ReferenceRequest.objects.exists()
        assert not Message.objects.filter(to_email=MAYA, finished_at__gt=clock.now()).exists()


def test_a_waiting_email_of_an_erased_candidate_is_not_sent() -> None:
    scenario = sent_request()
    other = waiting_request(scenario.organization, candidate=CandidateInfo("Ana", "Lima", "ana@lima.example"))
    erase(scenario.organization, MAYA)
    with tenant(scenario.organization):
        waiting = list(Message.objects.filter(state=WorkState.PENDING))
        assert waiting
        assert {message.about_uid for message in waiting} <= {
            other.reference_request.uid,
            *Reference.objects.values_list("uid", flat=True),
        }


def test_erasing_the_owner_of_many_requests_takes_a_few_queries_for_each() -> None:
    def queries(count: int) -> int:
        organization = make_organization()
        for _ in range(count):
            ready_request(organization)
        with tenant(organization), CaptureQueriesContext(connection) as captured:
            (person,) = find_people("dana@acme.example").people
            erase_everywhere(person, only_reference=False)
        return len(captured)

    assert (queries(3) - queries(1)) / 2 <= 35
