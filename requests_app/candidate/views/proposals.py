"""What the owner decides about named references: approve one of another kind, or release one who is on hold."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from requests_app.candidate import approvals, nominate
from requests_app.candidate.slots import slots
from requests_app.report.access import owner_of_request
from requests_app.report.build import relationship_summary
from requests_app.staff.views.actions import act_on, find_reference, moved_on
from requests_app.staff.views.detail import find_request


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
def approve(request: MemberRequest, uid: uuid.UUID, reference_uid: uuid.UUID) -> HttpResponse:
    """Show the person that the candidate proposes and why, and accept it or ask for someone else."""
    reference_request, reference = find_request(uid), find_reference(uid, reference_uid)
    if request.method == "POST":
        actor = str(request.actor)
        if request.POST.get("decision") == "refuse":
            said = _("We asked %(name)s to name someone else.") % {"name": reference_request.candidate_name}
            act, audit = lambda: approvals.refuse(reference_request, reference, actor=actor), "request.refuse_kind"
        else:
            said = _("%(name)s is approved.") % {"name": reference.name}
            act, audit = lambda: nominate.approve(reference_request, reference, actor=actor), "request.approve_kind"
        return act_on(request, reference_request, said, act, heading=_("Saved"), audit=audit)
    if not reference.awaits_approval or not reference_request.is_open:
        return moved_on(request, reference_request)
    context = {
        "reference_request": reference_request,
        "reference": reference,
        "relation": relationship_summary(reference),
        "asked_for": slots(reference_request.version)[reference.slot - 1].label,
    }
    return render(request, "requests_app/candidate/approve.html", context)


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
@require_POST
def release(request: MemberRequest, uid: uuid.UUID, reference_uid: uuid.UUID) -> HttpResponse:
    reference_request, reference = find_request(uid), find_reference(uid, reference_uid)
    said = _("%(name)s is no longer on hold.") % {"name": reference.name}
    return act_on(
        request,
        reference_request,
        said,
        lambda: nominate.release(reference_request, reference, actor=str(request.actor)),
        heading=_("Released"),
        audit="request.release",
    )
