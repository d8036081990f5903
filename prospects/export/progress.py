"""Progress of an export, and its summary on the connection page."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, Max, Q
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors.models import Connection, ConnectionState
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.lists import and_list
from prospects.export import runs
from prospects.models import ExportItem, ExportOutcome, ExportRun, ExportSettings

RECENT = timedelta(seconds=60)
IDLE = timedelta(seconds=10)
NOT_DONE = tuple(state for state in WorkState if state != WorkState.DONE)
ACTIVE_STATES = (WorkState.PENDING, WorkState.WORKING)


@dataclass(frozen=True)
class RunProgress:
    """Progress of one run. `state`: checking, running, stopped, waiting (on hold), or finished.

    `reason` and `held_for`: why it is on hold. `seconds_left`: None if unknown.
    """

    run: ExportRun
    state: str
    total: int
    created: int
    linked: int
    problems: int
    held: int
    left: int
    seconds_left: float | None
    reason: str
    held_for: str = ""
    waits_for_lease: bool = False

    @property
    def is_moving(self) -> bool:
        """Whether a page that shows it should keep polling."""
        return self.state in ("checking", "running")

    @property
    def done(self) -> int:
        return self.created + self.linked

    @property
    def handled(self) -> int:
        """Items that need no more work. Problems count, so that the bar reaches its end."""
        return self.done + self.problems + self.left

    @property
    def had_no_prospects(self) -> bool:
        """Whether every prospect was already exported or queued when it started."""
        return self.state == "finished" and not self.total

    @property
    def percent(self) -> int:
        return 100 * self.handled // self.total if self.total else 100

    @property
    def quarter(self) -> int:
        """The steps that screen readers announce, in percent."""
        return self.percent // 25 * 25

    @property
    def time_left(self) -> str:
        if self.state == "checking":
            return _("checking source and jobs")
        if self.waits_for_lease:
            return _("waiting for the last responses, up to 5 minutes")
        if self.seconds_left is None:
            return ""
        if self.seconds_left < 60:
            return _("less than a minute left")
        minutes = round(self.seconds_left / 60)
        return ngettext("about %(count)s minute left", "about %(count)s minutes left", minutes) % {"count": minutes}

    @property
    def sentence(self) -> str:
        """For example: 118 of 312 exported, 2 need attention, about 2 minutes left"""
        if self.had_no_prospects:
            return _("No prospects left to export")
        done = _("%(done)s of %(total)s exported") % {"done": intcomma(self.done), "total": intcomma(self.total)}
        asked = ngettext("%(count)s needs attention", "%(count)s need attention", self.problems)
        parts = [done, asked % {"count": intcomma(self.problems)} if self.problems else "", self.time_left]
        return ", ".join(filter(None, parts))


def run_progress(run: ExportRun) -> RunProgress:
    """The progress of one run. Makes one query, or two if items are on hold. Call inside `tenant()`."""
    items, now = ExportItem.objects.filter(run=run), clock.now()
    stored = run.finished_at is not None and run.created_count is not None and run.linked_count is not None
    created, linked = (run.created_count or 0, run.linked_count or 0) if stored else (0, 0)
    counts: dict[str, int] = {WorkState.DONE: created + linked} if stored else {}
    since = max(run.started_at, now - RECENT)
    recent = Count("pk", filter=Q(state=WorkState.DONE, finished_at__gt=since))
    # What a finished run has done is stored, because it can be everything.
    read = items.filter(state__in=NOT_DONE) if stored else items
    groups = read.values_list("state", "outcome").annotate(count=Count("pk"), recent=recent, last=Max("finished_at"))
    finished, last = 0, run.started_at
    for state, outcome, count, of_these, newest in groups:
        counts[state] = counts.get(state, 0) + count
        finished += of_these
        last = max(last, newest or last)
        linked += count if outcome == ExportOutcome.LINKED else 0
        created += count if outcome == ExportOutcome.CREATED else 0
    going = sum(counts.get(state, 0) for state in ACTIVE_STATES)
    held = counts.get(WorkState.HELD, 0)
    state, reason, held_for = "running", "", ""
    if run.finished_at:
        state = "finished"
    elif run.stopped_at:
        state = "stopped"
    elif held and not going:
        first = items.filter(state=WorkState.HELD).order_by("pk").values_list("reason", "held_for").first()
        reason, held_for = first or ("", "")
        state = "checking" if held_for == run.settings.waits_for_check else "waiting"
    return RunProgress(
        run=run,
        state=state,
        total=sum(counts.values()),
        created=created,
        linked=linked,
        problems=sum(counts.get(state, 0) for state in runs.FAILED_STATES),
        held=held,
        left=counts.get(WorkState.CANCELLED, 0),
        seconds_left=_seconds_left(going, finished, now - since) if state == "running" else None,
        reason=reason,
        held_for=held_for,
        # Nothing has finished for a while: items of a killed worker are retried once their lease expires.
        waits_for_lease=state == "running" and not counts.get(WorkState.PENDING) and last <= now - IDLE,
    )


def _seconds_left(going: int, finished: int, since: timedelta) -> float | None:
    """Estimated from how many have finished in this time."""
    spent = since.total_seconds()
    return going * spent / finished if finished and spent > 0 else None


def age(settings: ExportSettings) -> str:
    """For example: loaded 2 minutes ago"""
    if settings.options_read_at is None:
        return _("not loaded yet")
    if (clock.now() - settings.options_read_at).total_seconds() < 60:
        return _("loaded just now")
    return _("loaded %(time)s ago") % {"time": timesince(settings.options_read_at, clock.now(), depth=1)}


@dataclass(frozen=True)
class ExportSummary:
    """What the connection page shows about the export.

    `to_offer`: how many prospects are neither exported nor queued, up to MOST_OFFERED + 1. `queued`: new opt-ins on
    hold. `refused`: why, if a permission for creating candidates is missing.
    """

    connection: Connection
    settings: ExportSettings
    progress: RunProgress | None = None
    to_offer: int = 0
    queued: int = 0
    refused: str = ""

    most_offered: ClassVar[int] = runs.MOST_OFFERED

    @property
    def age(self) -> str:
        return age(self.settings)

    @property
    def is_ready(self) -> bool:
        return self.settings.is_complete and not self.settings.problem

    @property
    def needs_sign_in(self) -> bool:
        return self.connection.state == ConnectionState.NEEDS_SIGN_IN

    @property
    def missing(self) -> list[str]:
        """What is missing before anything can be exported, in the labels of the pages."""
        found = [_("a new sign-in")] if self.needs_sign_in else []
        if self.settings.lacks_permission:
            found.append(_("“Access Company Settings”"))
        elif self.refused:
            found.append(_("a permission"))
        if not self.settings.is_complete:
            found += [_("Source type"), _("Source id")]
        elif self.settings.problem and not found:
            found.append(_("other export settings"))
        return found

    @property
    def waiting_label(self) -> str:
        """Why a switch that is on has no effect right now; empty if it works."""
        if not self.missing:
            return ""
        return _("On, waiting for %(what)s") % {"what": and_list(self.missing)}

    @property
    def is_waiting(self) -> bool:
        """Whether a switch is on but needs something else first."""
        return bool(self.waiting_label or self.refused) and (self.settings.existing_on or self.settings.new_on)

    @property
    def is_unconfirmed(self) -> bool:
        """Whether the first switch was turned on early and its numbers haven't been confirmed yet."""
        return self.settings.existing_on and self.is_ready and self.progress is None and bool(self.to_offer)

    @property
    def existing_label(self) -> str:
        if not self.settings.existing_on:
            return ""
        if self.waiting_label:
            return self.waiting_label
        if self.progress is None:
            return _("On, waiting for your confirmation") if self.to_offer else _("On, no prospects to export yet")
        if self.progress.had_no_prospects:
            return _("On, no prospects left to export")
        if self.progress.state == "finished" and not self.progress.done:
            return ""
        words = {
            "checking": _("On, checking"),
            "running": _("On, %(done)s of %(total)s"),
            "waiting": _("On, waiting: %(done)s of %(total)s"),
            "stopped": _("Stopped at %(done)s of %(total)s"),
            "finished": _("On: %(done)s exported"),
        }
        numbers = {"done": intcomma(self.progress.done), "total": intcomma(self.progress.total)}
        return words[self.progress.state] % numbers

    @property
    def existing_is_warning(self) -> bool:
        waiting_label = self.progress is not None and self.progress.state in ("waiting", "stopped")
        return self.settings.existing_on and (bool(self.waiting_label) or waiting_label or self.is_unconfirmed)

    @property
    def new_label(self) -> str:
        return self.waiting_label if self.settings.new_on else ""

    @property
    def new_is_warning(self) -> bool:
        return self.settings.new_on and bool(self.waiting_label)


def summary(connection: Connection) -> ExportSummary:
    """The summary for a connection whose `export_settings` are already selected. Call inside `tenant()`."""
    try:
        settings = connection.export_settings
    except ExportSettings.DoesNotExist:
        return ExportSummary(connection, ExportSettings(organization=connection.organization, connection=connection))
    run = runs.latest(settings)
    progress = run_progress(run) if run else None
    held = ExportItem.objects.filter(settings=settings, run=None, state=WorkState.HELD)
    refused = Q(held_for=connection.sign_in_hold)
    queued = held.aggregate(count=Count("pk", filter=Q(automatic=True)), why=Max("reason", filter=refused))
    why = queued["why"] or ""
    if progress and progress.held_for == connection.sign_in_hold:
        why = progress.reason
    return ExportSummary(
        connection,
        settings,
        progress,
        to_offer=runs.count_to_send(settings) if settings.is_complete else 0,
        queued=queued["count"],
        refused=why if connection.state == ConnectionState.CONNECTED else "",
    )
