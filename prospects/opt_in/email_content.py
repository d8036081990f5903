"""What our mails about prospects say. They are no part of a reference, and each shows the way out."""

from django.utils import timezone
from django.utils.translation import gettext as _

from crosschq.core.text.names import harmless
from crosschq.core.text.time_zones import find_time_zone
from crosschq.messaging.content.email import Action, Email
from prospects.models import Prospect
from prospects.opt_in.consent import CURRENT, consent_text
from requests_app.text import day, fitted, plain


def receipt(prospect: Prospect, *, url: str) -> Email:
    names = _names(prospect)
    return Email(
        sender=names["organization"],
        subject=fitted(_("You asked %(organization)s to keep your details"), organization=names["organization"]),
        preheader=_("What we stored, and how to remove it"),
        greeting=_greeting(prospect),
        paragraphs=(
            _("After your reference you asked to hear from %(organization)s about jobs. You ticked:") % names,
            f"“{_words(prospect)}”",
            _("This is what we stored, until %(ends)s:") % names,
            stored_lines(prospect),
        ),
        action=Action(_("See or remove"), url),
        after=(
            _("Not you, or changed your mind? Open the link and press “Remove my details”. They are gone at once."),
            _("This has nothing to do with the reference that you gave, which stays with its request."),
        ),
        footer=_why(names),
    )


def renewal(prospect: Prospect, *, url: str) -> Email:
    names = _names(prospect)
    return Email(
        sender=names["organization"],
        subject=fitted(_("Should %(organization)s keep your details?"), organization=names["organization"]),
        preheader=_("Without an answer they are deleted on %(ends)s") % names,
        greeting=_greeting(prospect),
        paragraphs=(
            _("A year ago you asked to hear from %(organization)s about jobs. That ends on %(ends)s.") % names,
            _(
                "To keep your details, open the link and press “Keep for another 12 months”. If you do nothing, they "
                "are deleted."
            ),
        ),
        action=Action(_("Keep or remove"), url),
        footer=_why(names),
    )


def delete_candidate(tombstone: Prospect, *, name: str, url: str) -> Email:
    return Email(
        subject=_("Delete a former prospect in SmartRecruiters"),
        preheader=_("One candidate there came from our export and is no longer to be kept"),
        greeting=_hello(name),
        paragraphs=(
            _(
                "Somebody who opted in to hear about jobs is no longer a prospect, and everything about that "
                "person is deleted here. The export created a candidate in SmartRecruiters, with this id:"
            ),
            tombstone.ats_candidate_id,
            _("Delete it there, unless that person has applied on their own. Then note it on the page below."),
        ),
        action=Action(_("See what to delete"), url),
    )


def search_candidate(tombstone: Prospect, *, person: str, name: str, url: str) -> Email:
    time_zone = tombstone.organization.time_zone
    attempted_at = timezone.localtime(tombstone.ats_attempted_at, find_time_zone(time_zone))
    when = {"day": day(attempted_at, time_zone, with_year=True), "time": f"{attempted_at:%H:%M}", "zone": time_zone}
    return Email(
        subject=_("Look for a former prospect in SmartRecruiters"),
        preheader=_("The export may have made a candidate there who is no longer to be kept"),
        greeting=_hello(name),
        paragraphs=(
            _(
                "Someone who had opted in to hear about jobs has left, and everything about that person is deleted "
                "here. The export had just asked SmartRecruiters for a candidate, and its answer was lost. If there "
                "is one, it was added on %(day)s at about %(time)s (%(zone)s)."
            )
            % when,
            *([_("This is whom to look for:"), plain(person)] if person else []),
            _("If you find one, delete it, unless that person has applied too. Then note it on the page below."),
        ),
        action=Action(_("See what to delete"), url),
    )


def linked_candidate(candidate_id: str, *, name: str) -> Email:
    return Email(
        subject=_("A former prospect is in SmartRecruiters"),
        preheader=_("The candidate was there before our export, which may have added tags"),
        greeting=_hello(name),
        paragraphs=(
            _(
                "Someone who had opted in to hear about jobs has left, and everything about that person is deleted "
                "here. The export found a candidate who was in SmartRecruiters before, with this id:"
            ),
            candidate_id,
            _(
                "The candidate stays. The export may have added tags and details of the opt-in to the profile: "
                "remove them there."
            ),
        ),
    )


def stored_lines(prospect: Prospect) -> str:
    """What is stored about somebody, a line each."""
    return "\n".join(f"• {label}: {value}" for label, value in stored(prospect))


def stored(prospect: Prospect) -> list[tuple[str, str]]:
    """The details that were given, with their labels."""
    details = [
        (_("Name"), prospect.name),
        (_("E-mail"), prospect.email),
        (_("Phone"), prospect.phone),
        (_("Employer"), harmless(prospect.employer)),
        (_("Job title"), harmless(prospect.title)),
        (_("Area of interest"), harmless(prospect.area_of_interest)),
    ]
    return [(label, plain(value)) for label, value in details if value]


def _words(prospect: Prospect) -> str:
    newest = prospect.consents.first()
    return newest.text if newest else consent_text(CURRENT, organization=prospect.organization.name)


def _names(prospect: Prospect) -> dict[str, str]:
    organization = prospect.organization
    return {
        "organization": plain(organization.name),
        "ends": day(prospect.ends_at, organization.time_zone, with_year=True),
    }


def _hello(name: str) -> str:
    return _("Hello %(name)s,") % {"name": plain(name)} if name else _("Hello,")


def _greeting(prospect: Prospect) -> str:
    return _("Hello %(first_name)s,") % {"first_name": plain(prospect.first_name)}


def _why(names: dict[str, str]) -> tuple[str, ...]:
    return (
        _("You got this mail because you opted in with this address at %(organization)s.") % names,
        _("Sent by Crosschq."),
    )
