"""What staff do with a request. Each is a POST; the hard ones have a page that says what follows."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crosschq.messaging.cap_refusals import undone_if_refused
from crosschq.messaging.caps import CapReached
from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role
from crosschq.organizations.secret_pages import SeeOther

from .. import complete, corrections, pausing
from ..lifecycle import NotNow
from ..models import Reference, ReferenceRequest, ReferenceState
from ..naming import AddressRefused
from .detail import find_request
from .forms import StaffAddressForm


@member_page(Role.RECRUITER)
@require_POST
def resend(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    job = find_request(uid)
    said = _("%(name)s gets a fresh link at %(email)s.") % {"name": job.candidate_name, "email": job.candidate_email}
    return act_on(request, job, said, lambda: corrections.resend_to_candidate(job, actor=str(request.user)))


@member_page(Role.RECRUITER)
@require_POST
def resend_reference(request: MemberRequest, uid: uuid.UUID, reference_uid: uuid.UUID) -> HttpResponse:
    job, reference = find_request(uid), _reference(uid, reference_uid)
    said = _("%(name)s gets a fresh link at %(email)s.") % {"name": reference.name, "email": reference.email}
    return act_on(request, job, said, lambda: corrections.resend_to_reference(job, reference, actor=str(request.user)))


@member_page(Role.RECRUITER)
def address(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    job = find_request(uid)
    if job.is_test:
        raise Http404(_("A test goes to the address of whoever sent it, and to no other."))

    def correct(email: str) -> None:
        corrections.correct_candidate_address(job, email, actor=str(request.user))

    return _address_page(request, job, job.candidate_name, job.candidate_email, correct)


@member_page(Role.RECRUITER)
def reference_address(request: MemberRequest, uid: uuid.UUID, reference_uid: uuid.UUID) -> HttpResponse:
    job, reference = find_request(uid), _reference(uid, reference_uid)

    def correct(email: str) -> None:
        corrections.correct_reference_address(job, reference, email, actor=str(request.user))

    return _address_page(request, job, reference.name, reference.email, correct)


@member_page(Role.RECRUITER)
def cancel(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    job = find_request(uid)
    if request.method == "POST":
        said = _("The request for %(name)s is cancelled.") % {"name": job.candidate_name}
        return act_on(request, job, said, lambda: complete.cancel(job, actor=str(request.user)), heading=_("Cancelled"))
    if not job.is_open:
        return moved_on(request, job)
    return render(request, "requests_app/cancel.html", {"job": job})


@member_page(Role.RECRUITER)
@require_POST
def go_on(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    """Take back the pause of a request whose application was turned down."""
    job = find_request(uid)
    said = _("The request for %(name)s goes on.") % {"name": job.candidate_name}
    return act_on(request, job, said, lambda: pausing.undo(job, actor=str(request.user)), heading=_("Not cancelled"))


@member_page(Role.RECRUITER)
def finish(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    job = find_request(uid)
    if request.method == "POST":
        said = _("The report for %(name)s is ready.") % {"name": job.candidate_name}
        act = lambda: complete.finish_by_hand(job, actor=str(request.user))  # noqa: E731
        return act_on(request, job, said, act, heading=_("Finished"))
    count = complete.answered(job)
    if not job.is_open or not count:
        return moved_on(request, job)
    living = Reference.objects.filter(request=job, state__in=[ReferenceState.INVITED, ReferenceState.STARTED])
    context = {"job": job, "answered": count, "wanted": job.version.references_wanted, "unfinished": list(living)}
    return render(request, "requests_app/finish.html", context)


def _reference(uid: uuid.UUID, reference_uid: uuid.UUID) -> Reference:
    found: Reference | None = Reference.objects.filter(request__uid=uid, uid=reference_uid).first()
    if found is None:
        raise Http404(_("There is no such reference."))
    return found


def _address_page(
    request: MemberRequest, job: ReferenceRequest, name: str, current: str, correct: Callable[[str], None]
) -> HttpResponse:
    form = StaffAddressForm(request.POST if request.method == "POST" else None, initial={"email": current})
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        said = _("%(name)s is written to at %(email)s. The old link is dead.") % {"name": name, "email": email}
        try:
            act = lambda: correct(email)  # noqa: E731
            return act_on(request, job, said, act, heading=_("Address corrected"), keeps_typed=True)
        except (AddressRefused, CapReached) as refused:
            form.add_error("email", refused.sentence)
    context = {"job": job, "form": form, "name": name, "current": current}
    return render(request, "requests_app/address.html", context)


def act_on(
    request: MemberRequest,
    job: ReferenceRequest,
    said: str,
    act: Callable[[], None],
    *,
    heading: str = "",
    keeps_typed: bool = False,
) -> HttpResponse:
    """Do it and say so. keeps_typed: whoever calls shows what was typed again, so a refusal by a cap is raised."""
    try:
        with undone_if_refused(request.organization, request.user):
            act()
    except NotNow:
        return moved_on(request, job)
    except CapReached as refused:
        if keeps_typed:
            raise
        messages.error(request, refused.sentence, extra_tags=_("Not sent"))
        return SeeOther(detail_url(request, job))
    messages.success(request, said, extra_tags=heading or _("Sent"))
    return SeeOther(detail_url(request, job))


def moved_on(request: MemberRequest, job: ReferenceRequest) -> HttpResponse:
    said = _("This does not apply anymore: the request has moved on in the meantime.")
    messages.warning(request, said)
    return SeeOther(detail_url(request, job))


def detail_url(request: MemberRequest, job: ReferenceRequest) -> str:
    return reverse("requests:detail", args=[request.organization.slug, job.uid])
