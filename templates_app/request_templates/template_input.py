"""The settings of a template as one value, for forms, comparisons and the audit log."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from crosschq.tenancy import audit
from templates_app.models import REMINDER_DAYS, TemplateVersion
from templates_app.request_templates.messages import StoredMessages
from templates_app.request_templates.rules import WHEN_ALL_ARE_IN, FinishRule, ReferenceRule, to_json
from templates_app.surveys.builtin import GENERAL


@dataclass(frozen=True, kw_only=True)
class TemplateInput:
    """The settings of a template.

    position: empty means the job title. survey: the key of a survey. due_days: 1 to 30. reminder_days: up to three days
    after the invitation, ascending; empty means no reminders. messages: custom texts as returned by
    `messages.normalized`.
    """

    name: str
    ats_tag: str
    rules: tuple[ReferenceRule, ...]
    description: str = ""
    position: str = ""
    survey: str = GENERAL.key
    due_days: int = 14
    reminder_days: tuple[int, ...] = REMINDER_DAYS
    self_reference: bool = True
    hiring_manager_name: str = ""
    hiring_manager_email: str = ""
    job_hiring_managers: bool = False
    notify_hiring_managers: bool = False
    finish: FinishRule = WHEN_ALL_ARE_IN
    messages: StoredMessages = field(default_factory=dict)
    text_messages_enabled: bool = False


def as_input(version: TemplateVersion) -> TemplateInput:
    """The input that would create this version, with the template's current tag and description."""
    return TemplateInput(
        name=version.name,
        ats_tag=version.template.ats_tag,
        description=version.template.description,
        position=version.position,
        survey=version.survey_version.survey.key,
        due_days=version.due_days,
        reminder_days=tuple(version.reminder_days),
        self_reference=version.self_reference,
        hiring_manager_name=version.hiring_manager_name,
        hiring_manager_email=version.hiring_manager_email,
        job_hiring_managers=version.job_hiring_managers,
        notify_hiring_managers=version.notify_hiring_managers,
        finish=version.finish_rule,
        rules=version.reference_rules,
        messages=version.messages,
        text_messages_enabled=version.text_messages_enabled,
    )


def version_columns(template_input: TemplateInput) -> dict[str, Any]:
    """The columns of a version with these settings: the opposite of `as_input`, without the survey."""
    return {
        "name": template_input.name,
        "position": template_input.position,
        "due_days": template_input.due_days,
        "reminder_days": list(template_input.reminder_days),
        "self_reference": template_input.self_reference,
        "hiring_manager_name": template_input.hiring_manager_name,
        "hiring_manager_email": template_input.hiring_manager_email,
        "job_hiring_managers": template_input.job_hiring_managers,
        "notify_hiring_managers": template_input.notify_hiring_managers,
        "finish_answers": template_input.finish.answers,
        "finish_relationship": template_input.finish.relationship,
        "finish_days": template_input.finish.days,
        "rules": to_json(template_input.rules),
        "messages": template_input.messages,
        "text_messages_enabled": template_input.text_messages_enabled,
    }


def as_json(template_input: TemplateInput) -> dict[str, Any]:
    """A JSON-serializable dict, for forms."""
    return {
        **asdict(template_input),
        "rules": to_json(template_input.rules),
        "reminder_days": list(template_input.reminder_days),
    }


def for_audit(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings from `as_json` for the audit log, which names nobody."""
    return audit.impersonal(settings, addresses=["hiring_manager_email"], names=["hiring_manager_name"])


def changes(before: TemplateInput, after: TemplateInput) -> tuple[dict[str, Any], dict[str, Any]]:
    """The old and new values of the settings that differ."""
    old, new = as_json(before), as_json(after)
    names = [name for name in old if old[name] != new[name]]
    return {name: old[name] for name in names}, {name: new[name] for name in names}
