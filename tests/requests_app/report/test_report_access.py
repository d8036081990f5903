"""The report without an account: who gets a code, how long it lasts, and what a stranger can learn."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from crosschq.accounts.email_code.views.steps import MAX_CODES_PER_HOUR
from crosschq.core.outbox import work_item
from crosschq.messaging.models import Message
from crosschq.tenancy import passes
from crosschq.tenancy.models import AuditEntry, EmailCode, Role
from crosschq.tenancy.scope import tenant
from requests_app.erasure import erase_request
from requests_app.models import Reader, ReaderRole
from requests_app.start.start import ReportReader
from tests.audit import audited
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.patience import SECONDS
from tests.requests_app.factories import RequestScenario, ready_request, sent_request
from tests.requests_app.pages import heading, text
from tests.templates_app.browsing import errors

pytestmark = pytest.mark.django_db
DANA, HAL, TIM = "dana@acme.example", "hal@acme.example", "tim@acme.example"


@pytest.fixture
def scenario() -> RequestScenario:
    readers = (ReportReader("Hal", HAL, ReaderRole.HIRING_MANAGER), ReportReader("Tim", TIM, ReaderRole.HIRING_TEAM))
    return ready_request(readers=readers)


def cookie(scenario: RequestScenario) -> str:
    return passes.cookie_name(scenario.organization.slug)


def path(scenario: RequestScenario) -> str:
    return f"/reports/{scenario.reference_request.uid}/"


def ask(scenario: RequestScenario, email: str, client: Client | None = None) -> Any:
    return (client or Client()).post(path(scenario), {"email": email})


def codes(scenario: RequestScenario) -> list[str]:
    return [re.findall(r"\b\d{6}\b", email.text)[0] for email in scenario.emails("report_code")]


def test_the_code_is_never_stored_in_plain_text(scenario: RequestScenario) -> None:
    ask(scenario, HAL)
    (code,) = codes(scenario)
    with tenant(scenario.organization):
        (message,) = Message.objects.filter(kind="report_code")
        assert message.subject == "Your code for the report"
    work_item.drain(Message)
    with tenant(scenario.organization):
        (row,) = Message.objects.filter(kind="report_code").values()
    assert code not in str({name: value for name, value in row.items() if name not in ("text", "html")})


def enter(scenario: RequestScenario, email: str, code: str, client: Client | None = None) -> Any:
    return (client or Client()).post(path(scenario), {"email": email, "code": code})


def with_pass(scenario: RequestScenario, email: str, browser: Client | None = None) -> Client:
    """A browser that this address was proved in with a code before."""
    browser = browser or Client()
    with tenant(scenario.organization):
        browser.cookies[cookie(scenario)] = passes.grant(scenario.organization, email)
    return browser


@pytest.mark.parametrize("email", [DANA, HAL, TIM, "HAL@acme.example"])
def test_permitted_readers_get_a_code_and_access(scenario: RequestScenario, email: str) -> None:
    browser = Client()
    ask(scenario, email, browser)
    assert re.fullmatch(r"\d{6}", codes(scenario)[0])
    response = enter(scenario, email, codes(scenario)[0], browser)
    assert response["Location"] == path(scenario)
    page = browser.get(path(scenario))
    assert heading(page) == "Maya Osei"
    assert "Priya Nair" in text(page)


def test_the_access_cookie_is_hidden_from_scripts_and_other_sites(scenario: RequestScenario, settings: Any) -> None:
    settings.COOKIE_SECURE = True
    ask(scenario, DANA)
    stored = enter(scenario, DANA, codes(scenario)[0]).cookies[cookie(scenario)]
    assert (stored["httponly"], stored["secure"], stored["samesite"], stored["path"]) == (
        True,
        True,
        "Lax",
        "/",
    )
    assert stored["max-age"] == 30 * 24 * 3600


def test_access_ends_after_30_days(scenario: RequestScenario) -> None:
    browser = Client()
    ask(scenario, DANA)
    enter(scenario, DANA, codes(scenario)[0], browser)
    token = browser.cookies[cookie(scenario)].value
    for days, shown in ((29, "Maya Osei"), (31, "Open the report")):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
            other = Client()
            other.cookies[cookie(scenario)] = token
            assert heading(other.get(path(scenario))) == shown


def test_access_is_limited_to_one_report_and_ends_with_the_permission(scenario: RequestScenario) -> None:
    other, browser = ready_request(scenario.organization), Client()
    ask(scenario, HAL)
    enter(scenario, HAL, codes(scenario)[0], browser)
    assert heading(browser.get(path(scenario))) == "Maya Osei"
    assert heading(browser.get(path(other))) == "Open the report"
    with tenant(scenario.organization):
        Reader.objects.filter(email=HAL).delete()
    assert heading(browser.get(path(scenario))) == "Open the report"


def test_a_stranger_sees_the_same_page_and_gets_no_email(scenario: RequestScenario) -> None:
    pages = []
    for email in (HAL, "eve@acme.example"):
        page = ask(scenario, email).content.decode()
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page).replace(email, "X")
        pages.append(page)
    assert pages[0] == pages[1]
    assert "Ask Dana Ruiz" in pages[0]
    assert [email.to_email for email in scenario.emails("report_code")] == [HAL]


def test_the_sign_in_page_reveals_neither_the_candidate_nor_the_job(scenario: RequestScenario) -> None:
    page = Client().get(path(scenario)).content.decode()
    assert "Maya" not in page
    assert "Backend" not in page


def test_wrong_codes_look_the_same_for_readers_and_strangers(scenario: RequestScenario) -> None:
    seen = set()
    for email in (HAL, "eve@acme.example", "never-asked@acme.example"):
        if email != "never-asked@acme.example":
            ask(scenario, email)
        for _ in range(7):
            response = enter(scenario, email, "000000" if codes(scenario)[:1] != ["000000"] else "111111")
            assert response.status_code == 200
            seen.add(tuple(errors(response)))
    assert seen == {("This code doesn't work. Use the newest one or request another.",)}


def test_a_code_is_dead_after_five_attempts(scenario: RequestScenario) -> None:
    ask(scenario, HAL)
    wrong = "111111" if codes(scenario)[0] != "111111" else "222222"
    for _ in range(5):
        enter(scenario, HAL, wrong)
    assert enter(scenario, HAL, codes(scenario)[0]).status_code == 200


def test_the_fifth_attempt_can_still_be_right(scenario: RequestScenario) -> None:
    ask(scenario, HAL)
    wrong = "111111" if codes(scenario)[0] != "111111" else "222222"
    for _ in range(4):
        enter(scenario, HAL, wrong)
    assert enter(scenario, HAL, f" {codes(scenario)[0][:3]} {codes(scenario)[0][3:]} ").status_code == 303


def test_a_code_works_once_within_ten_minutes_and_only_the_newest_works(scenario: RequestScenario) -> None:
    ask(scenario, HAL)
    ask(scenario, HAL)
    first, second = codes(scenario)
    assert first == second or enter(scenario, HAL, first).status_code == 200
    assert enter(scenario, HAL, second).status_code == 303
    assert enter(scenario, HAL, second).status_code == 200
    ask(scenario, HAL)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10, seconds=1)):
        assert enter(scenario, HAL, codes(scenario)[-1]).status_code == 200


def test_a_code_works_only_for_its_address_and_report(scenario: RequestScenario) -> None:
    other = ready_request(scenario.organization, readers=(ReportReader("Hal", HAL, ReaderRole.HIRING_TEAM),))
    ask(scenario, HAL)
    code = codes(scenario)[0]
    assert enter(scenario, TIM, code).status_code == 200
    assert enter(other, HAL, code).status_code == 200
    assert enter(scenario, HAL, code).status_code == 303


def test_a_code_from_before_the_permission_ended_opens_nothing(scenario: RequestScenario) -> None:
    ask(scenario, HAL)
    with tenant(scenario.organization):
        Reader.objects.filter(email=HAL).delete()
    browser = Client()
    refused = enter(scenario, HAL, codes(scenario)[0], browser)
    assert "This code doesn't work" in text(refused)
    assert cookie(scenario) not in browser.cookies


def test_an_address_gets_at_most_five_codes_an_hour(scenario: RequestScenario) -> None:
    for _ in range(8):
        assert heading(ask(scenario, HAL)) == "Enter the code"
    ask(scenario, DANA)
    assert [email.to_email for email in scenario.emails("report_code")].count(HAL) == 5
    assert [email.to_email for email in scenario.emails("report_code")].count(DANA) == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61)):
        ask(scenario, HAL)
    assert len(codes(scenario)) == 7


def test_guessing_addresses_does_not_fill_the_table(scenario: RequestScenario) -> None:
    ask(scenario, "guess@x.example")
    with tenant(scenario.organization):
        (guessed,) = EmailCode.objects.all()
        copies = [copy(guessed) for _ in range(97)]
        for number, each in enumerate(copies):
            each.pk, each.address_hash = None, f"{number:032}".encode()
        EmailCode.objects.bulk_create(copies)
    for number in range(7):
        ask(scenario, f"guess{number}@x.example", Client(REMOTE_ADDR=f"192.0.2.{number}"))
    with tenant(scenario.organization):
        assert EmailCode.objects.count() == 100
    ask(scenario, HAL)
    assert len(codes(scenario)) == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_codes_and_attempts_are_counted_correctly() -> None:
    scenario = ready_request(readers=(ReportReader("Hal", HAL, ReaderRole.HIRING_TEAM),))
    together = Barrier(8)

    def at_once(act: Any) -> list[Any]:
        def run(number: int) -> Any:
            together.wait(SECONDS)
            try:
                return act(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(run, range(8)))

    at_once(lambda _: ask(scenario, HAL))
    assert len(codes(scenario)) == 5
    right = codes(scenario)[-1]
    assert at_once(lambda _: enter(scenario, HAL, right).status_code).count(303) == 1
    with tenant(scenario.organization):
        assert max(EmailCode.objects.values_list("tries", flat=True)) <= 5


def test_a_member_sees_the_report_and_a_member_of_another_organization_the_sign_in_page(
    scenario: RequestScenario,
) -> None:
    member = signed_in(Client(), make_member(scenario.organization, Role.VIEWER))
    assert (
        member.get(path(scenario))["Location"]
        == f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/report/"
    )
    stranger = signed_in(
        Client(), make_member(make_organization("Globex"), Role.OWNER, make_user("eve@globex.example"))
    )
    assert heading(stranger.get(path(scenario))) == "Open the report"


def test_views_are_logged_once_an_hour_and_never_for_a_head_request(scenario: RequestScenario) -> None:
    browser = Client()
    ask(scenario, HAL)
    enter(scenario, HAL, codes(scenario)[0], browser)
    browser.head(path(scenario))
    assert "Hal (Hiring manager) opened the report" not in scenario.timeline()
    browser.get(path(scenario))
    browser.get(path(scenario))
    assert scenario.timeline().count("Hal (Hiring manager) opened the report") == 1


def test_an_unknown_report_is_not_found() -> None:
    assert Client().get(f"/reports/{uuid.uuid4()}/").status_code == 404
    assert Client().get("/reports/1/").status_code == 404


def test_before_the_report_is_ready_the_owner_learns_that() -> None:
    scenario = sent_request()
    browser = Client()
    ask(scenario, DANA)
    enter(scenario, DANA, codes(scenario)[0], browser)
    assert heading(browser.get(path(scenario))) == "The report is not ready yet"


def test_forms_need_their_csrf_token(scenario: RequestScenario) -> None:
    assert Client(enforce_csrf_checks=True).post(path(scenario), {"email": HAL}).status_code == 403
    assert codes(scenario) == []


def test_the_number_of_codes_per_network_is_limited(scenario: RequestScenario) -> None:
    guesser = Client(REMOTE_ADDR="192.0.2.66")
    for number in range(MAX_CODES_PER_HOUR):
        assert ask(scenario, f"guess{number}@acme.example", guesser).status_code == 200
    refused = ask(scenario, HAL, guesser)
    assert refused.status_code == 429
    said = "Your network requested too many codes. Wait an hour, or ask Dana Ruiz for the report."
    assert errors(refused) == [said]
    assert codes(scenario) == []
    assert enter(scenario, HAL, "000000", guesser).status_code == 200
    assert ask(scenario, HAL, Client(REMOTE_ADDR="192.0.2.67")).status_code == 200
    assert len(codes(scenario)) == 1


def test_the_audit_log_records_each_view_by_ids_and_names_nobody_erased(
    scenario: RequestScenario,
) -> None:
    dana, browser = make_member(scenario.organization, Role.VIEWER, make_user(DANA, name="Dana Ruiz")), Client()
    ask(scenario, HAL)
    enter(scenario, HAL, codes(scenario)[0], browser)
    member = signed_in(Client(), dana)
    for _look in range(2):
        browser.get(path(scenario))
        member.get(path(scenario), follow=True)
    with tenant(scenario.organization):
        lines = list(AuditEntry.objects.filter(action="report.view").order_by("id"))
        reader = Reader.objects.get(email=HAL)
    request = {"request": str(scenario.reference_request.uid)}
    assert [(line.actor, line.after) for line in lines] == [
        (None, {**request, "reader": str(reader.uid), "reader_role": "hiring_manager"}),
        (dana, request),
    ]
    candidate = scenario.reference_request.candidate_name
    assert audited(scenario.organization, action="report.view") == [
        f"{reader} (hiring manager) opened the report on {candidate}",
        f"Dana Ruiz opened the report on {candidate}",
    ]
    with tenant(scenario.organization):
        erase_request(scenario.reference_request)
    assert audited(scenario.organization, action="report.view") == [
        "an erased person (hiring manager) opened the report on an erased person",
        "Dana Ruiz opened the report on an erased person",
    ]
