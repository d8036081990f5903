"""The mails of a request before there is one: the same words, no row, no secret link, nothing sent."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from crosschq.messaging.mail import Mail

from . import mails
from .models import Reference, ReferenceRequest
from .places import places
from .posting import absolute
from .start import CandidateInfo

PRETENDED = CandidateInfo("Alex", "Example", "alex@candidate.example")
REFERENCE = "Robin Example"
NO_LINK = "…"  # a secret link is made when the mail is


@dataclass(frozen=True)
class Previewed:
    """A mail: when it would go, and to whom."""

    when: str
    to: str
    mail: Mail


def previews(request: ReferenceRequest) -> list[Previewed]:
    """Of a drafted request, one mail of each kind. Call inside `tenant()`."""
    of_candidate, of_reference, report = (absolute(f"/{part}/{NO_LINK}/") for part in ("c", "r", "reports"))
    wanted = places(request.version)
    relationships = ", ".join(dict.fromkeys(place.label for place in wanted))
    reference = Reference(request=request, place=1, name=REFERENCE)
    return [
        Previewed(
            _("At once"),
            _("The candidate, here %(name)s") % {"name": request.candidate_name},
            mails.candidate_invitation(request, of_candidate),
        ),
        Previewed(
            _("When the candidate has named them"),
            _("Each of %(count)d references (%(relationships)s), here %(name)s")
            % {"count": len(wanted), "relationships": relationships, "name": REFERENCE},
            mails.reference_invitation(request, reference, of_reference),
        ),
        Previewed(
            _("When all references are in"),
            f"{request.owner_name} <{request.owner_email}>",
            mails.owner_ready(request, answered=len(wanted), report_url=report),
        ),
    ]
