"""Which references are asked to opt in: all who answered, unless excluded by survey and relationship."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from prospects.models import OptInExclusion
from requests_app.models import Reference, ReferenceRequest
from templates_app.models import Survey
from templates_app.surveys.relationships import Relationship

# Relationships of references; "any" exists only for templates.
RELATIONSHIPS = tuple(relationship for relationship in Relationship if relationship is not Relationship.ANY)


def is_asked(reference_request: ReferenceRequest, reference: Reference) -> bool:
    """Whether this reference is asked to opt in. Test requests never ask.

    A reference without a relationship is asked unless every relationship is excluded.
    """
    if reference_request.is_test:
        return False
    off = OptInExclusion.objects.filter(survey__versions=reference_request.version.survey_version_id)
    found = set(off.values_list("relationship", flat=True))
    return reference.relationship not in found and len(found) < len(RELATIONSHIPS)


def exclusions_by_survey() -> Mapping[int, frozenset[str]]:
    """Excluded relationships by survey id."""
    found: dict[int, set[str]] = defaultdict(set)
    for survey_id, relationship in OptInExclusion.objects.values_list("survey_id", "relationship"):
        found[survey_id].add(relationship)
    return {survey_id: frozenset(off) for survey_id, off in found.items()}


def set_audience(*, survey: Survey, asked: Collection[str], actor: User) -> bool:
    """Ask only references with these relationships. Returns whether that changed anything."""
    before = OptInExclusion.objects.filter(survey=survey).values_list("relationship", flat=True)
    was_off, off = set(before), set(RELATIONSHIPS) - set(asked)
    if was_off == off:
        return False
    OptInExclusion.objects.filter(survey=survey).exclude(relationship__in=off).delete()
    OptInExclusion.objects.bulk_create(
        OptInExclusion(organization_id=survey.organization_id, survey=survey, relationship=relationship)
        for relationship in sorted(off - was_off)
    )
    audit.record(
        organization=survey.organization,
        actor=actor,
        action="prospects.question",
        before={"asked": _labels(set(RELATIONSHIPS) - was_off)},
        after={"asked": _labels(set(asked)), "survey": survey.name},
    )
    return True


def _labels(asked: Collection[str]) -> list[str]:
    return [str(relationship.label) for relationship in RELATIONSHIPS if relationship in asked]
