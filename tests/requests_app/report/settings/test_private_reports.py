"""Private reports: who opens them, who asks for access, and what turning this on and off changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from connectors.models import Attachment
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.models import ReaderRole, ReferenceRequest, ReportFile
from requests_app.start.start import ReportReader
from templates_app.request_templates.rules import ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.accounts.confirming import CONFIRM
from tests.audit import audited
from tests.factories import PASSWORD, make_connection, make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, answer, ready_request, sent_request, waiting_request
from tests.requests_app.pages import heading, links, text
from tests.requests_app.report.sharing.test_asking_for_access import ask_owner, ask_path
from tests.requests_app.report.sharing.test_sharing import opened_by, reader, share, share_path
from tests.requests_app.report.test_report_access import DANA, ask, codes, path, with_pass
from tests.templates_app.browsing import press

pytestmark = pytest.mark.django_db
HAL, TIM = "hal@acme.example", "tim@acme.example"
READERS = (
    ReportReader("Hal Manager", HAL, ReaderRole.HIRING_MANAGER),
    ReportReader("Tim Team", TIM, ReaderRole.HIRING_TEAM),
)
SAID = "Priya Nair"
ONE = (ReferenceRule(Relationship.ANY, count=1),)


@pytest.fixture
def scenario() -> RequestScenario:
    organization = make_organization()
    Organization.objects.update(reports_private=True)
    return ready_request(Organization.objects.get(pk=organization.pk), readers=READERS, rules=ONE)


def member(scenario: RequestScenario, role: Role, email: str = "", name: str = "Ada Lind") -> Client:
    user = make_user(email or None, name=name, password=PASSWORD)
    return signed_in(Client(), make_member(scenario.organization, role, user))


def key_of(email: str) -> str:
    return str(User.objects.get(email=email).pk)


def page_path(scenario: RequestScenario, end: str = "") -> str:
    return f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/{end}"


def report_path(scenario: RequestScenario) -> str:
    return page_path(scenario, "report/")


@pytest.mark.parametrize("role", [Role.OWNER, pytest.param(Role.RECRUITER, marks=pytest.mark.slow)])
def test_other_members_see_that_the_report_exists_and_nothing_it_says(scenario: RequestScenario, role: Role) -> None:
    browser = member(scenario, role)
    page = browser.get(path(scenario), follow=True)
    assert "This report is private. Only Dana Ruiz" in text(page)
    assert SAID not in text(page)
    assert "Very good" not in text(page)
    assert browser.get(f"{report_path(scenario)}pdf/")["Location"] == report_path(scenario)
    assert browser.post(f"{report_path(scenario)}pdf/")["Location"] == report_path(scenario)
    for version in ("versions/1/", "versions/1/pdf/", "versions/2/since/1/"):
        page = browser.get(f"{report_path(scenario)}{version}", follow=True)
        assert "This report is private" in text(page)
        assert SAID not in text(page)
    detail = browser.get(page_path(scenario))
    assert "Open report" not in links(detail)
    assert links(detail)["Ask for access"] == report_path(scenario)
    with tenant(scenario.organization):
        assert not ReportFile.objects.exists()
        assert scenario.reference_request.views.count() == 0


def test_the_owner_opens_it_as_a_member_and_with_a_code(scenario: RequestScenario) -> None:
    assert SAID in text(opened_by(scenario, DANA).get(path(scenario)))
    owner = member(scenario, Role.VIEWER, DANA)
    assert SAID in text(owner.get(report_path(scenario)))
    assert "Make the PDF" in text(owner.get(f"{report_path(scenario)}pdf/"))
    assert "Open report" in links(owner.get(page_path(scenario)))


def test_answers_so_far_are_as_private_as_the_report() -> None:
    organization = make_organization()
    Organization.objects.update(reports_private=True)
    scenario = waiting_request(Organization.objects.get(pk=organization.pk))
    answer(scenario, 1)
    page = member(scenario, Role.OWNER).get(report_path(scenario))
    assert "This report is private" in text(page)
    assert SAID not in text(page)
    assert SAID in text(member(scenario, Role.RECRUITER, DANA, "Dana Ruiz").get(report_path(scenario)))


def test_a_hiring_manager_is_a_named_reader_and_the_hiring_team_is_not(scenario: RequestScenario) -> None:
    assert SAID in text(opened_by(scenario, HAL).get(path(scenario)))
    ask(scenario, TIM)
    assert len(codes(scenario)) == 1
    page = Client().get(path(scenario))
    assert links(page)["Ask for access"] == ask_path(scenario)


def test_the_hiring_team_asks_from_the_note_and_the_owner_gives_access_with_one_press(
    scenario: RequestScenario,
) -> None:
    assert heading(ask_owner(scenario, TIM)) == "Your request was sent"
    (email,) = scenario.emails("access_asked")
    assert share_path(scenario) in email.text
    owner = with_pass(scenario, DANA)
    page = owner.get(share_path(scenario))
    assert all(said in text(page) for said in ("Tim Team", TIM, "I interview Maya on Monday."))
    owner.post(share_path(scenario), {"grant": str(reader(scenario, TIM).uid)})
    assert SAID in text(opened_by(scenario, TIM).get(path(scenario)))
    with time_machine.travel(clock.now() + timedelta(days=31)):
        ask(scenario, TIM)
    assert len(scenario.emails("report_code")) == 1
    assert reader(scenario, TIM).role == ReaderRole.HIRING_TEAM


def test_a_member_asks_with_one_press_and_opens_it_signed_in(scenario: RequestScenario) -> None:
    browser = member(scenario, Role.ADMIN, "ada@acme.example")
    page = browser.post(page_path(scenario, "report/ask/"), {"reason": ""}, follow=True)
    assert "You asked for access" in text(page)
    assert "Ask for access" not in text(browser.get(report_path(scenario))).replace("You asked for access", "")
    (email,) = scenario.emails("access_asked")
    assert email.to_email == DANA
    assert "Ada Lind (ada@acme.example) asks for access" in email.text
    assert "Their reason" not in email.text
    owner = with_pass(scenario, DANA)
    owner.post(share_path(scenario), {"grant": str(reader(scenario, "ada@acme.example").uid)})
    (email,) = scenario.emails("report_shared")
    assert "Sign in to open it." in email.text
    assert SAID in text(browser.get(report_path(scenario)))
    owner.post(share_path(scenario), {"stop": str(reader(scenario, "ada@acme.example").uid)})
    assert "This report is private" in text(browser.get(report_path(scenario)))


def test_a_member_who_was_declined_and_asks_again_that_day_reads_that_they_must_wait(scenario: RequestScenario) -> None:
    browser = member(scenario, Role.VIEWER, "vic@acme.example")
    browser.post(page_path(scenario, "report/ask/"))
    owner = with_pass(scenario, DANA)
    owner.post(share_path(scenario), {"decline": str(reader(scenario, "vic@acme.example").uid)})
    page = browser.post(page_path(scenario, "report/ask/"), follow=True)
    assert "You asked less than a day ago" in text(page)
    assert len(scenario.emails("access_asked")) == 1


def test_a_reason_with_a_link_is_refused_and_shown_again(scenario: RequestScenario) -> None:
    browser = member(scenario, Role.VIEWER)
    page = browser.post(page_path(scenario, "report/ask/"), {"reason": "See evil.example"})
    assert "looks like an address or a link" in text(page)
    assert "See evil.example" in page.content.decode()
    assert scenario.emails("access_asked") == []


def test_only_the_owner_decides_who_reads_it(scenario: RequestScenario) -> None:
    for role, email in ((Role.OWNER, "ada@acme.example"), (Role.RECRUITER, HAL)):
        browser = member(scenario, role, email)
        page = browser.post(share_path(scenario), {"email": email, "days": "30"})
        assert page.status_code == 409
        assert "Only its owner, Dana Ruiz, decides" in text(page)
    assert scenario.emails("report_shared") == []


def test_the_share_page_names_every_reader_with_their_views_and_ends_each_ones_access(
    scenario: RequestScenario,
) -> None:
    with_pass(scenario, HAL).get(path(scenario))
    owner = with_pass(scenario, DANA)
    page = owner.get(share_path(scenario))
    assert "Who can open it" in text(page)
    assert all(said in text(page) for said in ("Hal Manager", HAL, "Hiring manager", DANA, "Owner"))
    assert TIM not in text(page)
    assert "Not yet" in text(page)
    hal = reader(scenario, HAL)
    assert "Hal Manager can't open the report anymore." in text(
        owner.post(share_path(scenario), {"stop": str(hal.uid)}, follow=True)
    )
    ask(scenario, HAL)
    assert scenario.emails("report_code") == []
    owner.post(share_path(scenario), {"stop": str(reader(scenario, DANA).uid)})
    assert SAID in text(owner.get(path(scenario)))
    assert "Hal Manager can open the report until" in text(share(scenario, owner, HAL))
    assert SAID in text(opened_by(scenario, HAL).get(path(scenario)))


def test_the_old_owner_loses_access_and_a_recruiter_cannot_take_the_request_over(scenario: RequestScenario) -> None:
    recruiter = member(scenario, Role.RECRUITER, "rae@acme.example", "Rae Lin")
    for browser in (recruiter, member(scenario, Role.RECRUITER)):
        page = browser.get(page_path(scenario, "owner/"))
        assert page.status_code == 409
        assert "Besides the owner, only admins can change the owner" in text(page)
    old = member(scenario, Role.RECRUITER, DANA, "Dana Ruiz")
    old.post(page_path(scenario, "owner/"), {"owner": key_of("rae@acme.example")})
    assert "This report is private. Only Rae Lin" in text(old.get(report_path(scenario)))
    assert SAID in text(recruiter.get(report_path(scenario)))


def test_an_admin_takes_a_request_over_only_with_a_proof_and_the_log_says_so(scenario: RequestScenario) -> None:
    admin = member(scenario, Role.ADMIN, "ada@acme.example")
    answer = admin.post(page_path(scenario, "owner/"), {"owner": key_of("ada@acme.example")})
    assert answer["Location"].startswith(CONFIRM)
    assert "This report is private" in text(admin.get(report_path(scenario)))
    admin.post(answer["Location"], {"password": PASSWORD})
    assert SAID in text(admin.get(report_path(scenario)))
    assert audited(scenario.organization, action="request.owner")
    assert "Ada Lind made Ada Lind the owner" in scenario.timeline()
    (email,) = scenario.emails("owner_replaced")
    assert email.to_email == DANA
    assert "Ada Lind made Ada Lind the owner of the request for Maya Osei" in email.text


def test_only_the_owner_can_copy_the_link_of_a_candidate_who_reads_answers() -> None:
    organization = make_organization()
    Organization.objects.update(reports_private=True, answers_shown_since=clock.now() - timedelta(days=1))
    scenario = waiting_request(Organization.objects.get(pk=organization.pk))
    browser = member(scenario, Role.ADMIN)
    for end in ("candidate-link/", "address/"):
        page = browser.post(page_path(scenario, end), {"email": "ada@acme.example"})
        assert page.status_code == 409
        assert "Only Dana Ruiz can do this." in text(page)
    assert member(scenario, Role.RECRUITER, DANA).post(page_path(scenario, "candidate-link/")).status_code == 200


def test_only_the_owner_can_correct_the_address_of_a_reference_who_has_started(scenario: RequestScenario) -> None:
    other = waiting_request(scenario.organization)
    answer(other, 1, send=False)
    browser = member(scenario, Role.ADMIN)
    statuses = [
        browser.get(page_path(other, f"references/{other.reference(n).uid}/address/")).status_code for n in (1, 2)
    ]
    assert statuses == [409, 200]


def test_a_bulk_change_of_owner_leaves_other_peoples_private_reports_out(scenario: RequestScenario) -> None:
    browser = member(scenario, Role.ADMIN)
    query = f"/o/{scenario.organization.slug}/requests/bulk/?act=reassign&request={scenario.reference_request.uid}"
    assert "Change the owner of someone else's request on its page." in text(browser.get(query))
    owner = member(scenario, Role.RECRUITER, DANA, "Dana Ruiz")
    assert "someone else's request" not in text(owner.get(query))


def test_nothing_is_attached_in_the_ats_and_the_pages_say_so() -> None:
    organization = make_organization()
    connection = make_connection(organization, attach_reports=True)
    Organization.objects.update(reports_private=True)
    organization = Organization.objects.get(pk=organization.pk)
    scenario = ready_request(organization, connection=connection, rules=ONE)
    work_item.drain(ReportFile)
    with tenant(organization):
        assert not Attachment.objects.exists()
        assert not ReportFile.objects.exists()
    assert "The report is private, so no PDF was attached in SmartRecruiters" in scenario.timeline()
    admin = member(scenario, Role.ADMIN)
    assert "Not attached Reports are private" in text(admin.get(page_path(scenario)))
    manage = admin.get(f"/o/{organization.slug}/connectors/smartrecruiters/")
    assert "Reports are private, so no PDF is attached, even if this is on." in text(manage)


def test_turning_it_on_shows_the_numbers_first_and_drops_what_is_not_attached_yet() -> None:
    organization = make_organization()
    connection = make_connection(organization, attach_reports=True)
    scenario = ready_request(organization, connection=connection, readers=READERS, rules=ONE)
    sent_request(organization)
    admin = member(scenario, Role.ADMIN)
    assert SAID in text(admin.get(report_path(scenario)))
    settings = admin.get(f"/o/{organization.slug}/reports/")
    assert links(settings)["Turn on private reports"] == f"/o/{organization.slug}/reports/private/"
    page = admin.get(f"/o/{organization.slug}/reports/private/")
    assert "1 finished report becomes private. So does the report of 1 request that is under way." in text(page)
    assert "1 member can then open only the reports of their own requests" in text(page)
    press(admin, page, "Turn on private reports")
    work_item.drain(ReportFile)
    with tenant(organization):
        assert not Attachment.objects.exists()
    assert "This report is private" in text(admin.get(report_path(scenario)))
    assert audited(organization, action="report.private") == ["Ada Lind turned on private reports"]


def test_what_is_queued_for_the_ats_does_not_go_there_anymore() -> None:
    organization = make_organization()
    connection = make_connection(organization, attach_reports=True)
    scenario = ready_request(organization, connection=connection, rules=ONE)
    work_item.drain(ReportFile)
    admin = member(scenario, Role.ADMIN)
    admin.post(f"/o/{organization.slug}/reports/private/", {"on": "1"})
    with tenant(organization):
        assert not Attachment.objects.filter(state=WorkState.PENDING).exists()


def test_turning_it_off_needs_a_proof_and_opens_the_reports_again(scenario: RequestScenario) -> None:
    admin = member(scenario, Role.ADMIN)
    page = admin.get(f"/o/{scenario.organization.slug}/reports/private/")
    assert "1 finished report opens for all members" in text(page)
    answer = press(admin, page, "Turn off private reports")
    assert answer["Location"].startswith(CONFIRM)
    assert "This report is private" in text(admin.get(report_path(scenario)))
    admin.post(answer["Location"], {"password": PASSWORD})
    assert SAID in text(admin.get(report_path(scenario)))
    ask(scenario, TIM)
    assert len(codes(scenario)) == 1


def test_a_person_still_gets_what_we_hold_about_them(scenario: RequestScenario) -> None:
    with tenant(scenario.organization):
        (found,) = ReferenceRequest.objects.all()
    admin = member(scenario, Role.ADMIN)
    assert admin.get(f"/o/{scenario.organization.slug}/privacy/people/{found.uid}/export/").status_code == 200
