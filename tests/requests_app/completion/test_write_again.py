"""A note or PDF that isn't in the ATS is written again; a member decides about one that may be there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.models import Attachment, Connection, ConnectionState, Writeback
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from requests_app.attention import stored as attention
from requests_app.erasure import erase_reference
from requests_app.models import ReportFile
from requests_app.report.settings import private
from tests.audit import audited
from tests.factories import make_connection, make_organization, make_user
from tests.requests_app.factories import RequestScenario, ready_request, waiting_request
from tests.requests_app.pages import links, text
from tests.requests_app.staff.acting import path, recruiter_of, refused
from tests.templates_app.browsing import press

pytestmark = pytest.mark.django_db
ASKED = datetime(2026, 11, 23, 10, tzinfo=UTC)


def with_note(state: WorkState) -> RequestScenario:
    acme = make_organization()
    scenario = ready_request(acme, connection=make_connection(acme))
    with tenant(acme):
        Writeback.objects.update(state=state, reason="The profile can't be read.", asked_at=ASKED)
    return scenario


def note_of(scenario: RequestScenario) -> Writeback:
    with tenant(scenario.organization):
        found: Writeback = Writeback.objects.get()
    return found


def test_a_failed_note_is_queued_again_and_looked_for_first() -> None:
    scenario = with_note(WorkState.DEAD)
    browser = recruiter_of(scenario.organization)
    assert links(browser.get(path(scenario)))["Post note again"] == path(scenario, "note/")
    page = browser.get(path(scenario, "note/"))
    assert "The profile can't be read." in text(page)
    assert press(browser, page, "Post note again").status_code == 303
    assert (note_of(scenario).state, note_of(scenario).asked_at) == (WorkState.PENDING, ASKED)
    assert scenario.timeline()[-1] == "Dana Ruiz asked us to post the note in SmartRecruiters again"
    assert audited(scenario.organization, action="request.note_again")
    assert refused(press(browser, page, "Post note again")) == "The note is on its way to SmartRecruiters."


@pytest.mark.parametrize(
    ("found", "state", "asked_at"),
    [
        ("look", WorkState.PENDING, ASKED),
        ("missing", WorkState.PENDING, None),
        ("posted", WorkState.DONE, ASKED),
    ],
)
def test_a_member_decides_about_a_note_that_may_be_there(
    found: str, state: WorkState, asked_at: datetime | None
) -> None:
    scenario = with_note(WorkState.UNKNOWN)
    browser = recruiter_of(scenario.organization)
    assert press(browser, browser.get(path(scenario, "note/")), "Continue", found=found).status_code == 303
    assert (note_of(scenario).state, note_of(scenario).asked_at) == (state, asked_at)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (ConnectionState.NOT_CONNECTED, "SmartRecruiters is disconnected, so we can't post the note."),
        (ConnectionState.NEEDS_SIGN_IN, "SmartRecruiters needs a new sign-in, so we can't post the note."),
    ],
)
def test_without_a_connection_a_sentence_says_what_to_do(state: ConnectionState, said: str) -> None:
    scenario = with_note(WorkState.DEAD)
    with tenant(scenario.organization):
        Connection.objects.update(state=state)
    browser = recruiter_of(scenario.organization)
    for response in (browser.get(path(scenario, "note/")), browser.post(path(scenario, "note/"))):
        assert refused(response).startswith(said)
    assert note_of(scenario).state == WorkState.DEAD


def test_a_posted_note_and_a_request_without_one_are_refused() -> None:
    posted, without = with_note(WorkState.DONE), waiting_request()
    assert (
        refused(recruiter_of(posted.organization).post(path(posted, "note/")))
        == "The note is already in SmartRecruiters."
    )
    assert refused(recruiter_of(without.organization).post(path(without, "note/"))) == "This request has no note."


def with_file(state: WorkState) -> RequestScenario:
    """The PDF of the report was made and handed over."""
    acme = make_organization()
    scenario = ready_request(acme, connection=make_connection(acme, attach_reports=True))
    work_item.drain(ReportFile)
    with tenant(acme):
        Attachment.objects.update(state=state, reason="The application is closed.", asked_at=ASKED)
        Writeback.objects.update(state=WorkState.DONE)
        attention.refresh_later(scenario.reference_request)
    return scenario


def file_of(scenario: RequestScenario) -> Attachment:
    with tenant(scenario.organization):
        found: Attachment = Attachment.objects.get()
    return found


def test_a_failed_pdf_needs_a_person_and_is_attached_again_with_one_press() -> None:
    scenario = with_file(WorkState.DEAD)
    browser = recruiter_of(scenario.organization)
    listed = text(browser.get(f"/o/{scenario.organization.slug}/requests/?show=needs"))
    assert "The PDF of the report isn't in SmartRecruiters. The application is closed." in listed
    shown = browser.get(path(scenario))
    assert links(shown)["Attach PDF again"] == path(scenario, "attachment/")
    assert "PDF of the report in SmartRecruiters" in text(shown)  # the timeline
    assert press(browser, browser.get(path(scenario, "attachment/")), "Attach PDF again").status_code == 303
    assert (file_of(scenario).state, file_of(scenario).asked_at) == (WorkState.PENDING, ASKED)
    assert scenario.timeline()[-1] == "Dana Ruiz asked us to attach the PDF of the report in SmartRecruiters again"
    assert audited(scenario.organization, action="request.attach_again")
    assert scenario.reread().problem == ""
    assert refused(browser.post(path(scenario, "attachment/"))) == "The PDF is on its way to SmartRecruiters."


def test_a_member_decides_about_a_pdf_that_may_be_there() -> None:
    scenario = with_file(WorkState.UNKNOWN)
    browser = recruiter_of(scenario.organization)
    assert press(browser, browser.get(path(scenario, "attachment/")), "Continue", found="posted").status_code == 303
    assert file_of(scenario).state == WorkState.DONE
    assert scenario.timeline()[-1] == "Dana Ruiz found the PDF of the report in SmartRecruiters"


def test_the_next_version_replaces_a_pdf_that_failed() -> None:
    scenario = with_file(WorkState.DEAD)
    with tenant(scenario.organization):
        Attachment.objects.update(asked_at=None)
        erase_reference(scenario.reference(2))
    work_item.drain(ReportFile)
    assert file_of(scenario).state == WorkState.PENDING
    assert scenario.reread().problem == ""


def test_a_pdf_that_could_not_be_made_says_so_and_is_made_and_attached_with_one_press() -> None:
    acme = make_organization()
    scenario = ready_request(acme, connection=make_connection(acme, attach_reports=True))
    browser = recruiter_of(acme)
    assert "PDF in SmartRecruitersOn its way" in text(browser.get(path(scenario)))
    with tenant(acme):
        ReportFile.objects.update(state=WorkState.DEAD, reason="Our software crashed on this.")
    shown = browser.get(path(scenario))
    assert "PDF in SmartRecruitersNot attached" in text(shown)
    assert "We couldn't make the PDF. Our software crashed on this." in text(shown)
    assert links(shown)["Attach PDF again"] == path(scenario, "attachment/")
    page = browser.get(path(scenario, "attachment/"))
    assert "We couldn't make the PDF. Our software crashed on this." in text(page)
    assert press(browser, page, "Attach PDF again").status_code == 303
    assert refused(browser.post(path(scenario, "attachment/"))) == "The PDF is on its way to SmartRecruiters."
    with tenant(acme):
        assert ReportFile.objects.filter(state=WorkState.PENDING, attach=True).count() == 1


def test_a_report_from_before_pdfs_were_attached_does_not_claim_that_one_is_on_its_way() -> None:
    acme = make_organization()
    connection = make_connection(acme)
    scenario = ready_request(acme, connection=connection)
    with tenant(acme):
        Connection.objects.filter(pk=connection.pk).update(attach_reports=True)
    browser = recruiter_of(acme)
    assert "PDF in SmartRecruitersNot attached" in text(browser.get(path(scenario)))
    assert press(browser, browser.get(path(scenario, "attachment/")), "Attach PDF again").status_code == 303
    with tenant(acme):
        assert ReportFile.objects.filter(state=WorkState.PENDING, attach=True).count() == 1


def test_a_request_without_a_pdf_is_refused() -> None:
    without = waiting_request()
    refusal = refused(recruiter_of(without.organization).post(path(without, "attachment/")))
    assert refusal == "This request has no PDF to attach."


def test_once_reports_are_private_a_pdf_that_failed_needs_nobody() -> None:
    scenario = with_file(WorkState.DEAD)
    with tenant(scenario.organization):
        private.turn(scenario.organization, on=True, actor=make_user())
    assert scenario.reread().problem == ""
    assert refused(recruiter_of(scenario.organization).post(path(scenario, "attachment/"))).startswith(
        "Reports are private"
    )
