from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from crosschq.organizations.access import signed_in_page
from crosschq.organizations.models import Organization


@signed_in_page
def home(request: HttpRequest) -> HttpResponse:
    """The first organization's requests, or a word that there is none."""
    mine = Organization.objects.filter(memberships__user=request.user.pk).order_by("memberships__created_at").first()
    if mine is None:
        return render(request, "organizations/none.html")
    return redirect("requests:list", slug=mine.slug)
