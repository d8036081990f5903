"""Someone who can't open a report asks its owner, who gives access with one press."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from crosschq.core import clock
from crosschq.messaging.sending import caps
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.erasure import erase_reader
from requests_app.models import Reader
from requests_app.report.sharing.ask import MOST_PER_DAY
from requests_app.report.sharing.views import MOST_ASKS_PER_HOUR
from tests.factories import make_member, make_user, signed_in
from tests.requests_app.factories import RequestScenario, ready_request
from tests.requests_app.pages import heading, links, text
from tests.requests_app.report.sharing.test_sharing import JO, opened_by, reader, share, share_path
from tests.requests_app.report.test_report_access import DANA, ask, path, with_pass
from tests.templates_app.browsing import errors

pytestmark = pytest.mark.django_db
WHY = "I interview Maya on Monday."


@pytest.fixture
def scenario() -> RequestScenario:
    return ready_request()


def ask_path(scenario: RequestScenario) -> str:
    return f"{path(scenario)}ask/"


def ask_owner(scenario: RequestScenario, email: str = JO, *, network: str = "192.0.2.1", **typed: str) -> Any:
    browser = Client(REMOTE_ADDR=network)
    return browser.post(ask_path(scenario), {"email": email, "name": "Jo Park", "reason": WHY, **typed})


def recruiter(scenario: RequestScenario) -> Client:
    return signed_in(Client(), make_member(scenario.organization, Role.RECRUITER))


def test_both_pages_for_a_code_lead_to_the_owner(scenario: RequestScenario) -> None:
    for page in (Client().get(path(scenario)), ask(scenario, "eve@client.example")):
        assert ask_path(scenario) in links(page).values()
    page = Client().get(ask_path(scenario))
    assert heading(page) == "Ask for access"
    assert "Dana Ruiz, who decides" in text(page)
    assert "Maya" not in text(page)


def test_the_owner_gives_access_with_one_press(scenario: RequestScenario) -> None:
    assert heading(ask_owner(scenario)) == "Your request was sent"
    (email,) = scenario.emails("access_asked")
    assert email.to_email == DANA
    assert f"Jo Park ({JO}) asks for access" in email.text
    assert WHY in email.text
    target = re.search(r"https?://[^/\s]+(/o/\S+)", email.text)
    assert target
    owner = with_pass(scenario, DANA)
    page = owner.get(target[1])
    assert WHY in text(page)
    page = owner.post(target[1], {"grant": str(reader(scenario).uid)}, follow=True)
    assert "Jo Park can open the report until" in text(page)
    assert WHY not in text(page)
    assert [each.to_email for each in scenario.emails("report_shared")] == [JO]
    assert heading(opened_by(scenario).get(path(scenario))) == "Maya Osei"


def test_asking_alone_opens_nothing(scenario: RequestScenario) -> None:
    ask_owner(scenario)
    ask(scenario, JO)
    assert scenario.emails("report_code") == []


def test_a_declined_person_remains_only_in_the_timeline(scenario: RequestScenario) -> None:
    ask_owner(scenario)
    page = recruiter(scenario).post(share_path(scenario), {"decline": str(reader(scenario).uid)}, follow=True)
    assert "Jo Park can't open the report. We didn't email them." in text(page)
    with tenant(scenario.organization):
        assert not Reader.objects.filter(email=JO).exists()


def test_every_address_gets_the_same_answer(scenario: RequestScenario) -> None:
    make_member(scenario.organization, Role.VIEWER, make_user("mia@acme.example"))
    pages = set()
    for email in (JO, DANA, "mia@acme.example", JO):
        page = ask_owner(scenario, email)
        assert page.status_code == 200
        pages.add(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode()))
    assert len(pages) == 1
    assert len(scenario.emails("access_asked")) == 1
    assert {each.to_email for each in scenario.emails("access_held")} == {DANA, "mia@acme.example"}


def test_an_address_asks_once_a_day(scenario: RequestScenario) -> None:
    for _time in range(3):
        ask_owner(scenario)
    assert len(scenario.emails("access_asked")) == 1
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        ask_owner(scenario)
    assert len(scenario.emails("access_asked")) == 2


def test_the_owner_gets_a_few_emails_a_day_for_one_report(scenario: RequestScenario) -> None:
    for number in range(MOST_PER_DAY):
        assert ask_owner(scenario, f"p{number}@client.example", network=f"192.0.2.{number}").status_code == 200
    for email in (JO, DANA):
        page = ask_owner(scenario, email, network="192.0.2.99")
        assert page.status_code == 429
        assert errors(page) == ["Too many people asked today. Try again tomorrow, or ask Dana Ruiz another way."]
        assert WHY in page.content.decode()
    assert len(scenario.emails("access_asked")) == MOST_PER_DAY


def test_the_organizations_cap_shows_the_same_sentence(scenario: RequestScenario) -> None:
    with tenant(scenario.organization):
        caps.count("access_asks", organization=scenario.organization, address=DANA, times=20)
    assert [ask_owner(scenario, email).status_code for email in (JO, DANA)] == [429, 429]
    with tenant(scenario.organization):
        assert not Reader.objects.filter(email=JO).exists()


def test_a_network_asks_a_few_times_an_hour(scenario: RequestScenario) -> None:
    """Whatever it asks for, and whether or not the owner got an email."""
    for _time in range(MOST_ASKS_PER_HOUR):
        assert ask_owner(scenario, JO).status_code == 200
    assert ask_owner(scenario, JO).status_code == 429
    assert ask_owner(scenario, JO, network="192.0.2.99").status_code == 200
    assert len(scenario.emails("access_asked")) == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [("email", "jo"), ("name", ""), ("reason", ""), ("reason", "www.evil.example"), ("name", "a.example")],
)
def test_bad_input_is_refused_and_shown_again(scenario: RequestScenario, field: str, typed: str) -> None:
    page = ask_owner(scenario, **{field: typed})
    assert len(errors(page)) == 1
    assert scenario.emails("access_asked") == []


def test_typed_markup_stays_text(scenario: RequestScenario) -> None:
    ask_owner(scenario, name="<b>Jo</b>", reason="<script>alert(1)</script>")
    (email,) = scenario.emails("access_asked")
    page = recruiter(scenario).get(share_path(scenario)).content.decode()
    for html in (email.html, page):
        assert "<b>Jo</b>" not in html
        assert "<script>alert" not in html


def test_a_reader_whose_time_is_over_asks_again_and_keeps_their_views(scenario: RequestScenario) -> None:
    browser = recruiter(scenario)
    share(scenario, browser, days="7")
    with_pass(scenario, JO).get(path(scenario))
    with time_machine.travel(clock.now() + timedelta(days=9)):
        ask_owner(scenario)
        late = recruiter(scenario)
        assert WHY in text(late.get(share_path(scenario)))
        late.post(share_path(scenario), {"grant": str(reader(scenario).uid)})
        assert heading(opened_by(scenario).get(path(scenario))) == "Maya Osei"


def test_a_reader_is_sent_to_the_report_and_an_unknown_report_is_not_found(scenario: RequestScenario) -> None:
    assert with_pass(scenario, DANA).get(ask_path(scenario))["Location"] == path(scenario)
    assert Client().get("/reports/6f2f7e0e-0000-4000-8000-000000000000/ask/").status_code == 404


def test_a_stranger_with_another_tag_gets_nothing_of_what_is_shared(scenario: RequestScenario) -> None:
    """To some servers a "+tag" is another mailbox, and the code used to go to the one that asked first."""
    planted = "jo+other@client.example"
    ask_owner(scenario, planted, name="Mallory")
    share(scenario, recruiter(scenario))
    ask(scenario, JO)
    ask(scenario, planted)
    assert {each.to_email for each in (*scenario.emails("report_shared"), *scenario.emails("report_code"))} == {JO}
    assert str(reader(scenario)) == JO


def test_erasing_a_person_erases_what_they_asked(scenario: RequestScenario) -> None:
    ask_owner(scenario)
    with tenant(scenario.organization):
        erase_reader(Reader.objects.select_related("reference_request__organization").get(email=JO))
        assert not Reader.objects.filter(email=JO).exists()
    assert "Jo Park" not in " ".join(scenario.timeline())
    assert not any("Jo Park" in each.text for each in scenario.emails())
