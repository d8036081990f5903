"""What staff do with a request. Each action is a POST; those that can't be undone first explain what will happen."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy import audit as audit_log
from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from crosschq.tenancy.secret_pages import SeeOther
from requests_app.candidate.nominate import AddressRefused
from requests_app.completion import complete, pause
from requests_app.lifecycle import NotPossible, RequestMovedOn
from requests_app.models import Reference, ReferenceRequest, ReferenceState
from requests_app.notifications import corrections
from requests_app.public.forms import StaffAddressForm
from requests_app.report.access import check_link_may_be_taken, owner_of_request
from requests_app.staff.views.act_pages import not_possible
from requests_app.staff.views.detail import find_request


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
@require_POST
def resend(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    said = _("We sent %(name)s a new link at %(email)s.") % {
        "name": reference_request.candidate_name,
        "email": reference_request.candidate_email,
    }
    return act_on(
        request,
        reference_request,
        said,
        lambda: corrections.resend_to_candidate(reference_request, actor=str(request.actor)),
        audit="request.resend",
    )


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
@require_POST
def resend_reference(request: MemberRequest, uid: uuid.UUID, reference_uid: uuid.UUID) -> HttpResponse:
    reference_request, reference = find_request(uid), find_reference(uid, reference_uid)
    said = _("We sent %(name)s a new link at %(email)s.") % {"name": reference.name, "email": reference.email}
    return act_on(
        request,
        reference_request,
        said,
        lambda: corrections.resend_to_reference(reference_request, reference, actor=str(request.actor)),
        audit="request.resend",
    )


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
def address(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    if reference_request.is_test:
        raise Http404(_("A test goes only to the address of the person who sent it."))
    try:
        check_link_may_be_taken(request, reference_request, shows_answers=reference_request.candidate_sees_answers)
    except NotPossible as why:
        return not_possible(request, reference_request, why)

    def correct(email: str) -> None:
        corrections.correct_candidate_address(reference_request, email, actor=str(request.actor))

    return _address_page(
        request, reference_request, reference_request.candidate_name, reference_request.candidate_email, correct
    )


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
def reference_address(request: MemberRequest, uid: uuid.UUID, reference_uid: uuid.UUID) -> HttpResponse:
    reference_request, reference = find_request(uid), find_reference(uid, reference_uid)
    try:
        # The link of someone who has started shows the answers they have saved.
        check_link_may_be_taken(request, reference_request, shows_answers=reference.started_at is not None)
    except NotPossible as why:
        return not_possible(request, reference_request, why)

    def correct(email: str) -> None:
        corrections.correct_reference_address(reference_request, reference, email, actor=str(request.actor))

    return _address_page(request, reference_request, reference.name, reference.email, correct)


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
def cancel(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    if request.method == "POST":
        said = _("The request for %(name)s was canceled.") % {"name": reference_request.candidate_name}
        return act_on(
            request,
            reference_request,
            said,
            lambda: complete.cancel(reference_request, actor=str(request.actor)),
            heading=_("Canceled"),
            audit="request.cancel",
        )
    if not reference_request.is_open:
        return moved_on(request, reference_request)
    return render(request, "requests_app/staff/cancel.html", {"reference_request": reference_request})


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
@require_POST
def go_on(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    """Resume a paused request whose application was turned down."""
    reference_request = find_request(uid)
    said = _("The request for %(name)s is active again.") % {"name": reference_request.candidate_name}
    return act_on(
        request,
        reference_request,
        said,
        lambda: pause.undo(reference_request, actor=str(request.actor)),
        heading=_("Resumed"),
        audit="request.resume",
    )


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
def finish(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    if request.method == "POST":
        said = _("The report for %(name)s is ready.") % {"name": reference_request.candidate_name}
        act = lambda: complete.finish_manually(reference_request, actor=str(request.actor))  # noqa: E731
        return act_on(request, reference_request, said, act, heading=_("Finished"), audit="request.finish")
    try:
        complete.check_finishable(reference_request)
    except NotPossible as why:
        return not_possible(request, reference_request, why)
    except RequestMovedOn:
        return moved_on(request, reference_request)
    living = Reference.objects.filter(
        reference_request=reference_request, state__in=[ReferenceState.INVITED, ReferenceState.STARTED]
    )
    context = {
        "reference_request": reference_request,
        "answered": complete.answered(reference_request),
        "requested": reference_request.version.references_requested,
        "unfinished": list(living),
    }
    return render(request, "requests_app/staff/finish.html", context)


def find_reference(uid: uuid.UUID, reference_uid: uuid.UUID) -> Reference:
    found: Reference | None = Reference.objects.filter(reference_request__uid=uid, uid=reference_uid).first()
    if found is None:
        raise Http404(_("This reference doesn't exist."))
    return found


def _address_page(
    request: MemberRequest, reference_request: ReferenceRequest, name: str, current: str, correct: Callable[[str], None]
) -> HttpResponse:
    form = StaffAddressForm(request.POST if request.method == "POST" else None, initial={"email": current})
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        said = _("We emailed %(name)s at %(email)s. The old link no longer works.") % {"name": name, "email": email}
        try:
            act = lambda: correct(email)  # noqa: E731
            heading = _("Address corrected")
            return act_on(
                request, reference_request, said, act, heading=heading, keeps_typed=True, audit="request.address"
            )
        except (AddressRefused, CapReached) as refused:
            form.add_error("email", refused.sentence)
    context = {"reference_request": reference_request, "form": form, "name": name, "current": current}
    return render(request, "requests_app/staff/address.html", context)


def act_on(
    request: MemberRequest,
    reference_request: ReferenceRequest,
    said: str,
    act: Callable[[], None],
    *,
    audit: str,
    heading: str = "",
    keeps_typed: bool = False,
) -> HttpResponse:
    """Run the action and show the result. keeps_typed: re-raise a cap's refusal, so that the form keeps its input.

    audit: the action's name in the audit log.
    """
    try:
        with rollback_if_refused(request.organization, request.actor):
            act()
    except NotPossible as why:
        return not_possible(request, reference_request, why)
    except RequestMovedOn:
        return moved_on(request, reference_request)
    except CapReached as refused:
        if keeps_typed:
            raise
        messages.error(request, refused.sentence, extra_tags=_("Not sent"))
        return SeeOther(detail_url(request, reference_request))
    record(request, reference_request, audit)
    messages.success(request, said, extra_tags=heading or _("Sent"))
    return SeeOther(detail_url(request, reference_request))


def record(request: MemberRequest, reference_request: ReferenceRequest, action: str) -> None:
    """Add the action to the audit log."""
    after = {"request": reference_request.uid}
    audit_log.record(organization=request.organization, actor=request.actor, action=action, after=after)


def moved_on(request: MemberRequest, reference_request: ReferenceRequest) -> HttpResponse:
    said = _("You can't do this anymore. The request has changed in the meantime.")
    messages.warning(request, said)
    return SeeOther(detail_url(request, reference_request))


def detail_url(request: MemberRequest, reference_request: ReferenceRequest) -> str:
    return reverse("requests:detail", args=[request.organization.slug, reference_request.uid])
