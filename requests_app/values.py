"""What stands behind the placeholders of a message, for one request and one person, in the active language."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crosschq.core.names import harmless
from templates_app.asking import minutes_of

from .asked import own_view_minutes, questions_for
from .models import Reference, ReferenceRequest
from .wording import day, plain


def of_request(request: ReferenceRequest, *, link: str) -> dict[str, str]:
    return {
        "organization": request.organization.name,
        "position": request.position,
        "candidate_name": request.candidate_name,
        "candidate_first_name": request.candidate_first_name,
        "owner_name": request.owner_name,
        "due_date": day(request.due_at, request.organization.time_zone),
        "link": link,
    }


def for_candidate(request: ReferenceRequest, *, link: str, answered: int = 0) -> dict[str, str]:
    wanted = request.version.references_wanted
    return {
        **of_request(request, link=link),
        "references": ngettext("%(count)d reference", "%(count)d references", wanted) % {"count": wanted},
        "references_in": references_in(answered, wanted),
        "wanted_list": _wanted_list(request),
        "minutes": _minutes(candidate_minutes(request)),
    }


def about_reference(request: ReferenceRequest, reference: Reference, *, link: str) -> dict[str, str]:
    """Of a message to the candidate about somebody."""
    return {
        **of_request(request, link=link),
        "reference_name": reference.name,
        "reference_first_name": reference.first_name,
        "reference_company": harmless(reference.company),
    }


def for_reference(request: ReferenceRequest, reference: Reference, *, link: str) -> dict[str, str]:
    asked = questions_for(request, reference)
    return {
        **about_reference(request, reference, link=link),
        "questions": ngettext("%(count)d question", "%(count)d questions", len(asked)) % {"count": len(asked)},
        "minutes": _minutes(minutes_of(asked)),
    }


def references_in(answered: int, wanted: int) -> str:
    """For example "2 of 3 references"."""
    words = ngettext("%(answered)d of %(wanted)d reference", "%(answered)d of %(wanted)d references", wanted)
    return words % {"answered": answered, "wanted": wanted}


def candidate_minutes(request: ReferenceRequest) -> int:
    """About two minutes for each reference, and the survey where the candidate answers it too."""
    return 2 * request.version.references_wanted + own_view_minutes(request)


def _minutes(count: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}


def _wanted_list(request: ReferenceRequest) -> str:
    """A line for each rule: how many of which relationship, and the note."""
    lines = []
    for rule in request.version.reference_rules:
        parts = {"relationship": rule.relationship.label, "count": rule.count, "note": plain(rule.note)}
        words = _("• %(relationship)s (%(count)d): %(note)s") if rule.note else _("• %(relationship)s (%(count)d)")
        lines.append(words % parts)
    return "\n".join(lines)
