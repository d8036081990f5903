"""Manual reminders: the page that previews the text, skipping a planned reminder, and the candidate's button."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.lists import and_list
from crosschq.messaging.content.email import Email
from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CapReached
from crosschq.messaging.sending.quiet_hours import next_allowed_time
from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from crosschq.tenancy.secret_pages import SeeOther, TokenRequest
from requests_app.candidate.slots import SlotStatus
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import Reference, ReferenceRequest, Reminder
from requests_app.notifications.preview import LINK_PLACEHOLDER
from requests_app.notifications.send import CANDIDATE, absolute
from requests_app.public.access import LinkHolder, token_page
from requests_app.reminders import plan
from requests_app.reminders.deliver import preview
from requests_app.report.access import owner_of_request
from requests_app.staff.views.actions import act_on, detail_url, moved_on, record
from requests_app.staff.views.detail import find_request

THE_CANDIDATE = "candidate"


@dataclass(frozen=True)
class ReminderOption:
    """What the candidate can do about a reference: send a reminder now, send one later, or wait for a planned one."""

    may_ask: bool
    possible_at: datetime | None
    goes_at: datetime | None


@dataclass(frozen=True)
class ReminderRecipient:
    """A person who hasn't answered. `goes_at` is None for now; `possible_at` is None if they can be reminded now."""

    reference_request: ReferenceRequest
    reference: Reference | None
    possible_at: datetime | None
    goes_at: datetime | None

    @property
    def key(self) -> str:
        return str(self.reference.uid) if self.reference else THE_CANDIDATE

    @property
    def name(self) -> str:
        return plan.name_of(self.reference_request, self.reference)

    @cached_property
    def email(self) -> Email:
        return preview(
            self.reference_request,
            self.reference,
            link=absolute(f"/{'r' if self.reference else 'c'}/{LINK_PLACEHOLDER}/"),
        )

    @property
    def label(self) -> str:
        role = _("reference") if self.reference else _("candidate")
        email = self.reference.email if self.reference else self.reference_request.candidate_email
        return _("%(name)s, %(role)s, %(email)s") % {"name": self.name, "role": role, "email": email}


class ReminderForm(forms.Form):
    people = forms.MultipleChoiceField(
        label=gettext_lazy("Who gets a reminder"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose who gets a reminder."),
            "invalid_choice": gettext_lazy("Someone you chose can't be reminded now. Choose again."),
        },
    )

    def __init__(self, people: list[ReminderRecipient], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = [(person.key, person.label) for person in people]  # type: ignore[attr-defined]


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
def remind(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    waited_for = _waited_for(reference_request)
    if not waited_for:
        return moved_on(request, reference_request)
    possible = [person for person in waited_for if person.possible_at is None]
    selected = request.GET.getlist("to") or [person.key for person in possible]
    form = ReminderForm(possible, request.POST if request.method == "POST" else None, initial={"people": selected})
    if request.method == "POST" and form.is_valid():
        try:
            return _send(
                request, reference_request, [person for person in possible if person.key in form.cleaned_data["people"]]
            )
        except CapReached as refused:
            form.add_error("people", refused.sentence)
    context = {
        "reference_request": reference_request,
        "form": form,
        "possible": possible,
        "later": [person for person in waited_for if person.possible_at],
    }
    return render(request, "requests_app/reminders/remind.html", context)


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
@require_POST
def skip(request: MemberRequest, uid: uuid.UUID, reminder_uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    said = _("We skipped this reminder. Other planned reminders will still go out.")
    return act_on(
        request,
        reference_request,
        said,
        lambda: plan.skip(reference_request, reminder_uid, actor=str(request.actor)),
        heading=_("Skipped"),
        audit="request.skip_reminder",
    )


@token_page(CANDIDATE)
def by_candidate(request: TokenRequest, link_holder: LinkHolder, uid: uuid.UUID) -> HttpResponse:
    """“Send a reminder” on the candidate's page."""
    reference = Reference.objects.filter(reference_request=link_holder.reference_request, uid=uid).first()
    if request.method != "POST" or reference is None:
        raise RequestMovedOn
    try:
        with rollback_if_refused(request.organization, None):
            plan.request_reminder(
                link_holder.reference_request,
                reference,
                actor=link_holder.reference_request.candidate_name,
                by_candidate=True,
            )
    except CapReached as refused:
        messages.error(request, refused.sentence, extra_tags=_("Not sent"))
    except plan.TooSoon as too_soon:
        raise RequestMovedOn from too_soon
    return SeeOther(link_holder.home)


def reminder_options(
    reference_request: ReferenceRequest, statuses: Sequence[SlotStatus]
) -> list[tuple[SlotStatus, ReminderOption | None]]:
    """Each slot with the candidate's reminder option; None if no answer is expected there."""
    rows = plan.reminders_by_reference(reference_request)
    return [
        (slot_status, None if reference_request.paused_until else _reminder_option(slot_status.reference, rows))
        for slot_status in statuses
    ]


def _reminder_option(reference: Reference | None, by_person: dict[int | None, list[Reminder]]) -> ReminderOption | None:
    if reference is None or not reference.is_reachable:
        return None
    rows = by_person.get(reference.pk, [])
    asked = [row.available_at for row in rows if row.by_candidate and row.state == WorkState.PENDING]
    now = clock.now()
    possible = plan.candidate_possible_at(reference, rows, now)
    return ReminderOption(possible is not None and possible <= now, possible, asked[0] if asked else None)


def _send(request: MemberRequest, reference_request: ReferenceRequest, chosen: list[ReminderRecipient]) -> HttpResponse:
    try:
        with rollback_if_refused(request.organization, request.actor):
            for person in chosen:
                plan.request_reminder(reference_request, person.reference, actor=str(request.actor))
    except (RequestMovedOn, plan.TooSoon):
        return moved_on(request, reference_request)
    record(request, reference_request, "request.remind")
    names = and_list([person.name for person in chosen])
    if any(person.goes_at for person in chosen):
        said = _("A reminder to %(names)s is planned for after quiet hours.") % {"names": names}
        messages.success(request, said, extra_tags=_("Planned"))
    else:
        said = _("We're sending a reminder to %(names)s.") % {"names": names}
        messages.success(request, said, extra_tags=_("Sent"))
    return SeeOther(detail_url(request, reference_request))


def _waited_for(reference_request: ReferenceRequest) -> list[ReminderRecipient]:
    if not reference_request.is_open or reference_request.paused_until:
        return []
    references = [row for row in Reference.objects.filter(reference_request=reference_request) if row.is_reachable]
    people = [None, *references] if plan.is_waited_for(reference_request, None) else references
    rows, now = plan.reminders_by_reference(reference_request), clock.now()
    return [
        _recipient(reference_request, person, rows.get(person.pk if person else None, []), now) for person in people
    ]


def _recipient(
    reference_request: ReferenceRequest, reference: Reference | None, rows: list[Reminder], now: datetime
) -> ReminderRecipient:
    possible, goes = plan.possible_at(rows, now), next_allowed_time(now, plan.zone_for(reference_request, reference))
    return ReminderRecipient(
        reference_request, reference, possible if possible > now else None, goes if goes > now else None
    )
