"""Writing, previewing, publishing and answering a survey in Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from templates_app.models import Survey
from tests.browser.contexts import opened
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.factories import make_member, make_organization, make_user
from tests.requests_app.factories import RequestScenario, answer, waiting_request
from tests.templates_app.survey_factories import make_survey, values

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ALL_TYPES = (
    values(kind="section", text="First, a few facts about working with {name}.", self_text="First, a few facts."),
    values(kind="single_choice", text="How did you mostly work with {name}?", self_text="How do you mostly work?"),
    values(kind="multiple_choice", text="What did you do together?", self_text="What do you do?"),
    values(
        kind="yes_no",
        text="Would you work with {name} again?",
        self_text="Would you do it again?",
        comment_allowed=True,
    ),
    values(kind="short_text", text="{name} in one word?", self_text="You in one word?", relationships=["mentor"]),
    values(kind="rating", text="How often did {name} help?", self_text="How often do you help?", comment_allowed=True),
    values(
        kind="short_text",
        text="How many sick days were there?",
        in_self_reference=False,
        self_text="",
        kept_reason="The ward must plan its nights by law.",
    ),
)


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH", slug="acme")


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.ADMIN, make_user(name="Dana Ruiz"))


@pytest.fixture
def page(chromium: Browser, site: str, dana: User) -> Iterator[Page]:
    """A page with Dana signed in. The CSP is bypassed for axe."""
    context = opened(chromium, site, dana, viewport={"width": 390, "height": 844}, bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.mark.slow
def test_survey_pages_are_accessible(page: Page, acme: Organization) -> None:
    page.goto("/o/acme/surveys/")
    wrong = broken(page)
    survey = make_survey(acme, *ALL_TYPES, name="Ward survey", published=True)
    uid = survey.uid
    for path in ("", f"{uid}/", f"{uid}/edit/", f"{uid}/delete/", "new/", f"{uid}/questions/new/rating/"):
        page.goto(f"/o/acme/surveys/{path}")
        wrong += broken(page)
    page.goto(f"/o/acme/surveys/{uid}/questions/new/single_choice/")
    page.get_by_label("Question to references").fill("Is {name} married?")
    go(page.get_by_role("button", name="Save question"))
    wrong += broken(page)
    for number in (1, 2, 3, 9):
        page.goto(f"/o/acme/surveys/{uid}/preview/{number}/")
        wrong += broken(page)
    assert wrong == []


@pytest.mark.slow
def test_a_survey_can_be_written_and_published_without_scripts(chromium: Browser, site: str, dana: User) -> None:
    context = opened(chromium, site, dana, java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto("/o/acme/requests/")
    go(page.locator(".side").get_by_role("link", name="Surveys"))
    go(page.get_by_role("button", name="Copy the general survey"))
    go(page.get_by_role("button", name="Remove How good was the work"))
    go(page.get_by_role("link", name="Yes or no, with a reason"))
    page.get_by_label("Question to references").fill("Is {name} married?")
    page.get_by_label("Question to the candidate").fill("Would you?")
    go(page.get_by_role("button", name="Save question"))
    assert page.get_by_text("Marriage, children, and caregiving are private").is_visible()
    page.get_by_label("Question to references").fill("Would you hire {name} again?")
    go(page.get_by_role("button", name="Save question"))
    go(page.get_by_role("button", name="Move up: Would you hire the candidate again?"))
    cards = page.locator(".questions h2").all_inner_texts()
    assert cards[-2:] == [
        "8 Would you hire the candidate again?",
        "9 What would help the candidate do well in a new job?",
    ]
    phone = page.frame_locator("iframe")
    assert phone.get_by_text("Question 1 of 9").is_visible()
    assert phone.locator("h1").inner_text() == "How often did Alex deliver what was agreed, on time?"
    phone.get_by_text("Almost always").click()
    phone.get_by_role("button", name="Save and continue").click()
    phone.get_by_text("Question 2 of 9").wait_for()
    go(page.get_by_role("button", name="Publish version 1"))
    assert page.get_by_text("Version 1 was published.").is_visible()
    page.goto("/o/acme/templates/new/")
    assert "General survey, copy, 8 minutes" in page.get_by_label("Survey", exact=True).inner_text()
    context.close()


@pytest.mark.slow
def test_prohibited_topics_are_reported_while_typing(page: Page, acme: Organization) -> None:
    survey = make_survey(acme)
    said = list[str]()
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(f"/o/acme/surveys/{survey.uid}/questions/new/rating/")
    page.get_by_label("Question to references").press_sequentially("Was {name} pregnant?")
    page.get_by_text("Pregnancy, childbirth, and parental leave are protected").wait_for()
    banner, reason = page.locator("#prohibited-topics > .banner"), page.get_by_text("Reason to keep it")
    gap = "([one, other]) => other.getBoundingClientRect().top - one.getBoundingClientRect().bottom"
    assert page.evaluate(gap, [banner.element_handle(), reason.element_handle()]) >= 16
    page.get_by_label("Reason to keep it").fill("None")
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_label("Point 2").fill("Seldom")
    expect(page.locator(".htmx-request")).to_have_count(0)
    assert page.get_by_label("Reason to keep it").input_value() == "None"
    page.get_by_label("Question to references").fill("How was the work of {name}?")
    page.get_by_text("Pregnancy, childbirth, and parental leave are protected").wait_for(state="detached")
    assert said == []


@pytest.mark.slow
def test_each_type_can_be_answered_on_a_phone(chromium: Browser, site: str, acme: Organization, dana: User) -> None:
    survey = make_survey(acme, *ALL_TYPES, published=True)
    job = _job(acme, survey)
    context = opened(chromium, site, None, viewport={"width": 390, "height": 844}, bypass_csp=True)
    page, wrong = context.new_page(), list[object]()
    page.goto(job.reference_path(1))
    go(page.get_by_role("button", name="Start"))
    for chosen in (["Green"], ["Red", "Blue"], ["Yes"], ["Often"]):
        wrong += broken(page)
        for label in chosen:
            page.get_by_text(label, exact=True).click()
        go(page.get_by_role("button", name="Save and continue"))
    page.get_by_role("textbox").fill("None that I know of")
    go(page.get_by_role("button", name="Save and continue"))
    wrong += broken(page)
    page.get_by_text("These are my own words").click()
    go(page.get_by_role("button", name="Send reference"))
    assert page.get_by_text("Thank you, Priya").is_visible()
    context.close()
    answer(job, None)
    answer(job, 2)
    staff = opened(chromium, site, dana, viewport={"width": 1280, "height": 844}, bypass_csp=True)
    report = staff.new_page()
    report.goto(f"/o/acme/requests/{job.reference_request.uid}/report/")
    wrong += broken(report)
    row = report.locator("tr", has_text="Green").first
    assert "Priya Nair" in row.inner_text()
    staff.close()
    assert wrong == []


def _job(acme: Organization, survey: Survey) -> RequestScenario:
    job = waiting_request(acme, survey=survey.key)
    with tenant(acme):
        assert job.reference_request.version.survey_version.survey == survey
    return job
