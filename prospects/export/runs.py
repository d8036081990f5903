"""A run exports all existing prospects: count, start, stop, resume, retry, and finish."""

from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.conf import settings as django_settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crosschq.core import clock
from crosschq.core.database.counting import MOST_COUNTED, count_up_to
from crosschq.core.database.keys import among_keys
from crosschq.core.database.keyset import turned
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.lengths import JOB_TITLE, fitted
from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.sending.send import About, send_email
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from prospects.export_options import refresh
from prospects.models import ExportItem, ExportOutcome, ExportRun, ExportSettings, Prospect, locked
from requests_app.attention.word_search import Has

BATCH_SIZE = 1000
EMAIL_AFTER_SECONDS = 60
# On the connection's page, among this many of the newest and of the oldest prospects.
MOST_OFFERED, LOOKED_UP = 100, 500
NEWEST = ("-created_at", "-id")
OPEN_STATES = (WorkState.PENDING, WorkState.WORKING, WorkState.HELD)
LIVE_STATES = (WorkState.DONE, *OPEN_STATES)
# Items that need attention.
FAILED_STATES = (WorkState.DEAD, WorkState.UNKNOWN)
# Items that a new run retries, including those canceled when their job was deselected.
RETRIED_STATES = (*FAILED_STATES, WorkState.CANCELLED)


@dataclass(frozen=True)
class ExportCounts:
    """How many prospects a run would export now. `candidates` counts each prospect once per chosen job.

    is_partial: there are more than MOST_COUNTED prospects, and only that is known.
    """

    prospects: int
    exported: int
    queued: int
    candidates: int
    is_partial: bool = False

    @property
    def to_send(self) -> int:
        return self.prospects - self.exported - self.queued


def counts(settings: ExportSettings) -> ExportCounts:
    """How many prospects a run would export now. Call inside `tenant()`.

    Of more than MOST_COUNTED, it would read everyone's exports. The run counts them when it has started.
    """
    targets = len(settings.targets)
    if (prospects := count_up_to(Prospect.objects.filter(removed_at=None))) > MOST_COUNTED:
        return ExportCounts(prospects, 0, 0, prospects * targets, is_partial=True)
    found = _with_export_counts(settings).aggregate(
        all=Count("pk"),
        exported=Count("pk", filter=Q(done=targets)),
        done_or_queued=Count("pk", filter=Q(live=targets)),
        items=Sum("live", default=0),
    )
    queued = found["done_or_queued"] - found["exported"]
    return ExportCounts(found["all"], found["exported"], queued, found["all"] * targets - found["items"])


def count_to_send(settings: ExportSettings) -> int:
    """The same `to_send`, up to MOST_OFFERED + 1, of the newest and the oldest prospects.

    Where nearly all are exported, those who aren't would otherwise be looked for among all. New ones are the newest,
    and a job that was just selected lacks the oldest.
    """
    everybody = Prospect.objects.filter(removed_at=None)
    newest, oldest = (everybody.order_by(*order).values("pk")[:LOOKED_UP] for order in (NEWEST, turned(NEWEST)))
    of_one = ExportItem.objects.filter(prospect=OuterRef("pk"), settings=settings, state__in=LIVE_STATES).values("pk")
    misses_one = (Q(~Has(of_one.filter(job_id=job_id))) for job_id, _title in settings.targets)
    both = Prospect.objects.filter(among_keys(newest.union(oldest, all=True)))
    return count_up_to(both.filter(reduce(or_, misses_one)), MOST_OFFERED)


def _with_export_counts(settings: ExportSettings) -> QuerySet[Prospect]:
    """Current prospects with the number of selected targets `done`, and `live`: done or queued."""
    chosen = Q(exports__settings=settings, exports__job_id__in=[job_id for job_id, _title in settings.targets])
    live = Q(exports__state__in=LIVE_STATES)
    found: QuerySet[Prospect] = Prospect.objects.filter(removed_at=None).annotate(
        done=Count("exports", chosen & Q(exports__state=WorkState.DONE)), live=Count("exports", chosen & live)
    )
    return found


def current(settings: ExportSettings) -> ExportRun | None:
    """The unfinished run, if any; it may be stopped."""
    found: ExportRun | None = ExportRun.objects.filter(settings=settings, finished_at=None).first()
    return found


def latest(settings: ExportSettings) -> ExportRun | None:
    found: ExportRun | None = ExportRun.objects.filter(settings=settings).order_by("-started_at").first()
    if found:
        found.settings = settings
    return found


def start_after_check(*, settings: ExportSettings, actor: User) -> ExportRun:
    """Start a run that begins sending once source and jobs have been checked again. Call inside `tenant()`."""
    run = start(settings=settings, actor=actor)
    wait_for_check(settings, ExportItem.objects.filter(run=run))
    return run


def wait_for_check(settings: ExportSettings, items: QuerySet[ExportItem]) -> None:
    """Hold these items until source and jobs have been checked again, and request the check. Call inside `tenant()`."""
    waiting = {"state": WorkState.HELD, "held_for": settings.waits_for_check, "reason": ""}
    items.filter(state=WorkState.PENDING).update(**waiting)
    refresh.enqueue(settings.connection)


def resume_after_check(settings: ExportSettings) -> None:
    """Release the items that waited for a check, or hold them until the settings are fixed. Call inside `tenant()`."""
    if not settings.problem:
        work_item.release(held_for=settings.waits_for_check)
        return
    held = ExportItem.objects.filter(state=WorkState.HELD, held_for=settings.waits_for_check)
    held.update(held_for=settings.waits_for_change, reason=settings.problem)


def start(*, settings: ExportSettings, actor: User) -> ExportRun:
    """Export every prospect not exported or queued yet, on each job or in the talent pool. Call inside `tenant()`.

    Continues a stopped run and adds the prospects who opted in since.
    """
    # If two requests arrive at the same time, the second waits here and finds the run of the first.
    settings = locked(ExportSettings.objects.select_related("organization", "connection")).get(pk=settings.pk)
    run = current(settings)
    if run is None:
        run = ExportRun.objects.create(organization=settings.organization, settings=settings, started_by=actor)
    elif run.stopped_at:
        resume(run)
    _add_all_prospects(settings, run)
    _switch_on(run)
    audit.record(organization=settings.organization, actor=actor, action="export.start")
    result: ExportRun = run
    return result


def _switch_on(run: ExportRun) -> None:
    """Turn the switch on, so that the page doesn't say Off while a run is in progress."""
    ExportSettings.objects.filter(pk=run.settings_id, existing_on=False).update(existing_on=True)


def _add_all_prospects(settings: ExportSettings, run: ExportRun) -> None:
    """Add all current prospects to a run, for the selected jobs."""
    everybody = Prospect.objects.filter(removed_at=None)
    for job_id, title in settings.targets:
        add_items(settings, everybody, job_id=job_id, job_title=title, run=run)
    earlier = ExportItem.objects.filter(settings=settings, state__in=RETRIED_STATES, prospect__removed_at=None)
    earlier.filter(job_id__in=[job_id for job_id, _title in settings.targets]).update(run=run, **retry_fields())
    work_item.wake_workers(ExportItem)


def follow_settings(settings: ExportSettings, run: ExportRun) -> None:
    """Export the prospects of a run to the jobs that are selected now. Call inside `tenant()`.

    Later opt-ins aren't added, because no admin has confirmed them.
    """
    items = ExportItem.objects.filter(run=run, prospect__removed_at=None)
    people = Prospect.objects.filter(pk__in=items.values("prospect_id"))
    for job_id, title in settings.targets:
        add_items(settings, people, job_id=job_id, job_title=title, run=run)
    dropped = items.filter(state=WorkState.CANCELLED, job_id__in=[job_id for job_id, _title in settings.targets])
    dropped.update(**retry_fields())
    work_item.wake_workers(ExportItem)


def add_items(
    settings: ExportSettings,
    prospects: QuerySet[Prospect],
    *,
    job_id: str,
    job_title: str,
    run: ExportRun | None,
    automatic: bool = False,
) -> None:
    """Create an item for each of the prospects that has none for this job. Doesn't wake the workers.

    Someone who stays only for a legal hold gets none.
    """
    known = ExportItem.objects.filter(settings=settings, job_id=job_id).values("prospect_id")
    agreed = prospects.filter(ends_at__gt=clock.now())
    missing = list(agreed.exclude(pk__in=known).order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(missing), BATCH_SIZE):
        rows = [
            ExportItem(
                organization=settings.organization,
                settings=settings,
                run=run,
                prospect_id=pk,
                job_id=job_id,
                job_title=fitted(job_title, JOB_TITLE),
                automatic=automatic,
                trace_id=work_item.current_trace_id(),
            )
            for pk in missing[first : first + BATCH_SIZE]
        ]
        ExportItem.objects.bulk_create(rows, ignore_conflicts=True)


def retry_fields() -> dict[str, object]:
    """Field values that make an item start over."""
    return {"state": WorkState.PENDING, "attempts": 0, "held_for": "", "available_at": clock.now(), "finished_at": None}


def stop(run: ExportRun, *, actor: User | None = None) -> None:
    """Stop a run: items in progress finish, and no others start. Call inside `tenant()`."""
    _record(run, actor, "export.stop")
    ExportRun.objects.filter(pk=run.pk, finished_at=None).update(stopped_at=clock.now())
    ExportItem.objects.filter(run=run, state=WorkState.PENDING).update(
        state=WorkState.HELD, held_for=run.waits_for_resume
    )


def resume(run: ExportRun, *, actor: User | None = None) -> None:
    """Continue a stopped run. Call inside `tenant()`."""
    _record(run, actor, "export.resume")
    ExportRun.objects.filter(pk=run.pk).update(stopped_at=None, reopened_at=clock.now())
    _switch_on(run)
    # `work_item.release` would make all items due at the same moment, and each claim would sort them all.
    stopped = ExportItem.objects.filter(run=run, state=WorkState.HELD, held_for=run.waits_for_resume)
    stopped.update(state=WorkState.PENDING, held_for="", attempts=0)
    work_item.wake_workers(ExportItem)


def _record(run: ExportRun, actor: User | None, action: str) -> None:
    """Record the action in the audit log, if a user asked for exactly this."""
    if actor:
        audit.record(organization=run.organization, actor=actor, action=action)


def try_again(run: ExportRun, *, item: ExportItem | None = None) -> int:
    """Retry one failed item, or all of the run. Call inside `tenant()`. Returns how many."""
    locked(ExportSettings.objects.filter(pk=run.settings_id)).get()
    items = ExportItem.objects.filter(run=run, state__in=[*FAILED_STATES, WorkState.HELD], prospect__removed_at=None)
    items = items.exclude(held_for=run.waits_for_resume)
    changed: int = (items.filter(pk=item.pk) if item else items).update(**retry_fields())
    if changed:
        # There is one run at a time: a later run takes over this item.
        later = current(run.settings)
        if later is None:
            ExportRun.objects.filter(pk=run.pk).update(finished_at=None, stopped_at=None, reopened_at=clock.now())
        elif later.pk != run.pk:
            ExportItem.objects.filter(run=run, state=WorkState.PENDING).update(run=later)
        _switch_on(run)
        work_item.wake_workers(ExportItem)
    return changed


def finish_if_done(run: ExportRun) -> bool:
    """Finish a run that has nothing left to do, and email the user who started it if it took long. In `tenant()`."""
    # A concurrent transaction has either added its items before this line, or it finds the run finished.
    locked(ExportSettings.objects.filter(pk=run.settings_id)).get()
    if ExportItem.objects.filter(run=run, state__in=OPEN_STATES).exists():
        return False
    now = clock.now()
    done = ExportItem.objects.filter(run=run, state=WorkState.DONE)
    of = {f"{outcome}_count": done.filter(outcome=outcome).count() for outcome in ExportOutcome}
    if not ExportRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=now, stopped_at=None, **of):
        return False
    since = run.reopened_at or run.started_at
    if (now - since).total_seconds() > EMAIL_AFTER_SECONDS and run.started_by and run.started_by.is_active:
        _send_finished_email(run, run.started_by)
    return True


def _send_finished_email(run: ExportRun, user: User) -> None:
    done = ExportItem.objects.filter(run=run, state=WorkState.DONE, outcome__in=ExportOutcome).count()
    problems = ExportItem.objects.filter(run=run, state__in=FAILED_STATES).count()
    said = ngettext("%(count)s candidate is now in %(ats)s.", "%(count)s candidates are now in %(ats)s.", done)
    asked = ngettext("%(count)s needs attention.", "%(count)s need attention.", problems)
    sentences = [
        said % {"count": intcomma(done), "ats": run.settings.connection.ats_name},
        *([asked % {"count": intcomma(problems)}] if problems else []),
    ]
    path = reverse("prospects:export_run", args=[run.organization.slug, run.uid])
    send_email(
        organization=run.organization,
        kind="export_finished",
        to_email=user.email,
        to_name=user.name,
        email=Email(
            subject=_("Your export of prospects is finished"),
            preheader=" ".join(sentences),
            paragraphs=tuple(sentences),
            action=Action(_("View result"), django_settings.BASE_URL + path),
        ),
        about=About("export_run", run.uid),
    )
