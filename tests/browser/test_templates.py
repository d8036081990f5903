"""Creating, previewing and comparing templates in Chromium, with and without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate
from templates_app.request_templates.edit import edit_template
from tests.browser.contexts import opened
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.extent import first_of
from tests.factories import make_member, make_organization, make_user
from tests.templates_app.factories import make_request, make_template, template_input

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NEW = "/o/acme/templates/new/"


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH", slug="acme")


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.ADMIN, make_user(name="Dana Ruiz"))


@pytest.fixture
def page(chromium: Browser, site: str, dana: User) -> Iterator[Page]:
    """A page with scripts. The CSP is bypassed for axe."""
    context = opened(chromium, site, dana, viewport={"width": 1280, "height": 900}, bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scripts", first_of([True, False]))
def test_a_ready_made_template_takes_four_clicks_and_two_fields(
    chromium: Browser, site: str, acme: Organization, dana: User, scripts: bool
) -> None:
    make_template(acme, name="Other", ats_tag="other")
    context = opened(chromium, site, dana, java_script_enabled=scripts, viewport={"width": 390, "height": 844})
    page, clicks, fields = context.new_page(), 0, 0
    page.goto("/o/acme/templates/")
    for role, name in (("link", "Create New Template"), ("button", "Leadership")):
        go(page.locator("main").get_by_role(role, name=name).first)  # type: ignore[arg-type]
        clicks += 1
    for label, words in (("Template name", "Heads of team"), ("ATS Tag", "heads")):
        page.get_by_label(label).fill(words)
        fields += 1
    go(page.get_by_role("button", name="Create Template"))
    clicks += 1
    page.get_by_role("heading", name="Template created").wait_for()
    assert page.locator("main").get_by_text("heads", exact=True).is_visible()
    assert page.get_by_role("link", name="Send test request").is_visible()
    context.close()
    assert (clicks <= 4, fields <= 2) == (True, True)
    with tenant(acme):
        version = RequestTemplate.objects.get(name="Heads of team").current
        assert version.references_requested == 3
        assert version.survey_version.survey.key == "leadership"


@pytest.mark.slow
def test_a_template_can_be_created_without_scripts(
    chromium: Browser, site: str, acme: Organization, dana: User
) -> None:
    context = opened(chromium, site, dana, java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{NEW}?start=blank")
    page.get_by_label("Template name").fill("Nurses")
    page.get_by_label("ATS Tag").fill("ward")
    go(page.get_by_role("button", name="Add another reference"))
    second = page.get_by_role("group", name="Reference 2", exact=True)
    second.get_by_label("Relationship").select_option("mentor")
    second.get_by_label("Required").uncheck()
    page.get_by_label("As soon as enough are in").check()
    page.get_by_label("References needed").fill("1")
    page.locator("summary", has_text="Candidate: reminder").click()
    go(page.get_by_role("button", name="Write own text Candidate: reminder"))
    subject = page.get_by_label("Email subject")
    subject.fill("Still waiting for")
    page.get_by_text("Insert into the subject").click()
    go(page.get_by_role("button", name="How many references are asked for").first)
    assert page.get_by_label("Email subject").input_value() == "Still waiting for {{ references }}"
    page.locator("#id_preview-shown").select_option(label="Candidate: reminder")
    with context.expect_page() as other:
        page.get_by_role("button", name="Preview in a new tab").click()
    expect(other.value.get_by_text("Still waiting for 3 references", exact=True)).to_be_visible()
    go(page.get_by_role("button", name="Create Template"))
    page.get_by_role("heading", name="Template created").wait_for()
    context.close()
    with tenant(acme):
        version = RequestTemplate.objects.get().current
        assert [rule.required for rule in version.reference_rules] == [True, False]
        assert version.finish_rule.answers == 1
        assert version.messages == {"candidate_reminder": {"en": {"subject": "Still waiting for {{ references }}"}}}


def test_the_form_shows_what_applies_and_its_preview_updates_while_typing(page: Page, acme: Organization) -> None:
    said = list[str]()
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(f"{NEW}?start=standard")
    has_anchors_and_preview(page)
    enough = page.get_by_label("References needed")
    assert not enough.is_visible()
    page.get_by_label("As soon as enough are in").check()
    assert enough.is_visible()
    page.get_by_label("How many").fill("4")
    page.get_by_text("4 references in total", exact=True).wait_for()
    preview = page.locator("#preview-body")
    page.get_by_label("Position").press_sequentially("Night Nurse")
    preview.get_by_text("considered for Night Nurse").wait_for()
    page.locator("#id_preview-channel").select_option("text")
    preview.get_by_text("1 text (GSM-7)").wait_for()
    page.locator("#id_preview-shown").select_option(label="Reference: invitation")
    preview.get_by_text("This message goes out by email only.").wait_for()
    page.locator("#id_preview-channel").select_option("email")
    page.locator("#id_preview-sample").select_option("long")
    preview.get_by_text("Hello Maximiliane,").wait_for()
    assert said == []
    with tenant(acme):
        assert not RequestTemplate.objects.exists()


def has_anchors_and_preview(page: Page) -> None:
    """Anchors link to the sections where there is room, and to a preview that is below the form."""
    for width, anchors, preview in ((390, False, True), (1120, True, True), (1280, True, False)):
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate("window.scrollTo(0, 0)")
        links = page.get_by_role("navigation", name="On this page")
        assert links.get_by_role("link", name="Custom notifications").is_visible() == anchors, width
        link = links.get_by_role("link", name="Preview")
        assert link.is_visible() == preview, width
        beside = page.locator("#preview").bounding_box()
        assert beside is not None
        assert (beside["y"] < 844) != preview, width
        if preview:
            link.click()
            after = page.locator("#preview").bounding_box()
            assert after is not None
            assert -1 <= after["y"] < 844, width


def test_a_placeholder_is_inserted_at_the_cursor(page: Page) -> None:
    page.goto(f"{NEW}?start=standard")
    page.locator("summary", has_text="Candidate: reminder").click()
    go(page.get_by_role("button", name="Write own text Candidate: reminder"))
    subject = page.get_by_label("Email subject")
    subject.fill("Your references, please")
    for _ in range(len(", please")):
        subject.press("ArrowLeft")
    page.get_by_text("Insert into the subject").click()
    page.locator("[data-into]", has_text="Position").first.click()
    assert subject.inner_text() == "Your references Position, please"
    page.keyboard.type("!")
    assert subject.inner_text() == "Your references Position!, please"
    assert (
        page.locator("[name=messages-candidate_reminder-en-subject]").input_value()
        == "Your references {{ position }}!, please"
    )
    page.locator("#preview-body").get_by_text("Your references Backend Engineer!, please").wait_for()


def test_an_older_version_can_be_compared_and_restored(page: Page, acme: Organization) -> None:
    template = make_template(acme, name="Engineering", ats_tag="eng")
    with tenant(acme):
        edit_template(
            template=template, actor=None, template_input=template_input(name="Engineering", ats_tag="eng", due_days=7)
        )
    page.goto("/o/acme/templates/")
    page.locator("main summary").first.click()
    go(page.get_by_role("link", name="Versions"))
    go(page.get_by_role("link", name="Version 1"))
    assert page.get_by_role("row", name="Due after").inner_text().split("\t")[1:] == ["14 days", "7 days"]
    go(page.get_by_role("button", name="Restore version 1"))
    assert page.get_by_text("Version 1 was restored as version 3.").is_visible()
    with tenant(acme):
        assert template.current.due_days == 14


@pytest.mark.slow
def test_template_pages_are_accessible(page: Page, acme: Organization) -> None:
    page.goto("/o/acme/templates/")
    wrong = broken(page)
    template = make_template(acme, name="Engineering", ats_tag="eng", text_messages_enabled=True)
    make_request(template)
    with tenant(acme):
        words = {"candidate_invitation": {"en": {"subject": "For {{ owner_name }}"}}}
        wanted = template_input(name="Engineering", ats_tag="eng", messages=words, due_days=7)
        edit_template(template=template, actor=None, template_input=wanted)
    for number in range(8):
        make_template(acme, name=f"Template {number}")
    paths = [f"{template.uid}/{name}/" for name in ("edit", "created", "delete", "versions", "versions/compare")]
    for path in ("", "new/?start=leadership", *paths):
        page.goto(f"/o/acme/templates/{path}")
        wrong += broken(page)
    page.goto(f"/o/acme/templates/{template.uid}/edit/")
    page.get_by_label("Email subject").fill("For {{ nobody }}")
    page.get_by_label("Template name").fill("")
    go(page.get_by_role("button", name="Save changes"))
    wrong += broken(page)
    page.get_by_label("Template name").fill("Engineers")
    page.get_by_label("Email subject").fill("For {{ position }}")
    go(page.get_by_role("button", name="Save changes"))
    page.get_by_role("heading", name="This changes what the messages say about people").wait_for()
    wrong += broken(page)
    assert wrong == []
