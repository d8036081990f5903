"""The organization profile: what an admin sets, and what candidates and references see of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from crosschq.accounts.branding.brand import change_profile, profile_of, remove_logo, set_logo
from crosschq.accounts.branding.logos import LARGEST_LOGO, draw
from crosschq.messaging.sending.send import send_email
from crosschq.tenancy import audit
from crosschq.tenancy.colors import palette
from crosschq.tenancy.models import AuditEntry, Logo, Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.notifications import email_content
from tests.accounts.pictures import picture, saved
from tests.audit import sentence_of
from tests.factories import PASSWORD, make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import sent_request, waiting_request
from tests.requests_app.pages import links, text
from tests.templates_app.browsing import controls, errors, parsed, press

pytestmark = pytest.mark.django_db
GOOD = {
    "name": "Acme GmbH",
    "time_zone": "UTC",
    "color": "",
    "picked": "#5a2450",
    "privacy_url": "",
    "reply_to": "",
    "answers_shown": "no",
}


@pytest.fixture
def acme() -> Organization:
    return make_organization(slug="acme")


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.ADMIN, make_user(password=PASSWORD))


@pytest.fixture
def browser(client: Client, dana: User) -> Client:
    return signed_in(client, dana)


@pytest.fixture
def page(acme: Organization) -> str:
    return f"/o/{acme.slug}/organization/"


def upload(content: bytes, name: str = "logo.png") -> dict[str, SimpleUploadedFile]:
    return {"logo": SimpleUploadedFile(name, content, "image/png")}


def log(organization: Organization) -> list[AuditEntry]:
    with tenant(organization):
        return list(AuditEntry.objects.order_by("id"))


def with_logo(organization: Organization, actor: User) -> str:
    with tenant(organization):
        set_logo(organization=organization, actor=actor, drawn=draw(picture()))
    return organization.logo_url


def zones(answer: object) -> list[str]:
    """The values offered as a time zone."""
    (box,) = (one for one in parsed(answer).iter("select") if one.get("name") == "time_zone")
    return [option.get("value", "") for option in box.iter("option")]


def saved_profile(acme: Organization) -> Organization:
    acme.refresh_from_db()
    return acme


def test_the_profile_is_saved_shown_and_audited(browser: Client, acme: Organization, page: str) -> None:
    typed = {
        "name": "Acme Werke",
        "time_zone": "Europe/Berlin",
        "color": "0A66C2",
        "privacy_url": "https://acme.example/privacy",
        "reply_to": "people@acme.example",
        "answers_shown": "yes",
    }
    there = press(browser, browser.get(page), "Save profile", **typed)["Location"]
    asked = text(browser.get(there))
    assert "Show candidates of Acme GmbH their references' answers" in asked
    assert "Send replies to emails from Acme GmbH to people@acme.example" in asked
    assert log(acme) == []
    answer = browser.post(there, {"password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, page)
    shown = browser.get(page)
    assert controls(shown).items() >= {**typed, "color": "#0a66c2", "picked": "#0a66c2"}.items()
    assert saved_profile(acme).slug == "acme"
    (line,) = log(acme)
    assert (line.action, sentence_of(line)) == (
        "organization.change",
        "Dana Whitfield changed the organization profile",
    )
    assert line.before["name"] == "Acme GmbH"
    assert line.after == {
        **typed,
        "reply_to": audit.address(typed["reply_to"]),
        "color": "#0a66c2",
        "answers_shown": True,
    }
    assert typed["reply_to"] in text(browser.get("/o/acme/audit-log/"))


def test_saving_an_unchanged_profile_is_not_audited(browser: Client, acme: Organization, page: str) -> None:
    assert press(browser, browser.get(page), "Save profile").status_code == 302
    assert log(acme) == []


def test_only_changed_fields_are_audited(browser: Client, acme: Organization, page: str) -> None:
    browser.post(page, {**GOOD, "privacy_url": "https://acme.example/privacy"})
    assert (log(acme)[0].before, log(acme)[0].after) == (
        {"privacy_url": ""},
        {"privacy_url": "https://acme.example/privacy"},
    )
    assert "Privacy notice" in text(browser.get("/o/acme/audit-log/"))


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Fill in “Organization name”"),
        ("name", "A" * 121, "“Organization name” must have 120 characters or fewer"),
        ("name", "Acme \u202eHbmG", "There is an invisible character (right-to-left override) after “"),
        ("time_zone", "Europe/Atlantis", "Time zone"),
        ("time_zone", "Etc/GMT+12", "Time zone"),
        ("color", "blue", "Enter the brand color as six hexadecimal digits, such as #0A66C2"),
        ("color", "#0a66c2;}", "Enter the brand color as six hexadecimal digits, such as #0A66C2"),
        ("privacy_url", "http://acme.example/privacy", "Enter a privacy notice link that starts with https://"),
        ("privacy_url", "javascript:alert(1)", "https://"),
        ("privacy_url", "https://", "https://"),
        ("reply_to", "people", "Other replies go to"),
        ("reply_to", "a@b.example\r\nBcc: c@d.example", "Enter one address. There are several here."),
        ("answers_shown", "maybe", "Do candidates see"),
    ],
)
def test_invalid_input_shows_an_error_and_changes_nothing(
    browser: Client, acme: Organization, page: str, field: str, typed: str, said: str
) -> None:
    answer = browser.post(page, {**GOOD, field: typed})
    assert answer.status_code == 200
    assert any(said in line for line in errors(answer)), errors(answer)
    assert profile_of(saved_profile(acme)) == profile_of(Organization(name="Acme GmbH", time_zone="UTC"))
    assert log(acme) == []


@pytest.mark.parametrize(
    ("before", "color", "picked", "after"),
    [
        ("", "", "#0a66c2", "#0a66c2"),  # from the color picker
        ("", "#1a7f4b", "#5a2450", "#1a7f4b"),  # typed
        ("", "#1a7f4b", "#0a66c2", "#1a7f4b"),  # both: the typed one wins
        ("", "", "#5a2450", ""),  # neither
        ("#0a66c2", "#0a66c2", "#1a7f4b", "#1a7f4b"),
        ("#0a66c2", "", "#0a66c2", ""),  # emptied
        ("#0a66c2", "", "#1a7f4b", ""),
    ],
)
def test_a_color_can_be_typed_or_picked(
    browser: Client, acme: Organization, page: str, before: str, color: str, picked: str, after: str
) -> None:
    Organization.objects.filter(pk=acme.pk).update(color=before)
    browser.post(page, {**GOOD, "color": color, "picked": picked})
    assert saved_profile(acme).color == after


def test_the_admin_sees_how_a_hard_to_read_color_is_adjusted(browser: Client, acme: Organization, page: str) -> None:
    browser.post(page, {**GOOD, "color": "#ffcc00"})
    shown = text(browser.get(page))
    assert "#FFCC00 has a contrast of 1.5 to 1 on white; text needs 4.5. Pages use #" in shown
    assert f"Light pages: {palette('#ffcc00').light.upper()}" in shown
    assert "Dark pages: #FFCC00" in shown
    for fine in ("", "#000080"):
        Organization.objects.filter(pk=acme.pk).update(color=fine)
        assert "on white" not in text(browser.get(page))


def test_time_zones_are_cities_and_an_unusual_one_stays_until_it_is_changed(
    browser: Client, acme: Organization, page: str
) -> None:
    Organization.objects.filter(pk=acme.pk).update(time_zone="Etc/GMT+12")
    assert "Etc/GMT+12" in zones(browser.get(page))
    assert press(browser, browser.get(page), "Save profile", name="Acme Werke").status_code == 302
    assert saved_profile(acme).time_zone == "Etc/GMT+12"
    press(browser, browser.get(page), "Save profile", time_zone="America/Los_Angeles")
    _choose_first, *offered = zones(Client().get("/accounts/signup/"))
    assert sorted(zones(browser.get(page))) == sorted(offered)


def test_the_page_takes_few_queries(
    browser: Client, acme: Organization, dana: User, page: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with_logo(acme, dana)
    with django_assert_max_num_queries(12):
        browser.get(page)


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.VIEWER])
def test_members_without_access_do_not_see_it_in_the_menu(client: Client, acme: Organization, role: Role) -> None:
    browser = signed_in(client, make_member(acme, role))
    assert "Organization profile" not in links(browser.get("/o/acme/requests/"))
    browser = signed_in(client, make_member(acme, Role.ADMIN))
    assert links(browser.get("/o/acme/requests/"))["Organization profile"] == "/o/acme/organization/"


def test_a_logo_can_be_uploaded_replaced_and_removed(browser: Client, acme: Organization, page: str) -> None:
    assert browser.post(f"{page}logo/", upload(picture())).status_code == 302
    first = saved_profile(acme).logo_url
    assert Client().get(first).status_code == 200
    assert acme.logo_shown == (120, 32)
    browser.post(f"{page}logo/", upload(picture(size=(100, 100))))
    second = saved_profile(acme).logo_url
    assert second != first
    assert Client().get(first).status_code == 404
    answer = browser.post(f"{page}logo/remove/", follow=True)
    assert "Pages show your organization's name instead." in text(answer)
    assert saved_profile(acme).logo_url == ""
    assert Client().get(second).status_code == 404
    assert [line.action for line in log(acme)] == [
        "organization.logo",
        "organization.logo",
        "organization.remove_logo",
    ]


def test_a_logo_for_dark_backgrounds_is_accepted_with_a_warning(browser: Client, page: str) -> None:
    white = saved(Image.new("RGBA", (200, 60), (255, 255, 255, 255)))
    assert "The logo is almost white" in text(browser.post(f"{page}logo/", upload(white), follow=True))
    assert "The logo is almost white" not in text(browser.post(f"{page}logo/", upload(picture()), follow=True))


def test_actions_that_change_nothing_are_not_audited(browser: Client, acme: Organization, page: str) -> None:
    browser.post(f"{page}logo/remove/")
    for _ in range(2):
        browser.post(f"{page}logo/", upload(picture()))
    assert [line.action for line in log(acme)] == ["organization.logo"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "Choose an image"),
        (upload(b""), "The file is empty. Choose another one."),
        (upload(b"<svg/>", "logo.svg"), "We can't read this file as an image. Choose a PNG, JPEG, GIF, or WebP file."),
        (upload(bytes(3_000_000)), "The file is larger than 1 MB. Choose a smaller one."),
        (upload(b"GIF89a"), "We can't read this file as an image. Choose a PNG, JPEG, GIF, or WebP file."),
    ],
    ids=["none", "empty", "svg", "large", "broken"],
)
def test_a_file_that_is_not_an_image_shows_an_error_and_the_old_logo_stays(
    browser: Client, acme: Organization, dana: User, page: str, files: dict[str, SimpleUploadedFile], said: str
) -> None:
    before = with_logo(acme, dana)
    answer = browser.post(f"{page}logo/", files)
    assert (answer.status_code, errors(answer)) == (200, [said])
    assert next(parsed(answer).iter("title")).text.startswith("Error: ")  # type: ignore[union-attr]
    assert saved_profile(acme).logo_url == before


def test_a_logo_is_public_cached_forever_and_served_only_as_an_image(acme: Organization, dana: User) -> None:
    with_logo(acme, dana)
    answer = Client().get(acme.logo_url)
    assert answer["Content-Type"] == "image/png"
    assert len(answer.content) <= LARGEST_LOGO
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer
    assert "Cookie" not in answer.get("Vary", "")
    assert "img-src 'self'" in answer["Content-Security-Policy"]
    assert Client().post(acme.logo_url).status_code == 405


def test_two_organizations_with_the_same_image_share_its_url_and_can_each_remove_it(
    acme: Organization, dana: User
) -> None:
    other = make_organization("Other")
    assert with_logo(acme, dana) == with_logo(other, make_member(other))
    with tenant(acme):
        remove_logo(organization=acme, actor=dana)
    assert Client().get(other.logo_url).status_code == 200
    with tenant(other):
        assert Logo.objects.count() == 1


@pytest.mark.parametrize("color", ["0A66C2", "06c", "zzzzzz", "0a66c2-", "0a66c", "0a66c2aa"])
def test_a_stylesheet_has_one_url(color: str) -> None:
    assert Client().get(f"/brand/colors/1-{color}.css").status_code == 404


def test_a_stylesheet_takes_no_query_and_is_cached_forever(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        answer = Client().get("/brand/colors/1-0a66c2.css")
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in answer["Cache-Control"]
    assert b"--brand:#0a66c2" in answer.content


@pytest.mark.parametrize("who", ["candidate", "reference"])
def test_secret_link_pages_show_the_logo_the_color_and_the_privacy_notice(
    client: Client, acme: Organization, dana: User, who: str
) -> None:
    job = waiting_request(acme) if who == "reference" else sent_request(acme)
    path = job.reference_path() if who == "reference" else job.candidate_path
    plain = client.get(path)
    assert [sheet.get("href") for sheet in parsed(plain).iter("link") if sheet.get("rel") == "stylesheet"] == [
        "/static/css/base.css"
    ]
    assert list(parsed(plain).iter("img")) == []
    assert "Privacy notice" not in text(plain)

    with_logo(acme, dana)
    wanted = replace(profile_of(acme), color="#0a66c2", privacy_url="https://acme.example/privacy?a=1&b=2")
    with tenant(acme):
        change_profile(organization=acme, actor=dana, profile=wanted)
    worn = parsed(client.get(path))
    (image,) = worn.iter("img")
    assert (image.get("src"), image.get("alt")) == (acme.logo_url, "Acme GmbH")
    assert (image.get("width"), image.get("height")) == ("120", "32")
    sheets = [sheet.get("href") for sheet in worn.iter("link") if sheet.get("rel") == "stylesheet"]
    assert sheets == ["/static/css/base.css", "/brand/colors/1-0a66c2.css"]
    notice = "Privacy notice of Acme GmbH"
    assert links(client.get(path))[notice] == "https://acme.example/privacy?a=1&b=2"


def test_branding_takes_no_query(
    client: Client, acme: Organization, dana: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    path = sent_request(acme).candidate_path
    with CaptureQueriesContext(connection) as plain:
        client.get(path)
    with_logo(acme, dana)
    Organization.objects.filter(pk=acme.pk).update(color="#0a66c2", privacy_url="https://acme.example/privacy")
    with django_assert_num_queries(len(plain)):
        client.get(path)


def test_replies_go_to_the_owner_or_else_to_the_organizations_reply_address(acme: Organization) -> None:
    Organization.objects.filter(pk=acme.pk).update(reply_to="people@acme.example", name="Acme Werke")
    acme.refresh_from_db()
    job = sent_request(acme)
    (email,) = job.emails("candidate_invitation")
    assert (email.reply_to, email.sender_name) == ("dana@acme.example", "Acme Werke via Crosschq")
    with tenant(acme):
        about = email_content.owner_expired(job.reference_request, url="https://crosschq.example/")
        sent = send_email(organization=acme, kind="x", to_email="dana@acme.example", to_name="Dana", email=about)
    assert sent.reply_to == "people@acme.example"


def test_a_logo_one_pixel_high_is_still_visible(acme: Organization, dana: User) -> None:
    with tenant(acme):
        set_logo(organization=acme, actor=dana, drawn=draw(saved(Image.new("RGB", (2_000, 3), "red"))))
    assert acme.logo_shown == (120, 1)
