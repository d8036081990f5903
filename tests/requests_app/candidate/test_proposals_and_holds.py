"""A reference who isn't asked yet: at the current employer, or of another kind; and one who doesn't answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from crosschq.messaging.models import DeliveryStatus, Message
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from requests_app.models import Agreement, Approval, Problem, Reference, ReferenceState, RequestState
from tests.factories import make_member, make_organization, signed_in
from tests.requests_app.factories import RequestScenario, answer, name_reference, sent_request, waiting_request
from tests.requests_app.pages import heading, links, press_and_follow, text
from tests.templates_app.browsing import buttons, controls, errors, press

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def phone() -> Client:
    return Client()


@pytest.fixture
def scenario() -> RequestScenario:
    return sent_request(make_organization())


def start(phone: Client, scenario: RequestScenario) -> Any:
    return press_and_follow(phone, phone.get(scenario.candidate_path), "Start", agreed="on")


def name(phone: Client, page: Any, person: str, relation: dict[str, str], **reach: str) -> Any:
    page = press_and_follow(phone, page, "Save and continue", name=person)
    page = press_and_follow(phone, page, "Save and continue", **relation)
    address = f"{person.split(maxsplit=1)[0].lower()}@ledgerly.example"
    return press_and_follow(phone, page, "Save and continue", email=address, **reach)


def named(phone: Client, scenario: RequestScenario, *people: str) -> Any:
    """The candidate's next page, after they started and named these references."""
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        for number, person in enumerate(people, 1):
            name_reference(scenario, number, person)
    return phone.get(scenario.candidate_path, follow=True)


def reach(phone: Client, scenario: RequestScenario, number: int, **typed: str) -> Any:
    """What follows the page for a reference's address."""
    page = phone.get(f"{scenario.candidate_path}references/{number}/email/")
    return press_and_follow(phone, page, "Save and continue", **typed)


def test_starting_takes_consent_and_keeps_its_wording_version_and_time(
    phone: Client, scenario: RequestScenario
) -> None:
    page = phone.get(scenario.candidate_path)
    refused = press(phone, page, "Start")
    assert errors(refused) == ["Check the box to start, or tell us that you don't want to take part"]
    assert scenario.reread().state == RequestState.SENT
    press_and_follow(phone, page, "Start", agreed="on")
    with tenant(scenario.organization):
        given = Agreement.objects.get()
    assert (given.version, given.reference) == (1, None)
    assert given.text.startswith("I agree that Acme GmbH may ask the people I name about my work")
    assert given.text in text(phone.get(f"{scenario.candidate_path}about/"))


def test_consent_to_an_older_wording_is_asked_again(phone: Client, scenario: RequestScenario) -> None:
    refused = phone.post(f"{scenario.candidate_path}start/", {"agreed": "on", "version": "0"})
    assert "agreed" not in controls(refused)
    assert scenario.reread().state == RequestState.SENT


def test_a_personal_message_is_in_the_invitation_and_on_the_page(phone: Client, scenario: RequestScenario) -> None:
    named(phone, scenario, "Priya Nair", "Tom Beck")
    page = reach(phone, scenario, 1, message="Hi Priya,\nthank you!")
    assert "thank you!" in text(page)
    press_and_follow(phone, page, "Send requests to my 2 references")
    first, second = scenario.emails("reference_invitation")
    assert "A message for you from Maya Osei:\n\n“Hi Priya,\nthank you!”" in first.text
    assert "A message for you" not in second.text
    assert "A message from Maya" in text(phone.get(scenario.reference_path(1)))


def test_a_personal_message_is_short_and_has_no_link(phone: Client, scenario: RequestScenario) -> None:
    named(phone, scenario, "Priya Nair")
    page = phone.get(f"{scenario.candidate_path}references/1/email/")
    for message in ("See https://evil.example", "call +49 30 123456789", "x" * 501):
        refused = press(phone, page, "Save and continue", message=message)
        assert len(errors(refused)) == 1, message
        assert controls(refused)["message"] == message


def test_the_current_employer_is_not_contacted_until_the_candidate_says_so(
    phone: Client, scenario: RequestScenario
) -> None:
    named(phone, scenario, "Priya Nair", "Tom Beck")
    page = reach(phone, scenario, 1, held="on")
    assert "On hold: we won't contact them until you tell us to." in text(page)
    assert buttons(page) == ["Send request to Tom Beck"]
    press(phone, page, "Send request to Tom Beck")
    assert [email.to_email for email in scenario.emails("reference_invitation")] == ["tom@ledgerly.example"]
    status = phone.get(scenario.candidate_path)
    assert "On hold" in text(status)
    answer(scenario, 2)
    assert scenario.reread().state == RequestState.WAITING_FOR_REFERENCES
    for _ in range(2):
        assert phone.post(f"{scenario.candidate_path}release/{scenario.reference(1).uid}/").status_code == 303
    assert scenario.reference(1).state == ReferenceState.INVITED
    assert len(scenario.emails("reference_invitation")) == 2


def test_a_candidate_cannot_release_another_requests_reference(phone: Client, scenario: RequestScenario) -> None:
    named(phone, scenario, "Priya Nair", "Tom Beck")
    reach(phone, scenario, 1, held="on")
    other, reference = waiting_request(scenario.organization), scenario.reference(1)
    assert reference.held_since
    assert phone.post(f"{other.candidate_path}release/{reference.uid}/").status_code == 303
    assert scenario.reference(1).held_since == reference.held_since


def test_the_owner_can_release_the_current_employer(phone: Client, scenario: RequestScenario) -> None:
    named(phone, scenario, "Priya Nair", "Tom Beck")
    press(phone, reach(phone, scenario, 1, held="on"), "Send request to Tom Beck")
    desk = signed_in(Client(), make_member(scenario.organization, Role.RECRUITER))
    url = f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/"
    page = desk.get(url)
    assert "On hold" in text(page)
    assert "Invite now Priya Nair" in text(page)
    release = f"{url}references/{scenario.reference(1).uid}/release/"
    assert f'action="{release}"' in page.content.decode()
    assert desk.post(release).status_code == 303
    assert scenario.reference(1).state == ReferenceState.INVITED


def propose(phone: Client, scenario: RequestScenario) -> None:
    page = phone.get(links(start(phone, scenario))["I can't name this kind of reference (manager)"])
    page = press_and_follow(
        phone, page, "Save and continue", name="Priya Nair", relationship="mentor", reason="I was self-employed"
    )
    page = press_and_follow(phone, page, "Save and continue", years="2020")
    with tenant(scenario.organization):
        name_reference(scenario, 2, "Tom Beck")
    page = press_and_follow(phone, page, "Save and continue", email="priya@ledgerly.example")
    assert "We'll contact them as soon as Acme GmbH approves." in text(page)
    press(phone, page, "Send request to Tom Beck")


@pytest.mark.parametrize("approved", [True, False])
def test_another_kind_of_reference_waits_for_the_owners_approval(
    phone: Client, scenario: RequestScenario, *, approved: bool
) -> None:
    propose(phone, scenario)
    assert [email.to_email for email in scenario.emails("reference_invitation")] == ["tom@ledgerly.example"]
    assert "Waiting for approval" in text(phone.get(scenario.candidate_path))
    assert scenario.reread().problem == Problem.APPROVAL
    (found,) = scenario.problems()
    (email,) = scenario.emails("other_kind")
    assert f"http://localhost:8000{found.act.url(scenario.reference_request)}" in email.text
    desk = signed_in(Client(), make_member(scenario.organization, Role.RECRUITER))
    page = desk.get(found.act.url(scenario.reference_request))
    for part in ("Manager", "Priya Nair", "Mentor", "I was self-employed"):
        assert part in text(page)
    for _ in range(2):
        assert press(desk, page, "Approve" if approved else "Ask for someone else").status_code in (302, 303)
    assert scenario.reread().problem == ""
    person = scenario.reference(1)
    if approved:
        assert (person.state, person.approval) == (ReferenceState.INVITED, Approval.APPROVED)
        assert len(scenario.emails("reference_invitation")) == 2
    else:
        assert (person.state, person.approval) == (ReferenceState.REPLACED, Approval.REFUSED)
        assert len(scenario.emails("kind_refused")) == 1
        assert "Acme GmbH asks for someone else instead of Priya Nair" in text(phone.get(scenario.candidate_path))


def test_an_approval_is_for_the_person_who_was_named_then(phone: Client, scenario: RequestScenario) -> None:
    propose(phone, scenario)
    with tenant(scenario.organization):
        # On hold, an approved reference isn't asked yet, so the candidate can still change the name.
        Reference.objects.filter(slot=1).update(approval=Approval.APPROVED, held_since=NOON)
    for person, approval in (("Priya Nair", Approval.APPROVED), ("Eve Other", "")):
        phone.post(f"{scenario.candidate_path}references/1/name/", {"name": person})
        assert (scenario.reference(1).name, scenario.reference(1).approval) == (person, approval)


def test_a_silent_reference_can_be_replaced(phone: Client) -> None:
    scenario = waiting_request()
    path, old = scenario.candidate_path, scenario.reference_path(1)
    uid = scenario.reference(1).uid
    assert phone.get(f"{path}replace/{uid}/").status_code == 303
    with time_machine.travel(datetime.now(UTC) + timedelta(days=3, minutes=1), tick=False):
        page = phone.get(links(phone.get(path))["Name someone else instead of Priya Nair"])
        page = press_and_follow(phone, page, "Name someone else")
        assert heading(page) == "Who is your manager?"
        assert phone.post(f"{path}replace/{uid}/").status_code == 303
        page = name(phone, page, "Ana Ruiz", {"company": "Ledgerly"})
        press_and_follow(phone, page, "Send request to Ana Ruiz")
    assert scenario.reference(1).name == "Ana Ruiz"
    assert "You don't need to do anything else" in text(phone.get(old))
    assert sum("replaced Priya Nair" in line for line in scenario.timeline()) == 1


def test_a_reference_who_started_is_not_silent(phone: Client) -> None:
    scenario = waiting_request()
    phone.post(f"{scenario.reference_path(1)}start/")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=4), tick=False):
        assert "Name someone else instead of Priya Nair" not in links(phone.get(scenario.candidate_path))


SLIPS = {
    "maya  OSEI": "“maya OSEI” is your own name.",
    "Osei Maya": "is your own name.",
    "Priya Nair": "You already named Priya Nair.",
    "Priya Nairr": "looks a lot like Priya Nair",
}


def test_a_name_that_may_be_a_slip_is_asked_about(phone: Client, scenario: RequestScenario) -> None:
    page = named(phone, scenario, "Priya Nair")
    for typed, said in SLIPS.items():
        asked = press(phone, page, "Save and continue", name=typed)
        assert (heading(asked), said in text(asked)) == ("Is this right?", True), typed
        following = press_and_follow(phone, asked, "That's right, continue")
        assert heading(following).startswith("How did you work with"), typed


def test_an_address_that_may_be_a_slip_is_asked_about(phone: Client, scenario: RequestScenario) -> None:
    named(phone, scenario, "Priya Nair", "Tom Beck")
    page = phone.get(f"{scenario.candidate_path}references/2/email/")
    asked = press(phone, page, "Save and continue", email="priya@ledgerli.example", message="Hello Tom")
    assert "looks a lot like the address of Priya Nair" in text(asked)
    press_and_follow(phone, asked, "That's right, continue")
    assert (scenario.reference(2).email, scenario.reference(2).message) == ("priya@ledgerli.example", "Hello Tom")


def test_the_status_says_delivered_and_never_opened(phone: Client) -> None:
    scenario = waiting_request()
    with tenant(scenario.organization):
        Message.objects.filter(about_uid=scenario.reference(1).uid).update(delivery=DeliveryStatus.DELIVERED)
    page = text(phone.get(scenario.candidate_path))
    assert "Priya Nair Delivered" in page
    assert "Tom Beck Asked" in page
    assert "pened" not in page
