"""One request changes hands: to a member, or to someone without an account. Emails and the report's access follow."""

from __future__ import annotations

import pytest

from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.models import Reader, ReaderRole
from requests_app.start.start import ReportReader
from tests.audit import audited
from tests.factories import make_member, make_organization, make_user
from tests.requests_app.factories import RequestScenario, answer, ready_request, sent_request, waiting_request
from tests.requests_app.pages import links, text
from tests.requests_app.staff.acting import path, recruiter_of, refused
from tests.templates_app.browsing import errors, press

pytestmark = pytest.mark.django_db
BUTTON = "Change owner"


def owners(scenario: RequestScenario) -> list[str]:
    """The readers who can read the report as the owner."""
    with tenant(scenario.organization):
        rows = Reader.objects.filter(reference_request=scenario.reference_request, role=ReaderRole.OWNER)
        return list(rows.values_list("email", flat=True))


def test_a_member_becomes_the_owner_and_gets_the_emails() -> None:
    acme = make_organization()
    scenario = waiting_request(acme)
    lee = make_member(acme, Role.RECRUITER, make_user("lee@acme.example", name="Lee Wong"))
    browser = recruiter_of(acme)
    assert links(browser.get(path(scenario)))["Change owner"] == path(scenario, "owner/")
    page = browser.get(path(scenario, "owner/"))
    assert "Dana Ruiz loses the access they had as the owner." in text(page)
    assert press(browser, page, BUTTON, owner=str(lee.pk)).status_code == 303
    assert (scenario.reread().owner_name, scenario.reference_request.owner_email) == ("Lee Wong", "lee@acme.example")
    assert owners(scenario) == ["lee@acme.example"]
    (email,) = scenario.emails("owner_changed")
    assert (email.to_email, email.subject) == ("lee@acme.example", "You now own the request for Maya Osei")
    assert scenario.timeline()[-1] == "Dana Ruiz made Lee Wong the owner"
    assert audited(acme, action="request.owner") == ["Dana Ruiz changed the owner of the request to Maya Osei"]
    assert refused(press(browser, page, BUTTON, owner=str(lee.pk))) == "Lee Wong already owns this request."
    answer(scenario, 1)
    answer(scenario, 2)
    assert [email.to_email for email in scenario.emails("report_ready")] == ["lee@acme.example"]


def test_someone_without_an_account_needs_a_name_and_an_address() -> None:
    scenario = waiting_request()
    browser = recruiter_of(scenario.organization)
    page = browser.get(path(scenario, "owner/"))
    assert errors(press(browser, page, BUTTON, owner="other")) == [
        "Enter the owner's full name",
        "Enter the owner's email address",
    ]
    outside = {"owner": "other", "owner_name": "Kim Ito", "owner_email": "kim@agency.example"}
    assert press(browser, page, BUTTON, **outside).status_code == 303
    assert owners(scenario) == ["kim@agency.example"]
    assert scenario.emails("owner_changed")[0].to_email == "kim@agency.example"


def test_a_member_who_takes_a_request_over_gets_no_email() -> None:
    scenario = waiting_request()
    browser = recruiter_of(scenario.organization)
    press(browser, browser.get(path(scenario, "owner/")), BUTTON)
    assert scenario.emails("owner_changed") == []
    assert scenario.reread().owner_email != "dana@acme.example"


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("Maya@candidates.example", "The candidate can't own their own request."),
        ("tom@ledgerly.example", "A reference can't own a request that they were named in."),
    ],
)
def test_the_candidate_and_references_cannot_own_it(email: str, said: str) -> None:
    scenario = waiting_request()
    outside = {"owner": "other", "owner_name": "Kim Ito", "owner_email": email}
    assert refused(recruiter_of(scenario.organization).post(path(scenario, "owner/"), outside)) == said
    assert owners(scenario) == ["dana@acme.example"]


def test_a_finished_report_changes_hands_too() -> None:
    scenario = ready_request()
    outside = {"owner": "other", "owner_name": "Kim Ito", "owner_email": "kim@agency.example"}
    assert recruiter_of(scenario.organization).post(path(scenario, "owner/"), outside).status_code == 303
    assert owners(scenario) == ["kim@agency.example"]


def test_a_reader_who_becomes_the_owner_with_another_tag_gets_codes_at_the_owners_address() -> None:
    hal = ReportReader("Hal", "hal+jobs@acme.example", ReaderRole.HIRING_MANAGER)
    scenario = sent_request(make_organization(), readers=(hal,))
    outside = {"owner": "other", "owner_name": "Hal Ito", "owner_email": "hal@acme.example"}
    assert recruiter_of(scenario.organization).post(path(scenario, "owner/"), outside).status_code == 303
    assert owners(scenario) == ["hal@acme.example"]
