"""Content of the emails to prospects, and of those about prospects to staff."""

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from crosschq.core.text.names import harmless
from crosschq.core.text.person_names import short_name
from crosschq.core.text.time_zones import find_time_zone
from crosschq.messaging.content.email import Action, Email
from prospects.models import Prospect
from prospects.opt_in.consent import CURRENT, consent_text
from requests_app.text import day, fitted, in_sentence, plain


def receipt(prospect: Prospect, *, url: str) -> Email:
    names = _names(prospect)
    return Email(
        sender=names["organization"],
        subject=fitted(_("You asked %(organization)s to keep your details"), organization=names["organization"]),
        preheader=_("What we stored and how to remove it"),
        greeting=_greeting(prospect),
        paragraphs=(
            _("After giving a reference, you asked to hear from %(organization)s about jobs. You agreed to this:")
            % names,
            f"“{_words(prospect)}”",
            _("Here's what we'll keep until %(ends)s:") % names,
            stored_lines(prospect),
        ),
        action=Action(_("View or remove"), url),
        after=(
            _("Not you, or changed your mind? Open the link and select “Remove my details”."),
            _("This is separate from the reference you gave, which stays with the candidate's request."),
        ),
        footer=_why(names),
    )


def renewal(prospect: Prospect, *, url: str) -> Email:
    names = _names(prospect)
    return Email(
        sender=names["organization"],
        subject=fitted(_("Should %(organization)s keep your details?"), organization=names["organization"]),
        preheader=_("If you don't respond, we'll delete them on %(ends)s") % names,
        greeting=_greeting(prospect),
        paragraphs=(
            _("A year ago, you asked to hear from %(organization)s about jobs. Your consent expires on %(ends)s.")
            % names,
            _(
                "To keep your details, open the link and select “Keep for another 12 months”. If you do nothing, "
                "we'll delete them."
            ),
        ),
        action=Action(_("Keep or remove"), url),
        footer=_why(names),
    )


def delete_candidate(tombstone: Prospect, *, ats: str, name: str, url: str) -> Email:
    return Email(
        subject=_("Delete a former prospect in %(ats)s") % {"ats": ats},
        preheader=_("A candidate created by our export must no longer be kept"),
        greeting=_hello(name),
        paragraphs=(
            _(
                "Someone who opted in to hear about jobs is no longer a prospect, and we've deleted their details. "
                "The export created a candidate in %(ats)s with this id:"
            )
            % {"ats": ats},
            tombstone.ats_candidate_id,
            _("Delete this candidate there unless they have applied on their own. Then mark it in the list."),
        ),
        action=Action(_("View list"), url),
    )


def search_candidate(tombstone: Prospect, *, person: str, ats: str, name: str, url: str) -> Email:
    zone = find_time_zone(tombstone.organization.time_zone)
    attempted_at = timezone.localtime(tombstone.ats_attempted_at, zone)
    when = f"{formats.date_format(attempted_at, 'DATETIME_FORMAT')} {attempted_at.tzname()}"
    return Email(
        subject=_("Look for a former prospect in %(ats)s") % {"ats": ats},
        preheader=_("The export may have created a candidate who must no longer be kept"),
        greeting=_hello(name),
        paragraphs=(
            _(
                "Someone who opted in to hear about jobs has opted out, and we've deleted their details. The export "
                "had just sent them to %(ats)s, and we never got a response. If there is a candidate, it was added "
                "around %(when)s."
            )
            % {"ats": ats, "when": when},
            *([_("Look for this person:"), in_sentence(person)] if person else []),
            _("If you find them, delete the candidate unless they have applied too. Then mark it in the list."),
        ),
        action=Action(_("View list"), url),
    )


def linked_candidate(candidate_id: str, *, ats: str, name: str) -> Email:
    return Email(
        subject=_("A former prospect is still in %(ats)s") % {"ats": ats},
        preheader=_("The candidate existed before our export, which may have added tags"),
        greeting=_hello(name),
        paragraphs=(
            _(
                "Someone who opted in to hear about jobs has opted out, and we've deleted their details. They were "
                "already a candidate in %(ats)s before the export, with this id:"
            )
            % {"ats": ats},
            candidate_id,
            _(
                "Keep this candidate. The export may have added tags and details from the opt-in to their profile: "
                "please remove those in %(ats)s."
            )
            % {"ats": ats},
        ),
    )


def stored_lines(prospect: Prospect) -> str:
    """What we store about a prospect, one line per detail."""
    return "\n".join(f"• {label}: {in_sentence(value)}" for label, value in stored(prospect))


def stored(prospect: Prospect) -> list[tuple[str, str]]:
    """The details they gave, with labels."""
    details = [
        (_("Name"), prospect.name),
        (_("Email"), prospect.email),
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
        "organization": in_sentence(organization.name),
        "ends": day(prospect.ends_at, organization.time_zone, with_year=True),
    }


def _hello(name: str) -> str:
    return _("Hello %(name)s,") % {"name": in_sentence(name)} if name else _("Hello,")


def _greeting(prospect: Prospect) -> str:
    return _hello(short_name(prospect.first_name, prospect.last_name))


def _why(names: dict[str, str]) -> tuple[str, ...]:
    return (
        _("You're getting this email because you opted in at %(organization)s with this address.") % names,
        _("Sent by Crosschq."),
    )
