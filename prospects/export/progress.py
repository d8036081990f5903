"""How far an export is, and what the connection page says of it."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Max, Q
from django.utils.text import get_text_list
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors.models import Connection, ConnectionState
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from prospects.export import runs
from prospects.models import ExportItem, ExportRun, ExportSettings, Outcome

RECENT = timedelta(seconds=60)
SILENT = timedelta(seconds=10)
WAYS_TO_GO = (WorkState.PENDING, WorkState.WORKING)


@dataclass(frozen=True)
class Progress:
    """Of one run. `state`: checking, running, stopped, waiting (for one fix) or finished.

    `reason` and `held_for`: what it waits for. `seconds_left`: None if not known.
    """

    run: ExportRun
    state: str
    total: int
    made: int
    linked: int
    problems: int
    held: int
    left: int
    seconds_left: float | None
    reason: str
    held_for: str = ""
    last_answers: bool = False

    @property
    def is_moving(self) -> bool:
        """Whether a page that shows it should ask again by itself."""
        return self.state in ("checking", "running")

    @property
    def done(self) -> int:
        return self.made + self.linked

    @property
    def handled(self) -> int:
        """What needs no further turn: a problem counts, so that the bar comes to its end."""
        return self.done + self.problems + self.left

    @property
    def had_nobody(self) -> bool:
        """Whether everybody was there, or on their way, before it began."""
        return self.state == "finished" and not self.total

    @property
    def percent(self) -> int:
        return 100 * self.handled // self.total if self.total else 100

    @property
    def quarter(self) -> int:
        """What is spoken: not each step."""
        return self.percent // 25 * 25

    @property
    def time_left(self) -> str:
        if self.state == "checking":
            return _("source and jobs are being looked up in SmartRecruiters")
        if self.last_answers:
            return _("waiting for the last answers, at most 5 minutes")
        if self.seconds_left is None:
            return ""
        if self.seconds_left < 60:
            return _("less than a minute left")
        minutes = round(self.seconds_left / 60)
        return ngettext("about %(count)s minute left", "about %(count)s minutes left", minutes) % {"count": minutes}

    @property
    def sentence(self) -> str:
        """For example: 118 of 312 exported, 2 need attention, about 2 minutes left"""
        if self.had_nobody:
            return _("Nobody was left to export")
        done = _("%(done)s of %(total)s exported") % {"done": self.done, "total": self.total}
        asked = ngettext("%(count)s needs attention", "%(count)s need attention", self.problems)
        parts = [done, asked % {"count": self.problems} if self.problems else "", self.time_left]
        return ", ".join(filter(None, parts))


def of_run(run: ExportRun) -> Progress:
    """Call inside `tenant()`. Two queries, three where something waits."""
    items = ExportItem.objects.filter(run=run)
    counts: dict[str, int] = {}
    made = linked = 0
    for state, outcome, count in items.values_list("state", "outcome").annotate(count=Count("pk")):
        counts[state] = counts.get(state, 0) + count
        linked += count if outcome == Outcome.LINKED else 0
        made += count if outcome == Outcome.MADE else 0
    going = sum(counts.get(state, 0) for state in WAYS_TO_GO)
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
    return Progress(
        run=run,
        state=state,
        total=sum(counts.values()),
        made=made,
        linked=linked,
        problems=sum(counts.get(state, 0) for state in runs.SET_ASIDE),
        held=held,
        left=counts.get(WorkState.CANCELLED, 0),
        seconds_left=_seconds_left(run, going) if state == "running" else None,
        reason=reason,
        held_for=held_for,
        last_answers=state == "running" and not counts.get(WorkState.PENDING) and _is_silent(run),
    )


def _is_silent(run: ExportRun) -> bool:
    """Nothing has ended for a while. What a worker that was killed had in hand is taken up once its lease is over."""
    since = clock.now() - SILENT
    return run.started_at < since and not ExportItem.objects.filter(run=run, finished_at__gt=since).exists()


def _seconds_left(run: ExportRun, going: int) -> float | None:
    """By the pace of the last minute."""
    since = max(run.started_at, clock.now() - RECENT)
    done = ExportItem.objects.filter(run=run, state=WorkState.DONE, finished_at__gt=since).count()
    spent = (clock.now() - since).total_seconds()
    return going * spent / done if done and spent > 0 else None


def age(settings: ExportSettings) -> str:
    """For example: read 2 minutes ago"""
    if settings.seen_at is None:
        return _("not read yet")
    if (clock.now() - settings.seen_at).total_seconds() < 60:
        return _("read just now")
    return _("read %(time)s ago") % {"time": timesince(settings.seen_at, clock.now(), depth=1)}


@dataclass(frozen=True)
class Summary:
    """What the connection page shows of the export.

    `offered`: how many are not there yet and not on their way. `kept`: new opt-ins that wait; `refused`: why, where a
    permission lacks for making them candidates.
    """

    connection: Connection
    settings: ExportSettings
    progress: Progress | None = None
    offered: int = 0
    kept: int = 0
    refused: str = ""

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
        """What has to be there before anything can be exported, by the words of the pages."""
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
    def waits(self) -> str:
        """Why a switch that is on does nothing now; empty where it does."""
        if not self.missing:
            return ""
        return _("On, waiting for %(what)s") % {"what": get_text_list(self.missing, _("and"))}

    @property
    def is_waiting(self) -> bool:
        """Whether the page says what to do before a switch that is on does something."""
        return bool(self.waits or self.refused) and (self.settings.existing_on or self.settings.new_on)

    @property
    def is_unconfirmed(self) -> bool:
        """Whether the first switch was turned on before there were numbers to see, and these are still to be seen."""
        return self.settings.existing_on and self.is_ready and self.progress is None and bool(self.offered)

    @property
    def existing_words(self) -> str:
        if not self.settings.existing_on:
            return ""
        if self.waits:
            return self.waits
        if self.progress is None:
            return _("On, waiting for your confirmation") if self.offered else _("On, nobody to export yet")
        if self.progress.had_nobody:
            return _("On, nobody was left to export")
        words = {
            "checking": _("On, being checked"),
            "running": _("On, %(done)s of %(total)s"),
            "waiting": _("On, waiting: %(done)s of %(total)s"),
            "stopped": _("Stopped at %(done)s of %(total)s"),
            "finished": _("On: %(done)s exported"),
        }
        return words[self.progress.state] % {"done": self.progress.done, "total": self.progress.total}

    @property
    def existing_warns(self) -> bool:
        waits = self.progress is not None and self.progress.state in ("waiting", "stopped")
        return self.settings.existing_on and (bool(self.waits) or waits or self.is_unconfirmed)

    @property
    def new_words(self) -> str:
        return self.waits if self.settings.new_on else ""

    @property
    def new_warns(self) -> bool:
        return self.settings.new_on and bool(self.waits)


def summary(connection: Connection) -> Summary:
    """Call inside `tenant()`, with a connection read along with its `export_settings`."""
    try:
        settings = connection.export_settings
    except ExportSettings.DoesNotExist:
        return Summary(connection, ExportSettings(organization=connection.organization, connection=connection))
    run = runs.newest(settings)
    progress = of_run(run) if run else None
    held = ExportItem.objects.filter(settings=settings, run=None, state=WorkState.HELD)
    refused = Q(held_for=connection.waits_for_sign_in)
    kept = held.aggregate(count=Count("pk", filter=Q(automatic=True)), why=Max("reason", filter=refused))
    why = kept["why"] or ""
    if progress and progress.held_for == connection.waits_for_sign_in:
        why = progress.reason
    return Summary(
        connection,
        settings,
        progress,
        offered=runs.numbers(settings).to_send if settings.is_complete else 0,
        kept=kept["count"],
        refused=why if connection.state == ConnectionState.CONNECTED else "",
    )
