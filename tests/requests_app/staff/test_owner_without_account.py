"""The owner of a request without an account: what a code opens, what the owner may do there, and when it ends."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from crosschq.messaging.models import Channel, SuppressionReason
from crosschq.messaging.sending import suppression
from crosschq.tenancy import passes
from crosschq.tenancy.models import EmailCode, Role
from crosschq.tenancy.scope import tenant
from requests_app.erasure import erase_reader, erase_request
from requests_app.models import Reader, ReaderRole, ReferenceRequest
from requests_app.start import ownership
from requests_app.start.start import ReportReader
from tests.audit import audited
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, ready_request, sent_request, waiting_request
from tests.requests_app.pages import heading, links, press_and_follow, text
from tests.templates_app.browsing import press

pytestmark = pytest.mark.django_db
DANA, HAL = "dana@acme.example", "hal@acme.example"
SIGN_IN = "/accounts/login/"


@pytest.fixture
def scenario() -> RequestScenario:
    return waiting_request()


def path(scenario: RequestScenario, name: str = "detail", *more: object) -> str:
    uid = scenario.reference_request.uid
    return reverse(f"requests:{name}", args=[scenario.organization.slug, uid, *more])


def code_path(target: str) -> str:
    """The code page that the sign-in page offers for this target."""
    offered = Client().get(target, follow=True)
    return links(offered)["Get a code by email"]


def codes(scenario: RequestScenario) -> list[str]:
    return [re.findall(r"\b\d{6}\b", email.text)[0] for email in scenario.emails("owner_code")]


def identified(scenario: RequestScenario) -> Client:
    """A browser in which the owner entered a code before."""
    browser = Client()
    with tenant(scenario.organization):
        browser.cookies[passes.cookie_name(scenario.organization.slug)] = passes.grant(scenario.organization, DANA)
    return browser


def is_open(browser: Client, url: str) -> bool:
    answer = browser.get(url)
    assert answer.status_code in (200, 302, 404)
    return answer.status_code == 200


def test_the_link_in_the_email_leads_from_the_sign_in_page_to_a_code_and_to_the_request(
    scenario: RequestScenario,
) -> None:
    browser = Client()
    sign_in = browser.get(path(scenario), follow=True)
    assert heading(sign_in) == "Sign in"
    ask = browser.get(links(sign_in)["Get a code by email"])
    enter = press(browser, ask, "Send code", email=DANA)
    opened = press_and_follow(browser, enter, "Open page", code=codes(scenario)[0])
    assert heading(opened) == "Maya Osei"
    assert f"You're here as {DANA}" in text(opened)
    assert (opened["Cache-Control"], opened["X-Robots-Tag"]) == ("no-store", "noindex")


def test_the_owner_can_do_what_an_owner_may(scenario: RequestScenario) -> None:
    browser = identified(scenario)
    priya = scenario.reference().uid
    acts: list[tuple[str, tuple[object, ...], dict[str, str], str]] = [
        ("resend", (), {}, "candidate_link"),
        ("reference_resend", (priya,), {}, "reference_link"),
        ("address", (), {"email": "maya@new.example"}, "candidate_link"),
        ("reference_address", (priya,), {"email": "priya@new.example"}, "reference_link"),
        ("extend", (), {"days": "7", "due_before": scenario.reference_request.due_at.isoformat()}, ""),
        ("cancel", (), {}, ""),
    ]
    for name, more, form, _kind in acts:
        answer = browser.post(path(scenario, name, *more), form)
        assert (answer.status_code, answer["Location"]) == (303, path(scenario)), name
    said = " ".join(scenario.timeline())
    assert said.count("Dana Ruiz (by email code)") >= len(acts)
    with tenant(scenario.organization):
        assert ReferenceRequest.objects.get(pk=scenario.reference_request.pk).state == "cancelled"


def test_no_page_of_the_owner_has_a_link_that_ends_at_a_sign_in_form_or_nowhere() -> None:
    found = 0
    for scenario in (waiting_request(), ready_request(), sent_request()):
        browser, seen, waiting = identified(scenario), set[str](), [path(scenario)]
        while waiting:
            url = waiting.pop()
            answer = browser.get(url)
            seen.add(url)
            assert answer.status_code == 200, (url, answer.status_code, answer.get("Location"))
            for target in links(answer).values():
                url = target.split("#")[0].split("?")[0]
                if url.startswith("/") and url not in seen:
                    waiting.append(url)
        found += len(seen)
    assert found > 10


def test_everything_else_stays_closed(scenario: RequestScenario) -> None:
    other = waiting_request(scenario.organization)
    with tenant(scenario.organization):
        ReferenceRequest.objects.filter(pk=other.reference_request.pk).update(owner_email=HAL)
        Reader.objects.filter(reference_request=other.reference_request).update(email=HAL, email_key=HAL)
    browser, slug = identified(scenario), scenario.organization.slug
    assert browser.get(path(other)).status_code == 404
    assert browser.post(path(other, "cancel")).status_code == 404
    for name in ("requests:list", "templates:list", "prospects:list", "members:list", "audit:list", "connectors:list"):
        answer = browser.get(reverse(name, args=[slug]))
        assert answer["Location"].startswith(SIGN_IN), name
    assert browser.post(reverse("requests:test", args=[slug]))["Location"].startswith(SIGN_IN)


def test_a_pass_opens_all_that_this_address_owns_and_reads_here_and_nothing_elsewhere(
    scenario: RequestScenario,
) -> None:
    same, elsewhere = ready_request(scenario.organization), waiting_request(make_organization("Globex"))
    browser = identified(scenario)
    assert is_open(browser, path(same))
    assert is_open(browser, path(same, "report"))
    assert heading(browser.get(f"/reports/{same.reference_request.uid}/")) == "Maya Osei"
    # The same address owns this one too, in another organization.
    assert browser.get(path(elsewhere))["Location"].startswith(SIGN_IN)
    token = browser.cookies[passes.cookie_name(scenario.organization.slug)].value
    browser.cookies[passes.cookie_name(elsewhere.organization.slug)] = token
    assert browser.get(path(elsewhere))["Location"].startswith(SIGN_IN)
    crossed = f"/o/{scenario.organization.slug}/requests/{elsewhere.reference_request.uid}/"
    assert browser.get(crossed).status_code == 404


def test_a_reader_who_is_not_the_owner_gets_no_code_for_the_request_and_no_acts() -> None:
    scenario = waiting_request(readers=(ReportReader("Hal", HAL, ReaderRole.HIRING_MANAGER),))
    browser, page = Client(), code_path(path(scenario))
    browser.post(page, {"email": HAL})
    assert codes(scenario) == []
    with tenant(scenario.organization):
        browser.cookies[passes.cookie_name(scenario.organization.slug)] = passes.grant(scenario.organization, HAL)
    assert browser.get(path(scenario)).status_code == 404
    assert browser.post(path(scenario, "cancel")).status_code == 404
    assert heading(browser.get(f"/reports/{scenario.reference_request.uid}/")) == "The report is not ready yet"


def test_pages_are_the_same_whatever_exists(scenario: RequestScenario) -> None:
    slug, uid = scenario.organization.slug, scenario.reference_request.uid
    shown = set()
    for target, email in (
        (f"/o/{slug}/requests/{uid}/", DANA),
        (f"/o/{slug}/requests/{uid}/", "eve@acme.example"),
        (f"/o/{slug}/requests/00000000-0000-4000-8000-000000000000/", DANA),
        (f"/o/unknown-{slug}/requests/{uid}/", DANA),
    ):
        for form in (None, {"email": email}, {"email": email, "code": "000000"}):
            page = code_path(target)
            answer = Client().get(page) if form is None else Client().post(page, form)
            words = answer.content.decode().replace(email, "X").replace(f"unknown-{slug}", slug)
            words = re.sub(r'value="\w{64}"|[0-9a-f]{8}-[0-9a-f-]{27}', "", words)
            shown.add((answer.status_code, tuple(form or ()), words))
    assert len(shown) == 3
    assert [email.to_email for email in scenario.emails("owner_code")] == [DANA]


def test_a_code_works_once_for_ten_minutes_with_five_attempts_and_only_for_its_page(scenario: RequestScenario) -> None:
    page, other = code_path(path(scenario)), sent_request(scenario.organization)

    def enter(code: str, page: str = page) -> int:
        return Client().post(page, {"email": DANA, "code": code}).status_code

    Client().post(page, {"email": DANA})
    assert enter(codes(scenario)[-1], code_path(path(other))) == 200
    assert [enter(codes(scenario)[-1]), enter(codes(scenario)[-1])] == [303, 200]
    Client().post(page, {"email": DANA})
    right = codes(scenario)[-1]
    wrong = "111111" if right != "111111" else "222222"
    assert {enter(wrong) for _ in range(5)} == {200}
    assert enter(right) == 200
    Client().post(page, {"email": DANA})
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10, seconds=1)):
        assert enter(codes(scenario)[-1]) == 200


def test_codes_are_limited_by_address_and_network(scenario: RequestScenario) -> None:
    page = code_path(path(scenario))
    answers = [Client().post(page, {"email": DANA}).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
    assert len(codes(scenario)) == 5
    with tenant(scenario.organization):
        assert EmailCode.objects.count() == 5


def test_the_pass_lasts_30_days_on_this_browser_and_ends_with_sign_out(scenario: RequestScenario) -> None:
    first, second = identified(scenario), identified(scenario)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=29)):
        assert is_open(first, path(scenario))
    token = first.cookies[passes.cookie_name(scenario.organization.slug)].value
    left = first.post(reverse("email_code:sign_out", args=[scenario.organization.slug]), follow=True)
    assert heading(left) == "You're signed out"
    stolen = Client()
    stolen.cookies[passes.cookie_name(scenario.organization.slug)] = token
    assert not is_open(stolen, path(scenario))
    assert not is_open(first, path(scenario))
    assert is_open(second, path(scenario))
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31)):
        assert not is_open(second, path(scenario))


def hand_over(scenario: RequestScenario) -> None:
    ownership.hand_over(from_email=DANA, to_name="Hal", to_email=HAL, actor="A test")


def change_only_the_address(scenario: RequestScenario) -> None:
    ReferenceRequest.objects.filter(pk=scenario.reference_request.pk).update(owner_email=HAL)


def suppress(scenario: RequestScenario) -> None:
    suppression.suppress(
        organization=scenario.organization,
        channel=Channel.EMAIL,
        address=DANA,
        reason=SuppressionReason.COMPLAINED,
    )


def erase_the_owner(scenario: RequestScenario) -> None:
    erase_reader(Reader.objects.get(reference_request=scenario.reference_request, role=ReaderRole.OWNER))


def erase_the_request(scenario: RequestScenario) -> None:
    erase_request(scenario.reference_request)


def become_a_member(scenario: RequestScenario) -> None:
    make_member(scenario.organization, Role.VIEWER, make_user(DANA))


@pytest.mark.parametrize(
    "change",
    [hand_over, change_only_the_address, suppress, erase_the_owner, erase_the_request, become_a_member],
)
def test_access_ends_with_each_of_these_changes(change: Any, scenario: RequestScenario) -> None:
    browser = identified(scenario)
    page = browser.get(path(scenario, "cancel"))
    assert page.status_code == 200
    with tenant(scenario.organization):
        change(scenario)
    assert browser.post(path(scenario, "cancel")).status_code in (302, 404)
    assert not is_open(browser, path(scenario))
    with tenant(scenario.organization):
        assert not ReferenceRequest.objects.filter(state="cancelled").exists()


def test_access_to_a_finished_report_ends_with_close_reports() -> None:
    scenario = ready_request()
    browser = identified(scenario)
    assert is_open(browser, path(scenario, "report"))
    with tenant(scenario.organization):
        ownership.close_reports(DANA)
    assert not is_open(browser, path(scenario, "report"))
    assert not is_open(browser, path(scenario))


def test_a_code_from_before_the_owner_changed_opens_nothing(scenario: RequestScenario) -> None:
    page = code_path(path(scenario))
    Client().post(page, {"email": DANA})
    code = codes(scenario)[-1]
    with tenant(scenario.organization):
        hand_over(scenario)
    assert Client().post(page, {"email": DANA, "code": code}).status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example{}", "//evil.example{}", "javascript://evil.example{}", " {}"]
)
def test_a_code_leads_to_no_other_site(scenario: RequestScenario, elsewhere: str) -> None:
    """Nor does the sign-in page offer a code for one, or an email link to it."""
    target = elsewhere.format(path(scenario))
    page = reverse("email_code:code", args=[scenario.organization.slug], query={"next": target})
    assert Client().get(page)["Location"] == SIGN_IN
    assert Client().post(page, {"email": DANA})["Location"] == SIGN_IN
    assert codes(scenario) == []
    assert "Get a code by email" not in links(Client().get(SIGN_IN, {"next": target}))


def test_an_owner_with_an_account_is_asked_to_sign_in_and_may_act_whatever_their_role(
    scenario: RequestScenario,
) -> None:
    dana = make_member(scenario.organization, Role.VIEWER, make_user(DANA))
    page = code_path(path(scenario))
    assert heading(Client().post(page, {"email": DANA})) == "Enter the code"
    (email,) = scenario.emails("owner_code")
    assert f"{SIGN_IN}?next=%2Fo%2F{scenario.organization.slug}" in email.text
    assert not re.search(r"\b\d{6}\b", email.text)
    browser, other = signed_in(Client(), dana), sent_request(scenario.organization)
    assert browser.post(path(scenario, "resend")).status_code == 303
    with tenant(scenario.organization):
        ReferenceRequest.objects.filter(pk=other.reference_request.pk).update(owner_email=HAL)
    assert browser.post(path(other, "resend")).status_code == 403
    assert is_open(browser, path(other))


def test_someone_signed_in_to_another_organization_finds_nothing_but_the_way_to_a_code(
    scenario: RequestScenario,
) -> None:
    browser = signed_in(Client(), make_member(make_organization("Globex"), Role.OWNER, make_user(DANA)))
    for url in (path(scenario), path(scenario).replace(scenario.organization.slug, "no-such-organization")):
        assert "Get a code by email" in links(browser.get(url))
        assert browser.get(url).status_code == 404
    browser.post(code_path(path(scenario)), {"email": DANA})
    browser.post(code_path(path(scenario)), {"email": DANA, "code": codes(scenario)[-1]})
    assert is_open(browser, path(scenario))


def test_the_code_page_leads_only_to_pages_that_owners_can_open() -> None:
    for target in (
        "",
        "https://evil.example/o/acme/requests/",
        "//evil.example/o/acme/",
        "/o/acme/members/",
        "/o/other/requests/00000000-0000-4000-8000-000000000000/",
        "/o/acme/requests/[",
        "http://[/o/acme",
    ):
        answer = Client().get("/o/acme/code/", {"next": target})
        assert (answer.status_code, answer["Location"]) == (302, SIGN_IN), target


def test_a_form_from_another_site_is_refused(scenario: RequestScenario) -> None:
    cookies = identified(scenario).cookies
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = cookies
    assert browser.post(path(scenario, "cancel")).status_code == 403


def test_the_audit_log_names_the_owner_who_opened_the_report() -> None:
    scenario = ready_request()
    identified(scenario).get(path(scenario, "report"))
    assert audited(scenario.organization, action="report.view") == ["Dana Ruiz (owner) opened the report on Maya Osei"]
