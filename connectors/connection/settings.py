"""Connection settings: the names of the step and field, the fallback owner, the default template, and pausing."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from connectors.company.names import same_name
from connectors.models import Connection
from crosschq.core import clock
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from templates_app.models import RequestTemplate


@dataclass(frozen=True, kw_only=True)
class ConnectionSettings:
    """`step_name` and `field_name` are the names in the ATS. The fallback owner has a name and an email address."""

    step_name: str
    field_name: str
    fallback_owner_name: str
    fallback_owner_email: str


def settings_of(connection: Connection) -> ConnectionSettings:
    return ConnectionSettings(
        step_name=connection.step_name,
        field_name=connection.field_name,
        fallback_owner_name=connection.fallback_owner_name,
        fallback_owner_email=connection.fallback_owner_email,
    )


def change_settings(*, connection: Connection, new: ConnectionSettings, actor: User) -> bool:
    """Store the changed settings. Return True if a name changed and the ATS must be read again.

    Candidates who reached a renamed step earlier won't get a request. Call inside `tenant()`.
    """
    row: Connection = Connection.objects.select_for_update().get(pk=connection.pk)
    old = settings_of(row).__dict__
    changed = {name: value for name, value in new.__dict__.items() if value != old[name]}
    if not changed:
        return False
    if not same_name(row.field_name, new.field_name):
        # The old id would take precedence over the new name.
        row.field_id = ""
    if not same_name(row.step_name, new.step_name) and row.requests_on:
        row.requests_on_since = clock.now()
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=[*changed, "field_id", "requests_on_since"])
    audit.record(
        organization=connection.organization,
        actor=actor,
        action="connector.settings",
        before=_impersonal({name: old[name] for name in changed}),
        after=_impersonal(changed),
    )
    connection.refresh_from_db()
    return bool({"step_name", "field_name"} & set(changed))


def _impersonal(settings: dict[str, str]) -> dict[str, Any]:
    return audit.impersonal(settings, addresses=["fallback_owner_email"], names=["fallback_owner_name"])


@dataclass(frozen=True, kw_only=True)
class DefaultTemplate:
    """A template's uid, and its name for the audit log. No uid: no default template."""

    uid: UUID | None = None
    name: str = ""


def choose_default_template(*, connection: Connection, old: DefaultTemplate, new: DefaultTemplate, actor: User) -> bool:
    """Set the template for jobs with an empty tag. Call inside `tenant()`.

    Returns False if nothing changed, or if `old` is no longer the current setting.
    """
    unchanged = Connection.objects.filter(pk=connection.pk, default_template=old.uid)
    if old.uid == new.uid or not unchanged.update(default_template=new.uid):
        return False
    _record(
        connection,
        actor,
        "connector.default_template",
        before={"default_template": old.name},
        after={"default_template": new.name},
    )
    return True


def pause(*, connection: Connection, actor: User) -> None:
    """Stop events from starting requests. Call inside `tenant()`."""
    if Connection.objects.filter(pk=connection.pk, paused_at=None).update(paused_at=clock.now()):
        _record(connection, actor, "connector.pause")


def resume(*, connection: Connection, actor: User) -> None:
    """Let events start requests again. Candidates moved during the pause need a review. Call inside `tenant()`."""
    row = Connection.objects.select_for_update().get(pk=connection.pk)
    if row.paused_at is None:
        return
    row.paused_at = None
    if row.requests_on:
        row.requests_on_since = clock.now()
    row.save(update_fields=["paused_at", "requests_on_since"])
    _record(connection, actor, "connector.resume")


def _record(
    connection: Connection,
    actor: User,
    action: str,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    audit.record(
        organization=connection.organization,
        actor=actor,
        action=action,
        before=before,
        after=after,
    )


def default_template(connection: Connection) -> RequestTemplate | None:
    """The one set for jobs with an empty tag, deleted or not. Call inside `tenant()`."""
    uid = connection.default_template
    return RequestTemplate.objects.filter(uid=uid).first() if uid else None
