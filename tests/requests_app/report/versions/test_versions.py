"""Each change of a finished report makes a new version. All are kept, and an erasure applies to each."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from connectors.models import Attachment
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.person import Correction
from crosschq.tenancy.scope import tenant
from requests_app.completion import complete, late, reopen
from requests_app.erasure import erase_reference, erase_request
from requests_app.models import (
    ReaderRole,
    Reference,
    ReferenceState,
    ReportFile,
    ReportVersion,
    ReportView,
    VersionEntry,
)
from requests_app.personal_corrections import correct_reference
from requests_app.reference import responses, survey_questions
from requests_app.reference.responses import AnswerInput
from requests_app.report.build import build
from requests_app.report.content import Report
from requests_app.report.pdf import files
from requests_app.report.versions.compare import Difference, compare
from requests_app.start.start import ReportReader
from tests.architecture.pages import MOST_QUERIES, queries
from tests.factories import make_connection, make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, answer, version_of, waiting_request
from tests.requests_app.pages import text
from tests.requests_app.report.test_report_access import HAL, with_pass
from tests.requests_app.report.test_report_access import path as public_path
from tests.requests_app.staff.acting import path, recruiter_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH")


def finished_without_the_second(acme: Organization, **fields: object) -> RequestScenario:
    """Priya Nair rated everything 4; Tom Beck was asked and hasn't answered."""
    scenario = waiting_request(acme, readers=(ReportReader("Hal", HAL, ReaderRole.HIRING_MANAGER),), **fields)
    assert scenario.reference_path(2)  # remembered: the email is deleted
    answer(scenario, 1)
    with tenant(acme):
        complete.finish_manually(scenario.reference_request, actor="Dana")
    scenario.reread()
    return scenario


def accept_late(scenario: RequestScenario) -> None:
    """Tom Beck rates everything 2, late, and the owner accepts it."""
    answer(scenario, 2, rating=2)
    with tenant(scenario.organization):
        late.accept(scenario.reread(), scenario.reference(2), actor="Dana")
    scenario.reread()


def change_after_reopening(scenario: RequestScenario, words: str = "I was wrong about this") -> None:
    """The request is reopened, Priya Nair changes her first answer to 2, and it is finished again."""
    with tenant(scenario.organization):
        due = (clock.now() + timedelta(days=7)).date()
        reference_request = reopen.reopen(scenario.reference_request, due_on=due, actor="Dana")
        reference = scenario.reference(1)
        responses.change(reference_request, reference)
        question = survey_questions.questions_for(reference_request, reference)[0]
        responses.save(reference_request, reference, {question: AnswerInput(rating=2, text=words)})
        responses.submit(reference_request, reference)
        complete.finish_manually(scenario.reread(), actor="Dana")
    scenario.reread()


def built(scenario: RequestScenario, number: int = 0) -> Report:
    version = version_of(scenario, number)
    with tenant(scenario.organization):
        return build(scenario.reference_request, version)


def difference(scenario: RequestScenario, before: int, after: int) -> Difference:
    return compare(built(scenario, before), built(scenario, after))


def pdf_of(scenario: RequestScenario, number: int) -> str:
    pdf = PdfReader(io.BytesIO(files.make(version_of(scenario, number))[1]))
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def member(acme: Organization) -> Client:
    return signed_in(Client(), make_member(acme, Role.VIEWER, make_user("ines@acme.example", name="Ines Roth")))


def code_reader(scenario: RequestScenario) -> Client:
    return with_pass(scenario, HAL)


def test_an_accepted_late_answer_makes_the_second_version_and_the_first_stays_as_it_was(acme: Organization) -> None:
    with time_machine.travel("2026-11-20T09:00:00Z", tick=False):
        scenario = finished_without_the_second(acme)
        first, page = built(scenario), text(member(acme).get(path(scenario, "report/")))
    assert "Versions" not in page
    with time_machine.travel("2026-11-28T09:00:00Z", tick=False):
        accept_late(scenario)
    assert built(scenario, 1) == first
    assert [person.name for person in built(scenario, 2).people] == ["Priya Nair", "Tom Beck"]
    page = text(recruiter_of(acme).get(path(scenario, "report/")))
    assert "Version 2, Nov 28, 2026: Tom Beck's late answer was accepted" in page
    assert "Version 1, Nov 20, 2026: The request was finished" in page
    earlier = text(recruiter_of(acme).get(path(scenario, "report/versions/1/")))
    assert "There is a later version." in earlier
    assert "1 of 2 references" in earlier
    assert "finished Nov 20, 2026" in earlier


def test_the_latest_version_is_what_the_answers_say_now(acme: Organization) -> None:
    scenario = finished_without_the_second(acme)
    accept_late(scenario)
    latest = built(scenario)
    with tenant(acme):
        now = build(scenario.reference_request)
    assert (latest.people, latest.ratings, latest.by_person) == (now.people, now.ratings, now.by_person)


def test_an_answer_changed_after_reopening_is_shown_before_and_after(acme: Organization) -> None:
    scenario = finished_without_the_second(acme)
    before = built(scenario)
    change_after_reopening(scenario)
    assert built(scenario, 1) == before
    found = difference(scenario, 1, 2)
    (person,) = found.changed
    (change,) = person.answers
    assert (person.name, change.before and change.before.chosen[0], change.after and change.after.chosen[0]) == (
        "Priya Nair",
        "4",
        "2",
    )
    assert [(mean.before, mean.after) for mean in found.means] == [(4.0, 2.0)]
    assert (found.added, found.removed) == ((), ())
    page = text(recruiter_of(acme).get(path(scenario, "report/versions/2/since/1/")))
    assert "What changed from version 1 to version 2" in page
    assert "The request was reopened and finished again" in page
    assert "Changed answers of Priya Nair" in page
    assert "I was wrong about this" in page


def test_a_reference_replaced_after_reopening_is_no_longer_listed(acme: Organization) -> None:
    scenario = finished_without_the_second(acme)
    with tenant(acme):
        due = (clock.now() + timedelta(days=7)).date()
        reference_request = reopen.reopen(scenario.reference_request, due_on=due, actor="Dana")
        Reference.objects.filter(slot=2).update(state=ReferenceState.REPLACED)
        complete.finish_manually(reference_request, actor="Dana")
    assert difference(scenario, 1, 2).removed == ("Tom Beck",)


def test_a_late_answers_means_are_compared(acme: Organization) -> None:
    scenario = finished_without_the_second(acme)
    accept_late(scenario)
    found = difference(scenario, 1, 2)
    assert found.added == ("Tom Beck",)
    assert {(mean.before, mean.after, mean.count_before, mean.count_after) for mean in found.means} == {(4, 3, 1, 2)}
    assert found.sentences == ["New answers: Tom Beck.", "6 means are different."]


def test_each_version_has_its_pdf(acme: Organization) -> None:
    scenario = finished_without_the_second(acme)
    accept_late(scenario)
    first, second = pdf_of(scenario, 1), pdf_of(scenario, 2)
    assert "1 of 2 references" in first
    assert "2 of 2 references" in second
    assert "Tom Beck's late answer was accepted" in second
    browser, page = recruiter_of(acme), path(scenario, "report/versions/1/pdf/")
    assert browser.post(page).status_code == 303
    work_item.drain(ReportFile)
    assert browser.get(page).content.startswith(b"%PDF")


@pytest.mark.parametrize("who", ["member", "reader"])
def test_a_reader_learns_once_what_changed_since_they_read_it(acme: Organization, who: str) -> None:
    scenario = finished_without_the_second(acme)
    opened: Callable[[], str]
    if who == "member":
        browser, page = member(acme), path(scenario, "report/")
    else:
        browser, page = code_reader(scenario), public_path(scenario)
    opened = lambda: text(browser.get(page))  # noqa: E731
    assert "Changed since you read it" not in opened()
    accept_late(scenario)
    browser.get(f"{page}pdf/")
    notice = opened()
    assert "Changed since you read it" in notice
    assert "Tom Beck's late answer was accepted" in notice
    assert "New answers: Tom Beck." in notice
    changes = f"{page}versions/2/since/1/"
    assert "New: the answers of Tom Beck" in text(browser.get(changes))
    assert "Changed since you read it" not in opened()


def test_a_first_time_reader_sees_no_changes(acme: Organization) -> None:
    scenario = finished_without_the_second(acme)
    accept_late(scenario)
    assert "Changed since you read it" not in text(member(acme).get(path(scenario, "report/")))
    with tenant(acme):
        assert ReportView.objects.get().read_version == 2


def test_an_erased_reference_is_in_no_version_page_or_pdf(acme: Organization) -> None:
    scenario = finished_without_the_second(acme)
    accept_late(scenario)
    with tenant(acme):
        erase_reference(scenario.reference(2))
    browser = recruiter_of(acme)
    pages = ["report/", "report/versions/1/", "report/versions/2/since/1/"]
    for page in pages:
        shown = text(browser.get(path(scenario, page)))
        assert "Tom Beck" not in shown
        assert "erased" in shown
    assert not any("Tom Beck" in pdf_of(scenario, number) for number in (1, 2))
    with tenant(acme):
        assert VersionEntry.objects.count() == 2


def test_a_corrected_name_is_correct_in_every_version(acme: Organization) -> None:
    scenario = finished_without_the_second(acme)
    accept_late(scenario)
    with tenant(acme):
        correct_reference(scenario.reference(1), Correction(first_name="Priya", last_name="Nair-Gupta"))
    assert {built(scenario, number).people[0].name for number in (1, 2)} == {"Priya Nair-Gupta"}
    with tenant(acme):
        assert ReportVersion.objects.count() == 2


def test_an_erased_request_leaves_no_version(acme: Organization) -> None:
    scenario = finished_without_the_second(acme)
    accept_late(scenario)
    with tenant(acme):
        erase_request(scenario.reread())
        assert not ReportVersion.objects.exists()
        assert not VersionEntry.objects.exists()


def test_a_reopened_request_still_offers_its_earlier_version(acme: Organization) -> None:
    scenario = finished_without_the_second(acme)
    hal = code_reader(scenario)
    with tenant(acme):
        due = (clock.now() + timedelta(days=7)).date()
        reopen.reopen(scenario.reference_request, due_on=due, actor="Dana")
    waiting = text(hal.get(public_path(scenario)))
    assert "The report is not ready yet" in waiting
    assert "Version 1" in waiting
    assert "The request was reopened" in text(hal.get(f"{public_path(scenario)}versions/1/"))
    with tenant(acme):
        complete.cancel(scenario.reread(), actor="Dana")
    assert hal.get(f"{public_path(scenario)}versions/1/").status_code == 404


def test_versions_that_do_not_exist_are_not_found(acme: Organization) -> None:
    scenario = finished_without_the_second(acme)
    accept_late(scenario)
    desk, hal = recruiter_of(acme), code_reader(scenario)
    for page in ("versions/3/", "versions/3/pdf/", "versions/2/since/2/", "versions/1/since/2/", "versions/2/since/9/"):
        assert desk.get(path(scenario, f"report/{page}")).status_code == 404
        assert hal.get(f"{public_path(scenario)}{page}").status_code == 404
    assert desk.get(path(scenario, "report/versions/2/"))["Location"] == path(scenario, "report/")
    assert hal.get(f"{public_path(scenario)}versions/2/")["Location"] == public_path(scenario)


def test_a_new_version_is_attached_once_under_its_own_name(acme: Organization) -> None:
    scenario = finished_without_the_second(acme, connection=make_connection(acme, attach_reports=True))

    def names() -> list[str]:
        work_item.drain(ReportFile)
        with tenant(acme):
            found = list(Attachment.objects.order_by("pk").values_list("name", flat=True))
            Attachment.objects.update(state=WorkState.DONE)
        return [" ".join(name.split()[:5]) for name in found]

    assert names() == ["Crosschq 360 Report version 1"]
    accept_late(scenario)
    recruiter_of(acme).post(path(scenario, "report/versions/1/pdf/"))  # making it again attaches nothing
    assert names() == names() == ["Crosschq 360 Report version 1", "Crosschq 360 Report version 2"]


def test_a_version_that_was_overtaken_before_it_was_made_is_not_attached(acme: Organization) -> None:
    scenario = finished_without_the_second(acme, connection=make_connection(acme, attach_reports=True))
    accept_late(scenario)
    work_item.drain(ReportFile)
    with tenant(acme):
        assert [name.split()[4] for name in Attachment.objects.values_list("name", flat=True)] == ["2"]


def test_the_versions_of_a_private_report_are_not_for_every_member(acme: Organization) -> None:
    scenario = finished_without_the_second(acme)
    accept_late(scenario)
    Organization.objects.filter(pk=acme.pk).update(reports_private=True)
    browser = member(acme)
    for page in ("report/", "report/versions/1/", "report/versions/2/since/1/"):
        shown = text(browser.get(path(scenario, page)))
        assert "Tom Beck" not in shown
        assert "Version 1" not in shown
    assert browser.get(path(scenario, "report/versions/1/pdf/")).status_code == 303


def test_a_report_that_says_what_changed_takes_few_queries(acme: Organization) -> None:
    scenario, browser = finished_without_the_second(acme), member(acme)
    browser.get(path(scenario, "report/"))
    accept_late(scenario)
    with CaptureQueriesContext(connection) as captured:
        assert "Changed since you read it" in text(browser.get(path(scenario, "report/")))
    assert len(queries(captured)) <= MOST_QUERIES
