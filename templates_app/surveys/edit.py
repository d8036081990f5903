"""Creating, publishing, and deleting surveys. Call inside `tenant(organization)`. Every change is audited."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg2
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.tenancy.audit import record
from crosschq.tenancy.models import Organization, User
from templates_app.models import (
    ONE_SURVEY_PER_NAME,
    RESTORE_DAYS,
    DraftQuestion,
    Question,
    RequestTemplate,
    Survey,
    SurveyItem,
    SurveyVersion,
    TemplateVersion,
)
from templates_app.request_templates import edit
from templates_app.surveys import draft_questions, queries
from templates_app.surveys.audience import RELATIONSHIPS, max_minutes, pages_for
from templates_app.surveys.builtin import BUILTIN_SURVEYS
from templates_app.surveys.draft_questions import copies, values_of

DOUBLE_PRESS = timedelta(minutes=1)
NAME_CHARACTERS = 120


class NameTaken(Exception):
    """Another live survey of the organization, or a built-in one, has this name."""


class InUse(Exception):
    """Templates use this survey, so it can't be deleted."""

    def __init__(self, templates: Sequence[RequestTemplate]) -> None:
        super().__init__(f"used by {len(templates)} templates")
        self.templates = tuple(templates)


class NotReady(Exception):
    """The draft can't be published. problems: sentences for the editor."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class PublishResult:
    """The version and the templates that now use it. is_new: False if nothing had changed."""

    version: SurveyVersion
    templates: tuple[RequestTemplate, ...]
    is_new: bool


def create_survey(
    *, organization: Organization, actor: User | None, name: str, start: Sequence[SurveyItem] = ()
) -> Survey:
    """Create a survey with these questions in its draft. A double click returns the survey of the first click.

    Raises NameTaken.
    """
    _refuse_built_in_name(name)
    survey = Survey(organization=organization, name=name)
    survey.key = str(survey.uid)
    try:
        with _one_per_name():
            survey.save()
    except NameTaken:
        holder = Survey.objects.filter(name__iexact=name, built_in=False, deleted_at__isnull=True).first()
        if holder and holder.name == name and holder.created_at > clock.now() - DOUBLE_PRESS:
            return holder
        raise
    DraftQuestion.objects.bulk_create(copies(start, survey))
    record(
        organization=organization,
        actor=actor,
        action="survey.create",
        after=_texts(survey, start),
    )
    return survey


def duplicate_survey(
    *, organization: Organization, actor: User | None, name: str, start: Sequence[SurveyItem]
) -> Survey:
    """Create a copy with the first free name: `General survey, copy`, `General survey, copy 2`."""
    taken = {name.casefold() for name in Survey.objects.filter(deleted_at__isnull=True).values_list("name", flat=True)}
    number = 1
    while (copy_name := _copy_name(name, number)).casefold() in taken:
        number += 1
    return create_survey(organization=organization, actor=actor, name=copy_name, start=start)


def rename_survey(*, survey: Survey, actor: User | None, name: str) -> None:
    """Rename a survey, including its old versions. Raises NameTaken."""
    _refuse_built_in_name(name)
    survey = locked(survey)
    old = survey.name
    if old == name:
        return
    survey.name = name
    with _one_per_name():
        survey.save(update_fields=["name"])
    record(
        organization=survey.organization,
        actor=actor,
        action="survey.rename",
        before={"name": old},
        after={"name": name},
    )


def publish(*, survey: Survey, actor: User | None) -> PublishResult:
    """Publish the draft. Templates with the survey get a new version too. Open requests keep theirs.

    Writes nothing if nothing changed. Raises NotReady.
    """
    # The same lock order as saving a template: first the template, then its survey.
    edit.lock_templates(survey.organization)
    survey = locked(survey)
    draft = draft_questions.list_for(survey)
    if found := problems(draft):
        raise NotReady(found)
    last = queries.newest_of(survey)
    before = list(Question.objects.filter(version=last)) if last else []
    if last and not differs(draft, before):
        return PublishResult(last, (), is_new=False)
    version: SurveyVersion = SurveyVersion.objects.create(
        organization=survey.organization,
        survey=survey,
        number=last.number + 1 if last else 1,
        minutes=max_minutes(draft),
    )
    queries.write_questions(version, [Question(**values_of(item)) for item in draft])
    templates = edit.adopt_survey_version(version, actor=actor)
    record(
        organization=survey.organization,
        actor=actor,
        action="survey.publish",
        before=_texts(survey, before),
        after={
            **_texts(survey, draft),
            "number": version.number,
            "templates": [template.name for template in templates],
        },
    )
    return PublishResult(version, tuple(templates), is_new=True)


def discard_changes(*, survey: Survey, actor: User | None) -> None:
    """Reset the draft to the published version. Without one, nothing changes."""
    survey = locked(survey)
    last = queries.newest_of(survey)
    if last is None:
        return
    dropped = draft_questions.list_for(survey)
    DraftQuestion.objects.filter(survey=survey).delete()
    DraftQuestion.objects.bulk_create(copies(Question.objects.filter(version=last), survey))
    record(
        organization=survey.organization,
        actor=actor,
        action="survey.discard",
        before=_texts(survey, dropped),
    )


def delete_survey(*, survey: Survey, actor: User | None) -> None:
    """Hide the survey. Answers keep their questions. Deleting it again changes nothing. Raises InUse."""
    survey = Survey.objects.select_for_update().get(pk=survey.pk)
    if survey.deleted_at:
        return
    if users := templates_using(survey):
        raise InUse(users)
    survey.deleted_at = clock.now()
    survey.save(update_fields=["deleted_at"])
    record(
        organization=survey.organization,
        actor=actor,
        action="survey.delete",
        before=_texts(survey, draft_questions.list_for(survey)),
    )


def templates_using(survey: Survey) -> list[RequestTemplate]:
    """The templates whose current version uses this survey, including deleted ones that can be restored."""
    current = (
        TemplateVersion.objects.filter(organization=survey.organization)
        .select_related("template", "survey_version")
        .order_by("template_id", "-number")
        .distinct("template_id")
    )
    since = clock.now() - timedelta(days=RESTORE_DAYS)
    return [
        version.template
        for version in current
        if version.survey_version.survey_id == survey.pk
        and (version.template.deleted_at is None or version.template.deleted_at > since)
    ]


def problems(draft: Sequence[SurveyItem]) -> list[str]:
    """Sentences about what keeps a draft from being published."""
    if not any(not item.is_section for item in draft):
        return [_("There are no questions yet. Add one.")]
    found = []
    if draft[-1].is_section:
        found.append(_("The survey ends with a section text. Move it before a question, or remove it."))
    left_out = [str(each.label) for each in RELATIONSHIPS if not pages_for(draft, str(each))]
    if left_out:
        found.append(
            _("Some references would get no questions: %(relationships)s. Ask everyone at least one question.")
            % {"relationships": ", ".join(left_out)}
        )
    return found


def differs(one: Sequence[SurveyItem], other: Sequence[SurveyItem]) -> bool:
    """Whether the two differ in content or order."""
    return [values_of(item, position=0) for item in one] != [values_of(item, position=0) for item in other]


def locked(survey: Survey) -> Survey:
    """The live survey, locked until the end of the transaction. Raises Survey.DoesNotExist if deleted."""
    found: Survey = Survey.objects.select_for_update().get(pk=survey.pk, deleted_at__isnull=True, built_in=False)
    return found


@contextmanager
def _one_per_name() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        cause = error.__cause__
        if not isinstance(cause, psycopg2.Error) or cause.diag.constraint_name != ONE_SURVEY_PER_NAME:
            raise
        raise NameTaken from error


def _refuse_built_in_name(name: str) -> None:
    if name.casefold() in {built_in.name.casefold() for built_in in BUILTIN_SURVEYS.values()}:
        raise NameTaken


def _copy_name(name: str, number: int) -> str:
    ending = _(", copy") if number == 1 else _(", copy %(number)s") % {"number": number}
    return name[: NAME_CHARACTERS - len(ending)] + ending


def _texts(survey: Survey, items: Sequence[SurveyItem]) -> dict[str, Any]:
    """The texts of the questions, for the audit log."""
    return {"name": survey.name, "questions": [item.text for item in items]}
