"""Detects that the hiring step or the tag field was renamed, removed, or deactivated in the ATS.

Steps have no ids, only names within their process. So a rename looks like our name missing and another name added to
the process. The last good setup is stored for comparison.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from connectors import admin_alerts, ats
from connectors.company.names import name_key, same_name
from connectors.models import Connection, SetupCheck
from crosschq.core.text.lengths import ATS_LABEL, fitted
from crosschq.core.text.lists import and_list
from crosschq.tenancy.scope import tenant

# Names of other steps. A name that isn't among them costs a call.
OTHER_STEPS_KEPT = 2000
NAMES_SHOWN = 8


class FieldChange(StrEnum):
    RENAMED = "renamed"
    INACTIVE = "inactive"
    OTHER_CATEGORY = "other_category"
    DELETED = "deleted"


@dataclass
class ProcessWithStep:
    """A hiring process that had the step. `steps`: its steps by stage at that time. `new_name`: the step's name now.

    `is_unmistakable`: no other process has a step with the new name, so a move to it is a move to our step.
    """

    name: str
    stage: str
    steps: dict[str, list[str]]
    is_active: bool = True
    is_lost: bool = False
    new_name: str = ""
    is_unmistakable: bool = False


@dataclass
class TrackedField:
    """The tag field by id. `change` is a FieldChange, or empty while the field is usable."""

    id: str
    change: str = ""
    new_name: str = ""


@dataclass
class LastGood:
    """The last good setup under the current names. `emailed`: the losses that admins were emailed about."""

    step_name: str = ""
    field_name: str = ""
    processes: dict[str, ProcessWithStep] = field(default_factory=dict)
    other_steps: list[str] = field(default_factory=list)
    job_field: TrackedField | None = None
    emailed: list[str] = field(default_factory=list)

    @classmethod
    def stored(cls, kept: dict[str, Any]) -> "LastGood":
        found = cls(**kept)
        found.processes = {uid: ProcessWithStep(**process) for uid, process in kept.get("processes", {}).items()}
        found.job_field = TrackedField(**kept["job_field"]) if kept.get("job_field") else None
        return found


@dataclass(frozen=True)
class LostSetup:
    """What is missing now. `new_step_name` is set if every process renamed the step in the same way."""

    step_name: str
    field_name: str
    processes: tuple[ProcessWithStep, ...] = ()
    has_step_elsewhere: bool = False
    job_field: TrackedField | None = None

    def __bool__(self) -> bool:
        return bool(self.processes or self.job_field)

    @property
    def new_step_name(self) -> str:
        names = {name_key(process.new_name): process.new_name for process in self.processes}
        return next(iter(names.values())) if len(names) == 1 and not self.has_step_elsewhere else ""


def lost(connection: Connection) -> LostSetup:
    """Return what is missing according to the last check. Call inside `tenant()`."""
    row: SetupCheck | None = getattr(connection, "setup_check", None)
    return _lost(_last_good(row, connection)) if row else LostSetup(connection.step_name, connection.field_name)


def record(
    connection: Connection,
    *,
    processes: Sequence[ats.HiringProcess] | None = None,
    job_fields: Sequence[ats.JobFieldSetting] | None = None,
    step: str = "",
) -> None:
    """Compare with the last good setup and email admins about new losses. Call inside `tenant()`.

    None means not read. `step` is a step name to remember. Does nothing before the first check.
    """
    row = SetupCheck.objects.select_for_update().filter(connection=connection).first()
    if row is None:
        return
    good = _last_good(row, connection)
    if processes is not None:
        _compare_steps(good, processes)
    if job_fields is not None:
        _compare_field(good, job_fields)
    if step and name_key(step) not in good.other_steps:
        good.other_steps = [*good.other_steps, name_key(step)][-OTHER_STEPS_KEPT:]
    gone = _lost(good)
    keys = _keys(good)
    if set(keys) - set(good.emailed) and connection.requests_on:
        admin_alerts.setup_changed(connection, sentences(gone))
        good.emailed = keys
    else:
        good.emailed = [key for key in good.emailed if key in keys]
    row.last_good = asdict(good)
    row.save(update_fields=["last_good"])
    connection.setup_check = row


def forget_lost_steps(connection: Connection) -> None:
    """Accept that these processes no longer have the step. Call inside `tenant()`."""
    row = SetupCheck.objects.select_for_update().filter(connection=connection).first()
    if row is None:
        return
    good = _last_good(row, connection)
    good.processes = {uid: process for uid, process in good.processes.items() if not process.is_lost}
    good.emailed = [key for key in good.emailed if key in _keys(good)]
    row.last_good = asdict(good)
    row.save(update_fields=["last_good"])


def is_renamed_step(connection: Connection, opened: ats.Ats, step: str) -> bool:
    """Whether `step` is the new name of our step. Raises AtsError.

    Makes a call only for a name that the last read didn't contain.
    """
    row = _setup_check(connection)
    if row is None:
        return False
    good = _last_good(row, connection)
    if _is_new_name(good, step):
        return True
    if not good.processes or name_key(step) in good.other_steps:
        return False
    try:
        found = opened.hiring_processes()
    except (ats.Forbidden, ats.NotVisible):
        found = None
    with tenant(connection.organization):
        record(connection, processes=found, step=step)
        row.refresh_from_db()
    return _is_new_name(_last_good(row, connection), step)


def _setup_check(connection: Connection) -> SetupCheck | None:
    """Return the last check. Uses the one that was loaded with the connection, if any."""
    if Connection.setup_check.is_cached(connection):
        return getattr(connection, "setup_check", None)
    with tenant(connection.organization):
        return SetupCheck.objects.filter(connection=connection).first()


def _last_good(row: SetupCheck, connection: Connection) -> LastGood:
    """Return the last good setup, without parts stored under earlier names."""
    good = LastGood.stored(row.last_good)
    if not same_name(good.step_name, connection.step_name):
        good.processes, good.other_steps = {}, []
    if not same_name(good.field_name, connection.field_name):
        good.job_field = None
    good.step_name, good.field_name = connection.step_name, connection.field_name
    return good


def _compare_steps(good: LastGood, found: Sequence[ats.HiringProcess]) -> None:
    known: dict[str, ProcessWithStep] = {}
    for process in found:
        steps: dict[str, list[str]] = {}
        for step in process.steps:
            steps.setdefault(step.status, []).append(step.name)
        ours = next((step for step in process.steps if same_name(step.name, good.step_name)), None)
        before = good.processes.get(process.id)
        process_name = fitted(process.name, ATS_LABEL)
        if ours:
            known[process.id] = ProcessWithStep(process_name, ours.status, steps, is_active=process.active)
        elif before:
            # An inactive process doesn't count as a loss; it is compared again once active.
            before.name, before.is_active, before.is_lost = process_name, process.active, process.active
            before.new_name = _new_name(before, good.step_name, steps.get(before.stage, []))
            known[process.id] = before
    for before in known.values():
        ours_now = {uid for uid, other in known.items() if other.is_lost and same_name(other.new_name, before.new_name)}
        before.is_unmistakable = not any(
            same_name(step.name, before.new_name)
            for process in found
            if process.id not in ours_now
            for step in process.steps
        )
    good.processes = known
    names = {name_key(step.name) for process in found for step in process.steps}
    good.other_steps = sorted(names - {name_key(good.step_name)})[:OTHER_STEPS_KEPT]


def _new_name(before: ProcessWithStep, old_name: str, now: Sequence[str]) -> str:
    """Return the step's new name; empty if it was removed or the new name is unclear."""
    kept = [name_key(name) for name in before.steps.get(before.stage, [])]
    new = [name for name in now if name_key(name) not in kept]
    if before.new_name in new:
        return before.new_name
    place = kept.index(name_key(old_name))
    if len(now) == len(kept) and now[place] in new:
        return now[place]
    return new[0] if len(new) == 1 else ""


def _compare_field(good: LastGood, found: Sequence[ats.JobFieldSetting]) -> None:
    usable = next((each for each in found if each.usable and same_name(each.label, good.field_name)), None)
    if usable:
        good.job_field = TrackedField(usable.id)
        return
    if good.job_field is None:
        return
    now = next((each for each in found if each.id == good.job_field.id), None)
    good.job_field.new_name = ""
    if now is None:
        good.job_field.change = FieldChange.DELETED
    elif not now.for_jobs:
        good.job_field.change = FieldChange.OTHER_CATEGORY
    elif not now.active:
        good.job_field.change = FieldChange.INACTIVE
    else:
        good.job_field.change, good.job_field.new_name = FieldChange.RENAMED, now.label


def _lost(good: LastGood) -> LostSetup:
    processes = tuple(process for process in good.processes.values() if process.is_lost)
    job_field = good.job_field if good.job_field and good.job_field.change else None
    has_step = any(process.is_active and not process.is_lost for process in good.processes.values())
    return LostSetup(good.step_name, good.field_name, processes, has_step, job_field)


def _keys(good: LastGood) -> list[str]:
    """Return one key per loss, to track which ones admins were emailed about."""
    keys = [f"step:{uid}" for uid, process in good.processes.items() if process.is_lost]
    return [*keys, "field"] if good.job_field and good.job_field.change else keys


def _is_new_name(good: LastGood, step: str) -> bool:
    return any(
        process.is_lost and process.is_unmistakable and same_name(process.new_name, step)
        for process in good.processes.values()
    )


def sentences(gone: LostSetup) -> list[str]:
    """Describe to an admin what is missing."""
    return step_sentences(gone) + ([field_sentence(gone)] if gone.job_field else [])


def step_sentences(gone: LostSetup) -> list[str]:
    said = []
    names = {name_key(process.new_name): process.new_name for process in gone.processes}
    for key, new_name in names.items():
        processes = and_list(
            sorted(process.name for process in gone.processes if name_key(process.new_name) == key), NAMES_SHOWN
        )
        values = {"processes": processes, "step": gone.step_name, "new_name": new_name}
        if new_name:
            said.append(_("The step “%(step)s” was renamed to “%(new_name)s” in: %(processes)s.") % values)
        else:
            said.append(_("The step “%(step)s” was removed from: %(processes)s.") % values)
    return said


def field_sentence(gone: LostSetup) -> str:
    if gone.job_field is None:
        return ""
    values = {"field": gone.field_name, "new_name": gone.job_field.new_name}
    words = {
        FieldChange.RENAMED: _("The job field “%(field)s” was renamed to “%(new_name)s”."),
        FieldChange.INACTIVE: _("The job field “%(field)s” is inactive now."),
        FieldChange.OTHER_CATEGORY: _("The job field “%(field)s” has the category organization now."),
        FieldChange.DELETED: _("The job field “%(field)s” was deleted."),
    }
    return words[FieldChange(gone.job_field.change)] % values
