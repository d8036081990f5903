"""The home page after sign-in, and the setup list."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from crosschq.console.home import setup_list
from crosschq.core import clock
from crosschq.tenancy.access import MemberRequest, member_page, signed_in_page
from crosschq.tenancy.models import Membership, Role
from crosschq.tenancy.scope import tenant
from requests_app.staff.queries import bounded, needing_person


@signed_in_page
def home(request: HttpRequest) -> HttpResponse:
    """The user's first organization: its setup list for admins until done, else its requests."""
    mine = Membership.objects.filter(user=request.user.pk).select_related("organization")
    first = mine.order_by("created_at", "id").first()
    if first is None:
        return render(request, "console/home/no_organization.html")
    if not first.may(Role.ADMIN):
        return redirect("requests:list", slug=first.organization.slug)
    with tenant(first.organization):
        return _first_page(first)


@member_page(Role.VIEWER)
def of_organization(request: MemberRequest) -> HttpResponse:
    """The same for the organization in the URL, which people get by shortening another one."""
    return _first_page(request.membership)


def _first_page(membership: Membership) -> HttpResponse:
    """Redirect to the requests, or an admin to the setup list until it is done. Call inside `tenant()`."""
    organization = membership.organization
    if membership.may(Role.ADMIN) and not setup_list.build(organization).is_done:
        return redirect("setup:list", slug=organization.slug)
    return redirect("requests:list", slug=organization.slug)


@member_page(Role.ADMIN)
def setup(request: MemberRequest) -> HttpResponse:
    listed = setup_list.build(request.organization)
    needing = bounded(needing_person(clock.now()))
    return render(request, "console/home/setup.html", {"setup": listed, "needing": needing})
