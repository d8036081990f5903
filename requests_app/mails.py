"""What our mails say. Each says who asks, for which job, why the mail came, and how to say no."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crosschq.messaging.mail import Action, Mail

from .models import Reference, ReferenceRequest, RequestState
from .places import places
from .wording import day, fitted, initial, plain


def candidate_invitation(request: ReferenceRequest, url: str) -> Mail:
    wanted, minutes = request.version.references_wanted, candidate_minutes(request)
    names = _names(request)
    parts = {**names, "count": wanted, "minutes": minutes}
    pattern = ngettext(
        "%%(organization)s asks you to name %(count)d reference",
        "%%(organization)s asks you to name %(count)d references",
        wanted,
    ) % {"count": wanted}
    asked = ngettext(
        "%(organization)s would like to hear from %(count)d person who has worked with you.",
        "%(organization)s would like to hear from %(count)d people who have worked with you.",
        wanted,
    )
    return Mail(
        sender=names["organization"],
        subject=fitted(pattern, organization=names["organization"]),
        preheader=_("For %(position)s, by %(due)s. Takes about %(minutes)d minutes") % parts,
        greeting=_("Hello %(first_name)s,") % parts,
        paragraphs=(
            _("You are being considered for %(position)s at %(organization)s.") % parts + " " + asked % parts,
            _("You choose them, and nobody is written to before you have checked everything."),
            _wanted(request),
            _("It takes about %(minutes)d minutes. The last day is %(due)s.") % parts,
        ),
        action=Action(_("Name my references"), url),
        after=(_contact(request), _not_you_candidate()),
        footer=_why(request),
    )


def candidate_link(request: ReferenceRequest, url: str) -> Mail:
    names = _names(request)
    return Mail(
        sender=names["organization"],
        subject=fitted(_("Your link for %(organization)s"), organization=names["organization"]),
        preheader=_("What you have saved is still there. The last day is %(due)s") % names,
        greeting=_("Hello %(first_name)s,") % names,
        paragraphs=(_("Here is a fresh link to your references for %(position)s at %(organization)s.") % names,),
        action=Action(_("Continue"), url),
        after=(_contact(request), _not_you_candidate()),
        footer=_why(request),
    )


def candidate_answers(request: ReferenceRequest, url: str, *, days: int) -> Mail:
    """Only where the organization shows candidates what was answered."""
    names = _names(request)
    return Mail(
        sender=names["organization"],
        subject=fitted(_("Your references for %(organization)s"), organization=names["organization"]),
        preheader=_("What they answered, for %(position)s") % names,
        greeting=_("Hello %(first_name)s,") % names,
        paragraphs=(
            _("Your references for %(position)s at %(organization)s are complete.") % names,
            _("You can read what they answered. The link is yours alone and works for %(days)d days.") % {"days": days},
        ),
        action=Action(_("Read the answers"), url),
        after=(_contact(request), _("They were told before they answered that you would read it.")),
        footer=_why(request),
    )


def another_reference(request: ReferenceRequest, reference: Reference, url: str, *, bounced: bool) -> Mail:
    names = {**_names(request), "reference": plain(reference.name)}
    if bounced:
        pattern = _("%(reference)s cannot be reached")
        said = _("Our mail to %(reference)s did not arrive.")
        asked = _("Correct the address, or name somebody else.")
    else:
        pattern = _("%(reference)s cannot give a reference")
        said = _("%(reference)s told us that a reference from them is not possible. That can have many reasons.")
        asked = _("Name somebody else, and we write to them instead.")
    return Mail(
        sender=names["organization"],
        subject=fitted(pattern, reference=initial(reference.name)),
        preheader=_("For %(position)s at %(organization)s. Name somebody else") % names,
        greeting=_("Hello %(first_name)s,") % names,
        paragraphs=(said % names + " " + asked,),
        action=Action(_("Change reference"), url),
        after=(_contact(request),),
        footer=_why(request),
    )


def reference_invitation(request: ReferenceRequest, reference: Reference, url: str) -> Mail:
    names = {**_names(request), "reference": plain(reference.first_name)}
    count, minutes = request.version.survey_version.questions.count(), request.version.survey_version.minutes
    parts = {**names, "count": count, "minutes": minutes}
    if request.candidate_sees_answers:
        seen = _("%(first_name)s can read them too, once the request is complete.")
    else:
        seen = _("%(first_name)s does not see them here.")
    return Mail(
        sender=names["organization"],
        subject=fitted(_("%(candidate)s asks you for a reference"), candidate=names["candidate"]),
        preheader=_("%(count)d questions, about %(minutes)d minutes, on your phone or computer") % parts,
        greeting=_("Hello %(reference)s,") % parts,
        paragraphs=(
            _("%(candidate)s has named you as a reference for %(position)s at %(organization)s.") % parts,
            _("There are %(count)d questions. They take about %(minutes)d minutes, and no account is needed.") % parts,
            _("Your answers go, with your name, to the people at %(organization)s who decide about this job.") % parts
            + " "
            + seen % parts
            + " "
            + _("The last day is %(due)s.") % parts,
        ),
        action=Action(_("Give reference"), url),
        after=(_contact(request), _not_you_reference()),
        footer=_why_reference(request),
    )


def reference_link(request: ReferenceRequest, reference: Reference, url: str) -> Mail:
    names = {**_names(request), "reference": plain(reference.first_name)}
    return Mail(
        sender=names["organization"],
        subject=fitted(_("Your link: reference for %(candidate)s"), candidate=names["candidate"]),
        preheader=_("What you have saved is still there. The last day is %(due)s") % names,
        greeting=_("Hello %(reference)s,") % names,
        paragraphs=(
            _("Here is a fresh link to the reference for %(candidate)s, %(position)s at %(organization)s.") % names,
        ),
        action=Action(_("Continue"), url),
        after=(_contact(request), _not_you_reference()),
        footer=_why_reference(request),
    )


def owner_ready(request: ReferenceRequest, *, answered: int, report_url: str) -> Mail:
    names = _names(request)
    wanted = len(places(request.version))
    parts = {**names, "answered": answered, "wanted": wanted}
    counted = _("%(answered)d of %(wanted)d references") % parts
    note = _("The link also goes into the candidate's notes in SmartRecruiters.") if request.connection_id else ""
    closed_early = request.state == RequestState.CLOSED_EARLY
    early = _("It was finished early; who did not answer is listed in it.") if closed_early else ""
    ready = _("The reference report for %(candidate)s, %(position)s, is ready: ") % names
    return Mail(
        subject=fitted(_("Reference report ready: %(candidate)s"), candidate=names["candidate"]),
        preheader=_sentences(f"{names['position']}.", f"{counted}.", note).rstrip("."),
        greeting=_owner_greeting(request),
        paragraphs=(
            _sentences(f"{ready}{counted}.", early),
            _sentences(_("It opens with your sign-in, or with a code that we send to this address."), note),
        ),
        action=Action(_("Open report"), report_url),
        footer=_why_owner(request),
    )


def owner_candidate_declined(request: ReferenceRequest, *, url: str) -> Mail:
    names = _names(request)
    return Mail(
        subject=fitted(_("%(candidate)s does not take part"), candidate=names["candidate"]),
        preheader=_("%(position)s. The request is cancelled, nobody else is written to") % names,
        greeting=_owner_greeting(request),
        paragraphs=(
            _("%(candidate)s told us not to want to take part in the reference check for %(position)s.") % names,
            _("The request is cancelled, and nobody else is written to. No reason was asked for."),
        ),
        action=Action(_("See request"), url),
        footer=_why_owner(request),
    )


def owner_bounced(request: ReferenceRequest, *, url: str) -> Mail:
    names = {**_names(request), "email": request.candidate_email}
    return Mail(
        subject=fitted(_("%(candidate)s cannot be reached"), candidate=names["candidate"]),
        preheader=_("%(position)s. Correct the address, and the request goes on") % names,
        greeting=_owner_greeting(request),
        paragraphs=(
            _("Our mail to %(candidate)s at %(email)s did not arrive, so nobody was asked for references.") % names,
            _("Correct the address, and a new mail goes there at once."),
        ),
        action=Action(_("See request"), url),
        footer=_why_owner(request),
    )


def owner_expired(request: ReferenceRequest, *, url: str) -> Mail:
    names = _names(request)
    return Mail(
        subject=fitted(_("No references came: %(candidate)s"), candidate=names["candidate"]),
        preheader=_("%(position)s. The request ended after its last day") % names,
        greeting=_owner_greeting(request),
        paragraphs=(
            _("Nobody has answered for %(candidate)s, %(position)s, so the request has ended.") % names,
            _("You can ask again by moving the candidate to the step once more."),
        ),
        action=Action(_("See request"), url),
        footer=_why_owner(request),
    )


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


def candidate_minutes(request: ReferenceRequest) -> int:
    """About two minutes for each reference, and the survey where the candidate answers it too."""
    own = request.version.survey_version.minutes if request.version.self_reference else 0
    return 2 * request.version.references_wanted + own


def _names(request: ReferenceRequest) -> dict[str, str]:
    return {
        "organization": plain(request.organization.name),
        "position": plain(request.position),
        "candidate": plain(request.candidate_name),
        "first_name": plain(request.candidate_first_name),
        "owner": plain(request.owner_name),
        "due": day(request.due_at, request.organization.time_zone),
    }


def _wanted(request: ReferenceRequest) -> str:
    """A line for each rule: how many of which relationship, and the note."""
    return "\n".join(
        _sentences(f"• {rule.relationship.label} ({rule.count})" + (":" if rule.note else ""), plain(rule.note))
        for rule in request.version.reference_rules
    )


def _sentences(*parts: str) -> str:
    return " ".join(filter(None, parts))


def _contact(request: ReferenceRequest) -> str:
    return _("Questions? Reply to this mail: it reaches %(owner)s at %(organization)s.") % _names(request)


def _not_you_candidate() -> str:
    return _("Not you, or you do not want to take part? Open the link and choose “I do not want to take part”.")


def _not_you_reference() -> str:
    return _("Not you? Open the link and choose “I am not the right person”. You can also say that you cannot answer.")


def _why(request: ReferenceRequest) -> tuple[str, ...]:
    why = _("You got this mail because %(organization)s started a reference check for %(position)s with your address.")
    return (why % _names(request), _sent_by())


def _why_reference(request: ReferenceRequest) -> tuple[str, ...]:
    why = _("You got this mail because %(candidate)s gave us your address for this one purpose.")
    return (why % _names(request), _sent_by())


def _why_owner(request: ReferenceRequest) -> tuple[str, ...]:
    return (_("You got this mail because the request is in your name at %(organization)s.") % _names(request),)


def _sent_by() -> str:
    return _("Sent by Crosschq.")


def _owner_greeting(request: ReferenceRequest) -> str:
    name = plain(request.owner_name)
    return _("Hello %(name)s,") % {"name": name} if name else _("Hello,")
