"""What our mails say: the words of the catalog, or the template's own, for one request and one person."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from crosschq.messaging import placeholders, rendering
from crosschq.messaging.around import Circumstances
from crosschq.messaging.catalog import CATALOG
from crosschq.messaging.mail import Action, Mail
from templates_app.messages import texts_of

from . import values
from .models import Reader, Reference, ReferenceRequest, RequestState
from .wording import day, plain


def candidate_invitation(request: ReferenceRequest, url: str) -> Mail:
    return _mail(request, "candidate_invitation", values.for_candidate(request, link=url))


def candidate_reminder(request: ReferenceRequest, url: str, *, answered: int) -> Mail:
    """answered: how many references are in."""
    return _mail(request, "candidate_reminder", values.for_candidate(request, link=url, answered=answered))


def candidate_link(request: ReferenceRequest, url: str) -> Mail:
    return _mail(request, "candidate_link", values.for_candidate(request, link=url))


def candidate_answers(request: ReferenceRequest, url: str, *, days: int) -> Mail:
    """Only where the organization shows candidates what was answered."""
    mail = _mail(request, "candidate_answers", values.of_request(request, link=url))
    alone = _("The link is yours alone and works for %(days)d days.") % {"days": days}
    return replace(mail, after=(alone, *mail.after))


def another_reference(request: ReferenceRequest, reference: Reference, url: str, *, bounced: bool) -> Mail:
    key = "reference_bounced" if bounced else "reference_declined"
    return _mail(request, key, values.about_reference(request, reference, link=url))


def reference_invitation(request: ReferenceRequest, reference: Reference, url: str) -> Mail:
    return _mail(request, "reference_invitation", values.for_reference(request, reference, link=url))


def reference_reminder(request: ReferenceRequest, reference: Reference, url: str) -> Mail:
    return _mail(request, "reference_reminder", values.for_reference(request, reference, link=url))


def reference_link(request: ReferenceRequest, reference: Reference, url: str) -> Mail:
    return _mail(request, "reference_link", values.for_reference(request, reference, link=url))


def owner_ready(request: ReferenceRequest, *, answered: int, report_url: str) -> Mail:
    filled = values.of_request(request, link=report_url)
    filled["references_in"] = values.references_in(answered, request.version.references_wanted)
    return _mail(request, "report_ready", filled)


def reader_ready(request: ReferenceRequest, reader: Reader, *, answered: int, report_url: str) -> Mail:
    """To a hiring manager, who may have no account."""
    names = _names(request)
    in_ = values.references_in(answered, request.version.references_wanted)
    opens = _("It opens with a code that we send to this address. No account is needed.")
    return Mail(
        subject=placeholders.render_fitted(
            _("Reference report ready: {{ candidate_name }}"),
            {"candidate_name": request.candidate_name},
            room=rendering.SUBJECT_CHARACTERS,
        ),
        preheader=_("%(position)s. %(in)s") % {**names, "in": in_},
        greeting=_("Hello %(name)s,") % {"name": plain(reader.name)},
        paragraphs=(
            _("The reference report for %(candidate)s, %(position)s, is ready: %(in)s.") % {**names, "in": in_},
            opens,
        ),
        action=Action(_("Open report"), report_url),
        after=(_("You get this mail because you are a hiring manager of this request at %(organization)s.") % names,),
    )


def owner_candidate_silent(request: ReferenceRequest, *, url: str) -> Mail:
    return _mail(request, "candidate_silent", values.of_request(request, link=url))


def owner_due(request: ReferenceRequest, *, answered: int, url: str) -> Mail:
    """The due date has passed: finish or extend where somebody has answered, else extend."""
    filled = values.of_request(request, link=url)
    filled["references_in"] = values.references_in(answered, request.version.references_wanted)
    filled["end_date"] = day(request.closes_at, request.organization.time_zone)
    return _mail(request, "request_due" if answered else "request_due_unanswered", filled)


def owner_paused(request: ReferenceRequest, *, status: str, url: str) -> Mail:
    """status: the word of the ATS for where the application stands now."""
    return _mail(request, "request_paused", {**values.of_request(request, link=url), "status": status})


def owner_candidate_declined(request: ReferenceRequest, *, url: str) -> Mail:
    return _mail(request, "candidate_declined", values.of_request(request, link=url))


def owner_bounced(request: ReferenceRequest, *, url: str) -> Mail:
    return _mail(request, "candidate_bounced", values.of_request(request, link=url))


def owner_wrong_address(request: ReferenceRequest, *, url: str) -> Mail:
    return _mail(request, "wrong_address", values.of_request(request, link=url))


def owner_expired(request: ReferenceRequest, *, url: str) -> Mail:
    return _mail(request, "request_expired", values.of_request(request, link=url))


def report_code(request: ReferenceRequest, code: str) -> Mail:
    names = _names(request)
    return Mail(
        subject=_("%(code)s is your code for the report") % {"code": code},
        preheader=_("It opens the reference report for %(candidate)s for 10 minutes") % names,
        paragraphs=(
            _("Type this code on the page that asked for your address. It is good for 10 minutes.") % names,
            _("The report is about %(candidate)s, %(position)s at %(organization)s.") % names,
        ),
        code=code,
        after=(_("Not you? Then nothing needs to be done: without this code nobody can open the report."),),
    )


def candidate_sms(request: ReferenceRequest, key: str, url: str) -> str:
    """The text message of a catalog entry to the candidate."""
    filled = values.for_candidate(request, link=url)
    return rendering.compose_sms(texts_of(request.version.messages, CATALOG[key]), filled)


def reference_sms(request: ReferenceRequest, reference: Reference, key: str, url: str) -> str:
    filled = values.for_reference(request, reference, link=url)
    return rendering.compose_sms(texts_of(request.version.messages, CATALOG[key]), filled)


def _mail(request: ReferenceRequest, key: str, filled: dict[str, str]) -> Mail:
    kind = CATALOG[key]
    circumstances = Circumstances(
        candidate_reads=request.candidate_sees_answers,
        finished_early=request.state == RequestState.CLOSED_EARLY,
        note_follows=bool(request.connection_id),
    )
    return rendering.compose(kind, texts_of(request.version.messages, kind), filled, circumstances)


def _names(request: ReferenceRequest) -> dict[str, Any]:
    return {
        "organization": plain(request.organization.name),
        "position": plain(request.position),
        "candidate": plain(request.candidate_name),
    }
