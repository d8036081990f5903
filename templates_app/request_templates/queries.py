"""Queries for the list of templates. Their number doesn't depend on the number of templates."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from crosschq.core import clock
from crosschq.core.text.characters import comparison_key
from crosschq.core.ui.choices import told_apart
from crosschq.messaging.channels.gateways import text_gateway
from crosschq.tenancy.models import Organization
from templates_app.models import RESTORE_DAYS, RequestTemplate, TemplateVersion
from templates_app.request_templates import messages
from templates_app.request_templates.rules import ReferenceRule, references_requested
from templates_app.surveys.relationships import Relationship

COUNT_LABELS = {
    Relationship.MANAGER: ngettext_lazy("%(count)s manager", "%(count)s managers", "count"),
    Relationship.DIRECT_REPORT: ngettext_lazy("%(count)s direct report", "%(count)s direct reports", "count"),
    Relationship.COWORKER: ngettext_lazy("%(count)s coworker or peer", "%(count)s coworkers or peers", "count"),
    Relationship.CUSTOMER: ngettext_lazy("%(count)s customer or supplier", "%(count)s customers or suppliers", "count"),
    Relationship.MENTOR: ngettext_lazy("%(count)s mentor", "%(count)s mentors", "count"),
    Relationship.ANY: ngettext_lazy(
        "%(count)s of any relationship type", "%(count)s of any relationship type", "count"
    ),
}


def live_versions(organization: Organization, *, also: UUID | None = None) -> list[TemplateVersion]:
    """The current version of each live template, by name. also: the uid of a deleted template to include."""
    listed = Q(template__deleted_at__isnull=True) | (Q(template__uid=also) if also else Q())
    versions = (
        TemplateVersion.objects.filter(listed, organization=organization)
        .select_related("template", "survey_version__survey")
        .order_by("template_id", "-number")
        .distinct("template_id")
    )
    return sorted(versions, key=lambda version: version.name.casefold())


def template_choices(versions: Iterable[TemplateVersion]) -> list[tuple[str, str]]:
    """The uid and name of each template, for a select. Two with one name differ by their tags."""
    return told_apart((str(each.template.uid), each.name, _tag(each.template)) for each in versions)


def named_apart(templates: Iterable[RequestTemplate]) -> dict[str, str]:
    """The same for templates, by uid."""
    return dict(told_apart((str(each.uid), each.name, _tag(each)) for each in templates))


def _tag(template: RequestTemplate) -> str:
    return _("tag “%(tag)s”") % {"tag": template.ats_tag}


def restorable(organization: Organization) -> list[RequestTemplate]:
    """Templates deleted in the last 30 days, last deleted first."""
    since = clock.now() - timedelta(days=RESTORE_DAYS)
    return list(RequestTemplate.objects.filter(organization=organization, deleted_at__gt=since).order_by("-deleted_at"))


def search(versions: Sequence[TemplateVersion], words: str) -> list[TemplateVersion]:
    """The versions with this text in the name, tag or description."""
    search_key = comparison_key(words)
    return [
        version
        for version in versions
        if search_key in comparison_key(f"{version.name}\n{version.template.ats_tag}\n{version.template.description}")
    ]


def problem_of(version: TemplateVersion) -> str:
    """A sentence about what is wrong with this version, or an empty string."""
    if version.survey_version.survey.deleted_at:
        return _("Its survey %(name)s was deleted. Choose another one.") % {"name": version.survey_version.survey.name}
    wrong = [problem for found in messages.problems(version.messages).values() for problem in found if problem.is_error]
    if wrong:
        return _("One of its messages has a problem: %(problem)s") % {"problem": wrong[0].sentence}
    if version.text_messages_enabled and text_gateway() is None:
        return _("Its text messages aren't sent: no carrier is set up.")
    return ""


def rules_in_words(rules: Sequence[ReferenceRule]) -> str:
    """For example `3: 1 manager, 2 of any relationship type`."""
    parts = ", ".join(COUNT_LABELS[rule.relationship] % {"count": rule.count} for rule in rules)
    return _("%(total)s: %(parts)s") % {"total": references_requested(rules), "parts": parts}
