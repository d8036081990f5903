"""Pages for members, and for the owner of the object they show, who may have no account.

A recruiter of the ATS owns requests without being a member here. With a pass (passes.py) they open what our emails
link to, and nothing else: the pass proves their address, and the page's object names its owner.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crosschq.core.text.email_keys import exact_key
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy import passes
from crosschq.tenancy.access import (
    MemberRequest,
    Policy,
    Restore,
    enter,
    memberships_of,
    to_sign_in,
    why_refused,
    with_policy,
)
from crosschq.tenancy.actor import EmailOwner
from crosschq.tenancy.models import Membership, Organization, Role
from crosschq.tenancy.scope import tenant

P = ParamSpec("P")
# Returns the owner of what the URL's arguments name. Called inside `tenant()`, by a page with its `request`.
OwnerOf = Callable[..., EmailOwner | None]


def member_or_owner_page(
    role: Role, *, owner_of: OwnerOf
) -> Callable[[Callable[Concatenate[MemberRequest, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Like `member_page`, and for the object's owner, who may do what a recruiter may.

    A member with a lower role gets in if the object is theirs, and anyone with a pass for the owner's address.
    """

    def decorate(view: Callable[Concatenate[MemberRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: MemberRequest, /, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            memberships = memberships_of(request.user) if _is_signed_in(request) else []
            member = next((each for each in memberships if each.organization.slug == slug), None)
            organization = member.organization if member else Organization.objects.filter(slug=slug).first()
            holder = None if member or organization is None else passes.holder(request, organization)
            if organization is None or (member is None and holder is None):
                return _refuse(request, slug)
            request.opened = None
            with timezone.override(find_time_zone(organization.time_zone)), tenant(organization):
                if member is not None:
                    _enter_as_member(request, member, memberships, role, partial(owner_of, *args, **kwargs))
                    return view(request, *args, **kwargs)
                owner = owner_of(*args, request=request, **kwargs)
                if owner is None or passes.holder_key(organization, owner.email) != holder:
                    _offer_code(request)
                    raise Http404(_("This page doesn't exist, or it's about someone else's candidate."))
                if passes.is_member(organization, owner.email):
                    return _refuse(request, slug)
                _enter_as_owner(request, organization, owner)
                return _private(view(request, *args, **kwargs))

        guarded.owner_of = owner_of  # type: ignore[attr-defined]
        with_policy(guarded, Policy("member", role, owners=True))
        return guarded

    return decorate


def owner_of_page(path: str) -> EmailOwner | None:
    """The owner of what the page at this path shows. Call inside `tenant()` of the organization in the path."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    owner_of: OwnerOf | None = getattr(match.func, "owner_of", None)
    arguments = {name: value for name, value in match.kwargs.items() if name != "slug"}
    return owner_of(*match.args, **arguments) if owner_of else None


def code_url(target: str) -> str:
    """Where the owner gets a code for this page. Empty if an owner without an account can't open it.

    Looks only at the form of the URL, so that it reveals nothing. A URL with a host isn't one of our pages, whatever
    its path is.
    """
    try:
        match = resolve(urlsplit(target).path) if target.startswith("/o/") else None
    except (ValueError, Resolver404):  # such as an unclosed bracket
        return ""
    if match is None or not hasattr(match.func, "owner_of"):
        return ""
    return f"{reverse('email_code:code', args=[match.kwargs['slug']])}?{urlencode({'next': target})}"


def _enter_as_member(
    request: MemberRequest,
    member: Membership,
    memberships: list[Membership],
    role: Role,
    find_owner: OwnerOf,
) -> None:
    """Let a member in with their role, or with a recruiter's if the object is theirs. Raises PermissionDenied."""
    enter(request, member, memberships)
    if member.may(Role.RECRUITER):
        return
    owner = find_owner(request=request)
    if owner is not None and exact_key(owner.email) == exact_key(request.user.email):
        # What they may do on this page. Never saved.
        request.membership = Membership(user=request.user, organization=member.organization, role=Role.RECRUITER)
    elif not member.may(role):
        raise PermissionDenied(why_refused(member, role))


def _enter_as_owner(request: MemberRequest, organization: Organization, owner: EmailOwner) -> None:
    request.organization, request.organizations = organization, []
    request.membership = Membership(organization=organization, role=Role.RECRUITER)
    request.restore = Restore(None, None)
    request.actor = request.email_owner = owner


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _refuse(request: MemberRequest, slug: str) -> HttpResponseBase:
    """Offer sign-in and a code, in the same way for what exists and what doesn't."""
    if not _is_signed_in(request):
        return to_sign_in(request)
    _offer_code(request)
    raise Http404(_("This organization doesn't exist, or you aren't a member of it."))


def _is_signed_in(request: HttpRequest) -> bool:
    # An anonymous user has another class, which the type of MemberRequest leaves out.
    return bool(getattr(request.user, "is_authenticated", False))


def _offer_code(request: HttpRequest) -> None:
    """Let the page about the error say how an owner without an account gets in."""
    target = request.get_full_path() if request.method in ("GET", "HEAD") else ""
    request.code_url = code_url(target)  # type: ignore[attr-defined]
