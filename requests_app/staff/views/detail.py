import uuid
from collections.abc import Sequence

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from connectors.models import Writeback
from crosschq.core import clock
from crosschq.messaging.models import Message
from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from requests_app.candidate.slots import slots
from requests_app.completion.complete import UNFINISHED_STATES
from requests_app.models import Reader, Reference, ReferenceRequest, ReferenceState, RequestState, Response
from requests_app.notifications.send import REPORT_CODE, report_url
from requests_app.report import readership
from requests_app.report.access import owner_of_request
from requests_app.report.build import build, relationship_summary
from requests_app.staff.badges import Badge, EmailLine, email_line, note_badge, reference_badge, request_badge
from requests_app.staff.history import Rows, history, last_messages, responses_of

MOST_MESSAGES = 300
PROBLEMS = "problems"


def find_request(uid: uuid.UUID) -> ReferenceRequest:
    """Raises Http404 for another organization's request as well, because only this organization's scope is open."""
    rows = ReferenceRequest.objects.select_related("organization", "version__survey_version", "version__template")
    found: ReferenceRequest | None = rows.select_related("connection").filter(uid=uid).first()
    if found is None:
        raise Http404(_("This request doesn't exist."))
    return found


@member_or_owner_page(Role.VIEWER, owner_of=owner_of_request)
def detail(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    references = list(Reference.objects.filter(reference_request=reference_request).order_by("slot", "id"))
    messages = _messages(reference_request, references)
    responses = responses_of(reference_request)
    note = _note(reference_request)
    problems = request.GET.get("show") == PROBLEMS
    page = request.GET.get("page", "")
    count = sum(reference.state == ReferenceState.ANSWERED for reference in references)
    waits = reference_request.state == RequestState.WAITING_FOR_REFERENCES
    unnamed, now = _unnamed(reference_request, references), clock.now()
    last = {uid: email_line(message) for uid, message in last_messages(messages).items()}
    context = {
        "reference_request": reference_request,
        "tag": request_badge(reference_request, now),
        "may_act": request.membership.may(Role.RECRUITER),
        "answered": count,
        "requested": reference_request.version.references_requested,
        "may_finish": waits and count > 0,
        "may_remind": _may_remind(reference_request, references, unnamed),
        "is_due": reference_request.is_open and reference_request.due_at < now,
        "candidate_email": last.get(reference_request.uid),
        "people": [_person(reference_request, reference, last) for reference in references],
        "unnamed": unnamed,
        "own_view": _own_view(reference_request, responses),
        "report_url": report_url(reference_request),
        "readership": readership.readership(reference_request) if reference_request.has_report else [],
        "note": note and (note_badge(note), note.reason),
        "history": history(
            reference_request,
            Rows(references, messages, responses, note),
            problems=problems,
            page=int(page) if page.isdecimal() and len(page) < 9 else 1,
        ),
        "problems": problems,
    }
    return render(request, "requests_app/staff/detail.html", context)


@member_or_owner_page(Role.VIEWER, owner_of=owner_of_request)
def report(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    if not reference_request.has_report:
        return render(request, "requests_app/report/none_yet.html", {"reference_request": reference_request})
    if request.method == "GET":
        record_view(request, reference_request)
    context = {
        "reference_request": reference_request,
        "report": build(reference_request),
        "by": request.GET.get("by", ""),
    }
    return render(request, "requests_app/report/staff.html", context)


def record_view(request: MemberRequest, reference_request: ReferenceRequest) -> None:
    if request.email_owner is None:
        readership.record_member(reference_request, request.user)
        return
    reader = Reader.objects.get(uid=request.email_owner.uid)
    readership.record_reader(reference_request, reader)


def _messages(reference_request: ReferenceRequest, references: Sequence[Reference]) -> list[Message]:
    """The latest messages to everyone involved, newest first, without codes for the report."""
    uids = [reference_request.uid, *(reference.uid for reference in references)]
    found = Message.objects.filter(about_uid__in=uids).exclude(kind=REPORT_CODE).defer("text", "html")
    return list(found.order_by("-created_at", "-id")[:MOST_MESSAGES])


def _person(
    reference_request: ReferenceRequest, reference: Reference, last: dict[uuid.UUID, EmailLine]
) -> dict[str, object]:
    remind = reverse("requests:remind", args=[reference_request.organization.slug, reference_request.uid])
    return {
        "reference": reference,
        "relation": relationship_summary(reference),
        "tag": reference_badge(reference),
        "email": last.get(reference.uid),
        "remind_url": f"{remind}?to={reference.uid}",
        "reachable": reference_request.state == RequestState.WAITING_FOR_REFERENCES and reference.is_reachable,
        "gone": reference.state in (ReferenceState.REPLACED, ReferenceState.DECLINED),
    }


def _may_remind(reference_request: ReferenceRequest, references: list[Reference], unnamed: list[str]) -> bool:
    """Whether anyone may still need a reminder; the reminder page checks in detail."""
    done = reference_request.state == RequestState.WAITING_FOR_REFERENCES and not unnamed
    waits = not done or any(reference.state in UNFINISHED_STATES for reference in references)
    return reference_request.is_open and reference_request.paused_until is None and waits


def _unnamed(reference_request: ReferenceRequest, references: list[Reference]) -> list[str]:
    """The slots without a reference."""
    gone = (ReferenceState.REPLACED, ReferenceState.DECLINED)
    taken = {reference.slot for reference in references if reference.state not in gone}
    return (
        [slot.label for slot in slots(reference_request.version) if slot.number not in taken]
        if reference_request.is_open
        else []
    )


def _own_view(reference_request: ReferenceRequest, responses: Sequence[Response]) -> Badge | None:
    if not reference_request.version.self_reference:
        return None
    response = next((response for response in responses if response.is_self), None)
    if response is None:
        return Badge("quiet", _("Not started"))
    return Badge("ok", _("Answered")) if response.submitted_at else Badge("info", _("Started"))


def _note(reference_request: ReferenceRequest) -> Writeback | None:
    """The note in the ATS; None if there is none to write."""
    if reference_request.connection is None:
        return None
    found: Writeback | None = Writeback.objects.filter(about_kind="request", about_uid=reference_request.uid).first()
    return found
