"""The report without an account: who gets a code, how long it lasts, and what a stranger can learn."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from crosschq.tenancy.models import AuditEntry, Role
from crosschq.tenancy.scope import tenant
from requests_app.models import Reader as ReaderRow
from requests_app.models import ReaderRole, ReportCode
from requests_app.report.views import MOST_CODES_AN_HOUR
from requests_app.start.start import Reader
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import Job, make_job, ready_job
from tests.requests_app.pages import heading, text
from tests.templates_app.browsing import errors

pytestmark = pytest.mark.django_db
DANA, HAL, TIM = "dana@acme.example", "hal@acme.example", "tim@acme.example"


@pytest.fixture
def job() -> Job:
    readers = (Reader("Hal", HAL, ReaderRole.HIRING_MANAGER), Reader("Tim", TIM, ReaderRole.HIRING_TEAM))
    return ready_job(readers=readers)


def path(job: Job) -> str:
    return f"/reports/{job.reference_request.uid}/"


def ask(job: Job, email: str, client: Client | None = None) -> Any:
    return (client or Client()).post(path(job), {"email": email})


def codes(job: Job) -> list[str]:
    return [email.subject.split()[0] for email in job.emails("report_code")]


def enter(job: Job, email: str, code: str, client: Client | None = None) -> Any:
    return (client or Client()).post(path(job), {"email": email, "code": code})


@pytest.mark.parametrize("email", [DANA, HAL, TIM, "HAL@acme.example"])
def test_those_who_may_read_it_get_a_code_and_are_let_in(job: Job, email: str) -> None:
    browser = Client()
    ask(job, email, browser)
    assert re.fullmatch(r"\d{6}", codes(job)[0])
    response = enter(job, email, codes(job)[0], browser)
    assert response["Location"] == path(job)
    page = browser.get(path(job))
    assert heading(page) == "Maya Osei"
    assert "Priya Nair" in text(page)


def test_the_pass_is_a_cookie_that_no_script_and_no_other_page_gets(job: Job, settings: Any) -> None:
    settings.COOKIE_SECURE = True
    ask(job, DANA)
    cookie = enter(job, DANA, codes(job)[0]).cookies["report_pass"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"]) == (True, True, "Lax", path(job))
    assert cookie["max-age"] == 30 * 24 * 3600


def test_the_pass_ends_after_30_days(job: Job) -> None:
    browser = Client()
    ask(job, DANA)
    enter(job, DANA, codes(job)[0], browser)
    token = browser.cookies["report_pass"].value
    for days, shown in ((29, "Maya Osei"), (31, "Open the report")):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
            other = Client()
            other.cookies["report_pass"] = token
            assert heading(other.get(path(job))) == shown


def test_a_pass_opens_no_other_report_and_ends_with_the_right_to_read(job: Job) -> None:
    other, browser = ready_job(job.organization), Client()
    ask(job, HAL)
    enter(job, HAL, codes(job)[0], browser)
    browser.cookies["report_pass"]["path"] = "/"
    assert heading(browser.get(path(job))) == "Maya Osei"
    assert heading(browser.get(path(other))) == "Open the report"
    with tenant(job.organization):
        ReaderRow.objects.filter(email=HAL).delete()
    assert heading(browser.get(path(job))) == "Open the report"


def test_a_stranger_sees_the_same_page_and_gets_no_mail(job: Job) -> None:
    pages = []
    for email in (HAL, "eve@acme.example"):
        page = ask(job, email).content.decode()
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page).replace(email, "X")
        pages.append(page)
    assert pages[0] == pages[1]
    assert "ask Dana Ruiz" in pages[0]
    assert [email.to_email for email in job.emails("report_code")] == [HAL]


def test_the_door_tells_neither_the_candidate_nor_the_job(job: Job) -> None:
    page = Client().get(path(job)).content.decode()
    assert "Maya" not in page
    assert "Backend" not in page


def test_wrong_codes_look_the_same_for_readers_and_strangers(job: Job) -> None:
    seen = set()
    for email in (HAL, "eve@acme.example", "never-asked@acme.example"):
        if email != "never-asked@acme.example":
            ask(job, email)
        for _ in range(7):
            response = enter(job, email, "000000" if codes(job)[:1] != ["000000"] else "111111")
            assert response.status_code == 200
            seen.add(tuple(errors(response)))
    assert seen == {("This code does not open the report. Use the newest one, or ask for another.",)}


def test_five_tries_and_the_code_is_dead(job: Job) -> None:
    ask(job, HAL)
    wrong = "111111" if codes(job)[0] != "111111" else "222222"
    for _ in range(5):
        enter(job, HAL, wrong)
    assert enter(job, HAL, codes(job)[0]).status_code == 200


def test_the_fifth_try_may_be_the_right_one(job: Job) -> None:
    ask(job, HAL)
    wrong = "111111" if codes(job)[0] != "111111" else "222222"
    for _ in range(4):
        enter(job, HAL, wrong)
    assert enter(job, HAL, f" {codes(job)[0][:3]} {codes(job)[0][3:]} ").status_code == 303


def test_a_code_is_good_once_and_for_ten_minutes_and_only_the_newest(job: Job) -> None:
    ask(job, HAL)
    ask(job, HAL)
    first, second = codes(job)
    assert first == second or enter(job, HAL, first).status_code == 200
    assert enter(job, HAL, second).status_code == 303
    assert enter(job, HAL, second).status_code == 200
    ask(job, HAL)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10, seconds=1)):
        assert enter(job, HAL, codes(job)[-1]).status_code == 200


def test_a_code_is_bound_to_its_address_and_its_report(job: Job) -> None:
    other = ready_job(job.organization, readers=(Reader("Hal", HAL, ReaderRole.HIRING_TEAM),))
    ask(job, HAL)
    code = codes(job)[0]
    assert enter(job, TIM, code).status_code == 200
    assert enter(other, HAL, code).status_code == 200
    assert enter(job, HAL, code).status_code == 303


def test_an_address_gets_five_codes_an_hour(job: Job) -> None:
    for _ in range(8):
        assert heading(ask(job, HAL)) == "Enter the code"
    ask(job, DANA)
    assert [email.to_email for email in job.emails("report_code")].count(HAL) == 5
    assert [email.to_email for email in job.emails("report_code")].count(DANA) == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61)):
        ask(job, HAL)
    assert len(codes(job)) == 7


def test_guessing_addresses_does_not_fill_the_table(job: Job) -> None:
    for number in range(105):
        ask(job, f"guess{number}@x.example", Client(REMOTE_ADDR=f"192.0.2.{number}"))
    with tenant(job.organization):
        assert ReportCode.objects.count() == 100
    ask(job, HAL)
    assert len(codes(job)) == 1


@pytest.mark.django_db(transaction=True)
def test_codes_and_tries_are_counted_right_when_asked_for_at_once() -> None:
    job = ready_job(readers=(Reader("Hal", HAL, ReaderRole.HIRING_TEAM),))
    together = Barrier(8)

    def at_once(act: Any) -> list[Any]:
        def run(number: int) -> Any:
            together.wait(20)
            try:
                return act(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(run, range(8)))

    at_once(lambda _: ask(job, HAL))
    assert len(codes(job)) == 5
    right = codes(job)[-1]
    assert at_once(lambda _: enter(job, HAL, right).status_code).count(303) == 1
    with tenant(job.organization):
        assert max(ReportCode.objects.values_list("tries", flat=True)) <= 5


def test_a_member_goes_to_the_report_and_a_member_of_another_organization_to_the_door(job: Job) -> None:
    member = signed_in(Client(), make_member(job.organization, Role.VIEWER))
    assert (
        member.get(path(job))["Location"] == f"/o/{job.organization.slug}/requests/{job.reference_request.uid}/report/"
    )
    stranger = signed_in(
        Client(), make_member(make_organization("Globex"), Role.OWNER, make_user("eve@globex.example"))
    )
    assert heading(stranger.get(path(job))) == "Open the report"


def test_views_are_logged_once_an_hour_and_never_by_head(job: Job) -> None:
    browser = Client()
    ask(job, HAL)
    enter(job, HAL, codes(job)[0], browser)
    browser.head(path(job))
    assert "Hal (Hiring manager) opened the report" not in job.timeline()
    browser.get(path(job))
    browser.get(path(job))
    assert job.timeline().count("Hal (Hiring manager) opened the report") == 1


def test_an_unknown_report_is_not_there() -> None:
    assert Client().get(f"/reports/{uuid.uuid4()}/").status_code == 404
    assert Client().get("/reports/1/").status_code == 404


def test_before_it_is_ready_the_owner_is_told_so() -> None:
    job = make_job()
    browser = Client()
    ask(job, DANA)
    enter(job, DANA, codes(job)[0], browser)
    assert heading(browser.get(path(job))) == "The report is not ready yet"


def test_forms_need_their_token_here(job: Job) -> None:
    assert Client(enforce_csrf_checks=True).post(path(job), {"email": HAL}).status_code == 403
    assert codes(job) == []


def test_from_one_network_only_so_many_codes_are_asked_for(job: Job) -> None:
    guesser = Client(REMOTE_ADDR="192.0.2.66")
    for number in range(MOST_CODES_AN_HOUR):
        assert ask(job, f"guess{number}@acme.example", guesser).status_code == 200
    refused = ask(job, HAL, guesser)
    assert refused.status_code == 429
    said = "Too many codes were asked for from your network. Wait an hour, or ask Dana Ruiz for the report."
    assert errors(refused) == [said]
    assert codes(job) == []
    assert enter(job, HAL, "000000", guesser).status_code == 200
    assert ask(job, HAL, Client(REMOTE_ADDR="192.0.2.67")).status_code == 200
    assert len(codes(job)) == 1


def test_the_audit_log_tells_of_each_look_without_the_candidates_name(job: Job) -> None:
    dana, browser = make_member(job.organization, Role.VIEWER, make_user(DANA, name="Dana Ruiz")), Client()
    ask(job, HAL)
    enter(job, HAL, codes(job)[0], browser)
    member = signed_in(Client(), dana)
    for _look in range(2):
        browser.get(path(job))
        member.get(path(job), follow=True)
    position = job.reference_request.position
    with tenant(job.organization):
        lines = list(AuditEntry.objects.filter(action="report.view").order_by("id"))
    assert [(line.actor, line.actor_name, line.sentence) for line in lines] == [
        (None, "Hiring manager (h…@acme.example)", f"Hiring manager (h…@acme.example) opened a report for {position}"),
        (dana, "Dana Ruiz", f"Dana Ruiz opened a report for {position}"),
    ]
    assert {line.after["request"] for line in lines} == {str(job.reference_request.uid)}
    assert "Maya" not in str([(line.sentence, line.after) for line in lines])
