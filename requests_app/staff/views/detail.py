import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from connectors.models import Writeback
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from requests_app.candidate.slots import slots
from requests_app.completion.complete import UNFINISHED_STATES, answered
from requests_app.models import Reference, ReferenceRequest, ReferenceState, Reminder, RequestState, TimelineEntry
from requests_app.notifications.send import READER_READY, REPORT_CODE, report_url
from requests_app.reference import responses
from requests_app.report import readership
from requests_app.report.build import build, relationship_summary
from requests_app.staff.badges import Badge, EmailLine, email_line, reference_badge, request_badge

TIMELINE_ENTRIES = 200
REMINDERS_SHOWN = 50
OWNER, READERS = "owner", "readers"


def find_request(uid: uuid.UUID) -> ReferenceRequest:
    """Raises Http404 for another organization's request as well, because only this organization's scope is open."""
    rows = ReferenceRequest.objects.select_related("organization", "version__survey_version", "version__template")
    found: ReferenceRequest | None = rows.select_related("connection").filter(uid=uid).first()
    if found is None:
        raise Http404(_("This request doesn't exist."))
    return found


@member_page(Role.VIEWER)
def detail(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    emails = _emails(reference_request)
    references = list(Reference.objects.filter(reference_request=reference_request).order_by("slot", "id"))
    count = answered(reference_request)
    waits = reference_request.state == RequestState.WAITING_FOR_REFERENCES
    unnamed, now = _unnamed(reference_request, references), clock.now()
    context = {
        "reference_request": reference_request,
        "tag": request_badge(reference_request, now),
        "may_act": request.membership.may(Role.RECRUITER),
        "answered": count,
        "requested": reference_request.version.references_requested,
        "may_finish": waits and count > 0,
        "may_remind": _may_remind(reference_request, references, unnamed),
        "is_due": reference_request.is_open and reference_request.due_at < now,
        "planned": _planned(reference_request, references),
        "candidate_emails": emails.get(reference_request.uid, []),
        "owner_emails": emails.get(OWNER, []),
        "reader_emails": emails.get(READERS, []),
        "people": [_person(reference_request, reference, emails) for reference in references],
        "unnamed": unnamed,
        "own_view": _own_view(reference_request),
        "report_url": report_url(reference_request),
        "readership": readership.readership(reference_request),
        "note": _note(reference_request),
        "timeline": TimelineEntry.objects.filter(reference_request=reference_request)[:TIMELINE_ENTRIES],
    }
    return render(request, "requests_app/staff/detail.html", context)


@member_page(Role.VIEWER)
def report(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    if not reference_request.has_report:
        return render(request, "requests_app/report/none_yet.html", {"reference_request": reference_request})
    if request.method == "GET":
        readership.record_member(reference_request, request.user)
    return render(
        request,
        "requests_app/report/staff.html",
        {"reference_request": reference_request, "report": build(reference_request)},
    )


def _emails(reference_request: ReferenceRequest) -> dict[uuid.UUID | str, list[EmailLine]]:
    """All messages by recipient: the candidate's and references' under their uid, without codes for the report."""
    uids = [
        reference_request.uid,
        *Reference.objects.filter(reference_request=reference_request).values_list("uid", flat=True),
    ]
    found: dict[uuid.UUID | str, list[EmailLine]] = {}
    messages = Message.objects.filter(about_uid__in=uids).exclude(kind=REPORT_CODE).defer("text", "html")
    for message in messages.order_by("created_at", "id"):
        found.setdefault(_recipient(message), []).append(email_line(message))
    return found


def _recipient(message: Message) -> uuid.UUID | str:
    if message.about_kind != "report" and message.about_uid:
        return message.about_uid
    return READERS if message.kind == READER_READY else OWNER


def _person(
    reference_request: ReferenceRequest, reference: Reference, emails: dict[uuid.UUID | str, list[EmailLine]]
) -> dict[str, object]:
    remind = reverse("requests:remind", args=[reference_request.organization.slug, reference_request.uid])
    return {
        "reference": reference,
        "relation": relationship_summary(reference),
        "tag": reference_badge(reference),
        "emails": emails.get(reference.uid, []),
        "remind_url": f"{remind}?to={reference.uid}",
        "reachable": reference_request.state == RequestState.WAITING_FOR_REFERENCES and reference.is_reachable,
        "gone": reference.state in (ReferenceState.REPLACED, ReferenceState.DECLINED),
    }


def _may_remind(reference_request: ReferenceRequest, references: list[Reference], unnamed: list[str]) -> bool:
    """Whether anyone may still need a reminder; the reminder page checks in detail."""
    done = reference_request.state == RequestState.WAITING_FOR_REFERENCES and not unnamed
    waits = not done or any(reference.state in UNFINISHED_STATES for reference in references)
    return reference_request.is_open and reference_request.paused_until is None and waits


def _planned(reference_request: ReferenceRequest, references: list[Reference]) -> list[tuple[Reminder, str]]:
    """Planned reminders with their recipients' names, latest first like the timeline."""
    names: dict[int | None, str] = {reference.pk: reference.name for reference in references}
    rows = Reminder.objects.filter(reference_request=reference_request, state=WorkState.PENDING).order_by(
        "-available_at", "-id"
    )[:REMINDERS_SHOWN]
    return [(row, names.get(row.reference_id, reference_request.candidate_name)) for row in rows]


def _unnamed(reference_request: ReferenceRequest, references: list[Reference]) -> list[str]:
    """The slots without a reference."""
    gone = (ReferenceState.REPLACED, ReferenceState.DECLINED)
    taken = {reference.slot for reference in references if reference.state not in gone}
    return (
        [slot.label for slot in slots(reference_request.version) if slot.number not in taken]
        if reference_request.is_open
        else []
    )


def _own_view(reference_request: ReferenceRequest) -> Badge | None:
    if not reference_request.version.self_reference:
        return None
    response = responses.response_of(reference_request, None)
    if response is None:
        return Badge("quiet", _("Not started"))
    return Badge("ok", _("Answered")) if response.submitted_at else Badge("info", _("Started"))


def _note(reference_request: ReferenceRequest) -> tuple[Badge, str] | None:
    """The status of the note in the ATS, and its reason; None if there is no note to write."""
    row = Writeback.objects.filter(about_kind="request", about_uid=reference_request.uid).first()
    if row is None:
        return None
    badges = {
        WorkState.DONE: Badge("ok", _("Posted")),
        WorkState.DEAD: Badge("err", _("Not posted")),
        WorkState.UNKNOWN: Badge("warn", _("May have been posted")),
        WorkState.HELD: Badge("info", _("On hold")),
        WorkState.CANCELLED: Badge("quiet", _("Canceled")),
    }
    return badges.get(WorkState(row.state), Badge("info", _("On its way"))), row.reason
