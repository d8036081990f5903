import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from connectors.models import Writeback
from crosschq.core import clock, work
from crosschq.messaging.models import Message
from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role

from .. import answering, report_access
from ..complete import LIVING, answered
from ..models import Reference, ReferenceRequest, ReferenceState, Reminder, RequestState, TimelineEntry
from ..places import places
from ..posting import report_url
from ..report import build, relation_words
from .showing import MailLine, Tag, mail_line, reference_tag, request_tag

TIMELINE_ENTRIES = 200
REMINDERS_SHOWN = 50


def find_request(uid: uuid.UUID) -> ReferenceRequest:
    """Raises Http404 for another organization's request as for none: the scope is open."""
    rows = ReferenceRequest.objects.select_related("organization", "version__survey_version", "version__template")
    found: ReferenceRequest | None = rows.select_related("connection").filter(uid=uid).first()
    if found is None:
        raise Http404(_("There is no such request."))
    return found


@member_page(Role.VIEWER)
def detail(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    job = find_request(uid)
    mails = _mails(job)
    references = list(Reference.objects.filter(request=job).order_by("place", "id"))
    count = answered(job)
    waits = job.state == RequestState.WAITING_FOR_REFERENCES
    unnamed, now = _unnamed(job, references), clock.now()
    context = {
        "job": job,
        "tag": request_tag(job, now),
        "may_act": request.membership.may(Role.RECRUITER),
        "answered": count,
        "wanted": job.version.references_wanted,
        "may_finish": waits and count > 0,
        "may_remind": _may_remind(job, references, unnamed),
        "is_due": job.is_open and job.due_at < now,
        "planned": _planned(job, references),
        "candidate_mails": mails.get(job.uid, []),
        "owner_mails": [line for line in mails.get(None, []) if line.message.kind != "report_code"],
        "people": [_person(job, reference, mails) for reference in references],
        "unnamed": unnamed,
        "own_view": _own_view(job),
        "report_url": report_url(job),
        "note": _note(job),
        "timeline": TimelineEntry.objects.filter(request=job)[:TIMELINE_ENTRIES],
    }
    return render(request, "requests_app/detail.html", context)


@member_page(Role.VIEWER)
def report(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    job = find_request(uid)
    if not job.has_report:
        return render(request, "requests_app/report/none_yet.html", {"job": job})
    if request.method == "GET":
        report_access.log_member_view(job, request.user)
    return render(request, "requests_app/report/staff.html", {"job": job, "report": build(job)})


def _mails(job: ReferenceRequest) -> dict[uuid.UUID | None, list[MailLine]]:
    """All mails by the person they went to: the candidate under the request's uid, the owner under None."""
    uids = [job.uid, *Reference.objects.filter(request=job).values_list("uid", flat=True)]
    found: dict[uuid.UUID | None, list[MailLine]] = {}
    for message in Message.objects.filter(about_uid__in=uids).defer("text", "html").order_by("created_at", "id"):
        to = None if message.about_kind == "report" else message.about_uid
        found.setdefault(to, []).append(mail_line(message))
    return found


def _person(
    job: ReferenceRequest, reference: Reference, mails: dict[uuid.UUID | None, list[MailLine]]
) -> dict[str, object]:
    return {
        "reference": reference,
        "relation": relation_words(reference),
        "tag": reference_tag(reference),
        "mails": mails.get(reference.uid, []),
        "remind_url": f"{reverse('requests:remind', args=[job.organization.slug, job.uid])}?to={reference.uid}",
        "reachable": job.state == RequestState.WAITING_FOR_REFERENCES and reference.is_reachable,
        "gone": reference.state in (ReferenceState.REPLACED, ReferenceState.DECLINED),
    }


def _may_remind(job: ReferenceRequest, references: list[Reference], unnamed: list[str]) -> bool:
    """Whether anybody may be waited for; the page of the reminder looks closer."""
    done = job.state == RequestState.WAITING_FOR_REFERENCES and not unnamed
    waits = not done or any(reference.state in LIVING for reference in references)
    return job.is_open and job.paused_until is None and waits


def _planned(job: ReferenceRequest, references: list[Reference]) -> list[tuple[Reminder, str]]:
    """The reminders to come with the names of whom they go to, the last one first as in the timeline."""
    names: dict[int | None, str] = {reference.pk: reference.name for reference in references}
    rows = Reminder.objects.filter(job=job, state=work.State.PENDING).order_by("-available_at", "-id")[:REMINDERS_SHOWN]
    return [(row, names.get(row.reference_id, job.candidate_name)) for row in rows]


def _unnamed(job: ReferenceRequest, references: list[Reference]) -> list[str]:
    """The places at which nobody stands yet, or no longer."""
    gone = (ReferenceState.REPLACED, ReferenceState.DECLINED)
    held = {reference.place for reference in references if reference.state not in gone}
    return [place.label for place in places(job.version) if place.number not in held] if job.is_open else []


def _own_view(job: ReferenceRequest) -> Tag | None:
    if not job.version.self_reference:
        return None
    response = answering.response_of(job, None)
    if response is None:
        return Tag("quiet", _("Not begun"))
    return Tag("ok", _("Answered")) if response.submitted_at else Tag("info", _("Begun"))


def _note(job: ReferenceRequest) -> tuple[Tag, str] | None:
    """How the note in SmartRecruiters stands; None where none is due."""
    row = Writeback.objects.filter(about_kind="request", about_uid=job.uid).first()
    if row is None:
        return None
    tags = {
        work.State.DONE: Tag("ok", _("Posted")),
        work.State.DEAD: Tag("err", _("Not posted")),
        work.State.UNKNOWN: Tag("warn", _("Perhaps posted")),
        work.State.HELD: Tag("info", _("On hold")),
        work.State.CANCELLED: Tag("quiet", _("Cancelled")),
    }
    return tags.get(work.State(row.state), Tag("info", _("On its way"))), row.reason
