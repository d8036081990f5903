import uuid
from collections.abc import Mapping, Sequence

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from connectors.models import Attachment, Writeback
from crosschq.core import clock
from crosschq.core.outbox.work_item import SET_ASIDE, WorkState
from crosschq.messaging.models import Channel, Message
from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from crosschq.tenancy.secret_pages import SeeOther
from requests_app.attention import problems
from requests_app.attention.facts import Facts
from requests_app.candidate.nominate import NAMING_STATES
from requests_app.candidate.slots import Slot, slots
from requests_app.completion.complete import UNFINISHED_STATES
from requests_app.completion.reopen import missing
from requests_app.completion.write_again import unmade_pdf, written_of
from requests_app.models import (
    SLOT_HOLDERS,
    Reference,
    ReferenceRequest,
    ReferenceState,
    ReportVersion,
    RequestState,
    Response,
)
from requests_app.notifications.send import REPORT_CODE, report_url
from requests_app.report import readership
from requests_app.report.access import can_open, may_change_owner, opened, owner_of_request, owner_reader, owns
from requests_app.report.build import build, relationship_summary
from requests_app.report.versions import shown
from requests_app.report.versions.record import latest
from requests_app.report.views import private_page
from requests_app.staff.badges import (
    Badge,
    EmailLine,
    attachment_badge,
    email_line,
    note_badge,
    reference_badge,
    request_badge,
)
from requests_app.staff.history import Rows, history, last_messages, responses_of
from requests_app.staff.menu import acts_of

MOST_MESSAGES = 300
PROBLEMS = "problems"


def find_request(uid: uuid.UUID) -> ReferenceRequest:
    """Return the request. Raises Http404 for another organization's as well: only this one's scope is open."""
    rows = ReferenceRequest.objects.select_related(
        "organization", "version__survey_version__survey", "version__template"
    )
    found: ReferenceRequest | None = rows.select_related("connection").filter(uid=uid).first()
    if found is None:
        raise Http404(_("This request doesn't exist."))
    return found


@member_or_owner_page(Role.VIEWER, owner_of=owner_of_request)
def detail(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = opened(request, uid)
    references = list(Reference.objects.filter(reference_request=reference_request).order_by("slot", "id"))
    messages = _messages(reference_request, references)
    responses = responses_of(reference_request)
    note, file = written_of(reference_request)
    unmade = unmade_pdf(reference_request, file)
    only_problems = request.GET.get("show") == PROBLEMS
    page = request.GET.get("page", "")
    count = sum(reference.state == ReferenceState.ANSWERED for reference in references)
    waits = reference_request.state == RequestState.WAITING_FOR_REFERENCES
    unnamed, now = _unnamed(reference_request, references), clock.now()
    last = last_messages(messages)
    urgent = problems.found(_facts(reference_request, references, last, note, file), now)
    may_act = request.membership.may(Role.RECRUITER)
    context = {
        "reference_request": reference_request,
        "tag": request_badge(reference_request, now),
        "may_act": may_act,
        "acts": acts_of(reference_request) if may_act else [],
        "urgent": [_shown(reference_request, found) for found in urgent[:1]],
        "more_problems": [_shown(reference_request, found) for found in urgent[1:]],
        "answered": count,
        "requested": reference_request.version.references_requested,
        "may_finish": waits and count > 0,
        "may_remind": _may_remind(reference_request, references, unnamed),
        "may_reopen": _may_reopen(reference_request, references),
        "may_add": reference_request.state in NAMING_STATES,
        "may_post_note": _may_write(note),
        "candidate_email": _line(last.get(reference_request.uid)),
        "people": [_person(reference_request, reference, last, unnamed) for reference in references],
        "unnamed": unnamed,
        "first_unnamed": unnamed[0].number if unnamed else 0,
        "own_view": _own_view(reference_request, responses),
        "report_url": report_url(reference_request),
        "can_open": can_open(request, reference_request),
        "may_change_owner": not request.email_owner and may_change_owner(reference_request, request.membership),
        "may_share": _may_share(request, reference_request),
        "readership": readership.readership(reference_request) if reference_request.has_report else [],
        "note": note and (note_badge(note), note.reason),
        "attached": _attached(reference_request, file, unmade),
        "may_attach": _may_write(file) or (unmade is not None and not request.organization.reports_private),
        "history": history(
            reference_request,
            Rows(references, messages, responses, note, file),
            problems=only_problems,
            page=int(page) if page.isdecimal() and len(page) < 9 else 1,
        ),
        "problems": only_problems,
    }
    return render(request, "requests_app/staff/detail.html", context)


@member_or_owner_page(Role.VIEWER, owner_of=owner_of_request)
def report(request: MemberRequest, uid: uuid.UUID, number: int = 0, since: int = 0) -> HttpResponse:
    """The report; with a number one of its versions, and with `since` how that differs from an earlier one."""
    reference_request = opened(request, uid)
    if not can_open(request, reference_request) and (latest(reference_request) or _has_answers(reference_request)):
        return private_page(request, reference_request)
    report_path = reverse("requests:report", args=[request.organization.slug, uid])
    context = {"reference_request": reference_request, "report_path": report_path, "is_earlier": bool(number)}
    versions, version = shown.choose(reference_request, number)
    so_far = build(reference_request) if version is None else None
    if so_far and not (reference_request.state == RequestState.WAITING_FOR_REFERENCES and so_far.people):
        return render(request, "requests_app/report/none_yet.html", {**context, "versions": versions})
    if since:
        context |= {"base": "base_staff.html", **shown.difference(reference_request, number, since)}
        return render(request, "requests_app/report/versions/changes.html", context)
    if number and shown.is_current(version, versions):
        return SeeOther(report_path)
    read = record_view(request, reference_request, version) if request.method == "GET" else 0
    if so_far:
        built, changed = so_far, None
    else:
        built, changed = shown.report_for(reference_request, version, versions, 0 if number else read)
    context |= {
        "report": built,
        "versions": versions,
        "changed": changed,
        "by": request.GET.get("by", ""),
        "may_share": _may_share(request, reference_request),
    }
    return render(request, "requests_app/report/staff.html", context)


def _may_share(request: MemberRequest, reference_request: ReferenceRequest) -> bool:
    """Whether the user can open the page that shares the report. Only the owner can share a private one."""
    may_act = request.membership.may(Role.RECRUITER) and not reference_request.is_test
    return may_act and (owns(request, reference_request) or not reference_request.organization.reports_private)


def _has_answers(reference_request: ReferenceRequest) -> bool:
    """Whether some references have answered a request that still waits for others."""
    answered = Reference.objects.filter(reference_request=reference_request, state=ReferenceState.ANSWERED)
    return reference_request.state == RequestState.WAITING_FOR_REFERENCES and answered.exists()


def record_view(
    request: MemberRequest, reference_request: ReferenceRequest, version: ReportVersion | None, *, is_page: bool = True
) -> int:
    """See `readership.record_reader`."""
    number = version.number if version else 0
    if request.email_owner is None:
        return readership.record_member(reference_request, request.user, number, is_page=is_page)
    reader = owner_reader(reference_request)
    if reader is None:
        raise Http404(_("This request doesn't exist."))
    return readership.record_reader(reference_request, reader, number, is_page=is_page)


def _messages(reference_request: ReferenceRequest, references: Sequence[Reference]) -> list[Message]:
    """The latest messages to everyone involved, newest first, without codes for the report."""
    uids = [reference_request.uid, *(reference.uid for reference in references)]
    found = Message.objects.filter(about_uid__in=uids).exclude(kind=REPORT_CODE).defer("text", "html")
    return list(found.order_by("-created_at", "-id")[:MOST_MESSAGES])


def _line(message: Message | None) -> EmailLine | None:
    return email_line(message) if message else None


def _facts(
    reference_request: ReferenceRequest,
    references: list[Reference],
    last: Mapping[uuid.UUID, Message],
    note: Writeback | None,
    file: Attachment | None,
) -> Facts:
    """What `attention` would read, from what the page has read."""
    emails = {uid: message for uid, message in last.items() if message.channel == Channel.EMAIL}
    return Facts(
        reference_request,
        people=references,
        emails=emails,
        note=note if note and note.state in SET_ASIDE and reference_request.has_report else None,
        file=file if file and file.state in SET_ASIDE else None,
    )


def _shown(reference_request: ReferenceRequest, found: problems.FoundProblem) -> dict[str, object]:
    return {
        "problem": found.problem,
        "sentence": f"{found.sentence.removesuffix('.')}.",
        "act": found.act,
        "url": found.act.url(reference_request),
    }


def _may_write(item: Writeback | Attachment | None) -> bool:
    """Whether the user can send the note or PDF to the ATS again."""
    return item is not None and item.state in (*SET_ASIDE, WorkState.HELD)


def _may_reopen(reference_request: ReferenceRequest, references: list[Reference]) -> bool:
    """Whether reopening can make sense; its page checks in detail."""
    is_complete = reference_request.has_report and not missing(reference_request, references)
    return not reference_request.is_open and not is_complete


def _person(
    reference_request: ReferenceRequest,
    reference: Reference,
    last: Mapping[uuid.UUID, Message],
    unnamed: Sequence[Slot],
) -> dict[str, object]:
    slug, uid = reference_request.organization.slug, reference_request.uid
    waits = reference_request.state == RequestState.WAITING_FOR_REFERENCES
    # Someone else may be in the slot of a reference who declined.
    is_vacant = any(slot.number == reference.slot for slot in unnamed)
    may_undo = waits and reference.state == ReferenceState.DECLINED and is_vacant
    return {
        "reference": reference,
        "relation": relationship_summary(reference),
        "tag": reference_badge(reference),
        "email": _line(last.get(reference.uid)),
        "remind_url": f"{reverse('requests:remind', args=[slug, uid])}?to={reference.uid}",
        "replace_url": reverse("requests:add_reference", args=[slug, uid, reference.slot]),
        "undo_url": reverse("requests:undo_decline", args=[slug, uid, reference.uid]) if may_undo else "",
        "release_url": reverse("requests:release", args=[slug, uid, reference.uid])
        if reference_request.is_open and reference.is_held
        else "",
        "reachable": waits and reference.is_reachable,
    }


def _may_remind(reference_request: ReferenceRequest, references: list[Reference], unnamed: list[Slot]) -> bool:
    """Whether anyone may still need a reminder; the reminder page checks in detail."""
    done = reference_request.state == RequestState.WAITING_FOR_REFERENCES and not unnamed
    waits = not done or any(reference.state in UNFINISHED_STATES for reference in references)
    return reference_request.is_open and reference_request.paused_until is None and waits


def _unnamed(reference_request: ReferenceRequest, references: list[Reference]) -> list[Slot]:
    """The slots without a reference."""
    if not reference_request.is_open:
        return []
    taken = {reference.slot for reference in references if reference.state in SLOT_HOLDERS}
    return [slot for slot in slots(reference_request.version) if slot.number not in taken]


def _own_view(reference_request: ReferenceRequest, responses: Sequence[Response]) -> Badge | None:
    if not reference_request.version.self_reference:
        return None
    response = next((response for response in responses if response.is_self), None)
    if response is None:
        return Badge("quiet", _("Self-reference not started"))
    if response.submitted_at:
        return Badge("ok", _("Self-reference answered"))
    return Badge("info", _("Self-reference started"))


def _attached(
    reference_request: ReferenceRequest, latest: Attachment | None, unmade: str | None
) -> tuple[Badge, str] | None:
    """The state of the report's latest PDF in the ATS, and its reason; None if reports aren't attached."""
    connection = reference_request.connection
    if connection is None or not reference_request.has_report or not (connection.attach_reports or latest):
        return None
    if latest is None and reference_request.organization.reports_private:
        return Badge("quiet", _("Not attached")), _("Reports are private")
    if unmade is not None:
        return Badge("err" if unmade else "quiet", _("Not attached")), unmade
    return (attachment_badge(latest), latest.reason) if latest else (Badge("info", _("On its way")), "")
