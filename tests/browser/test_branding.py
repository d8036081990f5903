"""The organization profile in Chromium: set without scripts, applied to the phone pages, accessible in any color."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from crosschq.accounts.branding.brand import change_profile, profile_of, set_logo
from crosschq.accounts.branding.logos import draw
from crosschq.tenancy.colors import palette
from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from tests.accounts.pictures import picture
from tests.browser.contexts import opened
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.factories import make_member, make_organization
from tests.requests_app.factories import ready_request, sent_request, waiting_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PROFILE = "/o/acme/organization/"
GROUND = "element => getComputedStyle(element).backgroundColor"


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH", slug="acme")


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.ADMIN)


@pytest.fixture
def plain(chromium: Browser, site: str, dana: User) -> Iterator[BrowserContext]:
    """Dana's browser with our CSP, without scripts."""
    context = opened(chromium, site, dana, java_script_enabled=False, viewport={"width": 1280, "height": 900})
    yield context
    context.close()


def rgb(color: str) -> str:
    """The color in the notation that Chromium reports."""
    return f"rgb({', '.join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))})"


def wears(organization: Organization, dana: User, color: str) -> None:
    with tenant(organization):
        set_logo(organization=organization, actor=dana, drawn=draw(picture()))
        wanted = replace(
            profile_of(organization), color=color, answers_shown=True, privacy_url="https://acme.example/privacy"
        )
        change_profile(organization=organization, actor=dana, profile=wanted)


def test_logo_and_color_can_be_set_without_scripts_and_are_used_under_the_csp(
    plain: BrowserContext, acme: Organization
) -> None:
    desk, said = plain.new_page(), list[str]()
    plain.on("console", lambda message: said.append(message.text))
    desk.goto("/o/acme/requests/")
    go(desk.locator(".side").get_by_role("link", name="Organization profile"))
    entry = desk.locator(".side [aria-current]").bounding_box()
    assert entry is not None
    assert entry["height"] < 48, "the entry of the menu takes two lines"
    desk.get_by_label("Brand color").fill("#ffcc00")
    desk.get_by_label("Link to your privacy notice").fill("https://acme.example/privacy")
    go(desk.get_by_role("button", name="Save profile"))
    assert desk.get_by_text("We darkened the color").is_visible()
    desk.get_by_label("Image").set_input_files({"name": "logo.png", "mimeType": "image/png", "buffer": picture()})
    go(desk.get_by_role("button", name="Upload logo"))
    assert desk.get_by_role("button", name="Replace logo").is_visible()

    phone = plain.new_page()
    phone.goto(sent_request(acme).candidate_path)
    assert phone.get_by_role("img", name="Acme GmbH").bounding_box() is not None
    button = phone.get_by_role("button", name="Start")
    used = palette("#ffcc00")
    phone.emulate_media(color_scheme="light")
    assert button.evaluate(GROUND) == rgb(used.light)
    phone.emulate_media(color_scheme="dark")
    assert button.evaluate(GROUND) == rgb(used.dark)
    assert said == []


@pytest.mark.slow
def test_branding_pages_are_accessible(chromium: Browser, site: str, acme: Organization, dana: User) -> None:
    context = opened(chromium, site, dana, bypass_csp=True)
    page, wrong = context.new_page(), list[object]()
    page.goto(PROFILE)
    wrong += broken(page)
    page.get_by_label("Brand color").fill("plum")
    go(page.get_by_role("button", name="Save profile"))
    wrong += broken(page)
    wears(acme, dana, "#fff7b0")  # the hardest on a light background
    page.goto(PROFILE)
    wrong += broken(page, colors=True)
    for path in _pages_of_outsiders(acme):
        page.goto(path)
        wrong += broken(page, widths=(320,), colors=True)
    context.close()
    assert wrong == []


def _pages_of_outsiders(acme: Organization) -> tuple[str, ...]:
    return (
        sent_request(acme).candidate_path,
        waiting_request(acme).reference_path(),
        f"{ready_request(acme).candidate_path}answers/",
    )


def test_a_logo_fits_the_narrowest_phone_next_to_a_badge(
    chromium: Browser, site: str, acme: Organization, dana: User
) -> None:
    wears(acme, dana, "#0a66c2")
    context = opened(chromium, site, None, viewport={"width": 320, "height": 640})
    page: Page = context.new_page()
    page.goto(sent_request(acme).candidate_path)
    box = page.locator(".logo").bounding_box()
    assert box is not None
    assert (round(box["width"]), round(box["height"])) == (120, 32)
    context.close()
