"""Passkeys in Chromium, which emulates the device: added, used alone, as a second step and to confirm, and removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from crosschq.tenancy.models import Role, User
from tests.accounts.pages import make_verified_user
from tests.browser.contexts import opened
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.factories import PASSWORD, make_member, make_organization

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# A phone or laptop that stores passkeys and asks for a fingerprint.
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def dana() -> User:
    return make_member(make_organization("Acme GmbH", slug="acme"), Role.OWNER, make_verified_user())


@pytest.fixture
def home(site: str) -> str:
    """The host of BASE_URL: passkeys need a host name, not an IP address."""
    return site.replace("127.0.0.1", "localhost")


@pytest.fixture
def page(chromium: Browser, home: str, dana: User) -> Iterator[Page]:
    context = opened(chromium, home, dana, viewport={"width": 390, "height": 844})
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield page
    context.close()


def path(page: Page) -> str:
    return urlsplit(page.url).path


def said_by(page: Page) -> list[str]:
    said = list[str]()
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def add(page: Page, name: str) -> list[str]:
    """Add a passkey through its pages. Returns the recovery codes."""
    page.goto("/profile/")
    go(page.get_by_role("link", name="Add passkeys"))
    go(page.get_by_role("link", name="Add a passkey"))
    page.get_by_label("Password").fill(PASSWORD)
    go(page.get_by_role("button", name="Continue"))
    page.get_by_label("Name").fill(name)
    go(page.get_by_role("button", name="Create passkey"))
    page.get_by_role("heading", name="Recovery codes").wait_for()
    return re.findall(r"\b\d{8}\b", page.locator("main").inner_text())


def test_a_passkey_signs_in_alone_or_after_the_password_and_confirms(page: Page, dana: User) -> None:
    said = said_by(page)
    codes = add(page, "Work laptop")
    assert len(codes) == 10
    go(page.get_by_role("button", name="I saved them"))
    go(page.get_by_role("link", name="Manage passkeys"))
    assert "Work laptop\nSigns you in without a password" in page.locator("main").inner_text()
    go(page.get_by_role("link", name="Rename Work laptop"))
    page.get_by_label("Name").fill("Blue laptop")
    go(page.get_by_role("button", name="Save name"))
    assert page.get_by_role("link", name="Remove Blue laptop").is_visible()
    invite(page)

    page.context.clear_cookies()
    page.goto("/o/acme/members/")
    go(page.get_by_role("button", name="Sign in with a passkey"))
    page.get_by_role("heading", name="Members").wait_for()
    assert path(page) == "/o/acme/members/"

    sign_in_by_password(page, dana, "passkey")
    sign_in_by_password(page, dana, codes[0])

    page.goto("/accounts/2fa/webauthn/")
    go(page.get_by_role("link", name="Remove Blue laptop"))
    go(page.get_by_role("link", name="Use a passkey"))
    go(page.get_by_role("button", name="Use a passkey"))
    go(page.get_by_role("button", name="Remove passkey"))
    assert page.get_by_text("You have no passkeys yet.").is_visible()
    assert said == []


def invite(page: Page) -> None:
    """Invite a person, which a passkey confirms."""
    page.goto("/o/acme/members/invite/")
    page.get_by_label("Email addresses").fill("priya@acme.example")
    go(page.get_by_role("button", name="Send invitations"))
    go(page.get_by_role("link", name="Use a passkey"))
    assert page.get_by_text("Invite priya@acme.example to Acme GmbH as Recruiter").is_visible()
    go(page.get_by_role("button", name="Use a passkey"))
    page.get_by_text("You invited 1 person.").wait_for()


def sign_in_by_password(page: Page, user: User, second: str) -> None:
    """Sign in with the password, then a passkey or this recovery code as the second step."""
    page.context.clear_cookies()
    page.goto("/o/acme/members/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    go(page.get_by_role("button", name="Sign in", exact=True))
    page.get_by_role("heading", name="One more step").wait_for()
    assert page.get_by_text("One of your recovery codes", exact=True).is_visible()
    if second == "passkey":
        go(page.get_by_role("button", name="Use a passkey"))
    else:
        page.get_by_label("Code").fill("none of them")
        go(page.get_by_role("button", name="Sign in"))
        assert page.get_by_text("That isn't one of your unused recovery codes").first.is_visible()
        page.get_by_label("Code").fill(second)
        go(page.get_by_role("button", name="Sign in"))
    page.wait_for_url("**/o/acme/members/")


def test_without_scripts_a_page_says_so_and_offers_the_password(chromium: Browser, home: str, dana: User) -> None:
    context = opened(chromium, home, None, java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/accounts/login/")
    # Playwright finds no text in a noscript element.
    assert "Passkeys need JavaScript" in page.locator("noscript").inner_text()
    assert page.locator("noscript p").is_visible()
    go(page.get_by_role("button", name="Sign in with a passkey"))
    assert page.get_by_text("Your passkey didn't respond.").is_visible()
    page.goto("/o/acme/members/")
    page.get_by_label("Email").fill(dana.email)
    page.get_by_label("Password").fill(PASSWORD)
    go(page.get_by_role("button", name="Sign in", exact=True))
    assert path(page) == "/o/acme/members/"
    context.close()


@pytest.mark.slow
def test_passkey_pages_are_accessible(chromium: Browser, home: str, page: Page, dana: User) -> None:
    add(page, "A security key with quite a long name")
    cookies = page.context.cookies()
    # The CSP is bypassed for axe, which is a script.
    context = opened(chromium, home, None, bypass_csp=True)
    context.add_cookies([{"name": each["name"], "value": each["value"], "url": home} for each in cookies])
    other, wrong = context.new_page(), []
    pages = ["/profile/", "/profile/sessions/", "/accounts/2fa/", "/accounts/2fa/recovery-codes/"]
    pages += ["/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/reauthenticate/"]
    other.goto("/accounts/2fa/webauthn/")
    links = other.locator(".kv-act a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    for address in [*pages, *links]:
        other.goto(address)
        wrong += broken(other)
    context.clear_cookies()
    other.goto("/accounts/login/")
    wrong += broken(other)
    other.get_by_label("Email").fill(dana.email)
    other.get_by_label("Password").fill(PASSWORD)
    go(other.get_by_role("button", name="Sign in", exact=True))
    wrong += broken(other)
    assert wrong == []
    context.close()
