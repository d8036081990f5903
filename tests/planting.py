"""Plants markup in every text that an outsider controls or a member types: each column, each leaf of a JSON column.

Columns are discovered, so new ones are covered automatically. Columns that control behavior are excluded by name.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Model

from crosschq.core import clock
from crosschq.core.security.encryption import EncryptedTextField, sealed
from crosschq.messaging.models import Message
from crosschq.tenancy.models import AuditEntry, Organization
from crosschq.tenancy.scope import tenant
from tests.architecture.world import World, make_world
from tests.requests_app.factories import answer, ready_request
from webhooks.decision.outcomes import OUTCOMES
from webhooks.models import InboundEvent

OUR_APPS = (
    *("organizations", "messaging", "connectors", "templates_app", "requests_app", "webhooks", "prospects"),
    *("privacy", "retention"),
)
# Closed sets, keys, hashes, secrets, and what leads to a row: no outsider controls these.
STEERS = {
    *("slug", "time_zone", "color", "logo_digest", "digest", "content_type", "password", "action", "state"),
    *("held_for", "trace_id", "kind", "about_kind", "message_id", "in_reply_to", "provider_id", "quiet_zone"),
    *("vendor", "access_token", "refresh_token", "key", "tag_key", "email_key", "event_name", "outcome", "told"),
    *("provider", "word", "why", "mark", "list_unsubscribe", "delivery", "channel", "language"),
    # Bodies that the product generated: their inputs are planted, and the test reads the emails.
    *("messaging.Message.text", "messaging.Message.html"),
    # The person an export or an erasure is about: ids and hashed keys.
    *("privacy.DataExport.sought", "privacy.Erasure.sought", "privacy.Erasure.left_in_ats"),
    "privacy.ExportPart.content",
    # The page that our code leads back to when a task is done.
    "connectors.BackgroundTask.page",
}
# Empty means that no person asked, which controls behavior; a name is planted.
ONLY_WHERE_FILLED = {"requests_app.Reminder.asked_by"}
# The same as STEERS, within JSON.
JSON_STEERS = {
    *("relationship", "relationships", "kind", "state", "outcome", "result", "role", "at", "uid", "status"),
    "template_uid",
}
ACTS = "<img src=/planted/><b hx-post=/planted/ hx-trigger=load><button formaction=/planted/>https://planted.example/ "
BREAKS_OUT = "'\"><x-p x-p>"
NOTICE = "https://notice.example/'\"><x-p/x-p>"


@dataclass
class Planted:
    """`columns` are by number, which is part of each planted text: ¤12¤."""

    world: World
    columns: dict[int, str] = field(default_factory=dict)
    requests: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)

    def seen_in(self, text: str) -> set[int]:
        return {int(number) for number in re.findall(r"¤(\d+)¤", text)} & set(self.columns)


def planted_world() -> Planted:
    world = make_world()
    ready = ready_request(world.organization, connection=world.connection, ats_job="job-2")
    answer(world.job, 1, words="Very good.")
    planted = Planted(world, requests=[world.job.reference_request.uid, ready.reference_request.uid])
    with tenant(world.organization):
        # Delivered, so that reminders are possible, and previewed.
        Message.objects.update(state="done", finished_at=clock.now())
        planted.events = [world.named["event"], *(_event(world, slug).uid for slug in OUTCOMES)]
    for model in apps.get_models():
        if model._meta.app_label in OUR_APPS:
            _plant(model, planted)
    _plant_audit_log(planted)
    Organization.objects.filter(pk=world.organization.pk).update(privacy_url=NOTICE)
    return planted


def _plant_audit_log(planted: Planted) -> None:
    """The database refuses to change an entry, so a new one contains the texts."""
    texts = {}
    for name in ("before", "after"):
        number = _number(planted.columns, f"organizations.AuditEntry.{name}")
        planted.columns[number] = f"organizations.AuditEntry.{name}"
        texts[name] = f"{BREAKS_OUT}{ACTS}¤{number}¤"
    with tenant(planted.world.organization):
        AuditEntry.objects.create(
            organization=planted.world.organization,
            action="survey.rename",
            before={"name": texts["before"]},
            after={"name": texts["after"]},
        )


def _event(world: World, slug: str) -> InboundEvent:
    """One for each outcome, with every value that its sentences name."""
    outcome = OUTCOMES[slug]
    names = re.findall(r"%\((\w+)\)[sd]", f"{outcome.sentence} {outcome.fix}")
    event: InboundEvent = InboundEvent.objects.create(
        organization=world.organization,
        connection=world.connection,
        event_id=f"event-{slug}",
        event_name="application.status.updated",
        state="done",
        outcome=slug,
        candidate_name="Maya Osei",
        job_title="Backend Engineer",
        asked_by="Dana Ruiz",
        values={**dict.fromkeys(names, "a value"), "template_uid": str(world.named["deleted template"])},
        checks=[{"name": "step", "result": "ok", "detail": "seen"}],
        attempt_log=[{"at": "2026-11-23T10:00:00+00:00", "outcome": slug, "sentence": "Said"}],
    )
    return event


def _plant(model: type[Model], planted: Planted) -> None:
    columns = [each for each in model._meta.concrete_fields if _is_text(each)]
    with tenant(planted.world.organization):
        for row in model._base_manager.all() if columns else ():
            named, texts = dict[int, str](), dict[str, Any]()
            for column in columns:
                name = f"{model._meta.label}.{column.name}"
                if name in ONLY_WHERE_FILLED and not getattr(row, column.name):
                    continue
                number = _number({**planted.columns, **named}, name)
                value = _value(getattr(row, column.name), column, f"¤{number}¤{row.pk}")
                if value is not None:
                    named[number], texts[column.attname] = name, value
            try:
                with transaction.atomic():
                    if model._base_manager.filter(pk=row.pk).update(**sealed(row, texts)):
                        planted.columns |= named
            except IntegrityError as refused:
                if "tombstone_is_empty" not in str(refused):
                    raise


def _is_text(column: Any) -> bool:
    kinds = (models.CharField, models.TextField, models.JSONField, EncryptedTextField)
    steers = {column.name, f"{column.model._meta.label}.{column.name}"} & STEERS
    return isinstance(column, kinds) and not column.choices and not steers


def _number(columns: dict[int, str], name: str) -> int:
    return {column: number for number, column in columns.items()}.get(name, len(columns) + 1)


def _value(old: Any, column: Any, mark: str) -> Any:
    if isinstance(column, models.JSONField):
        return _in_json(old, BREAKS_OUT + ACTS + mark)
    if isinstance(old, str) and old.startswith(("{", "[")):  # JSON in a text column, encrypted for example
        return json.dumps(_in_json(json.loads(old), BREAKS_OUT + ACTS + mark))
    room = column.max_length or 10_000
    whole, least = BREAKS_OUT + ACTS + mark, BREAKS_OUT + mark
    text = whole if len(whole) <= room else least
    return text if len(text) <= room else None


def _in_json(old: Any, text: str) -> Any:
    if isinstance(old, str):
        return text
    if isinstance(old, list):
        return [_in_json(item, text) for item in old]
    if isinstance(old, dict):
        return {key: item if key in JSON_STEERS else _in_json(item, text) for key, item in old.items()}
    return old


def acting(html: str) -> list[str]:
    """Planted markup that became active, and links that only a planted text can contain."""
    page: Element = html5lib.parse(html, namespaceHTMLElements=False)
    found = []
    for element in page.iter():
        if element.tag == "x-p" or "x-p" in element.attrib:
            found.append(f"<{element.tag}>")
        for name, value in element.attrib.items():
            leads = name in ("href", "src", "action", "formaction", "content", "style") or name.startswith("hx-")
            if leads and ("planted" in value and not _is_form_value(element)):
                found.append(f"{element.tag} {name}={value[:60]}")
            if name in ("href", "src") and value.strip().lower().startswith(("javascript:", "data:")):
                found.append(f"{element.tag} {name}={value[:60]}")
    return found


def _is_form_value(element: Element) -> bool:
    """A link to one of our pages may have encoded text in its query, such as a search. So may mailto:."""
    where = element.get("href") or element.get("action") or ""
    if re.fullmatch(r"mailto:[\w@%./+~-]*", where):
        return True
    return where.startswith(("?", "/")) and "planted" not in where.partition("?")[0]


def leading_elsewhere(html: str) -> list[str]:
    """Links in an email that do not lead to us, or to the organization's privacy notice."""
    page: Element = html5lib.parse(html, namespaceHTMLElements=False)
    links = [link.get("href", "") for link in page.iter("a")]
    return [link for link in links if not link.startswith((f"{settings.BASE_URL}/", "https://notice.example/"))]
