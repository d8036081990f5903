"""Updates the setup snapshot with what other work finds out between two checks.

This keeps the connection page and the event log consistent.
"""

from dataclasses import asdict
from enum import StrEnum
from functools import cached_property
from typing import Any

from connectors import ats
from connectors.models import Connection, SetupCheck
from connectors.setup import checks, setup_changes
from connectors.setup.checks import FieldSnapshot, SetupSnapshot
from crosschq.tenancy.scope import tenant


class FieldState(StrEnum):
    """The state of the tag field. NOT_PERMITTED: the connection isn't allowed to look it up."""

    USABLE = "usable"
    INACTIVE = "inactive"
    OTHER_CATEGORY = "other_category"
    MISSING = "missing"
    NOT_PERMITTED = "not_permitted"


class TagField:
    """The tag field as it is now in the ATS. Read once, when first needed."""

    def __init__(self, connection: Connection, opened: ats.Ats) -> None:
        self.connection, self.opened = connection, opened
        self.closest = ""  # the closest name if the field is missing, once `state` was read

    @cached_property
    def state(self) -> FieldState:
        """The state of the tag field in the ATS, read once. Raises AtsError."""
        try:
            found = self.opened.job_fields()
        except (ats.Forbidden, ats.NotVisible):
            return FieldState.NOT_PERMITTED
        best = checks.field_named(self.connection.field_name, found)
        self.closest = "" if best else checks.closest_field(self.connection.field_name, found)
        _note_field(self.connection, best, self.closest)
        with tenant(self.connection.organization):
            setup_changes.record(self.connection, job_fields=found)
        if best is None:
            return FieldState.MISSING
        if not best.for_jobs:
            return FieldState.OTHER_CATEGORY
        return FieldState.USABLE if best.active else FieldState.INACTIVE

    @cached_property
    def has_wrong_category(self) -> bool:
        """Whether the field with this name belongs to a category other than jobs. Raises AtsError.

        Makes a call only if the last check found no usable field.
        """
        if self.connection.field_id:
            return False
        with tenant(self.connection.organization):
            last = checks.last(self.connection)
        if last is None or "settings" in last[0].unanswered:
            return False
        return self.state == FieldState.OTHER_CATEGORY


def refresh_webhook(connection: Connection, opened: ats.Ats) -> str:
    """Read and store the webhook's state. Raises AtsError."""
    state = checks.webhook_state(connection, opened)
    record_webhook(connection, state)
    return state


def record_webhook(connection: Connection, state: str) -> None:
    """Store the webhook's state: see SetupSnapshot.webhook."""
    _change(connection, "webhook", webhook=state)


def refresh_step_and_field(connection: Connection, opened: ats.Ats) -> None:
    """Read and store the hiring steps and the tag field. Raises AtsError.

    Anything the connection isn't allowed to look up stays unchanged. Without an earlier check, a full one runs.
    """
    try:
        processes = opened.hiring_processes()
    except (ats.Forbidden, ats.NotVisible):
        processes = None
    TagField(connection, opened).state  # noqa: B018 - reading it stores it
    with tenant(connection.organization):
        was_checked = checks.last(connection) is not None
    if not was_checked:
        checks.read(connection)
    elif processes is not None:
        snapshot = checks.process_snapshots(connection.step_name, processes)
        _change(connection, "processes", processes=[asdict(each) for each in snapshot])
        with tenant(connection.organization):
            setup_changes.record(connection, processes=processes)


def _note_field(connection: Connection, found: ats.JobFieldSetting | None, closest: str) -> None:
    with tenant(connection.organization):
        last = checks.last(connection)
        kept = last[0].job_field if last else None
        snapshot = found and FieldSnapshot.of(found, is_list=kept.is_list if kept else None)
    _change(connection, "settings", job_field=asdict(snapshot) if snapshot else None, closest_field=closest)
    field_id = found.id if found and found.usable else ""
    with tenant(connection.organization):
        named = Connection.objects.filter(pk=connection.pk, field_name=connection.field_name)
        named.update(field_id=field_id)
    connection.field_id = field_id


def _change(connection: Connection, question: str, **answer: Any) -> None:
    """Replace one answer from the last check, if there was one."""
    with tenant(connection.organization):
        row = SetupCheck.objects.select_for_update().filter(connection=connection).first()
        if row is None:
            return
        snapshot = asdict(SetupSnapshot.stored(row.snapshot)) | answer
        snapshot["unanswered"].pop(question, None)
        snapshot["forbidden"] = [each for each in snapshot["forbidden"] if each != question]
        row.snapshot = snapshot
        row.save(update_fields=["snapshot"])
