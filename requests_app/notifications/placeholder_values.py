"""The placeholder values of messages for one request and one person, in the active language."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crosschq.core.text.names import harmless
from crosschq.core.text.person_names import short_name
from requests_app.models import Reference, ReferenceRequest
from requests_app.reference.survey_questions import own_view_minutes, questions_for
from requests_app.text import day, plain, references_in
from templates_app.surveys.audience import minutes_of, minutes_text, naming_minutes, questions_text


def of_request(reference_request: ReferenceRequest, *, link: str) -> dict[str, str]:
    return {
        "organization": reference_request.organization.name,
        "position": reference_request.position,
        "candidate_name": reference_request.candidate_name,
        "candidate_first_name": short_name(
            reference_request.candidate_first_name, reference_request.candidate_last_name
        ),
        "owner_name": reference_request.owner_name,
        "due_date": day(reference_request.due_at, reference_request.organization.time_zone),
        "link": link,
    }


def for_candidate(reference_request: ReferenceRequest, *, link: str, answered: int = 0) -> dict[str, str]:
    requested = reference_request.version.references_requested
    return {
        **of_request(reference_request, link=link),
        "references": ngettext("%(count)d reference", "%(count)d references", requested) % {"count": requested},
        "references_in": references_in(answered, requested),
        "reference_list": _reference_list(reference_request),
        "minutes": minutes_text(candidate_minutes(reference_request)),
    }


def about_reference(reference_request: ReferenceRequest, reference: Reference, *, link: str) -> dict[str, str]:
    """The values of a message to the candidate about one of their references."""
    return {
        **of_request(reference_request, link=link),
        "reference_name": reference.name,
        "reference_first_name": reference.first_name,
        "reference_company": harmless(reference.company),
    }


def for_reference(reference_request: ReferenceRequest, reference: Reference, *, link: str) -> dict[str, str]:
    asked = questions_for(reference_request, reference)
    return {
        **about_reference(reference_request, reference, link=link),
        "questions": questions_text(len(asked)),
        "minutes": minutes_text(minutes_of(asked)),
    }


def candidate_minutes(reference_request: ReferenceRequest) -> int:
    """The estimated minutes for naming references, plus the survey if the candidate answers it too."""
    return naming_minutes(reference_request.version.references_requested) + own_view_minutes(reference_request)


def _reference_list(reference_request: ReferenceRequest) -> str:
    """A line for each rule: how many references, their relationship, and the note."""
    lines = []
    for rule in reference_request.version.reference_rules:
        parts = {"relationship": rule.relationship.label, "count": rule.count, "note": plain(rule.note)}
        words = _("• %(relationship)s (%(count)d): %(note)s") if rule.note else _("• %(relationship)s (%(count)d)")
        lines.append(words % parts)
    return "\n".join(lines)
