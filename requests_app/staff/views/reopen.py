"""What staff can undo or retry: a request that ended, a decline by mistake, a note or PDF that failed."""

import uuid
from dataclasses import dataclass

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crosschq.core.text.lists import and_list
from crosschq.messaging.models import Message
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from requests_app.completion import reopen as reopening
from requests_app.completion import write_again
from requests_app.lifecycle import NotPossible
from requests_app.models import DeclineReason, Reference, ReferenceRequest, RequestState
from requests_app.reference import undo_decline as undoing
from requests_app.report.access import owner_of_request
from requests_app.staff.views.act_pages import act_page, not_possible
from requests_app.staff.views.actions import act_on, find_reference
from requests_app.staff.views.detail import find_request
from requests_app.staff.views.due_date import DueDateForm
from requests_app.text import day


class FoundForm(forms.Form):
    """For a note that may have been posted: what the member knows about it."""

    found = forms.ChoiceField(
        label=gettext_lazy("Is the note on the candidate's profile?"),
        widget=forms.RadioSelect,
        initial=write_again.Found.LOOK,
        choices=[
            (write_again.Found.LOOK, gettext_lazy("I don't know. Look for it, and post it if it isn't there")),
            (write_again.Found.MISSING, gettext_lazy("No, I looked. Post it")),
            (write_again.Found.POSTED, gettext_lazy("Yes, I looked. Don't post it again")),
        ],
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose one of the answers.")),
    )


class FoundFileForm(FoundForm):
    """The same for the PDF of the report."""

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.fields["found"].label = _("Is the PDF on the candidate's application?")
        self.fields["found"].choices = [  # type: ignore[attr-defined]  # of a choice field
            (write_again.Found.LOOK, _("I don't know. Look for it, and attach it if it isn't there")),
            (write_again.Found.MISSING, _("No, I looked. Attach it")),
            (write_again.Found.POSTED, _("Yes, I looked. Don't attach it again")),
        ]


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
def reopen(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    people = list(Reference.objects.filter(reference_request=reference_request))
    form = DueDateForm(reference_request, request.POST if request.method == "POST" else None)
    try:
        reopening.refuse(reference_request, people)
    except NotPossible as why:
        return not_possible(request, reference_request, why)
    if request.method == "POST" and form.is_valid():
        due_on = form.cleaned_data["due_on"]
        words = {"name": reference_request.candidate_name, "day": day(form.due_at, request.organization.time_zone)}
        said = _("The request for %(name)s is open until %(day)s.") % words

        def act() -> None:
            reopening.reopen(reference_request, due_on=due_on, actor=str(request.actor))

        try:
            return act_on(
                request, reference_request, said, act, heading=_("Reopened"), keeps_typed=True, audit="request.reopen"
            )
        except CapReached as refused:
            form.add_error(None, refused.sentence)
    return act_page(
        request,
        reference_request,
        name=_("Reopen request"),
        heading=_("Reopen the request for %(name)s?") % {"name": reference_request.candidate_name},
        points=_reopen_points(reference_request, people),
        form=form,
        warning=_declined(reference_request),
    )


def _reopen_points(reference_request: ReferenceRequest, people: list[Reference]) -> list[str]:
    asked = reopening.asked_again(reference_request, people)
    points = [_("It continues where it was. Earlier links work again.")]
    if asked:
        sentence = ngettext(
            "We'll email a new link to %(count)d reference who hasn't answered: %(names)s.",
            "We'll email a new link to %(count)d references who haven't answered: %(names)s.",
            len(asked),
        )
        points.append(sentence % {"count": len(asked), "names": and_list([person.name for person in asked])})
    if not reference_request.invited_at or reopening.missing(reference_request, people) > len(asked):
        words = {"name": reference_request.candidate_short_name}
        points.append(_("We'll email %(name)s a new link if there are references to name.") % words)
    if reference_request.has_report:
        points.append(_("Until it finishes again, its link leads to the earlier version. Then it opens the new one."))
        points.append(_("It finishes when all references are in, or when you finish it."))
    return points


def _declined(reference_request: ReferenceRequest) -> str:
    """A warning if the candidate didn't want to take part."""
    if reference_request.state != RequestState.CANCELLED:
        return ""
    found = Message.objects.filter(about_uid=reference_request.uid, about_kind="report", kind="candidate_declined")
    words = {"name": reference_request.candidate_name}
    return _("%(name)s said that they don't want to take part. Talk to them first.") % words if found.exists() else ""


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
def undo_decline(request: MemberRequest, uid: uuid.UUID, reference_uid: uuid.UUID) -> HttpResponse:
    reference_request, reference = find_request(uid), find_reference(uid, reference_uid)
    name = {"name": reference.name, "email": reference.email}
    if request.method == "POST":
        said = _("We sent %(name)s a new link at %(email)s.") % name

        def act() -> None:
            undoing.undo_decline(reference_request, reference, actor=str(request.actor))

        return act_on(request, reference_request, said, act, heading=_("Decline undone"), audit="request.undo_decline")
    try:
        undoing.refuse(reference_request, reference)
    except NotPossible as why:
        return not_possible(request, reference_request, why)
    points = [
        _("We'll email %(name)s a new link at %(email)s, and remind them on the template's schedule.") % name,
        _("%(candidate)s no longer needs to name someone else.") % {"candidate": reference_request.candidate_name},
    ]
    if reference.decline_reason == DeclineReason.WRONG_PERSON:
        points.insert(0, _("They told us that the address isn't theirs. We'll send to it again.") % name)
    return act_page(
        request,
        reference_request,
        name=_("Undo decline"),
        heading=_("Ask %(name)s again?") % name,
        points=points,
        warning=_("Do this only if %(name)s told you that they declined by mistake.") % name,
    )


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
def note(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    """Post the note in the ATS again."""
    page = _AgainPage(
        kind=write_again.NOTE,
        form=FoundForm,
        name=_("Post note again"),
        heading=_("Post the note in %(ats)s again?"),
        points=(
            _("We look for an earlier note first, so that it doesn't appear twice."),
            _("The note holds one sentence and the link to the report. It usually appears in %(ats)s within a minute."),
        ),
        said=_("We're posting the note."),
        is_there=_("The note counts as posted."),
        title=_("Note"),
        audit="request.note_again",
    )
    return _again(request, uid, page)


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_request)
def attachment(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    """Attach the PDF of the report in the ATS again."""
    page = _AgainPage(
        kind=write_again.ATTACHMENT,
        form=FoundFileForm,
        name=_("Attach PDF again"),
        heading=_("Attach the PDF in %(ats)s again?"),
        points=(
            _("We look for an earlier file of this version first, so that it isn't attached twice."),
            _("It usually appears on the application in %(ats)s within a minute."),
        ),
        said=_("We're attaching the PDF."),
        is_there=_("The PDF counts as attached."),
        title=_("PDF"),
        audit="request.attach_again",
    )
    return _again(request, uid, page)


@dataclass(frozen=True)
class _AgainPage:
    """The page that asks to write something to the ATS again, and what it says afterwards."""

    kind: write_again.AtsCopy
    form: type[FoundForm]
    name: str
    heading: str
    points: tuple[str, ...]
    said: str
    is_there: str
    title: str
    audit: str


def _again(request: MemberRequest, uid: uuid.UUID, page: _AgainPage) -> HttpResponse:
    reference_request = find_request(uid)
    try:
        again = write_again.refuse(reference_request, page.kind)
    except NotPossible as why:
        return not_possible(request, reference_request, why)
    form = page.form(request.POST if request.method == "POST" else None) if again.is_unknown else None
    if request.method == "POST" and (form is None or form.is_valid()):
        found = write_again.Found(form.cleaned_data["found"]) if form else write_again.Found.LOOK
        said = page.is_there if found == write_again.Found.POSTED else page.said

        def act() -> None:
            write_again.write_again(reference_request, page.kind, found=found, actor=str(request.actor))

        return act_on(request, reference_request, said, act, heading=page.title, audit=page.audit)
    ats = {"ats": again.ats}
    return act_page(
        request,
        reference_request,
        name=page.name if not again.is_unknown else _("Continue"),
        heading=page.heading % ats,
        points=[point % ats for point in page.points],
        form=form,
        warning=again.reason and _("The last attempt: %(why)s") % {"why": again.reason},
    )
