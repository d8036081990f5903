"""“Send a test request to me”, and “Erase this test”."""

import uuid
from contextlib import suppress

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from crosschq.messaging.cap_refusals import undone_if_refused
from crosschq.messaging.caps import CapReached
from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role
from crosschq.organizations.secret_pages import SeeOther
from templates_app.listing import live_versions

from ..lifecycle import NotNow
from ..models import ReferenceRequest
from ..pretend import erase_test_request, send_test_request
from .detail import find_request
from .forms import PretendForm


@member_page(Role.RECRUITER)
def send(request: MemberRequest) -> HttpResponse:
    """One press where there is one template, or where the address names it."""
    versions = live_versions(request.organization)
    only = versions[0] if len(versions) == 1 else None
    chosen = str(only.template.uid) if only else request.GET.get("template", "")
    form = PretendForm(versions, request.POST if request.method == "POST" else None, initial={"template": chosen})
    job = None
    if request.method == "POST" and versions and form.is_valid():
        job = _send(request, form)
    if job is not None:
        said = _("The test is on its way to %(email)s.") % {"email": request.user.email}
        messages.success(request, said, extra_tags=_("Sent"))
        return SeeOther(reverse("requests:detail", args=[request.organization.slug, job.uid]))
    context = {
        "form": form,
        "only": only,
        "versions": versions,
        "may_create": request.membership.may(Role.ADMIN),
    }
    return render(request, "requests_app/test_request.html", context)


def _send(request: MemberRequest, form: PretendForm) -> ReferenceRequest | None:
    try:
        with undone_if_refused(request.organization, request.user):
            return send_test_request(organization=request.organization, version=form.version, to=request.user)
    except CapReached as refused:
        form.add_error(None, refused.sentence)
        return None


@member_page(Role.RECRUITER)
def erase(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    job = find_request(uid)
    if not job.is_test:
        raise Http404(_("There is no such test request."))
    if request.method == "POST":
        # A second press finds it erased, which is what was wanted.
        with suppress(NotNow):
            erase_test_request(job, actor=request.user)
        messages.success(request, _("The test is erased."), extra_tags=_("Erased"))
        return SeeOther(reverse("requests:list", args=[request.organization.slug]))
    return render(request, "requests_app/erase_test.html", {"job": job})
