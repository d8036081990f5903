"""The surveys that a template can use: the built-in ones and the organization's published ones."""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crosschq.core.text.dates import datetime_text
from crosschq.core.ui.choices import told_apart
from crosschq.tenancy.models import Organization
from templates_app.models import Question, Survey, SurveyVersion
from templates_app.surveys.audience import max_minutes, minutes_text
from templates_app.surveys.builtin import BUILTIN_SURVEYS, BuiltinSurvey


class NoSuchSurvey(LookupError):
    """No survey has this key, or it was deleted, or it was never published."""


def choices() -> list[tuple[str, str]]:
    """Key and description of each usable survey, for a select. Call inside `tenant()`. One query."""
    built_in = [(key, _described(each.name, minutes(each)), _("built in")) for key, each in BUILTIN_SURVEYS.items()]
    own = [
        (
            each.survey.key,
            _described(each.survey.name, each.minutes),
            _("your own, published %(when)s") % {"when": datetime_text(each.created_at)},
        )
        for each in newest_versions(built_in=False)
    ]
    return told_apart([*built_in, *own])


def newest_versions(**survey: object) -> list[SurveyVersion]:
    """The newest version of each live survey, by name. One query."""
    conditions = {f"survey__{name}": value for name, value in survey.items()}
    newest = _newest(SurveyVersion.objects.filter(survey__deleted_at__isnull=True, **conditions))
    versions = SurveyVersion.objects.filter(pk__in=newest.values("pk")).select_related("survey")
    return sorted(versions, key=lambda version: version.survey.name.casefold())


def published_questions(some: Sequence[Survey]) -> list[Question]:
    """The questions of the newest version of each survey, in order, with the version. One query."""
    newest = _newest(SurveyVersion.objects.filter(survey__in=some))
    return list(Question.objects.filter(version__in=newest.values("pk")).select_related("version").order_by("position"))


def current_version(organization: Organization, key: str) -> SurveyVersion:
    """The version for a new request. Waits for a concurrent publish or delete. Raises NoSuchSurvey."""
    if key in BUILTIN_SURVEYS:
        return publish_builtin(organization, BUILTIN_SURVEYS[key])
    survey = Survey.objects.select_for_update().filter(key=key, deleted_at__isnull=True, built_in=False).first()
    version: SurveyVersion | None = newest_of(survey) if survey else None
    if version is None:
        raise NoSuchSurvey(key)
    return version


def newest_of(survey: Survey) -> SurveyVersion | None:
    """The newest version of a survey, or None if it was never published."""
    found: SurveyVersion | None = SurveyVersion.objects.filter(survey=survey).order_by("-number").first()
    return found


def questions_of(key: str) -> list[Question]:
    """The current questions of a survey, without writing anything. Raises NoSuchSurvey."""
    if key in BUILTIN_SURVEYS:
        return BUILTIN_SURVEYS[key].rows()
    survey = Survey.objects.filter(key=key, deleted_at__isnull=True).first()
    version = newest_of(survey) if survey else None
    if version is None:
        raise NoSuchSurvey(key)
    return list(Question.objects.filter(version=version))


def publish_builtin(organization: Organization, built_in: BuiltinSurvey) -> SurveyVersion:
    """The organization's copy of a built-in survey, created on first use.

    With a copy per organization, answers and their questions are under the same row-level security.
    """
    survey, __ = Survey.objects.get_or_create(
        organization=organization, key=built_in.key, defaults={"name": built_in.name, "built_in": True}
    )
    version: SurveyVersion
    version, created = SurveyVersion.objects.get_or_create(
        organization=organization,
        survey=survey,
        number=built_in.number,
        defaults={"minutes": minutes(built_in)},
    )
    if created:
        write_questions(version, built_in.rows())
    return version


def write_questions(version: SurveyVersion, questions: Iterable[Question]) -> None:
    """Save the questions of a new version."""
    rows = list(questions)
    for row in rows:
        row.organization, row.version = version.organization, version
    Question.objects.bulk_create(rows)


def minutes(built_in: BuiltinSurvey) -> int:
    return max_minutes(built_in.rows())


def _newest(versions: QuerySet[SurveyVersion]) -> QuerySet[SurveyVersion]:
    """The newest version of each survey."""
    return versions.order_by("survey_id", "-number").distinct("survey_id")


def _described(name: str, needed: int) -> str:
    """For example `General survey, 8 minutes`: short enough for a select on a phone."""
    return _("%(name)s, %(minutes)s") % {"name": name, "minutes": minutes_text(needed)}
