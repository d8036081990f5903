"""The home page after sign-in, and the setup list."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from crosschq.console.home import setup_list
from crosschq.tenancy.access import MemberRequest, member_page, signed_in_page
from crosschq.tenancy.models import Membership, Role
from crosschq.tenancy.scope import tenant


@signed_in_page
def home(request: HttpRequest) -> HttpResponse:
    """The user's first organization: its setup list for admins until done, else its requests."""
    mine = Membership.objects.filter(user=request.user.pk).select_related("organization")
    first = mine.order_by("created_at", "id").first()
    if first is None:
        return render(request, "console/home/no_organization.html")
    if first.may(Role.ADMIN):
        with tenant(first.organization):
            if not setup_list.build(first.organization).is_done:
                return redirect("setup:list", slug=first.organization.slug)
    return redirect("requests:list", slug=first.organization.slug)


@member_page(Role.ADMIN)
def setup(request: MemberRequest) -> HttpResponse:
    listed = setup_list.build(request.organization)
    return render(request, "console/home/setup.html", {"setup": listed})
