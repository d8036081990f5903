"""Access decorators. Each view declares its policy, and a test states every policy a second time."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from crosschq.core.database.folded import SortKey
from crosschq.core.models import Installation
from crosschq.core.text.lists import and_list
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.actor import Actor, EmailOwner
from crosschq.tenancy.models import Membership, Organization, Role, User
from crosschq.tenancy.scope import tenant

P = ParamSpec("P")
ADMINS_NAMED = 5


@dataclass(frozen=True)
class Policy:
    """kind: public, signed_in, member, token (a secret link), or signature (a webhook).

    owners: the owner of the object gets in too, by role or without an account.
    """

    kind: str
    role: Role | None = None
    owners: bool = False


@dataclass(frozen=True)
class Restore:
    """When the database was restored from a backup, until that is settled, and the time since which it lacks data."""

    at: datetime | None
    lost_since: datetime | None

    @classmethod
    def of(cls, membership: Membership) -> "Restore":
        return cls(membership.restored_at, membership.lost_since)  # type: ignore[attr-defined]  # annotated


class SignedInRequest(HttpRequest):
    """A request that passed `signed_in_page`."""

    user: User


class MemberRequest(SignedInRequest):
    """A request that passed `member_page` or `owner_access.member_or_owner_page`.

    `membership` says what the person may do on this page. `email_owner` is set if they have no account; `user` is then
    anonymous. `opened`: what the page is about, if finding its owner read it.
    """

    organization: Organization
    membership: Membership
    organizations: list[Organization]
    restore: Restore
    actor: Actor
    email_owner: EmailOwner | None
    opened: Any


def with_policy(view: Callable[..., Any], policy: Policy) -> None:
    view.policy = policy  # type: ignore[attr-defined]


def member_page(
    role: Role, *, opens_tenant: bool = True
) -> Callable[[Callable[Concatenate[MemberRequest, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """For members of the organization in the URL with at least this role: 404 for others, 403 for lower roles.

    The view runs inside `tenant(organization)`. A view that makes network calls sets opens_tenant=False and opens it
    around its reads and writes.
    """

    def decorate(view: Callable[Concatenate[MemberRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: MemberRequest, /, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            # An anonymous user has another class, which the type of MemberRequest leaves out.
            if not getattr(request.user, "is_authenticated", False):
                return to_sign_in(request)
            memberships = memberships_of(request.user)
            membership = of_organization(memberships, slug)
            enter(request, membership, memberships)
            if not membership.may(role):
                raise PermissionDenied(why_refused(membership, role))
            with timezone.override(find_time_zone(request.organization.time_zone)):
                if not opens_tenant:
                    return view(request, *args, **kwargs)
                with tenant(request.organization):
                    return view(request, *args, **kwargs)

        with_policy(guarded, Policy("member", role))
        return guarded

    return decorate


def enter(request: MemberRequest, membership: Membership, memberships: list[Membership]) -> None:
    """Say on the request who the member is, and in which organizations."""
    request.organization, request.membership = membership.organization, membership
    request.organizations = [each.organization for each in memberships]
    request.restore = Restore.of(membership)
    request.actor, request.email_owner = request.user, None


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect to sign-in, and from there back to this page, or to the page with the form."""
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    # A GET can't repeat a POST, and its URL may not be a page.
    try:
        shown = urlsplit(request.headers.get("Referer", ""))
    except ValueError:  # such as an unclosed bracket
        return redirect_to_login("/")
    is_ours = shown.netloc == request.get_host() and re.match("/(?!/)", shown.path)
    return redirect_to_login(shown._replace(scheme="", netloc="", fragment="").geturl() if is_ours else "/")


def memberships_of(user: User) -> list[Membership]:
    """All memberships of the user in one query, for the page and the organization switcher, with any restore."""
    found = list(_with_restore().filter(user=user))
    for membership in found:
        membership.user = user
    return found


@cache
def _with_restore() -> "QuerySet[Membership]":
    """The query, made once: every page of a member asks it, and making it takes a third of the time."""
    restored = Installation.objects.filter(pk=1)
    rows = Membership.objects.select_related("organization").order_by(SortKey("organization__name"))
    return rows.annotate(
        restored_at=Subquery(restored.values("restored_at")), lost_since=Subquery(restored.values("lost_since"))
    )


def of_organization(memberships: list[Membership], slug: str) -> Membership:
    found = next((membership for membership in memberships if membership.organization.slug == slug), None)
    if found is None:
        raise Http404(_("This organization doesn't exist, or you aren't a member of it."))
    return found


def why_refused(membership: Membership, role: Role) -> str:
    """Say which role the page requires, and who can assign it."""
    roles = _("Your role is %(mine)s. This page requires the %(needed)s role.") % {
        "mine": Role(membership.role).label,
        "needed": role.label,
    }
    with tenant(membership.organization):
        everybody = Membership.objects.select_related("user").filter(organization=membership.organization)
        managers = everybody.filter(role__in=[each for each in Role if Membership(role=each).manages_people])
        names = sorted(str(each.user) for each in managers)
    shown = and_list(names, ADMINS_NAMED)
    return f"{roles} {_('These people can change your role: %(names)s.') % {'names': shown}}"


def signed_in_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """For signed-in users, outside any organization."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return view(request, *args, **kwargs)

    with_policy(guarded, Policy("signed_in"))
    return guarded


def public_page(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """For everyone, signed in or not."""
    with_policy(view, Policy("public"))
    return view
