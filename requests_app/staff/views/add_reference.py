import uuid
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from crosschq.core.ui.form_fields import TypedField
from crosschq.messaging.sending.caps import CapReached
from crosschq.messaging.sending.quiet_hours import country_of
from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from requests_app.candidate import add_for_candidate as adding
from requests_app.candidate import doubts
from requests_app.candidate.nominate import AddressRefused
from requests_app.candidate.slots import Slot
from requests_app.lifecycle import NotPossible
from requests_app.models import Reference, ReferenceRequest, ReferenceState, RequestState
from requests_app.public.forms import ContactForm, NameForm, RelationshipForm
from requests_app.report.access import owner_of_request
from requests_app.staff.views.act_pages import act_page, not_possible
from requests_app.staff.views.actions import act_on
from requests_app.staff.views.detail import find_request
from templates_app.surveys.relationships import Relationship


class AddReferenceForm(NameForm, RelationshipForm, ContactForm):
    """What the candidate would enter on three pages. `instead_of`: who was in the slot when the page was shown.

    `sure`: what the page asked about. Sent again with the same doubt, it counts as right.
    """

    field_order = ("name", "relationship", "company", "years", "email", "phone", "instead_of", "sure")
    instead_of = TypedField(widget=forms.HiddenInput, required=False)
    sure = TypedField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, reference_request: ReferenceRequest, slot: Slot, holder: Reference | None, data: QueryDict | None
    ) -> None:
        initial = {"instead_of": str(holder.uid) if holder else ""}
        super().__init__(
            slot,
            data.copy() if data else data,
            initial=initial,
            country=country_of(reference_request.organization.time_zone),
        )
        if "relationship" in self.fields:
            words = {"name": reference_request.candidate_short_name}
            self.fields["relationship"].label = _("Their relationship to %(name)s") % words
            self.fields["relationship"].choices = [  # type: ignore[attr-defined]
                (each.value, each.label) for each in Relationship if each is not Relationship.ANY
            ]
            self.fields["relationship"].error_messages["required"] = _("Choose their relationship to the candidate")
        if "company" in self.fields:
            self.fields["company"].label = _("Company where they worked together")
        if not reference_request.version.text_messages_enabled:
            del self.fields["phone"]

    def clean_phone(self) -> str:
        return super().clean_phone() if "phone" in self.fields else ""

    def clean_instead_of(self) -> uuid.UUID | None:
        try:
            return uuid.UUID(self.cleaned_data["instead_of"])
        except ValueError:
            return None

    def doubt(self, reference_request: ReferenceRequest, slot: Slot) -> str:
        """What is probably a slip, and wasn't asked about before; empty if nothing is. Only for a valid form."""
        given = self.reference_input
        found = doubts.about_name(reference_request, given.name, slot=slot.number, by_candidate=False)
        found += " " + doubts.about_reach(
            reference_request, given.email, given.phone, slot=slot.number, by_candidate=False
        )
        found = found.strip()
        if found == self.cleaned_data["sure"]:
            return ""
        self.data["sure"] = found  # type: ignore[index]
        return found

    @property
    def reference_input(self) -> adding.ReferenceInput:
        """Only for a valid form."""
        given: dict[str, Any] = self.cleaned_data
        return adding.ReferenceInput(
            name=given["name"],
            relationship=given.get("relationship", ""),
            company=given.get("company", ""),
            years=given["years"],
            email=given["email"],
            phone=given.get("phone", ""),
        )


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
def add_reference(request: MemberRequest, uid: uuid.UUID, number: int) -> HttpResponse:
    """Add a reference in an empty slot, or replace the one who is there."""
    reference_request = find_request(uid)
    slot = adding.slot_of(reference_request, number)
    if slot is None:
        raise Http404(_("The template doesn't ask for this reference."))
    holder = adding.holder_of(reference_request, slot)
    form = AddReferenceForm(reference_request, slot, holder, request.POST if request.method == "POST" else None)
    doubt = form.doubt(reference_request, slot) if request.method == "POST" and form.is_valid() else ""
    if request.method == "POST" and form.is_valid() and not doubt:
        given = form.reference_input
        said = _("We added %(name)s.") % {"name": given.name}

        def act() -> None:
            adding.add_reference(
                reference_request,
                slot,
                given,
                instead_of=form.cleaned_data["instead_of"],
                actor=str(request.actor),
            )

        try:
            return act_on(
                request,
                reference_request,
                said,
                act,
                heading=_("Reference added"),
                keeps_typed=True,
                audit="request.add_reference",
            )
        except AddressRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else "email", refused.sentence)
        except CapReached as refused:
            form.add_error("email", refused.sentence)
    try:
        adding.refuse(reference_request, holder)
    except NotPossible as why:
        return not_possible(request, reference_request, why)
    heading = _("Add a reference: %(relationship)s") % {"relationship": slot.label}
    if holder:
        heading = _("Replace %(name)s") % {"name": holder.name}
    return act_page(
        request,
        reference_request,
        name=_("Replace reference") if holder else _("Add reference"),
        heading=heading,
        points=_points(reference_request, slot, holder),
        form=form,
        warning=_("%(doubt)s If it's right, click the button again.") % {"doubt": doubt} if doubt else "",
    )


def _points(reference_request: ReferenceRequest, slot: Slot, holder: Reference | None) -> list[str]:
    name = {"name": reference_request.candidate_name}
    points = [slot.note] if slot.note else []
    if holder:
        points.append(
            _("The link we sent %(name)s will stop working. We won't ask them again.") % {"name": holder.name}
        )
        if holder.state == ReferenceState.STARTED:
            points.append(
                _("%(name)s has started. Their saved answers won't be in the report.") % {"name": holder.name}
            )
    if reference_request.state == RequestState.WAITING_FOR_REFERENCES:
        points.append(_("We'll email the new reference now."))
        points.append(_("We'll tell %(name)s that we asked them.") % name)
    else:
        points.append(_("%(name)s sends the invitations. We'll ask the new reference then.") % name)
    return points
