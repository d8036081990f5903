"""One prospect: details, consent, exports, and removal; and candidates still to delete in the ATS."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crosschq.core import clock
from crosschq.core.database import keyset
from crosschq.core.text.ats_name import ats_name
from crosschq.core.ui.form_fields import PlaceForm
from crosschq.messaging.models import Message
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.secret_pages import SeeOther
from prospects.export import on_opt_in, selected
from prospects.models import ExportItem, Prospect, Removal
from prospects.opt_in import removal
from prospects.opt_in.email_content import stored
from prospects.opt_in.retention import ENDS_SOON
from prospects.opt_in.send import ABOUT_KIND
from prospects.staff import queries
from prospects.staff.badges import item_badge


@member_page(Role.VIEWER)
def detail(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    prospect = _find(uid)
    exports = ExportItem.objects.filter(prospect=prospect).select_related("run").order_by("created_at", "id")
    emails = Message.objects.filter(about_kind=ABOUT_KIND, about_uid=prospect.uid)
    usable = selected.usable_settings()
    context = {
        "prospect": prospect,
        "details": stored(prospect)[1:],  # the name is the heading
        "consents": list(prospect.consents.select_related("reference__reference_request")),
        "exports": [{"item": item, "badge": item_badge(item)} for item in exports],
        "emails": list(emails.order_by("-created_at", "-id")),
        "ends_soon": prospect.ends_at - clock.now() <= ENDS_SOON,
        "may_remove": request.membership.may(Role.ADMIN),
        # An export of this prospect alone, which belongs to no run, can be repeated only with complete settings.
        "export_vendor": usable.connection.vendor if usable else "",
    }
    return render(request, "prospects/staff/detail.html", context)


@member_page(Role.ADMIN)
def remove(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    prospect = _find(uid)
    slug = request.organization.slug
    if request.method != "POST":
        return render(
            request,
            "prospects/staff/remove.html",
            {"prospect": prospect, "linked": on_opt_in.linked_candidates(prospect)},
        )
    if prospect.uid in removal.protection().prospects:
        messages.info(request, _("They are under a legal hold, so nothing was removed. Release the hold first."))
        return SeeOther(reverse("prospects:detail", args=[slug, prospect.uid]))
    name = prospect.name
    removal.remove(prospect, why=Removal.BY_STAFF, actor=request.user)
    prospect.refresh_from_db()
    said = _("%(name)s's prospect details have been deleted.") % {"name": name}
    if not prospect.ats_candidate_id and not prospect.ats_attempted_at:
        messages.success(request, said, extra_tags=_("Removed"))
        return SeeOther(reverse("prospects:list", args=[slug]))
    names = {"name": name, "ats": ats_name(), "id": prospect.ats_candidate_id}
    next_step = _("One thing left: look for %(name)s in %(ats)s and delete the candidate.") % names
    if prospect.ats_candidate_id:
        next_step = _("One thing left: delete candidate %(id)s in %(ats)s.") % names
    messages.success(request, f"{said} {next_step}", extra_tags=_("Removed"))
    return SeeOther(reverse("prospects:removed", args=[slug]))


@member_page(Role.RECRUITER)
def removed(request: MemberRequest) -> HttpResponse:
    """Exported candidates of people who are no longer prospects."""
    rows, order = queries.candidates_to_delete(), queries.LONGEST_REMOVED
    context = {
        "page": keyset.page(rows, order, queries.PAGE_ROWS, **PlaceForm(request.GET).place()),
        "may_change": request.membership.may(Role.ADMIN),
    }
    return render(request, "prospects/staff/removed.html", context)


@member_page(Role.ADMIN)
@require_POST
def mark_deleted(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    tombstone = Prospect.objects.select_related("organization").filter(uid=uid, removed_at__isnull=False).first()
    if tombstone is None:
        raise Http404(_("This former prospect doesn't exist."))
    if removal.mark_deleted(tombstone, actor=request.user):
        said = (
            _("Candidate %(id)s has been taken off this list.")
            if tombstone.ats_candidate_id
            else _("Taken off this list.")
        )
        messages.success(request, said % {"id": tombstone.ats_candidate_id})
    return SeeOther(reverse("prospects:removed", args=[request.organization.slug]))


def _find(uid: uuid.UUID) -> Prospect:
    found: Prospect | None = Prospect.objects.select_related("organization").filter(uid=uid, removed_at=None).first()
    if found is None:
        raise Http404(_("This prospect doesn't exist. They may have been removed."))
    return found
