"""The decorator around every page of an organization."""

from __future__ import annotations

import pytest
from django.http import Http404, HttpResponse, JsonResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from crosschq.core.database import rls
from crosschq.tenancy import audit
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import AuditEntry, Membership, Organization, Role
from crosschq.tenancy.scope import tenant
from crosschq.urls import urlpatterns as ours
from tests.accounts.pages import text_of
from tests.factories import make_member, make_organization, make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def answer_of(request: MemberRequest) -> HttpResponse:
    return JsonResponse(
        {
            "organization": request.organization.name,
            "role": request.membership.role,
            "zone": timezone.get_current_timezone_name(),
            "open": rls.in_scope(),
        }
    )


@member_page(Role.ADMIN)
def inside(request: MemberRequest) -> HttpResponse:
    return answer_of(request)


@member_page(Role.ADMIN, opens_tenant=False)
def outside(request: MemberRequest) -> HttpResponse:
    return answer_of(request)


@member_page(Role.VIEWER)
def fails_after_writing(request: MemberRequest) -> HttpResponse:
    audit.record(organization=request.organization, actor=request.user, action="a.b")
    raise Http404


urlpatterns = [
    *ours,
    path("o/<slug:slug>/inside/", inside),
    path("o/<slug:slug>/outside/", outside),
    path("o/<slug:slug>/fails/", fails_after_writing),
]


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme", slug="acme", time_zone="Asia/Tokyo")


def test_a_page_knows_its_organization_role_and_time_zone(client: Client, acme: Organization) -> None:
    before = timezone.get_current_timezone_name()
    answer = signed_in(client, make_member(acme, Role.OWNER)).get("/o/acme/inside/")
    assert answer.json() == {"organization": "Acme", "role": "owner", "zone": "Asia/Tokyo", "open": True}
    assert timezone.get_current_timezone_name() == before


def test_a_page_that_makes_network_calls_opens_the_tenant_itself(client: Client, acme: Organization) -> None:
    answer = signed_in(client, make_member(acme, Role.OWNER)).get("/o/acme/outside/")
    assert answer.json()["open"] is False


@pytest.mark.parametrize("slug", ["acme", "no-such-organization"])
def test_a_visitor_is_asked_to_sign_in_whether_or_not_the_organization_exists(
    client: Client, acme: Organization, slug: str
) -> None:
    answer = client.get(f"/o/{slug}/inside/?page=2")
    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/login/?next=/o/{slug}/inside/%3Fpage%3D2"


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/o/acme/templates/?page=2#top", "/o/acme/templates/%3Fpage%3D2"),
        ("https://evil.example/o/acme/", "/"),
        ("http://testserver//evil.example/", "/"),
        ("nonsense", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_a_form_submitted_after_signing_out_leads_back_to_its_page(
    client: Client, acme: Organization, referer: str, back: str
) -> None:
    answer = client.post("/o/acme/inside/", headers={"referer": referer} if referer else None)
    assert answer["Location"] == f"/accounts/login/?next={back}"


def test_a_stranger_cannot_tell_whether_an_organization_exists(client: Client, acme: Organization) -> None:
    signed_in(client, make_member(make_organization(), Role.OWNER))
    existing, missing = client.get("/o/acme/inside/"), client.get("/o/no-such-organization/inside/")
    assert existing.status_code == missing.status_code == 404
    assert text_of(existing) == text_of(missing)


def test_a_member_whose_role_is_too_weak_learns_which_role_is_needed_and_who_can_grant_it(
    client: Client, acme: Organization
) -> None:
    make_member(acme, Role.OWNER, make_user(name="Tom Beck"))
    make_member(acme, Role.ADMIN, make_user(name="Dana Ruiz"))
    make_member(acme, Role.VIEWER, make_user(name="Vera Okafor"))
    make_member(make_organization(), Role.ADMIN, make_user(name="Somebody Else"))
    answer = signed_in(client, make_member(acme, Role.RECRUITER)).get("/o/acme/inside/")
    assert answer.status_code == 403
    assert "Your role is Recruiter. This page requires the Admin role." in text_of(answer)
    assert (
        "These people can change your role: Dana Ruiz and Tom Beck. Ask for it by email Nothing was changed."
        in text_of(answer)
    )


def test_at_most_five_admins_are_named(client: Client, acme: Organization) -> None:
    for number in range(7):
        make_member(acme, Role.ADMIN, make_user(name=f"Admin {number}"))
    answer = signed_in(client, make_member(acme, Role.VIEWER)).get("/o/acme/inside/")
    assert "Admin 4, and 2 more. Ask for it by email" in text_of(answer)


def test_a_role_change_applies_from_the_next_request(client: Client, acme: Organization) -> None:
    signed_in(client, make_member(acme, Role.ADMIN))
    assert client.get("/o/acme/inside/").status_code == 200
    Membership.objects.update(role=Role.VIEWER)
    assert client.get("/o/acme/inside/").status_code == 403
    Membership.objects.all().delete()
    assert client.get("/o/acme/inside/").status_code == 404


def test_a_user_can_have_a_different_role_in_each_organization(client: Client, acme: Organization) -> None:
    user = make_member(acme, Role.VIEWER)
    make_member(make_organization(slug="other"), Role.OWNER, user)
    signed_in(client, user)
    assert client.get("/o/acme/inside/").status_code == 403
    assert client.get("/o/other/inside/").json()["role"] == "owner"


def test_a_failed_page_writes_nothing(client: Client, acme: Organization) -> None:
    assert signed_in(client, make_member(acme)).get("/o/acme/fails/").status_code == 404
    with tenant(acme):
        assert not AuditEntry.objects.exists()


def test_a_user_without_a_membership_is_a_stranger(client: Client, acme: Organization) -> None:
    assert signed_in(client, make_user()).get("/o/acme/inside/").status_code == 404
