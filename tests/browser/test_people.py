"""Members, invitations, the audit log and the second step in Chromium: accessible, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from crosschq.accounts.members.roles import change_role
from crosschq.tenancy.models import Membership, Role, User
from crosschq.tenancy.scope import tenant
from tests.accounts.invited import link_in_newest_email
from tests.accounts.pages import make_verified_user
from tests.accounts.sign_in.test_mfa import code_of
from tests.browser.contexts import opened
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.extent import in_full
from tests.factories import PASSWORD, make_member, make_organization, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def dana() -> User:
    """The owner of an organization with a few members and audit log entries."""
    acme = make_organization("Acme GmbH", slug="acme")
    dana = make_member(acme, Role.OWNER, make_verified_user())
    for name, role in (("Tom Beck", Role.RECRUITER), ("Ngozi Adichie-Okonkwo", Role.VIEWER)):
        user = make_member(acme, role, make_user(f"{name.partition(' ')[0].lower()}@acme.example", name=name))
        with tenant(acme):
            uid = Membership.objects.get(user=user).uid
            change_role(organization=acme, actor=dana, uid=uid, role=Role.ADMIN)
    return dana


@pytest.fixture
def page(chromium: Browser, site: str, dana: User) -> Iterator[Page]:
    """A page signed in as the owner. The CSP is bypassed for axe."""
    context = opened(chromium, site, dana, viewport={"width": 390, "height": 844}, bypass_csp=True)
    yield context.new_page()
    context.close()


def confirm(page: Page) -> None:
    """Type the password, using only the keyboard, on the page that asks for confirmation."""
    page.get_by_role("heading", name="Confirm that it's you").wait_for()
    field = page.get_by_label("Password")
    field.focus()
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.slow
def test_member_pages_are_accessible(page: Page, site: str, dana: User) -> None:
    wrong = []
    page.goto("/o/acme/members/invite/")
    go(page.get_by_role("button", name="Send invitations"))
    wrong += broken(page)
    page.get_by_label("Email addresses").fill("priya@acme.example")
    go(page.get_by_role("button", name="Send invitations"))
    wrong += broken(page)
    confirm(page)
    wrong += broken(page)
    uid = Membership.objects.get(user__name="Tom Beck").uid
    for path in (f"/o/acme/members/{uid}/role/", f"/o/acme/members/{uid}/remove/", "/o/acme/audit-log/", "/profile/"):
        page.goto(path)
        if page.locator("main details").count():
            page.locator("main details summary").first.click()
        wrong += broken(page)
    for path in (link_in_newest_email("priya@acme.example"), "/invitations/unknown/"):
        page.goto(path)
        wrong += broken(page)
    page.goto("/accounts/2fa/totp/activate/")
    wrong += broken(page)
    page.get_by_label("Password").fill(PASSWORD)
    go(page.get_by_role("button", name="Continue"))
    wrong += broken(page)
    page.goto("/accounts/2fa/")
    wrong += broken(page)
    page.context.clear_cookies()
    page.goto(link_in_newest_email("priya@acme.example"))
    wrong += broken(page)
    assert wrong == []


@pytest.mark.slow
def test_a_colleague_can_join_without_scripts(chromium: Browser, site: str, dana: User) -> None:
    admin = opened(chromium, site, dana, java_script_enabled=False, viewport={"width": 1280, "height": 900})
    desk = admin.new_page()
    desk.goto("/o/acme/requests/")
    go(desk.locator(".side").get_by_role("link", name="Members"))
    go(desk.get_by_role("link", name="Invite people"))
    desk.get_by_label("Email addresses").fill("priya@acme.example")
    go(desk.get_by_role("button", name="Send invitations"))
    confirm(desk)
    assert desk.get_by_text("You invited 1 person.").is_visible()

    guest = opened(chromium, site, None, java_script_enabled=False, viewport={"width": 390, "height": 844})
    phone = guest.new_page()
    phone.goto(link_in_newest_email("priya@acme.example"))
    phone.get_by_label("Full name").fill("Priya Nair")
    phone.get_by_label("Password").fill(PASSWORD)
    go(phone.get_by_role("button", name="Create account and join"))
    assert urlsplit(phone.url).path == "/o/acme/requests/"

    desk.reload()
    desk.locator("tr", has_text="Priya Nair").locator("summary").click()
    go(desk.locator("tr", has_text="Priya Nair").get_by_role("link", name="Change role"))
    desk.get_by_text("Viewer: Can see requests").click()
    go(desk.get_by_role("button", name="Save role"))
    confirm(desk)
    assert desk.get_by_text("Priya Nair is now Viewer.").is_visible()
    go(desk.locator(".side").get_by_role("link", name="Audit log"))
    assert "Dana Whitfield changed the role of Priya Nair from Recruiter to Viewer" in desk.locator("main").inner_text()
    guest.close()
    admin.close()


def test_the_second_step_can_be_set_up_under_our_csp(chromium: Browser, site: str, dana: User) -> None:
    context = opened(chromium, site, dana, viewport={"width": 390, "height": 844})
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.goto("/profile/")
    go(page.get_by_role("link", name="Set up second step"))
    go(page.get_by_role("link", name="Set up an authenticator app"))
    page.get_by_label("Password").fill(PASSWORD)
    go(page.get_by_role("button", name="Continue"))
    drawn = page.get_by_role("img", name="QR code").locator("svg").bounding_box()
    assert drawn
    assert 150 < drawn["width"] < 350
    secret = re.findall(r"\b[A-Z2-7]{32}\b", page.locator("main").inner_text())[0]
    page.get_by_role("textbox", name="Code").fill(code_of(secret))
    go(page.get_by_role("button", name="Turn on"))
    assert page.locator("main li").count() == 10
    go(page.get_by_role("button", name="I saved them"))
    assert page.get_by_text("10 unused").is_visible()
    assert said == []
    context.close()


@pytest.mark.in_full
def test_the_chosen_theme_overrides_the_device_setting(page: Page) -> None:
    wrong, seen = [], {}
    for choice, device in (("Dark", "light"), ("Light", "dark"), ("Same as this device", "dark")):
        page.goto("/profile/")
        page.get_by_label(choice).check(force=True)
        go(page.get_by_role("button", name="Save colors"))
        if in_full() or choice == "Dark":
            wrong += broken(page)
        page.emulate_media(color_scheme=device)  # type: ignore[arg-type]  # one of the two words
        seen[choice] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert seen == {
        "Dark": "rgb(22, 18, 23)",
        "Light": "rgb(250, 248, 245)",
        "Same as this device": "rgb(22, 18, 23)",
    }
    assert wrong == []
