"""Build each email of a request from the catalog's text or the template's own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from crosschq.messaging.content import placeholders, rendering
from crosschq.messaging.content.catalog import CATALOG
from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.content.footer import FooterContext
from crosschq.tenancy import passes
from requests_app.models import Reader, Reference, ReferenceRequest, RequestState
from requests_app.notifications import placeholder_values
from requests_app.text import day, in_sentence, references_in
from templates_app.request_templates.messages import texts_of


def candidate_invitation(reference_request: ReferenceRequest, url: str) -> Email:
    email = _email(
        reference_request, "candidate_invitation", placeholder_values.for_candidate(reference_request, link=url)
    )
    intro = _("A message for you from %(organization)s:") % _names(reference_request)
    return _with_message(email, intro, reference_request.personal_message)


def candidate_reminder(reference_request: ReferenceRequest, url: str, *, answered: int) -> Email:
    """answered: how many references have answered."""
    return _email(
        reference_request,
        "candidate_reminder",
        placeholder_values.for_candidate(reference_request, link=url, answered=answered),
    )


def candidate_link(reference_request: ReferenceRequest, url: str) -> Email:
    return _email(reference_request, "candidate_link", placeholder_values.for_candidate(reference_request, link=url))


def candidate_answers(reference_request: ReferenceRequest, url: str, *, days: int) -> Email:
    """Only for organizations that show candidates the answers."""
    email = _email(reference_request, "candidate_answers", placeholder_values.of_request(reference_request, link=url))
    alone = _("This link is only for you. It works for %(days)d days.") % {"days": days}
    return replace(email, after=(alone, *email.after))


def replacement_needed(reference_request: ReferenceRequest, reference: Reference, url: str, *, bounced: bool) -> Email:
    key = "reference_bounced" if bounced else "reference_declined"
    return _email(reference_request, key, placeholder_values.about_reference(reference_request, reference, link=url))


def reference_added(reference_request: ReferenceRequest, reference: Reference, url: str) -> Email:
    filled = placeholder_values.about_reference(reference_request, reference, link=url)
    return _email(reference_request, "reference_added", filled)


def kind_refused(reference_request: ReferenceRequest, reference: Reference, url: str) -> Email:
    filled = placeholder_values.about_reference(reference_request, reference, link=url)
    return _email(reference_request, "kind_refused", filled)


def reference_invitation(reference_request: ReferenceRequest, reference: Reference, url: str) -> Email:
    filled = placeholder_values.for_reference(reference_request, reference, link=url)
    email = _email(reference_request, "reference_invitation", filled, to=reference)
    kind = CATALOG["reference_invitation"]
    has_standard_subject = _texts(reference_request, kind.key).subject == str(kind.standard.subject)
    if reference.relationship_from_staff and has_standard_subject:
        # The candidate didn't ask.
        pattern = _("{{ organization }} asks for a reference for {{ candidate_name }}")
        room = rendering.SUBJECT_CHARACTERS
        email = replace(email, subject=placeholders.render_subject(pattern, filled, room=room))
    intro = _("A message for you from %(candidate)s:") % _names(reference_request)
    return _with_message(email, intro, reference.message)


def reference_reminder(reference_request: ReferenceRequest, reference: Reference, url: str) -> Email:
    return _email(
        reference_request,
        "reference_reminder",
        placeholder_values.for_reference(reference_request, reference, link=url),
        to=reference,
    )


def reference_link(reference_request: ReferenceRequest, reference: Reference, url: str) -> Email:
    filled = placeholder_values.for_reference(reference_request, reference, link=url)
    return _email(reference_request, "reference_link", filled, to=reference)


def reference_copy(reference_request: ReferenceRequest, answers: Sequence[tuple[str, str]]) -> Email:
    """A copy of what a reference sent: questions and answers."""
    names = _names(reference_request)
    return Email(
        sender=names["organization"],
        subject=_fitted_subject(_("Your reference for {{ candidate_name }}"), reference_request),
        preheader=_("A copy of what you sent to %(organization)s") % names,
        paragraphs=(
            _("Here is the copy you asked for: what you sent to %(organization)s about %(candidate)s.") % names,
            *(f"{question}\n{answer}" for question, answer in answers),
        ),
        footer=(_("You got this email because you asked for a copy of your answers."), _("Sent by Crosschq.")),
    )


def owner_late_answer(reference_request: ReferenceRequest, reference: Reference, *, url: str) -> Email:
    filled = placeholder_values.about_reference(reference_request, reference, link=url)
    return _email(reference_request, "late_answer", filled)


def owner_other_kind(reference_request: ReferenceRequest, reference: Reference, *, url: str) -> Email:
    filled = placeholder_values.about_reference(reference_request, reference, link=url)
    return _email(reference_request, "other_kind", filled)


def owner_ready(reference_request: ReferenceRequest, *, answered: int, report_url: str) -> Email:
    filled = placeholder_values.of_request(reference_request, link=report_url)
    filled["references_in"] = references_in(answered, reference_request.version.references_requested)
    return _email(reference_request, "report_ready", filled)


def reader_ready(reference_request: ReferenceRequest, reader: Reader, *, answered: int, report_url: str) -> Email:
    """The email to a hiring manager, who may have no account, that the report is ready."""
    names = _names(reference_request)
    in_ = references_in(answered, reference_request.version.references_requested)
    opens = _("Open it with a code that we'll send to this address. You don't need an account.")
    return Email(
        subject=_fitted_subject(_("Reference report ready: {{ candidate_name }}"), reference_request),
        preheader=_("%(position)s. %(in)s") % {**names, "in": in_},
        greeting=_("Hello %(name)s,") % {"name": in_sentence(reader.name)},
        paragraphs=(
            _("The reference report for %(candidate)s, %(position)s, is ready: %(in)s.") % {**names, "in": in_},
            opens,
        ),
        action=Action(_("Open report"), report_url),
        after=(_("You got this email because you are a hiring manager for this request at %(organization)s.") % names,),
    )


def report_shared(reference_request: ReferenceRequest, reader: Reader, *, text: str, report_url: str) -> Email:
    """The email to someone a member or the owner shares the report with. text: what they wrote, without links."""
    names = _names(reference_request)
    time_zone = reference_request.organization.time_zone
    opens = _("Open it with a code that we'll send to this address. You don't need an account.")
    if passes.is_member(reference_request.organization, reader.email):
        opens = _("Sign in to open it.")
    if not reference_request.has_report:
        opens += " " + _("The report isn't ready yet. The link opens it once it is.")
    until = _("You can open it until %(day)s.")
    email = Email(
        subject=_fitted_subject(_("Reference report: {{ candidate_name }}"), reference_request),
        preheader=_("%(organization)s shares a reference report with you") % names,
        greeting=_("Hello %(name)s,") % {"name": in_sentence(reader.name)} if reader.name else _("Hello,"),
        paragraphs=(
            _("%(organization)s shares the reference report for %(candidate)s, %(position)s, with you.") % names,
            opens,
            *([until % {"day": day(reader.expires_at, time_zone, with_year=True)}] if reader.expires_at else []),
        ),
        action=Action(_("Open report"), report_url),
        after=(
            _("The report is confidential. Please don't forward it."),
            _("You got this email because someone at %(organization)s shared this report with your address.") % names,
        ),
    )
    return _with_message(email, _("A message for you from %(organization)s:") % names, text)


def access_held(reference_request: ReferenceRequest, *, report_url: str) -> Email:
    """The email to someone who asked for access and can already open the report."""
    names = _names(reference_request)
    return Email(
        subject=_("You can open the report"),
        preheader=_("You asked for access to a reference report"),
        greeting=_("Hello,"),
        paragraphs=(
            _("You asked for access to a reference report of %(organization)s. You can already open it.") % names,
            _("Sign in if you have an account. If you don't, we'll email you a code."),
        ),
        action=Action(_("Open report"), report_url),
        after=(_("If you didn't ask, you can ignore this email."),),
    )


def owner_access_asked(reference_request: ReferenceRequest, reader: Reader, *, text: str, url: str) -> Email:
    """The email that asks the owner for access. A stranger typed the name, the address and the reason (text)."""
    names = {**_names(reference_request), "name": in_sentence(reader.name), "email": reader.email}
    return Email(
        subject=_fitted_subject(_("Asks for access: {{ candidate_name }}"), reference_request),
        preheader=_("%(name)s asks for access to the report for %(candidate)s") % names,
        paragraphs=(
            _("%(name)s (%(email)s) asks for access to the reference report for %(candidate)s, %(position)s.") % names,
            *([_("Their reason: “%(text)s”") % {"text": text}] if text else []),
            _(
                "We don't know who they are. Give access only if you recognize the address. Until you answer, they "
                "can't open the report."
            ),
        ),
        action=Action(_("Give access or decline"), url),
        after=(_("You got this email because you own this request at %(organization)s.") % names,),
    )


def owner_candidate_silent(reference_request: ReferenceRequest, *, url: str) -> Email:
    return _email(reference_request, "candidate_silent", placeholder_values.of_request(reference_request, link=url))


def owner_due(reference_request: ReferenceRequest, *, answered: int, url: str) -> Email:
    """The due date has passed: offer to finish or extend if there are answers, otherwise only to extend."""
    filled = placeholder_values.of_request(reference_request, link=url)
    filled["references_in"] = references_in(answered, reference_request.version.references_requested)
    filled["end_date"] = day(reference_request.closes_at, reference_request.organization.time_zone)
    return _email(reference_request, "request_due" if answered else "request_due_unanswered", filled)


def owner_paused(reference_request: ReferenceRequest, *, status: str, url: str) -> Email:
    """status: the ATS's word for the current state of the application."""
    return _email(
        reference_request,
        "request_paused",
        {**placeholder_values.of_request(reference_request, link=url), "status": status},
    )


def owner_candidate_declined(reference_request: ReferenceRequest, *, url: str) -> Email:
    return _email(reference_request, "candidate_declined", placeholder_values.of_request(reference_request, link=url))


def owner_bounced(reference_request: ReferenceRequest, *, url: str) -> Email:
    return _email(reference_request, "candidate_bounced", placeholder_values.of_request(reference_request, link=url))


def owner_wrong_address(reference_request: ReferenceRequest, *, url: str) -> Email:
    return _email(reference_request, "wrong_address", placeholder_values.of_request(reference_request, link=url))


def owner_changed(reference_request: ReferenceRequest, *, url: str) -> Email:
    return _email(reference_request, "owner_changed", placeholder_values.of_request(reference_request, link=url))


def owner_replaced(reference_request: ReferenceRequest, *, name: str, actor: str) -> Email:
    """The email to the owner of a private report that an admin gives to someone else."""
    names = {**_names(reference_request), "name": in_sentence(name), "actor": in_sentence(actor)}
    return Email(
        subject=_fitted_subject(_("Owner changed: {{ candidate_name }}"), reference_request),
        preheader=_("%(actor)s made %(name)s the owner") % names,
        paragraphs=(
            _("%(actor)s made %(name)s the owner of the request for %(candidate)s, %(position)s.") % names,
            _("Reports are private at %(organization)s, so you can't open this report anymore.") % names,
            _("If you think that's a mistake, talk to %(actor)s.") % names,
        ),
        after=(_("You got this email because you owned this request at %(organization)s.") % names,),
    )


def owner_expired(reference_request: ReferenceRequest, *, url: str) -> Email:
    return _email(reference_request, "request_expired", placeholder_values.of_request(reference_request, link=url))


def report_code(reference_request: ReferenceRequest, code: str) -> Email:
    names = _names(reference_request)
    return Email(
        subject=_("Your code for the report"),  # subjects are kept, so this one doesn't hold the code
        preheader=_("It opens the reference report for %(candidate)s for 10 minutes") % names,
        paragraphs=(
            _("Enter this code on the page that asked for your address. It works for 10 minutes.") % names,
            _("The report is about %(candidate)s, %(position)s at %(organization)s.") % names,
        ),
        code=code,
        after=(
            _(
                "If you didn't ask for it, you can ignore this email. Without the code, nobody can use your address "
                "to open the report."
            ),
        ),
    )


def candidate_sms(reference_request: ReferenceRequest, key: str, url: str) -> str:
    """The text message to the candidate for a catalog entry."""
    filled = placeholder_values.for_candidate(reference_request, link=url)
    return rendering.compose_sms(_texts(reference_request, key), filled)


def reference_sms(reference_request: ReferenceRequest, reference: Reference, key: str, url: str) -> str:
    filled = placeholder_values.for_reference(reference_request, reference, link=url)
    return rendering.compose_sms(_texts(reference_request, key), filled)


def _email(
    reference_request: ReferenceRequest, key: str, filled: dict[str, str], *, to: Reference | None = None
) -> Email:
    kind = CATALOG[key]
    circumstances = FooterContext(
        candidate_reads=reference_request.candidate_sees_answers,
        address_from_staff=bool(to and to.address_from_staff),
        finished_early=reference_request.state == RequestState.CLOSED_EARLY,
        note_follows=bool(reference_request.connection_id),
        ats=reference_request.connection.ats_name if key == "report_ready" and reference_request.connection else "",
    )
    return rendering.compose(kind, _texts(reference_request, key), filled, circumstances)


def _texts(reference_request: ReferenceRequest, key: str) -> rendering.Texts:
    """The template's own texts, or the standard ones."""
    return texts_of(reference_request.version.messages, CATALOG[key])


def _with_message(email: Email, intro: str, text: str) -> Email:
    """The email with what a person wrote to its recipient, after its first paragraph."""
    if not text:
        return email
    quoted = _("“%(text)s”") % {"text": text}
    return replace(email, paragraphs=(*email.paragraphs[:1], intro, quoted, *email.paragraphs[1:]))


def _fitted_subject(pattern: str, reference_request: ReferenceRequest) -> str:
    names = {"candidate_name": reference_request.candidate_name}
    return placeholders.render_fitted(pattern, names, room=rendering.SUBJECT_CHARACTERS)


def _names(reference_request: ReferenceRequest) -> dict[str, Any]:
    return {
        "organization": in_sentence(reference_request.organization.name),
        "position": in_sentence(reference_request.position),
        "candidate": in_sentence(reference_request.candidate_name),
    }
