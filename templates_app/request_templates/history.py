"""The versions of a template: describing, comparing, and restoring them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crosschq.messaging.content.catalog import CATALOG
from crosschq.tenancy.models import User
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.request_templates.edit import edit_template
from templates_app.request_templates.messages import PARTS
from templates_app.request_templates.rules import FinishRule, ReferenceRule
from templates_app.request_templates.template_input import as_input
from templates_app.surveys.relationships import Relationship

DEFAULT_LANGUAGE = "en"  # not named next to a message


@dataclass(frozen=True)
class SettingDifference:
    """One setting that differs between two versions. An empty side isn't set."""

    label: str
    before: str
    after: str


def versions_of(template: RequestTemplate) -> list[TemplateVersion]:
    """All versions, newest first. One query."""
    versions = list(template.versions.select_related("survey_version__survey", "saved_by").order_by("-number"))
    for version in versions:
        version.template = template
    return versions


def differences(before: TemplateVersion, after: TemplateVersion) -> list[SettingDifference]:
    """The settings that differ, then the message texts that differ."""
    settings = _changed_values(dict(settings_in_words(before)), dict(settings_in_words(after)), missing="")
    return [
        *settings,
        *_changed_values(dict(custom_texts(before)), dict(custom_texts(after)), missing=_("standard text")),
    ]


def restore_version(
    *, template: RequestTemplate, number: int, actor: User | None, based_on: int | None = None
) -> TemplateVersion:
    """Create a new version with the settings of an old one, the current version of its survey and the current tag.

    Raises TemplateVersion.DoesNotExist, and everything that edit_template raises.
    """
    old = template.versions.select_related("survey_version__survey").get(number=number)
    old.template = template
    return edit_template(template=template, actor=actor, template_input=as_input(old), based_on=based_on)


def settings_in_words(version: TemplateVersion) -> Iterator[tuple[str, str]]:
    """Label and value of each setting. The tag and the description aren't part of a version."""
    survey = version.survey_version
    yield _("Template name"), version.name
    yield _("Position"), version.position or _("The job title")
    yield (
        _("Survey"),
        _("%(name)s, version %(number)s") % {"name": survey.survey.name, "number": survey.number},
    )
    yield _("Due after"), _days(version.due_days)
    yield _("Reminders"), ", ".join(_days(days) for days in version.reminder_days)
    yield _("Self-reference"), _yes_no(version.self_reference)
    yield _("References"), "\n".join(_rule(rule) for rule in version.reference_rules)
    yield _("Report is ready"), finish_in_words(version.finish_rule)
    manager = f"{version.hiring_manager_name} <{version.hiring_manager_email}>" if version.hiring_manager_email else ""
    yield _("Hiring manager"), manager
    yield _("The job's hiring managers"), _yes_no(version.job_hiring_managers)
    yield _("Notify hiring managers"), _yes_no(version.notify_hiring_managers)
    yield _("Text messages"), _yes_no(version.text_messages_enabled)


def custom_texts(version: TemplateVersion) -> Iterator[tuple[str, str]]:
    """Label and text of each custom message part, in the order of the form."""
    names = {"subject": _("email subject"), "text": _("email text"), "sms": _("text message")}
    for kind in CATALOG.values():
        for language, own in sorted(version.messages.get(kind.key, {}).items()):
            message = str(kind.label) if language == DEFAULT_LANGUAGE else f"{kind.label} ({language})"
            for part in PARTS:
                if own.get(part):
                    yield _("%(message)s, %(part)s") % {"message": message, "part": names[part]}, own[part]


def finish_in_words(rule: FinishRule) -> str:
    """For example `After 2 references, one of them: Manager, not before: 10 days`."""
    if not rule.answers:
        return _("When all references are in")
    parts = [
        ngettext("After %(count)s reference", "After %(count)s references", rule.answers) % {"count": rule.answers}
    ]
    if rule.relationship != Relationship.ANY:
        parts.append(_("one of them: %(relationship)s") % {"relationship": rule.relationship.label})
    if rule.days:
        parts.append(_("not before: %(days)s") % {"days": _days(rule.days)})
    return ", ".join(parts)


def _changed_values(old: dict[str, str], new: dict[str, str], *, missing: str) -> list[SettingDifference]:
    labels = dict.fromkeys([*old, *new])
    found = (SettingDifference(label, old.get(label, missing), new.get(label, missing)) for label in labels)
    return [difference for difference in found if difference.before != difference.after]


def _rule(rule: ReferenceRule) -> str:
    words = _("%(relationship)s (%(count)s)") % {"count": rule.count, "relationship": rule.relationship.label}
    if not rule.required:
        words = _("%(words)s, not required") % {"words": words}
    return f"{words}: {rule.note}" if rule.note else words


def _days(count: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


def _yes_no(value: bool) -> str:
    return _("Yes") if value else _("No")
