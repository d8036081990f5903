"""Sending and erasing test requests."""

import uuid
from contextlib import suppress

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.secret_pages import SeeOther
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import ReferenceRequest
from requests_app.public.forms import TestRequestForm
from requests_app.staff.views.detail import find_request
from requests_app.start.test_request import erase_test_request, send_test_request
from templates_app.request_templates.queries import live_versions


@member_page(Role.RECRUITER)
def send(request: MemberRequest) -> HttpResponse:
    """Send with a single click if there is one template, or if the URL names it."""
    versions = live_versions(request.organization)
    only = versions[0] if len(versions) == 1 else None
    chosen = str(only.template.uid) if only else request.GET.get("template", "")
    form = TestRequestForm(versions, request.POST if request.method == "POST" else None, initial={"template": chosen})
    reference_request = None
    if request.method == "POST" and versions and form.is_valid():
        reference_request = _send(request, form)
    if reference_request is not None:
        said = _("The test is on its way to %(email)s.") % {"email": request.user.email}
        messages.success(request, said, extra_tags=_("Sent"))
        return SeeOther(reverse("requests:detail", args=[request.organization.slug, reference_request.uid]))
    context = {
        "form": form,
        "only": only,
        "versions": versions,
        "may_create": request.membership.may(Role.ADMIN),
    }
    return render(request, "requests_app/start/test_request.html", context)


def _send(request: MemberRequest, form: TestRequestForm) -> ReferenceRequest | None:
    try:
        with rollback_if_refused(request.organization, request.user):
            return send_test_request(organization=request.organization, version=form.version, to=request.user)
    except CapReached as refused:
        form.add_error(None, refused.sentence)
        return None


@member_page(Role.RECRUITER)
def erase(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    if not reference_request.is_test:
        raise Http404(_("This test request doesn't exist."))
    if request.method == "POST":
        # After a double click it is already erased, as intended.
        with suppress(RequestMovedOn):
            erase_test_request(reference_request, actor=request.user)
        messages.success(request, _("The test was erased."), extra_tags=_("Erased"))
        return SeeOther(reverse("requests:list", args=[request.organization.slug]))
    return render(request, "requests_app/start/erase_test.html", {"reference_request": reference_request})
