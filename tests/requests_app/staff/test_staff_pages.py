"""The list, a request, its report, and what staff can do there."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from connectors.models import Writeback
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from requests_app.models import DeclineReason, ReferenceRequest, RequestState
from requests_app.reference import decline
from tests.factories import make_connection, make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, answer, ready_request, sent_request, waiting_request
from tests.requests_app.pages import heading, links, text
from tests.templates_app.browsing import errors, press

pytestmark = pytest.mark.django_db
ACTS = ("resend/", "address/", "cancel/", "finish/", "references/{}/resend/", "references/{}/address/")


@pytest.fixture
def acme() -> Organization:
    return make_organization()


def browser_of(organization: Organization, role: Role = Role.RECRUITER) -> Client:
    return signed_in(Client(), make_member(organization, role, make_user(name="Dana Ruiz")))


def root(organization: Organization) -> str:
    return f"/o/{organization.slug}/requests/"


def path(scenario: RequestScenario, page: str = "") -> str:
    rest = page.format(scenario.reference().uid) if "{}" in page else page
    return f"{root(scenario.organization)}{scenario.reference_request.uid}/{rest}"


def test_a_request_shows_its_people_facts_emails_and_timeline(acme: Organization) -> None:
    scenario = waiting_request(acme, connection=make_connection(acme))
    answer(scenario, 1)
    with tenant(acme):
        decline.decline(scenario.reference_request, scenario.reference(2), DeclineReason.NOT_CLOSE)
        Message.objects.filter(to_email="priya@ledgerly.example").update(state=WorkState.DONE)
        Message.objects.filter(to_email="tom@ledgerly.example").update(state=WorkState.DEAD, reason="Refused there.")
    page = text(browser_of(acme, Role.VIEWER).get(path(scenario)))
    for part in (
        "Waiting for references",
        "1 of 2 references",
        "Moved to Crosschq by D. Ruiz, tag “eng”",
        "The recruiter of the hiring team",
        "We didn't work together closely enough",
        "Self-reference not started",
        "Refused there.",
        "Not named yet",
        "Priya Nair sent the reference",
    ):
        assert part in page
    assert "Cancel request" not in page


def test_the_state_of_the_note_is_shown_with_its_reason(acme: Organization) -> None:
    scenario, browser = ready_request(acme, connection=make_connection(acme)), browser_of(acme)
    for state, said in (
        (WorkState.PENDING, "On its way"),
        (WorkState.DONE, "Posted"),
        (WorkState.DEAD, "Not posted"),
        (WorkState.UNKNOWN, "May have been posted"),
    ):
        with tenant(acme):
            Writeback.objects.update(state=state, reason="So it is.")
        page = text(browser.get(path(scenario)))
        for part in (said, "So it is.", f"http://localhost:8000/reports/{scenario.reference_request.uid}/"):
            assert part in page


def test_members_can_read_the_report_and_the_view_is_recorded(acme: Organization) -> None:
    scenario = ready_request(acme)
    browser = browser_of(acme, Role.VIEWER)
    for _ in range(2):
        assert heading(browser.get(path(scenario, "report/"))) == "Maya Osei"
    assert scenario.timeline().count("Dana Ruiz opened the report") == 1
    assert heading(browser.get(path(sent_request(acme), "report/"))) == "The report is not ready yet"


def test_another_organizations_request_is_not_found(acme: Organization) -> None:
    scenario = waiting_request(acme)
    globex = make_organization("Globex")
    browser = browser_of(globex, Role.OWNER)
    for page in ("", "report/", *ACTS):
        for method in (browser.get, browser.post):
            assert method(path(scenario, page)).status_code == 404, page
            assert method(path(scenario, page).replace(acme.slug, globex.slug)).status_code == (
                405 if "resend" in page and method == browser.get else 404
            ), page
    assert scenario.reread().state == RequestState.WAITING_FOR_REFERENCES


def test_a_viewer_can_look_but_not_act(acme: Organization) -> None:
    scenario = waiting_request(acme)
    browser = browser_of(acme, Role.VIEWER)
    for page in ACTS:
        assert browser.post(path(scenario, page), {"email": "x@x.example"}).status_code == 403, page
    assert len(scenario.emails()) == 3


def test_a_reference_is_found_only_in_its_own_request(acme: Organization) -> None:
    scenario, other = waiting_request(acme), waiting_request(acme)
    wrong = path(scenario, "references/") + f"{other.reference().uid}/resend/"
    assert browser_of(acme).post(wrong).status_code == 404


def test_new_links_and_corrected_addresses_are_sent_and_confirmed(acme: Organization) -> None:
    scenario, browser = waiting_request(acme), browser_of(acme)
    page = browser.post(path(scenario, "resend/"), follow=True)
    assert "We sent Maya Osei a new link at maya@candidates.example." in text(page)
    page = browser.post(path(scenario, "references/{}/resend/"), follow=True)
    assert "We sent Priya Nair a new link" in text(page)
    form = browser.get(path(scenario, "references/{}/address/"))
    assert errors(press(browser, form, "Save and send", email="tom@ledgerly.example"))[0].startswith("You already used")
    saved = press(browser, form, "Save and send", email="p@new.example")
    assert saved.status_code == 303
    form = browser.get(path(scenario, "address/"))
    assert errors(press(browser, form, "Save and send", email="nonsense")) == [
        "Enter an email address like name@example.com"
    ]
    assert press(browser, form, "Save and send", email="m@new.example").status_code == 303
    assert [email.to_email for email in scenario.emails()[3:]] == [
        "maya@candidates.example",
        "priya@ledgerly.example",
        "p@new.example",
        "m@new.example",
    ]


def test_canceling_asks_for_confirmation(acme: Organization) -> None:
    scenario, browser = waiting_request(acme), browser_of(acme)
    page = browser.get(path(scenario, "cancel/"))
    assert heading(page) == "Cancel the request for Maya Osei?"
    assert scenario.reread().is_open
    page = press(browser, page, "Cancel request")
    assert scenario.reread().state == RequestState.CANCELLED
    assert "has changed" in text(browser.post(path(scenario, "cancel/"), follow=True))


def test_finishing_lists_who_is_left_out_and_needs_one_answer(acme: Organization) -> None:
    scenario, browser = waiting_request(acme), browser_of(acme)
    for method in (browser.get, browser.post):
        assert "No reference has answered yet" in text(method(path(scenario, "finish/")))
    answer(scenario, 1)
    page = browser.get(path(scenario, "finish/"))
    assert "Tom Beck won't be able to answer" in text(page)
    assert "Priya Nair" not in text(page)
    press(browser, page, "Finish now")
    assert scenario.reread().state == RequestState.CLOSED_EARLY


def test_ended_requests_offer_no_actions(acme: Organization) -> None:
    scenario, browser = ready_request(acme), browser_of(acme)
    page = text(browser.get(path(scenario)))
    assert "Cancel request" not in page
    assert "Open report" in page
    assert "has changed" in text(browser.post(path(scenario, "resend/"), follow=True))


def test_a_request_links_to_the_event_that_caused_it(acme: Organization) -> None:
    scenario = sent_request(acme, connection=make_connection(acme))
    event = uuid.uuid4()
    with tenant(acme):
        ReferenceRequest.objects.update(origin_event=event)
    target = f"/o/{acme.slug}/connectors/smartrecruiters/events/{event}/"
    assert links(browser_of(acme).get(path(scenario)))["View event"] == target
    assert "View event" not in links(browser_of(acme, Role.VIEWER).get(path(scenario)))
