"""Reminders by hand: the page that shows the text before it goes, leaving one out, and the candidate's button."""

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
from crosschq.core.work import State
from crosschq.messaging.cap_refusals import undone_if_refused
from crosschq.messaging.caps import CapReached
from crosschq.messaging.mail import Mail
from crosschq.messaging.quiet import next_waking
from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role
from crosschq.organizations.secret_pages import SeeOther, TokenRequest

from .. import reminders
from ..lifecycle import NotNow
from ..models import Reference, ReferenceRequest, Reminder
from ..places import Seat
from ..posting import CANDIDATE, absolute
from ..preview import NO_LINK
from ..reminding import preview
from .access import Held, token_page
from .acts import act_on, detail_url, moved_on
from .detail import find_request

THE_CANDIDATE = "candidate"


@dataclass(frozen=True)
class Chance:
    """What the candidate may do about a reference: ask for a reminder now, from a moment on, or wait for one."""

    may_ask: bool
    possible_at: datetime | None
    goes_at: datetime | None


@dataclass(frozen=True)
class Person:
    """Somebody who is waited for. `goes_at` is None for at once; `possible_at` is None where they may be reminded."""

    job: ReferenceRequest
    reference: Reference | None
    possible_at: datetime | None
    goes_at: datetime | None

    @property
    def key(self) -> str:
        return str(self.reference.uid) if self.reference else THE_CANDIDATE

    @property
    def name(self) -> str:
        return reminders.name_of(self.job, self.reference)

    @cached_property
    def mail(self) -> Mail:
        return preview(self.job, self.reference, link=absolute(f"/{'r' if self.reference else 'c'}/{NO_LINK}/"))

    @property
    def label(self) -> str:
        role = _("reference") if self.reference else _("candidate")
        email = self.reference.email if self.reference else self.job.candidate_email
        return _("%(name)s, %(role)s, %(email)s") % {"name": self.name, "role": role, "email": email}


class ReminderForm(forms.Form):
    people = forms.MultipleChoiceField(
        label=gettext_lazy("Who gets a reminder"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose who gets a reminder."),
            "invalid_choice": gettext_lazy("Somebody you chose cannot be reminded now. Choose again."),
        },
    )

    def __init__(self, people: list[Person], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = [(person.key, person.label) for person in people]  # type: ignore[attr-defined]


@member_page(Role.RECRUITER)
def remind(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    job = find_request(uid)
    waited_for = _waited_for(job)
    if not waited_for:
        return moved_on(request, job)
    possible = [person for person in waited_for if person.possible_at is None]
    wanted = request.GET.getlist("to") or [person.key for person in possible]
    form = ReminderForm(possible, request.POST if request.method == "POST" else None, initial={"people": wanted})
    if request.method == "POST" and form.is_valid():
        try:
            return _send(request, job, [person for person in possible if person.key in form.cleaned_data["people"]])
        except CapReached as refused:
            form.add_error("people", refused.sentence)
    context = {
        "job": job,
        "form": form,
        "possible": possible,
        "later": [person for person in waited_for if person.possible_at],
    }
    return render(request, "requests_app/remind.html", context)


@member_page(Role.RECRUITER)
@require_POST
def skip(request: MemberRequest, uid: uuid.UUID, reminder_uid: uuid.UUID) -> HttpResponse:
    job = find_request(uid)
    said = _("This reminder is left out. The others stay planned.")
    return act_on(
        request, job, said, lambda: reminders.skip(job, reminder_uid, actor=str(request.user)), heading=_("Skipped")
    )


@token_page(CANDIDATE)
def by_candidate(request: TokenRequest, held: Held, uid: uuid.UUID) -> HttpResponse:
    """“Send a reminder” on the candidate's page."""
    reference = Reference.objects.filter(request=held.request, uid=uid).first()
    if request.method != "POST" or reference is None:
        raise NotNow
    try:
        with undone_if_refused(request.organization, None):
            reminders.ask(held.request, reference, actor=held.request.candidate_name, by_candidate=True)
    except CapReached as refused:
        messages.error(request, refused.sentence, extra_tags=_("Not sent"))
    except reminders.TooSoon as too_soon:
        raise NotNow from too_soon
    return SeeOther(held.home)


def chances(job: ReferenceRequest, held: Sequence[Seat]) -> list[tuple[Seat, Chance | None]]:
    """Each seat with the candidate's chance; None where nobody is waited for."""
    rows = reminders.of_job(job)
    return [(seat, None if job.paused_until else _chance(seat.reference, rows)) for seat in held]


def _chance(reference: Reference | None, by_person: dict[int | None, list[Reminder]]) -> Chance | None:
    if reference is None or not reference.is_reachable:
        return None
    rows = by_person.get(reference.pk, [])
    asked = [row.available_at for row in rows if row.by_candidate and row.state == State.PENDING]
    now = clock.now()
    possible = reminders.for_candidate(reference, rows, now)
    return Chance(possible is not None and possible <= now, possible, asked[0] if asked else None)


def _send(request: MemberRequest, job: ReferenceRequest, chosen: list[Person]) -> HttpResponse:
    try:
        with undone_if_refused(request.organization, request.user):
            for person in chosen:
                reminders.ask(job, person.reference, actor=str(request.user))
    except (NotNow, reminders.TooSoon):
        return moved_on(request, job)
    names = ", ".join(person.name for person in chosen)
    if any(person.goes_at for person in chosen):
        said = _("A reminder to %(names)s is planned for after quiet hours.") % {"names": names}
        messages.success(request, said, extra_tags=_("Planned"))
    else:
        said = _("A reminder goes to %(names)s.") % {"names": names}
        messages.success(request, said, extra_tags=_("Sent"))
    return SeeOther(detail_url(request, job))


def _waited_for(job: ReferenceRequest) -> list[Person]:
    if not job.is_open or job.paused_until:
        return []
    references = [row for row in Reference.objects.filter(request=job) if row.is_reachable]
    people = [None, *references] if reminders.is_waited_for(job, None) else references
    rows, now = reminders.of_job(job), clock.now()
    return [_person(job, person, rows.get(person.pk if person else None, []), now) for person in people]


def _person(job: ReferenceRequest, reference: Reference | None, rows: list[Reminder], now: datetime) -> Person:
    possible, goes = reminders.possible_at(rows, now), next_waking(now, reminders.zone_for(job, reference))
    return Person(job, reference, possible if possible > now else None, goes if goes > now else None)
