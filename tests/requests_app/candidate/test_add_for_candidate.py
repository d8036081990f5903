"""A member adds a reference for the candidate, or replaces one, by the rules of the candidate's own form."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from crosschq.messaging.models import CountedSend
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from requests_app.completion import complete
from requests_app.models import DeclineReason, Reference, ReferenceState
from requests_app.reference.decline import decline
from templates_app.request_templates.rules import ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.audit import audited
from tests.requests_app.factories import RequestScenario, answer, sent_request, waiting_request
from tests.requests_app.pages import heading, links, text
from tests.requests_app.staff.acting import path, recruiter_of, refused
from tests.templates_app.browsing import errors, press

pytestmark = pytest.mark.django_db
ANA = {
    "name": "Ana Ruiz",
    "relationship": "coworker",
    "company": "Ledgerly",
    "years": "2021 to 2024",
    "email": "ana@ledgerly.example",
}


def vacated() -> RequestScenario:
    """The reference in slot 2 declined."""
    scenario = waiting_request()
    with tenant(scenario.organization):
        decline(scenario.reference_request, scenario.reference(2), DeclineReason.NO_TIME)
    return scenario


def add(scenario: RequestScenario, number: int = 2, button: str = "Add reference", **typed: str) -> Any:
    browser = recruiter_of(scenario.organization)
    return press(browser, browser.get(path(scenario, f"slots/{number}/")), button, **{**ANA, **typed})


def test_an_added_reference_is_asked_and_the_candidate_is_notified(client: Client) -> None:
    scenario = vacated()
    browser = recruiter_of(scenario.organization)
    assert path(scenario, "slots/2/") in links(browser.get(path(scenario))).values()
    assert "We'll tell Maya Osei that we asked them." in text(browser.get(path(scenario, "slots/2/")))
    assert add(scenario).status_code == 303
    reference = scenario.reference(2)
    assert (reference.name, reference.state, reference.relationship) == ("Ana Ruiz", ReferenceState.INVITED, "coworker")
    assert scenario.emails("reference_invitation")[-1].to_email == "ana@ledgerly.example"
    (notice,) = scenario.emails("reference_added")
    assert (notice.to_email, notice.subject) == ("maya@candidates.example", "We asked Ana Ruiz for a reference")
    assert scenario.timeline()[-1] == "Dana Ruiz added Ana Ruiz"
    assert audited(scenario.organization, action="request.add_reference")
    answer(scenario, 2)
    assert scenario.reference(2).state == ReferenceState.ANSWERED
    assert client.get(scenario.candidate_path).status_code == 200


def test_the_email_says_who_gave_the_address_of_the_reference() -> None:
    scenario = vacated()
    add(scenario)
    named, added = scenario.emails("reference_invitation")[0], scenario.emails("reference_invitation")[-1]
    assert "because Maya Osei gave us your address" in named.text
    assert "because Acme GmbH gave us your address for this purpose only." in added.text
    assert not any(words in added.text for words in ("named you", "Maya Osei gave us"))


def test_the_organization_asks_a_reference_that_the_candidate_did_not_name(client: Client) -> None:
    scenario = vacated()
    add(scenario)
    named, *_others, added = scenario.emails("reference_invitation")
    assert named.subject == "Maya Osei asks you for a reference"
    assert added.subject == "Acme GmbH asks for a reference for Maya Osei"
    page = client.get(scenario.reference_path(2))
    assert heading(page) == "Acme GmbH asks you for a reference for Maya Osei"
    assert "which added you as a reference" in text(client.get(scenario.reference_path(2) + "about/"))


def test_the_reference_and_the_report_see_who_said_how_they_worked_together(client: Client) -> None:
    scenario = vacated()
    add(scenario, relationship="manager")
    added, named = text(client.get(scenario.reference_path(2))), text(client.get(scenario.reference_path(1)))
    assert "Acme GmbH says you were Maya's manager at Ledgerly, 2021 to 2024" in added
    assert "Maya says" not in added
    assert "Maya says you were" in named
    answer(scenario, 1)
    answer(scenario, 2)
    report = text(recruiter_of(scenario.organization).get(path(scenario, "report/")))
    assert report.count("Entered by a member, not the candidate") == 1


def test_a_replaced_references_link_ends(client: Client) -> None:
    scenario = waiting_request()
    before = scenario.reference_path(2)
    answer(scenario, 2, send=False)
    browser = recruiter_of(scenario.organization)
    page = browser.get(path(scenario, "slots/2/"))
    assert "Tom Beck has started. Their saved answers won't be in the report." in text(page)
    assert press(browser, page, "Replace reference", **ANA).status_code == 303
    assert client.get(before).status_code == 404
    assert scenario.reference(2).name == "Ana Ruiz"
    assert "Dana Ruiz replaced Tom Beck with someone else" in scenario.timeline()
    again = press(browser, page, "Replace reference", **{**ANA, "name": "Bo Li", "email": "bo@ledgerly.example"})
    assert refused(again) == "Ana Ruiz was named here in the meantime."


REFUSED: tuple[tuple[dict[str, str], str], ...] = (
    ({"email": "MAYA@candidates.example"}, "This is the candidate's own address. Enter Ana Ruiz's address."),
    ({"email": "priya@ledgerly.example"}, "You already used this address for Priya Nair."),
    ({"email": "tom@ledgerly.example"}, "We already asked Tom Beck at this address"),
    ({"email": "nonsense"}, "Enter an email address like name@example.com"),
    ({"name": ""}, "Enter this person's full name"),
    ({"name": "Ana https://evil.example"}, ""),
    ({"relationship": "boss"}, ""),
    ({"company": ""}, "Enter the company"),
)


def test_bad_input_is_refused_as_on_the_candidates_pages() -> None:
    scenario = vacated()
    browser = recruiter_of(scenario.organization)
    page = browser.get(path(scenario, "slots/2/"))
    for typed, said in REFUSED:
        found = errors(press(browser, page, "Add reference", **{**ANA, **typed}))
        assert (len(found), found[0].startswith(said)) == (1, True), (typed, found)
    assert scenario.reference(2).name == "Tom Beck"


def test_the_template_decides_the_relationship() -> None:
    scenario = waiting_request(
        rules=(ReferenceRule(Relationship.MANAGER, count=1), ReferenceRule(Relationship.ANY, count=1))
    )
    assert add(scenario, 1, "Replace reference", relationship="coworker").status_code == 303
    assert scenario.reference(1).relationship == "manager"


def test_before_the_candidate_sends_the_invitations_the_reference_waits_for_them() -> None:
    scenario = sent_request()
    page = recruiter_of(scenario.organization).get(path(scenario, "slots/1/"))
    assert refused(page).startswith("Maya Osei hasn't started yet.")
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
    assert add(scenario, 1).status_code == 303
    assert add(scenario, 2, name="Tom Beck", email="tom@ledgerly.example").status_code == 303
    assert scenario.emails("reference_invitation") == []
    with tenant(scenario.organization):
        assert nominate.send_invitations(scenario.reference_request) == 2


def test_answers_are_never_replaced_and_no_slot_is_added() -> None:
    scenario = waiting_request()
    answer(scenario, 1)
    browser = recruiter_of(scenario.organization)
    response = browser.post(path(scenario, "slots/1/"), ANA)
    assert refused(response) == "Priya Nair has answered, so no one can take their place."
    for number in (0, 3, 99999999):
        assert browser.get(path(scenario, f"slots/{number}/")).status_code == 404
    with tenant(scenario.organization):
        complete.finish_manually(scenario.reference_request, actor="Dana")
        assert Reference.objects.count() == 2
    assert refused(browser.get(path(scenario, "slots/2/"))) == "The request has ended. Reopen it first."


def test_a_cap_refuses_and_keeps_what_was_typed() -> None:
    scenario = waiting_request()
    assert add(scenario, button="Replace reference").status_code == 303
    counted = CountedSend.objects.latest("pk")
    CountedSend.objects.bulk_create(
        CountedSend(cap=counted.cap, organization_key=counted.organization_key, address_hash=counted.address_hash)
        for _ in range(5)
    )
    page = add(scenario, button="Replace reference")
    assert "6 invitations to references can go to one address" in errors(page)[0]
    assert 'value="Ana Ruiz"' in page.content.decode()


SLIPS: tuple[tuple[dict[str, str], str], ...] = (
    ({"name": "Priya Nairr"}, "“Priya Nairr” looks a lot like Priya Nair, who is already named."),
    ({"name": "Osei Maya"}, "“Osei Maya” is the candidate's name."),
    ({"email": "maya@candidate.example"}, "looks a lot like the candidate's address."),
)


def test_what_is_probably_a_slip_is_asked_about_once() -> None:
    scenario = vacated()
    browser = recruiter_of(scenario.organization)
    page = browser.get(path(scenario, "slots/2/"))
    for typed, said in SLIPS:
        asked = press(browser, page, "Add reference", **{**ANA, **typed})
        assert asked.status_code == 200
        assert said in text(asked)
        assert scenario.emails("reference_added") == []
        other = press(browser, asked, "Add reference", name="Maya Osei", email="maya@candidate.example")
        assert "is the candidate's name." in text(other), "another slip is asked about again"
        with transaction.atomic():
            assert press(browser, asked, "Add reference").status_code == 303, typed
            assert len(scenario.emails("reference_added")) == 1
            transaction.set_rollback(True)
