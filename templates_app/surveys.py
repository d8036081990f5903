"""The surveys that a template can use: the built-in one."""

from django.utils.translation import gettext as _

from crosschq.organizations.models import Organization

from . import builtin_survey
from .models import Question, QuestionKind, Survey, SurveyVersion


def choices() -> list[tuple[str, str]]:
    """Key and description of each survey, for a select."""
    about = _("%(name)s: %(count)s questions, about %(minutes)s minutes") % {
        "name": builtin_survey.NAME,
        "count": len(builtin_survey.QUESTIONS),
        "minutes": builtin_survey.MINUTES,
    }
    return [(builtin_survey.KEY, about)]


def publish(organization: Organization, key: str) -> SurveyVersion:
    """The present version of a survey. Raises LookupError for a key that is not among the choices."""
    if key != builtin_survey.KEY:
        raise LookupError(f"there is no survey {key}")
    return publish_builtin(organization)


def publish_builtin(organization: Organization) -> SurveyVersion:
    """The organization's copy of the built-in survey in its present version, written on first use.

    A copy per organization keeps every answer inside the organization's wall, next to the words it was given to.
    """
    survey, __ = Survey.objects.get_or_create(
        organization=organization,
        key=builtin_survey.KEY,
        defaults={"name": builtin_survey.NAME, "built_in": True},
    )
    version: SurveyVersion
    version, created = SurveyVersion.objects.get_or_create(
        organization=organization,
        survey=survey,
        number=builtin_survey.NUMBER,
        defaults={"minutes": builtin_survey.MINUTES},
    )
    if created:
        Question.objects.bulk_create(_questions(version))
    return version


def _questions(version: SurveyVersion) -> list[Question]:
    return [
        Question(
            organization=version.organization,
            version=version,
            key=question.key,
            position=position,
            kind=QuestionKind.RATING if question.labels else QuestionKind.LONG_TEXT,
            text=question.text,
            self_text=question.self_text,
            purpose=question.purpose,
            labels=list(question.labels),
            required=question.required,
            comment_allowed=bool(question.labels),
        )
        for position, question in enumerate(builtin_survey.QUESTIONS, start=1)
    ]
