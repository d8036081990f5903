"""Who owns a request, and the candidate's link for the owner to pass on."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from crosschq.accounts.sign_in.reauthentication import ask_first
from crosschq.core.text.email_keys import address_key
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy import audit
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from requests_app.lifecycle import NotPossible, RequestMovedOn
from requests_app.notifications import corrections
from requests_app.notifications.send import LINK_DAYS
from requests_app.report.access import check_link_may_be_taken, may_change_owner, owner_of_request, owns
from requests_app.staff.views.act_pages import act_page, not_possible
from requests_app.staff.views.actions import act_on, moved_on
from requests_app.staff.views.detail import find_request
from requests_app.start import ownership
from requests_app.start.forms import OwnerForm


class ChangeOwnerForm(OwnerForm):
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.clean_owner_fields(cleaned)
        return cleaned


@member_page(Role.RECRUITER)
def change_owner(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    if reference_request.is_test:
        return not_possible(request, reference_request, NotPossible(_("A test belongs to the person who sent it.")))
    if not may_change_owner(reference_request, request.membership):
        sentence = _("Reports are private here. Besides the owner, only admins can change the owner.")
        return not_possible(request, reference_request, NotPossible(sentence))
    form = ChangeOwnerForm(request.organization, request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        owner = form.chosen_owner
        is_self = address_key(owner.email) == address_key(request.user.email)
        words = {"name": owner.name, "candidate": reference_request.candidate_name}
        said = _("%(name)s now owns the request for %(candidate)s.") % words

        takes_over = request.organization.reports_private and not owns(request, reference_request)
        if takes_over:
            opens = _("Make %(name)s the owner of the private report on %(candidate)s") % words
            if confirmation := ask_first(request, opens, back=request.path):
                return confirmation

        def act() -> None:
            actor = str(request.user)
            ownership.change_owner(
                reference_request, owner, actor=actor, email_them=not is_self, email_former=takes_over
            )

        try:
            return act_on(
                request,
                reference_request,
                said,
                act,
                heading=_("Owner changed"),
                keeps_typed=True,
                audit="request.owner",
            )
        except CapReached as refused:
            form.add_error("owner", refused.sentence)
    points = [
        _("Emails about this request, and the candidate's replies, go to the new owner."),
        _("The new owner can open the report. %(name)s loses the access they had as the owner.")
        % {"name": reference_request.owner_name or reference_request.owner_email},
        _("We'll email the new owner, unless it's you."),
    ]
    return act_page(
        request,
        reference_request,
        name=_("Change owner"),
        heading=_("Change the owner of the request for %(name)s") % {"name": reference_request.candidate_name},
        points=points,
        form=form,
        template="requests_app/staff/owner.html",
    )


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
@never_cache
def candidate_link(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    """Show a new link for the candidate, once."""
    reference_request = find_request(uid)
    try:
        check_link_may_be_taken(request, reference_request, shows_answers=reference_request.candidate_sees_answers)
    except NotPossible as why:
        return not_possible(request, reference_request, why)
    if request.method == "POST":
        try:
            link = corrections.copy_candidate_link(reference_request, actor=str(request.actor))
        except NotPossible as why:
            return not_possible(request, reference_request, why)
        except RequestMovedOn:
            return moved_on(request, reference_request)
        audit.record(
            organization=request.organization,
            actor=request.actor,
            action="request.copy_link",
            after={"request": reference_request.uid},
        )
        context = {"reference_request": reference_request, "link": link, "days": LINK_DAYS}
        return render(request, "requests_app/staff/candidate_link.html", context)
    if not reference_request.is_open:
        ended = NotPossible(_("The request has ended, so there is no link to copy."))
        return not_possible(request, reference_request, ended)
    name = {"name": reference_request.candidate_name}
    points = [
        _("Anyone with the link can act as %(name)s: name references, and answer for them.") % name,
        _("We show it once. The links in our emails still work."),
        _("The timeline and the audit log record that you copied it."),
    ]
    return act_page(
        request,
        reference_request,
        name=_("Show link"),
        heading=_("Copy the link for %(name)s?") % name,
        points=points,
    )
