"""Every mail of a request: who gets it, with which secret link. The words are in mails.py."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from crosschq.core import links
from crosschq.messaging import caps, carriers, phones
from crosschq.messaging.mail import Mail
from crosschq.messaging.models import Message
from crosschq.messaging.send import send_mail, send_text

from . import mails
from .labels import labelled
from .models import Reader, Reference, ReferenceRequest
from .reminders import zone_for

LINK_DAYS = 30
CANDIDATE = "candidate"
REFERENCE = "reference"


def absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


def report_url(request: ReferenceRequest) -> str:
    """The link that never ends: it asks who opens it."""
    return absolute(reverse("public:report", args=[request.uid]))


def invite_candidate(request: ReferenceRequest) -> Message:
    mail = mails.candidate_invitation(request, _candidate_url(request))
    message = _to_candidate(request, "candidate_invitation", mail)
    _text_candidate(request, "candidate_invitation")
    return message


def remind_candidate(request: ReferenceRequest, *, answered: int) -> Message:
    """answered: how many references are in."""
    mail = mails.candidate_reminder(request, _candidate_url(request), answered=answered)
    message = _to_candidate(request, "candidate_reminder", mail, quiet_zone=zone_for(request, None))
    _text_candidate(request, "candidate_reminder")
    return message


def send_candidate_fresh_link(request: ReferenceRequest) -> Message:
    return _to_candidate(request, "candidate_link", mails.candidate_link(request, _candidate_url(request)))


def show_answers(request: ReferenceRequest, *, asked_for: bool = False) -> Message:
    """Tell the candidate that the answers are there. Only where `candidate_sees_answers`."""
    mail = mails.candidate_answers(request, _candidate_url(request), days=LINK_DAYS)
    return _to_candidate(request, "candidate_answers_link", mail, cap="fresh_links" if asked_for else "")


def ask_for_another(request: ReferenceRequest, reference: Reference, *, bounced: bool = False) -> Message:
    """Tell the candidate that a reference declined, or cannot be reached."""
    mail = mails.another_reference(request, reference, _candidate_url(request), bounced=bounced)
    return _to_candidate(request, "reference_bounced" if bounced else "reference_declined", mail)


def invite_reference(request: ReferenceRequest, reference: Reference) -> Message:
    mail = mails.reference_invitation(request, reference, _reference_url(request, reference))
    return _to_reference(request, reference, "reference_invitation", mail)


def remind_reference(request: ReferenceRequest, reference: Reference) -> Message:
    mail = mails.reference_reminder(request, reference, _reference_url(request, reference))
    zone = zone_for(request, reference)
    message = _to_reference(request, reference, "reference_reminder", mail, quiet_zone=zone)
    _text_reference(request, reference, "reference_reminder")
    return message


def send_reference_fresh_link(request: ReferenceRequest, reference: Reference) -> Message:
    mail = mails.reference_link(request, reference, _reference_url(request, reference))
    return _to_reference(request, reference, "reference_link", mail)


def tell_owner(request: ReferenceRequest, kind: str, mail: Mail) -> Message:
    return _about_report(request, kind, request.owner_name, request.owner_email, mail)


def send_code(request: ReferenceRequest, reader: Reader, code: str) -> Message:
    return _about_report(request, "report_code", reader.name, reader.email, mails.report_code(request, code))


def tell_reader(request: ReferenceRequest, reader: Reader, *, answered: int) -> Message:
    """Tell somebody who may read the report without an account that it is there."""
    mail = mails.reader_ready(request, reader, answered=answered, report_url=report_url(request))
    return _about_report(request, "report_ready_reader", reader.name, reader.email, mail)


def staff_url(request: ReferenceRequest) -> str:
    return absolute(reverse("requests:detail", args=[request.organization.slug, request.uid]))


def _candidate_url(request: ReferenceRequest) -> str:
    token = links.mint(purpose=CANDIDATE, subject=request.uid, scope_key=request.organization_id, days=LINK_DAYS)
    return absolute(reverse("public:candidate", args=[token]))


def _reference_url(request: ReferenceRequest, reference: Reference) -> str:
    token = links.mint(purpose=REFERENCE, subject=reference.uid, scope_key=request.organization_id, days=LINK_DAYS)
    return absolute(reverse("public:reference", args=[token]))


def _about_report(request: ReferenceRequest, kind: str, name: str, email: str, mail: Mail) -> Message:
    return send_mail(
        organization=request.organization,
        kind=kind,
        to_email=request.candidate_email if request.is_test else email,
        to_name=name,
        mail=labelled(mail) if request.is_test else mail,
        about_kind="report",
        about_uid=request.uid,
        thread=True,
        cap=_cap(request, kind),
    )


def _to_candidate(request: ReferenceRequest, kind: str, mail: Mail, *, quiet_zone: str = "", cap: str = "") -> Message:
    return send_mail(
        organization=request.organization,
        kind=kind,
        to_email=request.candidate_email,
        to_name=request.candidate_name,
        mail=labelled(mail) if request.is_test else mail,
        sender_name=_sender(request),
        colored=True,
        reply_to=request.owner_email,
        about_kind="request",
        about_uid=request.uid,
        thread=True,
        quiet_zone=quiet_zone,
        cap=cap or _cap(request, kind),
    )


def _to_reference(
    request: ReferenceRequest, reference: Reference, kind: str, mail: Mail, *, quiet_zone: str = ""
) -> Message:
    return send_mail(
        organization=request.organization,
        kind=kind,
        to_email=request.candidate_email if request.is_test else reference.email,
        to_name=reference.name,
        mail=labelled(mail, instead_of=reference) if request.is_test else mail,
        sender_name=_sender(request),
        colored=True,
        reply_to=request.owner_email,
        about_kind="reference",
        about_uid=reference.uid,
        thread=True,
        quiet_zone=quiet_zone,
        cap=_cap(request, kind),
    )


def _cap(request: ReferenceRequest, kind: str) -> str:
    """A test writes to whoever sent it alone, so it has caps of its own."""
    if not request.is_test or kind not in caps.CAP_OF_KIND:
        return ""
    return "test_requests" if kind == "candidate_invitation" else "test_emails"


def _sender(request: ReferenceRequest) -> str:
    return _("%(organization)s via Crosschq") % {"organization": request.organization.name}


def _text_candidate(request: ReferenceRequest, key: str) -> None:
    """A text beside the mail, where the template says so. Their number came with the application."""
    number = phones.textable_or_none(request.candidate_phone) if _texts(request) else ""
    if number:
        text = mails.candidate_sms(request, key, _candidate_url(request))
        _text(request, None, key, number, text)


def _text_reference(request: ReferenceRequest, reference: Reference, key: str) -> None:
    """The same for a reference whose number was given for reminders."""
    number = phones.textable_or_none(reference.phone) if _texts(request) else ""
    if number:
        text = mails.reference_sms(request, reference, key, _reference_url(request, reference))
        _text(request, reference, key, number, text)


def _texts(request: ReferenceRequest) -> bool:
    """A test writes to whoever sent it alone."""
    return request.version.texts_on and not request.is_test


def _text(request: ReferenceRequest, reference: Reference | None, key: str, number: str, text: str) -> None:
    if not text or carriers.carrier() is None:
        return
    send_text(
        organization=request.organization,
        kind=key,
        to_phone=number,
        to_name=reference.name if reference else request.candidate_name,
        text=text,
        about_kind="reference" if reference else "request",
        about_uid=reference.uid if reference else request.uid,
        quiet_zone=zone_for(request, reference),
    )
