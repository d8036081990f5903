"""Creating, editing, deleting, and restoring templates. Call inside `tenant(organization)`. Every change is audited."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg2
from django.db import IntegrityError, transaction

from crosschq.core import clock
from crosschq.tenancy.audit import record
from crosschq.tenancy.models import Organization, User
from templates_app.models import ONE_LIVE_TEMPLATE_PER_TAG, RequestTemplate, SurveyVersion, TemplateVersion
from templates_app.request_templates.template_input import (
    TemplateInput,
    as_input,
    as_json,
    changes,
    for_audit,
    version_columns,
)
from templates_app.surveys import queries
from templates_app.tags import tag_key

PER_VERSION_FIELDS = ("id", "uid", "number", "survey_version_id", "created_at", "saved_by_id")  # of each version
DOUBLE_PRESS = timedelta(minutes=1)


class TagTaken(Exception):
    """Another live template in the organization has this tag."""

    def __init__(self, holder: RequestTemplate | None) -> None:
        self.holder = holder
        super().__init__(str(holder))


class ChangedMeanwhile(Exception):
    """The template has a newer version than the one the edit started from."""

    def __init__(self, current: TemplateVersion) -> None:
        self.current = current
        super().__init__(str(current))


class RestoreEnded(Exception):
    """The template was deleted more than 30 days ago."""


def holder_of_tag(
    *, organization: Organization, tag: str, other_than: RequestTemplate | None = None
) -> RequestTemplate | None:
    """The live template that has this tag, or None."""
    live = RequestTemplate.objects.filter(organization=organization, tag_key=tag_key(tag), deleted_at__isnull=True)
    holder: RequestTemplate | None = live.first()
    return None if holder == other_than else holder


def create_template(
    *, organization: Organization, actor: User | None, template_input: TemplateInput
) -> RequestTemplate:
    """Create a template with its first version. A double click returns the template of the first click.

    Raises TagTaken and NoSuchSurvey.
    """
    template = RequestTemplate(organization=organization, created_at=clock.now())
    _describe(template, template_input)
    try:
        with _one_per_tag(template):
            template.save()
    except TagTaken as taken:
        if taken.holder and _same_press(taken.holder, template_input):
            return taken.holder
        raise
    _add_version(template, template_input, number=1, actor=actor)
    record(
        organization=organization,
        actor=actor,
        action="template.create",
        after=for_audit(as_json(template_input)),
    )
    return template


def edit_template(
    *, template: RequestTemplate, actor: User | None, template_input: TemplateInput, based_on: int | None = None
) -> TemplateVersion:
    """Create a new version for future requests, or return the current one if nothing changed.

    Raises TagTaken, NoSuchSurvey, RequestTemplate.DoesNotExist for a deleted template, and ChangedMeanwhile if
    `based_on` isn't the number of the current version.
    """
    template = RequestTemplate.objects.select_for_update().get(pk=template.pk, deleted_at__isnull=True)
    current = template.current
    before = as_input(current)
    survey_version = queries.current_version(template.organization, template_input.survey)
    if before == template_input and survey_version == current.survey_version:
        return current
    if based_on not in (None, current.number):
        raise ChangedMeanwhile(current)
    with _one_per_tag(template):
        _describe(template, template_input)
        template.save()
    version = _add_version(template, template_input, number=current.number + 1, actor=actor)
    old, new = changes(before, template_input)
    record(
        organization=template.organization,
        actor=actor,
        action="template.edit",
        before=for_audit(old),
        after={**for_audit(new), "template": template.name, "number": version.number},
    )
    return version


def delete_template(*, template: RequestTemplate, actor: User | None) -> None:
    """Hide the template and free its tag. Open requests keep their versions. Deleting it again changes nothing."""
    template = RequestTemplate.objects.select_for_update().get(pk=template.pk)
    if template.deleted_at:
        return
    template.deleted_at = clock.now()
    template.save(update_fields=["deleted_at"])
    record(
        organization=template.organization,
        actor=actor,
        action="template.delete",
        before=for_audit(as_json(as_input(template.current))),
    )


def restore_template(*, template: RequestTemplate, actor: User | None) -> None:
    """Undo a deletion. Raises TagTaken if another template has the tag now, and RestoreEnded after 30 days."""
    template = RequestTemplate.objects.select_for_update().get(pk=template.pk)
    if not template.deleted_at:
        return
    if not template.is_restorable:
        raise RestoreEnded
    with _one_per_tag(template):
        template.deleted_at = None
        template.save(update_fields=["deleted_at"])
    record(
        organization=template.organization,
        actor=actor,
        action="template.restore",
        after=for_audit(as_json(as_input(template.current))),
    )


def lock_templates(organization: Organization) -> None:
    """Lock all live templates of the organization until the end of the transaction."""
    live = RequestTemplate.objects.filter(organization=organization, deleted_at__isnull=True)
    list(live.order_by("pk").select_for_update().values_list("pk"))


def adopt_survey_version(survey_version: SurveyVersion, *, actor: User | None) -> list[RequestTemplate]:
    """Create a version of each live template with an older version of this survey. Open requests keep theirs."""
    current = (
        TemplateVersion.objects.filter(organization=survey_version.organization, template__deleted_at__isnull=True)
        .select_related("template", "survey_version")
        .order_by("template_id", "-number")
        .distinct("template_id")
    )
    affected = [version for version in current if version.survey_version.survey_id == survey_version.survey_id]
    TemplateVersion.objects.bulk_create(
        TemplateVersion(
            **_values(version), number=version.number + 1, survey_version_id=survey_version.pk, saved_by=actor
        )
        for version in affected
    )
    return [version.template for version in affected]


def _values(version: TemplateVersion) -> dict[str, Any]:
    """The settings of a version without its survey."""
    fields = (field.attname for field in TemplateVersion._meta.concrete_fields)
    return {name: getattr(version, name) for name in fields if name not in PER_VERSION_FIELDS}


@contextmanager
def _one_per_tag(template: RequestTemplate) -> Iterator[None]:
    # Two people may save the same tag at the same time, which only the database can detect.
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        cause = error.__cause__
        if not isinstance(cause, psycopg2.Error) or cause.diag.constraint_name != ONE_LIVE_TEMPLATE_PER_TAG:
            raise
        holder = holder_of_tag(organization=template.organization, tag=template.ats_tag, other_than=template)
        raise TagTaken(holder) from error


def _describe(template: RequestTemplate, template_input: TemplateInput) -> None:
    template.name = template_input.name
    template.ats_tag = template_input.ats_tag.strip()
    template.tag_key = tag_key(template_input.ats_tag)
    template.description = template_input.description


def _add_version(
    template: RequestTemplate, template_input: TemplateInput, *, number: int, actor: User | None
) -> TemplateVersion:
    version: TemplateVersion = TemplateVersion.objects.create(
        organization=template.organization,
        template=template,
        number=number,
        survey_version=queries.current_version(template.organization, template_input.survey),
        **version_columns(template_input),
        saved_by=actor,
    )
    return version


def _same_press(template: RequestTemplate, template_input: TemplateInput) -> bool:
    return template.created_at > clock.now() - DOUBLE_PRESS and as_input(template.current) == template_input
