"""Send each email of a request to its recipient, with their secret link. The text is in email_content.py."""

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from crosschq.core.security import secret_links
from crosschq.messaging.channels import gateways
from crosschq.messaging.content import phones
from crosschq.messaging.content.email import Email
from crosschq.messaging.models import Message
from crosschq.messaging.sending import caps
from crosschq.messaging.sending.quiet_hours import country_of
from crosschq.messaging.sending.send import About, CountedUnder, Sender, send_email, send_text
from requests_app import timeline
from requests_app.models import EntryKind, Reader, Reference, ReferenceRequest
from requests_app.notifications import email_content
from requests_app.notifications.test_label import add_test_label
from requests_app.reminders.plan import zone_for

LINK_DAYS = 30
CANDIDATE = "candidate"
REFERENCE = "reference"
# About the report, like the owner's emails, but to others.
REPORT_CODE = "report_code"
READER_READY = "report_ready_reader"
REPORT_SHARED = "report_shared"


def absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


def report_url(reference_request: ReferenceRequest) -> str:
    """The permanent link to the report. It asks each visitor to identify themselves."""
    return absolute(reverse("public:report", args=[reference_request.uid]))


def invite_candidate(reference_request: ReferenceRequest) -> Message:
    email = email_content.candidate_invitation(reference_request, candidate_url(reference_request))
    message = _to_candidate(reference_request, "candidate_invitation", email)
    _text_candidate(reference_request, "candidate_invitation")
    return message


def remind_candidate(reference_request: ReferenceRequest, *, answered: int) -> Message:
    """answered: how many references have answered."""
    email = email_content.candidate_reminder(reference_request, candidate_url(reference_request), answered=answered)
    message = _to_candidate(
        reference_request, "candidate_reminder", email, quiet_zone=zone_for(reference_request, None)
    )
    _text_candidate(reference_request, "candidate_reminder")
    return message


def send_candidate_new_link(reference_request: ReferenceRequest) -> Message:
    return _to_candidate(
        reference_request,
        "candidate_link",
        email_content.candidate_link(reference_request, candidate_url(reference_request)),
    )


def send_answers_link(reference_request: ReferenceRequest, *, asked_for: bool = False) -> Message:
    """Email the candidate a link to the answers. Only if `candidate_sees_answers`."""
    email = email_content.candidate_answers(reference_request, candidate_url(reference_request), days=LINK_DAYS)
    return _to_candidate(reference_request, "candidate_answers_link", email, cap="fresh_links" if asked_for else "")


def ask_for_replacement(reference_request: ReferenceRequest, reference: Reference, *, bounced: bool = False) -> Message:
    """Ask the candidate for someone else, because a reference declined or can't be reached."""
    email = email_content.replacement_needed(
        reference_request, reference, candidate_url(reference_request), bounced=bounced
    )
    return _to_candidate(reference_request, "reference_bounced" if bounced else "reference_declined", email)


def tell_of_added_reference(reference_request: ReferenceRequest, reference: Reference) -> Message:
    """Tell the candidate that a member named this reference for them."""
    email = email_content.reference_added(reference_request, reference, candidate_url(reference_request))
    return _to_candidate(reference_request, "reference_added", email)


def ask_for_another_kind(reference_request: ReferenceRequest, reference: Reference) -> Message:
    """Ask the candidate for someone else, because the owner didn't approve a reference of another kind."""
    email = email_content.kind_refused(reference_request, reference, candidate_url(reference_request))
    return _to_candidate(reference_request, "kind_refused", email)


def invite_reference(reference_request: ReferenceRequest, reference: Reference) -> Message:
    email = email_content.reference_invitation(
        reference_request, reference, _reference_url(reference_request, reference)
    )
    return _to_reference(reference_request, reference, "reference_invitation", email)


def remind_reference(reference_request: ReferenceRequest, reference: Reference) -> Message:
    email = email_content.reference_reminder(reference_request, reference, _reference_url(reference_request, reference))
    zone = zone_for(reference_request, reference)
    message = _to_reference(reference_request, reference, "reference_reminder", email, quiet_zone=zone)
    _text_reference(reference_request, reference, "reference_reminder")
    return message


def send_reference_new_link(reference_request: ReferenceRequest, reference: Reference) -> Message:
    email = email_content.reference_link(reference_request, reference, _reference_url(reference_request, reference))
    return _to_reference(reference_request, reference, "reference_link", email)


def send_copy(reference_request: ReferenceRequest, reference: Reference, answers: Sequence[tuple[str, str]]) -> Message:
    """Email a reference a copy of what they sent: questions and answers."""
    email = email_content.reference_copy(reference_request, answers)
    return _to_reference(reference_request, reference, "reference_copy", email)


def notify_owner(reference_request: ReferenceRequest, kind: str, email: Email) -> Message:
    return _about_report(reference_request, kind, reference_request.owner_name, reference_request.owner_email, email)


def send_code(reference_request: ReferenceRequest, reader: Reader, code: str) -> Message:
    return _about_report(
        reference_request, REPORT_CODE, reader.name, reader.email, email_content.report_code(reference_request, code)
    )


def notify_reader(reference_request: ReferenceRequest, reader: Reader, *, answered: int) -> Message:
    """Notify a reader without an account that the report is ready."""
    email = email_content.reader_ready(
        reference_request, reader, answered=answered, report_url=report_url(reference_request)
    )
    return _about_report(reference_request, READER_READY, reader.name, reader.email, email)


def share_report(reference_request: ReferenceRequest, reader: Reader, *, text: str) -> Message:
    """Email the link to an invited reader. text: what the person who shares it wrote."""
    email = email_content.report_shared(reference_request, reader, text=text, report_url=report_url(reference_request))
    return _about_report(reference_request, REPORT_SHARED, reader.name, reader.email, email)


def send_held_access(reference_request: ReferenceRequest, *, to_email: str) -> Message:
    """Email the link to someone who asked for access and has it."""
    email = email_content.access_held(reference_request, report_url=report_url(reference_request))
    return _about_report(reference_request, "access_held", "", to_email, email)


def pass_on_ask(reference_request: ReferenceRequest, reader: Reader) -> Message:
    """Tell the owner that someone asks for access."""
    path = reverse("requests:share", args=[reference_request.organization.slug, reference_request.uid])
    email = email_content.owner_access_asked(reference_request, reader, text=reader.reason, url=absolute(path))
    return notify_owner(reference_request, "access_asked", email)


def staff_url(reference_request: ReferenceRequest) -> str:
    return absolute(reverse("requests:detail", args=[reference_request.organization.slug, reference_request.uid]))


def approval_url(reference_request: ReferenceRequest, reference: Reference) -> str:
    slug = reference_request.organization.slug
    return absolute(reverse("requests:approve", args=[slug, reference_request.uid, reference.uid]))


def candidate_url(reference_request: ReferenceRequest) -> str:
    """Create a new secret link for the candidate. Earlier ones still work."""
    token = secret_links.mint(
        purpose=CANDIDATE, subject=reference_request.uid, scope_key=reference_request.organization_id, days=LINK_DAYS
    )
    return absolute(reverse("public:candidate", args=[token]))


def _reference_url(reference_request: ReferenceRequest, reference: Reference) -> str:
    token = secret_links.mint(
        purpose=REFERENCE, subject=reference.uid, scope_key=reference_request.organization_id, days=LINK_DAYS
    )
    return absolute(reverse("public:reference", args=[token]))


def _about_report(reference_request: ReferenceRequest, kind: str, to_name: str, to_email: str, email: Email) -> Message:
    return send_email(
        organization=reference_request.organization,
        kind=kind,
        to_email=reference_request.candidate_email if reference_request.is_test else to_email,
        to_name=to_name,
        email=add_test_label(email) if reference_request.is_test else email,
        about=About("report", reference_request.uid, thread=True),
        counted=_counted(reference_request, kind),
    )


def _to_candidate(
    reference_request: ReferenceRequest, kind: str, email: Email, *, quiet_zone: str = "", cap: str = ""
) -> Message:
    return send_email(
        organization=reference_request.organization,
        kind=kind,
        to_email=reference_request.candidate_email,
        to_name=reference_request.candidate_name,
        email=add_test_label(email) if reference_request.is_test else email,
        sender=_sender(reference_request),
        about=About("request", reference_request.uid, thread=True),
        quiet_zone=quiet_zone,
        counted=CountedUnder(cap=cap) if cap else _counted(reference_request, kind),
    )


def _to_reference(
    reference_request: ReferenceRequest, reference: Reference, kind: str, email: Email, *, quiet_zone: str = ""
) -> Message:
    return send_email(
        organization=reference_request.organization,
        kind=kind,
        to_email=reference_request.candidate_email if reference_request.is_test else reference.email,
        to_name=reference.name,
        email=add_test_label(email, instead_of=reference) if reference_request.is_test else email,
        sender=_sender(reference_request),
        about=About("reference", reference.uid, thread=True),
        quiet_zone=quiet_zone,
        counted=_counted(reference_request, kind),
    )


def _counted(reference_request: ReferenceRequest, kind: str) -> CountedUnder:
    """What an email counts under. A test request emails only the member who sent it, so it has its own caps."""
    if not reference_request.is_test or kind not in caps.CAP_OF_KIND:
        return CountedUnder()
    return CountedUnder(cap="test_requests" if kind == "candidate_invitation" else "test_emails")


def _sender(reference_request: ReferenceRequest) -> Sender:
    name = _("%(organization)s via Crosschq") % {"organization": reference_request.organization.name}
    return Sender(name=name, reply_to=reference_request.owner_email, colored=True)


def _text_candidate(reference_request: ReferenceRequest, key: str) -> None:
    """Also send a text message if the template does. The application provided the phone number."""
    if not _texts(reference_request) or gateways.text_gateway() is None:
        return
    try:
        number = phones.textable(
            reference_request.candidate_phone, country=country_of(reference_request.organization.time_zone)
        )
    except phones.NumberRefused as refused:
        if key == "candidate_invitation":
            words = {"name": reference_request.candidate_name, "why": _why_no_text(reference_request, refused)}
            sentence = _("%(name)s gets no text messages: %(why)s") % words
            timeline.note(reference_request, sentence, kind=EntryKind.QUIET, about=reference_request)
    else:
        text = email_content.candidate_sms(reference_request, key, candidate_url(reference_request))
        _text(reference_request, None, key, number, text)


def _why_no_text(reference_request: ReferenceRequest, refused: phones.NumberRefused) -> str:
    return refused.sentence if reference_request.candidate_phone else _("We don't have a phone number.")


def _text_reference(reference_request: ReferenceRequest, reference: Reference, key: str) -> None:
    """Like `_text_candidate`, for a reference whose number the candidate gave for reminders."""
    number = phones.textable_or_none(reference.phone) if _texts(reference_request) else ""
    if number:
        text = email_content.reference_sms(
            reference_request, reference, key, _reference_url(reference_request, reference)
        )
        _text(reference_request, reference, key, number, text)


def _texts(reference_request: ReferenceRequest) -> bool:
    """Whether to send text messages. A test request emails only the member who sent it."""
    return reference_request.version.text_messages_enabled and not reference_request.is_test


def _text(reference_request: ReferenceRequest, reference: Reference | None, key: str, number: str, text: str) -> None:
    if not text or gateways.text_gateway() is None:
        return
    send_text(
        organization=reference_request.organization,
        kind=key,
        to_phone=number,
        to_name=reference.name if reference else reference_request.candidate_name,
        text=text,
        about=About("reference", reference.uid) if reference else About("request", reference_request.uid),
        quiet_zone=zone_for(reference_request, reference),
    )
