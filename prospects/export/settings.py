"""Changes to the export settings and the two export switches, each recorded in the audit log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.text.characters import comparison_key, trim
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from prospects.export import on_opt_in, runs
from prospects.export_options import options
from prospects.export_options import refresh as options_refresh
from prospects.export_options.options import CachedOptions, SourceOption
from prospects.models import ExportSettings, settings_of

MAX_TAG_LENGTH = 50  # limit of the ATS
MAX_TAGS = 100


@dataclass(frozen=True)
class ExportSettingsInput:
    """Values submitted with the form. `source` may no longer be listed in the ATS."""

    type_label: str
    source: SourceOption
    jobs: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]


def normalize_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Trimmed tags without case-insensitive duplicates; the first spelling wins."""
    by_key: dict[str, str] = {}
    for tag in tags:
        words = " ".join(trim(tag).split())
        if words:
            by_key.setdefault(comparison_key(words), words)
    return tuple(by_key.values())


def save(*, connection: Connection, submitted: ExportSettingsInput, actor: User) -> ExportSettings:
    """Save, and release what waited for valid settings if these are valid. Call inside `tenant()`."""
    settings = settings_of(connection)
    before = audit_fields(settings)
    settings.source_type_id, settings.source_type_label = submitted.source.type_id, submitted.type_label
    settings.source_subtype_id = submitted.source.subtype_id
    settings.source_id, settings.source_label = submitted.source.id, submitted.source.label
    settings.jobs = [{"id": job_id, "title": title} for job_id, title in submitted.jobs]
    settings.tags = list(submitted.tags)
    settings.saved_at = clock.now()
    options.update_problem(settings, CachedOptions.load(settings))
    settings.save()
    options.add_known_tags(settings, submitted.tags)
    run = runs.current(settings)
    if run:
        runs.follow_settings(settings, run)
    _record(settings, actor, "export.settings", before)
    return settings


def audit_fields(settings: ExportSettings) -> dict[str, object]:
    """The settings as the audit log stores them."""
    return {
        "source": " / ".join(filter(None, (settings.source_type_id, settings.source_subtype_id, settings.source_id))),
        "jobs": [title for _id, title in settings.targets if title],
        "tags": settings.tags,
        "existing": settings.existing_on,
        "new": settings.new_on,
    }


def switch_new(*, connection: Connection, on: bool, actor: User) -> ExportSettings:
    """Turn automatic export on or off. Off also cancels new opt-ins that are still queued. Call inside `tenant()`."""
    settings = settings_of(connection)
    if on:
        _refresh_if_due(settings)
    else:
        on_opt_in.cancel_automatic(settings)
    if settings.new_on != on:
        before = audit_fields(settings)
        settings.new_on = on
        settings.save(update_fields=["new_on"])
        _record(settings, actor, "export.new", before)
    return settings


def switch_existing(*, connection: Connection, on: bool, actor: User) -> ExportSettings:
    """Turn the first switch on or off. Off stops a run in progress; on starts none. Call inside `tenant()`.

    See `runs.start_after_check`.
    """
    settings = settings_of(connection)
    if on:
        _refresh_if_due(settings)
    if settings.existing_on != on:
        before = audit_fields(settings)
        settings.existing_on = on
        settings.save(update_fields=["existing_on"])
        _record(settings, actor, "export.existing", before)
    run = runs.current(settings)
    if run and not on:
        runs.stop(run)
    return settings


def connection_ended(connection: Connection, actor: User) -> None:
    """Turn off both switches, so that nothing is exported automatically after a reconnect. Call inside `tenant()`."""
    if ExportSettings.objects.filter(connection=connection).exists():
        switch_existing(connection=connection, on=False, actor=actor)
        switch_new(connection=connection, on=False, actor=actor)


def _refresh_if_due(settings: ExportSettings) -> None:
    """Load options and detect a missing permission before anyone opens the settings."""
    reading = options_refresh.latest(settings)
    if options_refresh.is_due(settings, reading):
        options_refresh.enqueue(settings.connection)


def _record(settings: ExportSettings, actor: User, action: str, before: dict[str, object]) -> None:
    audit.record(
        organization=settings.organization,
        actor=actor,
        action=action,
        before=before,
        after=audit_fields(settings),
    )


def too_long(tags: Sequence[str]) -> list[str]:
    return [tag for tag in tags if len(tag) > MAX_TAG_LENGTH]
