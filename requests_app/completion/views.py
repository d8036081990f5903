"""What staff do about answers that came after the request was finished."""

import uuid

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from requests_app.completion import late
from requests_app.report.access import owner_of_request
from requests_app.staff.views.actions import act_on, find_reference
from requests_app.staff.views.detail import find_request


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
@require_POST
def accept_late(request: MemberRequest, uid: uuid.UUID, reference_uid: uuid.UUID) -> HttpResponse:
    reference_request, reference = find_request(uid), find_reference(uid, reference_uid)
    said = _("The report now contains the answers of %(name)s.") % {"name": reference.name}
    return act_on(
        request,
        reference_request,
        said,
        lambda: late.accept(reference_request, reference, actor=str(request.actor)),
        heading=_("Added"),
        audit="request.accept_late",
    )
