"""“New request”: a candidate without an ATS, a preview of every email, and one send."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from connectors.models import Writeback
from crosschq.messaging.models import Channel, Message, SuppressionReason
from crosschq.messaging.sending import caps, suppression
from crosschq.messaging.sending.caps import CAPS
from crosschq.tenancy.models import AuditEntry, Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.models import Reader, ReferenceRequest
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import sent_request
from tests.requests_app.pages import heading, links, press_and_follow, text
from tests.templates_app.browsing import controls, errors, press
from tests.templates_app.factories import make_template

pytestmark = pytest.mark.django_db
NEW = "/o/acme/requests/new/"
MAYA = {"first_name": "Maya", "last_name": "Osei", "email": "maya@candidates.example"}


@pytest.fixture
def acme() -> Organization:
    """An organization that has never connected an ATS."""
    return make_organization(slug="acme")


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.RECRUITER, make_user("dana@acme.example", name="Dana Ruiz"))


@pytest.fixture
def desk(dana: User) -> Client:
    return signed_in(Client(), dana)


def preview(desk: Client, **typed: str) -> Any:
    return press(desk, desk.get(NEW), "Preview request", **MAYA, **typed)


def requests_of(organization: Organization) -> list[ReferenceRequest]:
    with tenant(organization):
        return list(ReferenceRequest.objects.select_related("version").order_by("pk"))


def test_a_request_goes_out_as_the_preview_showed_it(acme: Organization, desk: Client) -> None:
    make_template(acme, name="Engineering", position="Backend Engineer")
    shown = preview(desk, message="We met at the fair.\nSee you soon")
    assert heading(shown) == "Check the request"
    assert requests_of(acme) == []
    for words in ("Maya Osei", "Backend Engineer", "Engineering", "Dana Ruiz", "“We met at the fair."):
        assert words in text(shown)
    assert "None, because this request doesn't come from SmartRecruiters" in text(shown)
    sent = press_and_follow(desk, shown, "Send request")
    assert "We're emailing Maya Osei at maya@candidates.example." in text(sent)
    [asked] = requests_of(acme)
    assert sent.request["PATH_INFO"] == f"/o/acme/requests/{asked.uid}/"
    assert (asked.position, asked.owner_email, asked.connection_id) == ("Backend Engineer", "dana@acme.example", None)
    with tenant(acme):
        [email] = Message.objects.all()
        assert (email.to_email, email.kind) == ("maya@candidates.example", "candidate_invitation")
        assert "A message for you from Acme GmbH:\n\n“We met at the fair.\nSee you soon”" in email.text
        assert email.subject in text(shown)
        assert AuditEntry.objects.get(action="request.start").after == {"request": str(asked.uid)}
        assert not Writeback.objects.exists()
    assert "None, because this request doesn't come from SmartRecruiters" in text(sent)
    assert "Dana Ruiz sent this request manually" in text(sent)


def test_what_was_typed_comes_back_to_edit_and_enters_no_url(acme: Organization, desk: Client) -> None:
    make_template(acme)
    shown = preview(desk, position="Data Engineer", message="Hello")
    edited = press(desk, shown, "Edit")
    assert edited.request["PATH_INFO"] == NEW
    assert edited.request["QUERY_STRING"] == ""
    kept = controls(edited)
    assert {name: kept[name] for name in MAYA} == MAYA
    assert (kept["position"], kept["message"]) == ("Data Engineer", "Hello")
    press_and_follow(desk, press(desk, edited, "Preview request", position="Analyst"), "Send request")
    assert [each.position for each in requests_of(acme)] == ["Analyst"]


def test_a_second_click_sends_nothing_and_another_candidate_is_another_request(
    acme: Organization, desk: Client
) -> None:
    make_template(acme)
    form = desk.get(NEW)
    shown = press(desk, form, "Preview request", **MAYA, position="Analyst")
    first, second = (press_and_follow(desk, shown, "Send request") for _ in range(2))
    assert first.request["PATH_INFO"] == second.request["PATH_INFO"]
    # The browser's Back button leads to the same form.
    other = press(desk, form, "Preview request", first_name="Ken", email="ken@candidates.example", position="Analyst")
    press_and_follow(desk, other, "Send request")
    assert [each.candidate_first_name for each in requests_of(acme)] == ["Maya", "Ken"]


REFUSED: tuple[tuple[dict[str, str], str], ...] = (
    ({"first_name": ""}, "Enter the candidate's first name"),
    ({"first_name": "Dr."}, "Enter the candidate's first name"),
    ({"last_name": "www.evil.example"}, "looks like an address or a link"),
    ({"email": "maya"}, "name@example.com"),
    ({"phone": "12"}, "Include the country code"),
    ({"template": "nonsense\0"}, "Choose a template"),
    ({"position": ""}, "Enter the position. This template doesn't set one."),
    ({"owner": "999999"}, "Choose the owner"),
    ({"owner": "other"}, "Enter the owner's full name"),
    ({"owner": "other", "owner_name": "Lee Wong", "owner_email": "maya@candidates.example"}, "own their own"),
    ({"message": "See https://evil.example"}, "looks like an address or a link"),
    ({"message": "Dear {{ candidate_name }}"}, "Placeholders such as {{ name }} don't work here."),
    ({"message": "x" * 1001}, "Use 1000 characters or fewer."),
)


def test_bad_input_is_refused_and_shown_again(acme: Organization, desk: Client) -> None:
    make_template(acme)
    form = desk.get(NEW)
    for typed, error in REFUSED:
        page = press(desk, form, "Preview request", **{**MAYA, "position": "Analyst", **typed})
        assert any(error in line for line in errors(page)), errors(page)
        assert controls(page)["last_name"] == typed.get("last_name", "Osei")
    assert requests_of(acme) == []


def test_the_position_follows_the_template_unless_it_was_typed(acme: Organization, desk: Client) -> None:
    engineering = make_template(acme, name="Engineering", position="Backend Engineer")
    sales = make_template(acme, name="Sales", position="Account Manager")
    page = desk.get(NEW, {"template": str(engineering.uid)})
    assert controls(page)["position"] == "Backend Engineer"
    changed = press(desk, page, "Preview request", **MAYA, template=str(sales.uid))
    assert "Account Manager" in text(changed)
    typed = press(desk, page, "Preview request", **MAYA, template=str(sales.uid), position="Sales Lead")
    assert "Sales Lead" in text(typed)
    assert errors(press(desk, desk.get(NEW), "Preview request", **MAYA)) == ["Choose a template"]


def test_the_owner_can_be_another_member_or_someone_without_an_account(acme: Organization, desk: Client) -> None:
    make_template(acme, position="Analyst")
    ken = make_member(acme, Role.RECRUITER, make_user("ken@acme.example", name="Ken Ito"))
    press_and_follow(desk, preview(desk, owner=str(ken.pk)), "Send request")
    typed = {"owner": "other", "owner_name": "Lee Wong", "owner_email": "lee@acme.example"}
    shown = press(desk, desk.get(NEW), "Preview request", first_name="Ana", email="ana@candidates.example", **typed)
    press_and_follow(desk, shown, "Send request")
    asked = requests_of(acme)
    assert [(each.owner_name, each.owner_email) for each in asked] == [
        ("Ken Ito", "ken@acme.example"),
        ("Lee Wong", "lee@acme.example"),
    ]
    assert asked[1].owner_rule == "Chosen by Dana Ruiz"
    with tenant(acme):
        assert Reader.objects.filter(reference_request=asked[1], email="lee@acme.example").exists()


def test_a_member_of_another_organization_cannot_own_it(acme: Organization, desk: Client) -> None:
    make_template(acme, position="Analyst")
    stranger = make_member(make_organization(), Role.RECRUITER)
    assert errors(preview(desk, owner=str(stranger.pk))) == ["Choose the owner"]
    assert stranger.email not in desk.get(NEW).content.decode()


def test_an_open_request_for_the_same_address_asks_for_a_second_confirmation(acme: Organization, desk: Client) -> None:
    earlier = sent_request(acme, name="Engineering").reference_request
    shown = preview(desk, position="Analyst")
    assert "There is already an open request for this address" in text(shown)
    assert links(shown)["Maya Osei"] == f"/o/acme/requests/{earlier.uid}/"
    press_and_follow(desk, shown, "Send anyway")
    assert len(requests_of(acme)) == 2


def test_a_request_that_was_opened_since_the_preview_stops_the_send(acme: Organization, desk: Client) -> None:
    make_template(acme, name="Engineering")
    shown = preview(desk, position="Analyst")
    sent_request(acme, name="Sales", ats_tag="sales")
    again = press(desk, shown, "Send request")
    assert "Not sent: there is an open request for this address" in text(again)
    assert len(requests_of(acme)) == 1
    press_and_follow(desk, again, "Send anyway")
    assert len(requests_of(acme)) == 2


def test_an_address_that_bounces_is_refused_with_the_reason(acme: Organization, desk: Client) -> None:
    make_template(acme, position="Analyst")
    with tenant(acme):
        suppression.suppress(
            organization=acme, channel=Channel.EMAIL, address=MAYA["email"], reason=SuppressionReason.BOUNCED
        )
    assert errors(preview(desk)) == [
        "We don't send to this address. Messages to this address bounce. Correct the address."
    ]


def test_the_cap_is_explained_in_the_preview_and_when_sending(acme: Organization, desk: Client) -> None:
    make_template(acme, position="Analyst")
    shown = preview(desk)
    most = CAPS["requests"].of_new or 0
    with tenant(acme):
        for number in range(most):
            caps.count("requests", organization=acme, address=f"c{number}@candidates.example")
    for page in (preview(desk), press(desk, shown, "Send request")):
        [line] = errors(page)
        assert line.startswith("Your organization can send at most 20 requests to candidates in 24 hours")
    assert requests_of(acme) == []


def test_without_a_template_it_says_who_can_create_one(acme: Organization, dana: User, desk: Client) -> None:
    admin = make_member(acme, Role.ADMIN, make_user("ana@acme.example", name="Ana Ruiz"))
    assert "These people can create one: Ana Ruiz." in text(desk.get(NEW))
    assert desk.post(NEW, {"act": "send"}).status_code == 200
    page = signed_in(Client(), admin).get(NEW)
    assert links(page)["Create New Template"] == "/o/acme/templates/new/"


def test_the_list_and_the_setup_page_lead_to_it(acme: Organization, desk: Client) -> None:
    assert links(desk.get("/o/acme/requests/"))["New request"] == NEW
    admin = signed_in(Client(), make_member(acme, Role.ADMIN))
    assert links(admin.get("/o/acme/setup/"))["New request"] == NEW
    sent_request(acme)
    assert links(desk.get("/o/acme/requests/"))["New request"] == NEW
    viewer = signed_in(Client(), make_member(acme, Role.VIEWER))
    assert "New request" not in links(viewer.get("/o/acme/requests/"))
