"""Previews of a request's emails before it exists: the same text, but no rows, no secret links, and nothing sent."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crosschq.messaging.content.email import Email
from requests_app.candidate.slots import slots
from requests_app.models import Reference, ReferenceRequest
from requests_app.notifications import email_content
from requests_app.notifications.send import absolute
from requests_app.start.start import CandidateInfo

EXAMPLE_CANDIDATE = CandidateInfo("Alex", "Example", "alex@candidate.example")
EXAMPLE_REFERENCE = "Robin Example"
LINK_PLACEHOLDER = "…"  # the secret link is created with the email


@dataclass(frozen=True)
class EmailPreview:
    """An email with its time and recipient."""

    when: str
    to: str
    email: Email


def email_previews(reference_request: ReferenceRequest) -> list[EmailPreview]:
    """Return one email of each kind for a draft request. Call inside `tenant()`."""
    of_candidate, of_reference, report = (absolute(f"/{part}/{LINK_PLACEHOLDER}/") for part in ("c", "r", "reports"))
    requested = slots(reference_request.version)
    relationships = ", ".join(dict.fromkeys(slot.label for slot in requested))
    reference = Reference(reference_request=reference_request, slot=1, name=EXAMPLE_REFERENCE)
    return [
        EmailPreview(
            _("Immediately"),
            _("The candidate, here %(name)s") % {"name": reference_request.candidate_name},
            email_content.candidate_invitation(reference_request, of_candidate),
        ),
        EmailPreview(
            _("When the candidate has named them"),
            ngettext(
                "The reference (%(relationships)s), here %(name)s",
                "Each of %(count)d references (%(relationships)s), here %(name)s",
                len(requested),
            )
            % {"count": len(requested), "relationships": relationships, "name": EXAMPLE_REFERENCE},
            email_content.reference_invitation(reference_request, reference, of_reference),
        ),
        EmailPreview(
            _("When all references are in"),
            f"{reference_request.owner_name} <{reference_request.owner_email}>",
            email_content.owner_ready(reference_request, answered=len(requested), report_url=report),
        ),
    ]
