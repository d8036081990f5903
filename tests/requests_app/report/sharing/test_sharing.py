"""Sharing a report with an address: what its person gets, until when, and how it ends."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Channel, Message, SuppressionReason
from crosschq.messaging.sending import caps
from crosschq.messaging.sending.suppression import suppress
from crosschq.tenancy import passes
from crosschq.tenancy.models import Role
from crosschq.tenancy.person import Correction, Person, Sought, email_keys
from crosschq.tenancy.scope import tenant
from requests_app import personal_data
from requests_app.models import Reader, ReaderRole
from tests.audit import audited
from tests.factories import make_member, make_user, signed_in
from tests.requests_app.factories import RequestScenario, ready_request, waiting_request
from tests.requests_app.pages import heading, text
from tests.requests_app.report.test_report_access import DANA, ask, codes, enter, with_pass
from tests.requests_app.report.test_report_access import path as public_path
from tests.templates_app.browsing import errors

pytestmark = pytest.mark.django_db
JO = "jo@client.example"


@pytest.fixture
def scenario() -> RequestScenario:
    return ready_request()


@pytest.fixture
def browser(scenario: RequestScenario) -> Client:
    return signed_in(Client(), make_member(scenario.organization, Role.RECRUITER, make_user(name="Rae Lin")))


def share_path(scenario: RequestScenario) -> str:
    return f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/report/share/"


def share(scenario: RequestScenario, browser: Client, email: str = JO, **typed: Any) -> Any:
    return browser.post(share_path(scenario), {"email": email, "days": "30", **typed}, follow=True)


def reader(scenario: RequestScenario, email: str = JO) -> Reader:
    with tenant(scenario.organization):
        found: Reader = Reader.objects.get(reference_request=scenario.reference_request, email=email)
        return found


def opened_by(scenario: RequestScenario, email: str = JO) -> Client:
    browser = Client()
    ask(scenario, email, browser)
    enter(scenario, email, codes(scenario)[-1], browser)
    return browser


def test_an_address_gets_the_link_and_opens_the_report_by_code(scenario: RequestScenario, browser: Client) -> None:
    page = share(scenario, browser, name="Jo Park", text="Please read before Monday.\nThanks!")
    assert "Jo Park can open the report until" in text(page)
    assert "Not yet" in text(page)
    (email,) = scenario.emails("report_shared")
    assert email.to_email == JO
    assert "Please read before Monday." in email.text
    assert public_path(scenario) in email.text
    assert "Hello Jo Park," in email.text
    shown = opened_by(scenario).get(public_path(scenario))
    assert heading(shown) == "Maya Osei"
    assert "You can open it until" in text(shown)
    assert "Share" not in text(shown)
    page = browser.get(share_path(scenario))
    assert "Not yet" not in text(page)
    assert any(line.startswith("Rae Lin shared the report with Jo Park until") for line in scenario.timeline())
    assert audited(scenario.organization, action="report.share") == [
        "Rae Lin shared the report on Maya Osei with Jo Park"
    ]


def test_a_recruiter_finds_share_on_the_report_and_a_viewer_does_not(
    scenario: RequestScenario, browser: Client
) -> None:
    report = share_path(scenario).removesuffix("share/")
    assert share_path(scenario) in browser.get(report).content.decode()
    viewer = signed_in(Client(), make_member(scenario.organization, Role.VIEWER))
    assert share_path(scenario) not in viewer.get(report).content.decode()
    assert viewer.get(share_path(scenario)).status_code == 403


def test_the_owner_shares_with_a_code_alone(scenario: RequestScenario) -> None:
    owner = with_pass(scenario, DANA)
    assert share_path(scenario) in owner.get(public_path(scenario)).content.decode()
    assert "Jo" in text(share(scenario, owner, name="Jo"))
    assert audited(scenario.organization, action="report.share") == [
        "Dana Ruiz (by email code) shared the report on Maya Osei with Jo"
    ]


def test_sharing_that_is_stopped_ends_with_the_next_page(scenario: RequestScenario, browser: Client) -> None:
    share(scenario, browser)
    guest = opened_by(scenario)
    page = browser.post(share_path(scenario), {"stop": str(reader(scenario).uid)}, follow=True)
    assert f"{JO} can't open the report anymore." in text(page)
    assert "Ended" in text(page)
    assert heading(guest.get(public_path(scenario))) == "Open the report"
    assert guest.get(f"{public_path(scenario)}pdf/").status_code == 303
    ask(scenario, JO)
    assert len(codes(scenario)) == 1
    assert audited(scenario.organization, action="report.stop_sharing")
    again = browser.post(share_path(scenario), {"stop": str(reader(scenario).uid)}, follow=True)
    assert "already decided this" in text(again)


def test_access_ends_on_the_day_that_was_chosen(scenario: RequestScenario, browser: Client) -> None:
    last = (clock.now() + timedelta(days=5)).date()
    share(scenario, browser, days="date", until=last.isoformat())
    guest = opened_by(scenario)
    with time_machine.travel(clock.now() + timedelta(days=4)):
        assert heading(guest.get(public_path(scenario))) == "Maya Osei"
    with time_machine.travel(clock.now() + timedelta(days=7)):
        assert heading(guest.get(public_path(scenario))) == "Open the report"


def test_sharing_with_an_address_again_sets_the_new_end_and_keeps_one_reader(
    scenario: RequestScenario, browser: Client
) -> None:
    share(scenario, browser, days="7")
    before = reader(scenario).expires_at
    share(scenario, browser, "JO@client.example", days="90")
    after = reader(scenario).expires_at
    assert before is not None
    assert after is not None
    assert after - before > timedelta(days=80)


def test_a_second_press_sends_no_second_email_but_sharing_again_after_stopping_does(
    scenario: RequestScenario, browser: Client
) -> None:
    for _press in range(2):
        assert "can open the report until" in text(share(scenario, browser))
    assert len(scenario.emails("report_shared")) == 1
    share(scenario, browser, text="And one more thing.")
    browser.post(share_path(scenario), {"stop": str(reader(scenario).uid)})
    share(scenario, browser)
    assert len(scenario.emails("report_shared")) == 3
    assert reader(scenario).is_current


def test_a_hiring_manager_gets_the_link_and_keeps_their_access(browser: Client, scenario: RequestScenario) -> None:
    with tenant(scenario.organization):
        Reader.objects.create(
            organization=scenario.organization,
            reference_request=scenario.reference_request,
            name="Hal",
            email=JO,
            email_key=JO,
            role=ReaderRole.HIRING_MANAGER,
        )
    assert "Hal can open the report anyway (Hiring manager)" in text(share(scenario, browser, days="7"))
    assert reader(scenario).expires_at is None
    assert len(scenario.emails("report_shared")) == 1


def test_addresses_that_cannot_be_readers_are_refused_with_a_sentence(
    scenario: RequestScenario, browser: Client
) -> None:
    make_member(scenario.organization, Role.VIEWER, make_user("mia@acme.example"))
    with tenant(scenario.organization):
        suppress(
            organization=scenario.organization,
            channel=Channel.EMAIL,
            address="gone@client.example",
            reason=SuppressionReason.BOUNCED,
        )
    refused = {
        "mia@acme.example": "A member has this address. They sign in",
        "maya@candidates.example": "This is the candidate's address",
        "priya@ledgerly.example": "This is the address of a reference",
        "gone@client.example": "We don't send to this address",
        "jo": "Enter an email address like",
        "": "Enter an email address",
    }
    for email, sentence in refused.items():
        page = share(scenario, browser, email, text="My words")
        assert sentence in errors(page)[0]
        assert "My words" in page.content.decode()
    assert scenario.emails("report_shared") == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"text": "See evil.example now"}, "looks like an address or a link"),
        ({"name": "www.evil.example"}, "looks like an address or a link"),
        ({"days": "5"}, "Choose how long they can open the report."),
        ({"days": "date", "until": ""}, "Enter a date from"),
        ({"days": "date", "until": "2020-01-01"}, "Enter a date from"),
        ({"days": "date", "until": "2999-01-01"}, "Enter a date from"),
        ({"days": "date", "until": "soon"}, "Enter the last day."),
    ],
)
def test_bad_input_is_refused_and_shares_nothing(
    scenario: RequestScenario, browser: Client, typed: dict[str, str], sentence: str
) -> None:
    assert sentence in errors(share(scenario, browser, **typed))[0]
    assert scenario.emails("report_shared") == []


def test_a_cap_refuses_with_its_sentence_and_keeps_what_was_typed(scenario: RequestScenario, browser: Client) -> None:
    with tenant(scenario.organization):
        caps.count("shared_reports", organization=scenario.organization, address=JO, times=10)
    page = share(scenario, browser, text="My words")
    assert errors(page)[0].startswith("At most 10 shared reports can go to one address in 24 hours.")
    assert "My words" in page.content.decode()
    with tenant(scenario.organization):
        assert not Reader.objects.filter(email=JO).exists()


def test_an_email_that_did_not_arrive_is_shown_with_its_reason(scenario: RequestScenario, browser: Client) -> None:
    share(scenario, browser)
    assert "Waiting" in text(browser.get(share_path(scenario)))
    with tenant(scenario.organization):
        Message.objects.filter(kind="report_shared").update(state=WorkState.DEAD, reason="No such mailbox")
    page = text(browser.get(share_path(scenario)))
    assert "Not sent" in page
    assert "No such mailbox" in page


def test_the_page_needs_as_many_queries_for_thirty_readers_as_for_one(
    scenario: RequestScenario, browser: Client, django_assert_max_num_queries: Any
) -> None:
    with tenant(scenario.organization):
        Reader.objects.bulk_create(
            Reader(
                organization=scenario.organization,
                reference_request=scenario.reference_request,
                email=f"p{number}@client.example",
                email_key=f"p{number}@client.example",
                role=ReaderRole.SHARED,
                shared_at=clock.now(),
                expires_at=clock.now() + timedelta(days=1),
                asked_at=clock.now() if number % 2 else None,
            )
            for number in range(30)
        )
    with django_assert_max_num_queries(12):
        assert "p29@client.example" in text(browser.get(share_path(scenario)))


def test_an_export_says_what_was_shared_and_a_correction_moves_the_access(
    scenario: RequestScenario, browser: Client
) -> None:
    share(scenario, browser, name="Jo Park")
    with tenant(scenario.organization):
        person = Person(tuple(personal_data.find(Sought(keys=email_keys(JO)))))
        rows = str([section.rows for section in personal_data.export(person)])
        assert "expires_at" in rows
        assert JO in rows
        personal_data.correct(person, Correction(email="jo.park@client.example"))
    ask(scenario, JO)
    assert scenario.emails("report_code") == []
    assert heading(opened_by(scenario, "jo.park@client.example").get(public_path(scenario))) == "Maya Osei"


def test_what_people_type_is_never_markup(scenario: RequestScenario, browser: Client) -> None:
    page = share(scenario, browser, name="<b>Jo</b>", text="<script>alert(1)</script>")
    assert "<b>Jo</b>" not in page.content.decode()
    (email,) = scenario.emails("report_shared")
    assert "<script>" not in email.html
    assert "<b>Jo" not in email.html


def test_a_report_is_shared_before_it_is_ready_but_never_a_test(browser: Client) -> None:
    early = waiting_request()
    recruiter = make_member(early.organization, Role.RECRUITER)
    share(early, signed_in(Client(), recruiter))
    assert "The report isn't ready yet." in early.emails("report_shared")[0].text
    assert heading(opened_by(early).get(public_path(early))) == "The report is not ready yet"


def test_a_reader_of_another_report_is_left_alone(scenario: RequestScenario, browser: Client) -> None:
    """Row-level security doesn't help within an organization. The owner of one report decides only about that one."""
    share(scenario, browser)
    with tenant(scenario.organization):
        Reader.objects.filter(email=JO).update(asked_at=clock.now())
    before, other = reader(scenario), ready_request(scenario.organization)
    for press in ("stop", "grant", "decline"):
        page = browser.post(share_path(other), {press: str(before.uid)}, follow=True)
        assert "already decided this" in text(page), press
        after = reader(scenario)
        assert (after.asked_at, after.expires_at) == (before.asked_at, before.expires_at), press


def test_another_organization_sees_and_stops_nothing(scenario: RequestScenario, browser: Client) -> None:
    share(scenario, browser)
    other = ready_request()
    stranger = signed_in(Client(), make_member(other.organization, Role.RECRUITER))
    here = {"stop": str(reader(scenario).uid)}
    assert stranger.post(share_path(scenario), here).status_code == 404
    stranger.post(share_path(other), here)
    assert heading(opened_by(scenario).get(public_path(scenario))) == "Maya Osei"
    assert stranger.post(share_path(other), {"stop": "x"}).status_code == 404
    assert "already decided this" in text(stranger.post(share_path(other), {"grant": str(uuid.uuid4())}, follow=True))
    pass_elsewhere = passes.grant(other.organization, JO)
    intruder = Client()
    intruder.cookies[passes.cookie_name(scenario.organization.slug)] = pass_elsewhere
    assert heading(intruder.get(public_path(scenario))) == "Open the report"
