"""Emails the owner about a move that sent no request, failed, or was on hold for an hour.

One email goes out for each application and reason.

`plan` runs every minute and creates a Notice for each such event. The unique key of a notice prevents a second email.
`perform` finds the owner as a request would have, and sends the email.

A move while requests are off or the connector is paused doesn't send a request either, although the recruiter may
expect one. Two rules keep that from becoming noise. We read nothing when such a move arrives, so `perform` first checks
whether the candidate is at the step, and skips all other moves. And a connection that never started a request sends no
notices: otherwise, between connecting and going live, every move in the company would cost a call. Candidates who were
at the step before aren't moves; review.py lists them.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, Lookup, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from connectors import ats
from connectors.calls.gateway import as_setback, open_ats
from connectors.company import directory, job_cache
from connectors.company.request_owner import RequestOwner, choose_owner
from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.database.keyset import behind
from crosschq.core.outbox import periodic, work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.lengths import ATS_JOB_TITLE, PERSON_NAME, fitted
from crosschq.core.text.person_names import initial_and_family
from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.sending.caps import CapReached
from crosschq.messaging.sending.send import About, send_email
from crosschq.tenancy import audit
from crosschq.tenancy.actor import Actor
from crosschq.tenancy.scope import cross_tenant, tenant
from requests_app.models import ReferenceRequest
from requests_app.text import in_sentence, short
from webhooks.decision.evaluation import Evaluation, RequestNotStarted, check_step
from webhooks.decision.identity import read_names
from webhooks.decision.outcomes import Family, Outcome
from webhooks.log.display_names import named, with_names
from webhooks.models import InboundEvent, MutedJob, Notice

HOLD_GRACE = timedelta(hours=1)
BATCH = 500
OLDEST = ("outcome_at", "id")
MAX_RUN_SECONDS = 30.0  # the next run starts a minute after this one
SUBJECT_CHARACTERS = 50
ENDED = Q(family=Family.NOT_SENT, state=WorkState.DONE) | Q(
    family=Family.FAILED, state__in=[WorkState.DONE, WorkState.DEAD, WorkState.HELD]
)
WAITS = Q(family__in=[Family.ON_HOLD, Family.FAILED], state__in=[WorkState.PENDING, WorkState.HELD])


def plan() -> int:
    """Create the due notices of every organization, and return how many."""
    with cross_tenant("owner notices are planned for every organization"):
        quiet = set(MutedJob.objects.values_list("connection_id", "job_id"))
    went_live: set[int] = set()

    def should_notify(event: InboundEvent, outcome: Outcome) -> bool:
        if outcome.unread and event.connection_id not in went_live:
            return False
        return needs_owner_notice(event, outcome, is_muted=(event.connection_id, event.job_id) in quiet)

    written = periodic.for_each("notify_owners", _unnotified(went_live), lambda event: _write(event, should_notify))
    if written:
        work_item.wake_workers(Notice)
    return written


def _unnotified(went_live: set[int]) -> Iterator[InboundEvent]:
    """Yield events without a notice, oldest first. Skips those that fail, which stay due.

    Adds to `went_live` the connections that ever started a request.
    """
    until = time.monotonic() + MAX_RUN_SECONDS
    last: Q | Lookup[Any] = Q()
    while time.monotonic() < until:
        with cross_tenant("owner notices are planned for every organization"):
            # The condition of the index webhooks_event_unnotified.
            unnotified = InboundEvent.objects.filter(
                ENDED | (WAITS & Q(outcome_at__lte=clock.now() - HOLD_GRACE)),
                ~Q(notified_outcome=F("outcome")),
                last,
                family__in=[Family.NOT_SENT, Family.ON_HOLD, Family.FAILED],
                outcome_at__isnull=False,
            )
            events = list(
                unnotified.select_related("organization").defer("body", "attempt_log").order_by(*OLDEST)[:BATCH]
            )
            went_live |= _with_requests({event.connection_id for event in events})
        yield from events
        if len(events) < BATCH:
            return
        end = events[-1]
        last = behind(OLDEST, (end.outcome_at, end.pk))


def _write(event: InboundEvent, should_notify: Callable[[InboundEvent, Outcome], bool]) -> bool:
    """Create the notice of one event if it needs one. Return whether it is new."""
    outcome, new = event.outcome_details, False
    with tenant(event.organization):
        if outcome and should_notify(event, outcome):
            _notice, new = Notice.objects.get_or_create(
                connection_id=event.connection_id,
                key=_key(event, outcome),
                defaults={
                    "organization_id": event.organization_id,
                    "event": event,
                    "outcome": event.outcome,
                    "trace_id": event.trace_id,
                },
            )
        InboundEvent.objects.filter(pk=event.pk, outcome=event.outcome).update(notified_outcome=event.outcome)
    return new


def _with_requests(connections: set[int]) -> set[int]:
    """Return which of these connections ever started a request."""
    made = ReferenceRequest.objects.filter(connection=OuterRef("pk"))
    return set(Connection.objects.filter(Exists(made), pk__in=connections).values_list("pk", flat=True))


def needs_owner_notice(event: InboundEvent, outcome: Outcome, *, is_muted: bool) -> bool:
    """Return whether the owner should get an email. Without a candidate and a job, there is no owner to find."""
    known = bool(event.candidate_id and event.job_id)
    return outcome.notifies_owner and not outcome.hidden and known and not (is_muted and outcome.once_for == "job")


def _key(event: InboundEvent, outcome: Outcome) -> str:
    whose = event.job_id if outcome.once_for == "job" else f"{event.candidate_id}/{event.job_id}"
    return f"{event.outcome}:{whose}"


def perform(notice: Notice) -> None:
    """Email the owner, or the fallback owner if the ATS can't say who that is."""
    with tenant(notice.organization):
        rows = with_names(InboundEvent.objects.select_related("connection__organization"))
        (event,) = named(rows.filter(pk=notice.event_id))
    outcome = event.outcome_details
    if (outcome and outcome.unread and not _at_the_step(event)) or not _read_name(event):
        with tenant(notice.organization):
            work_item.finish(notice, state=WorkState.CANCELLED)
        return
    owner = _owner(event)
    with tenant(notice.organization):
        _keep_what_was_read(event)
        # Skip the email if the problem has been fixed since.
        still = InboundEvent.objects.filter(pk=event.pk, outcome=notice.outcome).exists()
        if still and owner.email:
            try:
                _send(event, owner)
            except CapReached as refused:
                # The event log has it, and by now the owner has gotten a hundred emails.
                work_item.finish(notice, state=WorkState.CANCELLED, reason=refused.sentence)
                return
        # This address opens the event's page from now on: see access.py.
        emailed = {"to_email": owner.email, "to_name": fitted(owner.name, PERSON_NAME)} if still else {}
        work_item.finish(notice, state=WorkState.DONE if still else WorkState.CANCELLED, **emailed)


def _send(event: InboundEvent, owner: RequestOwner) -> None:
    send_email(
        organization=event.organization,
        kind="owner_not_sent",
        to_email=owner.email,
        to_name=owner.name,
        email=notice_email(event),
        about=About("event", event.uid),
    )


def _keep_what_was_read(event: InboundEvent) -> None:
    """Store the names that the email uses, so that the log shows them too. Keeps existing names."""
    for name in ("candidate_name", "job_title"):
        InboundEvent.objects.filter(pk=event.pk, **{name: ""}).update(**{name: getattr(event, name)})


def _at_the_step(event: InboundEvent) -> bool:
    """Return whether the candidate is at our step. Raises Setback if the ATS can't be asked."""
    evaluation = Evaluation(event.connection, open_ats(event.connection), event.candidate_id, event.job_id)
    try:
        check_step(evaluation)
    except (RequestNotStarted, ats.NotVisible):
        return False
    except ats.AtsError as error:
        raise as_setback(error, event.connection) from error
    return True


def _read_name(event: InboundEvent) -> bool:
    """Read who the event is about, if that isn't known yet. Returns False if they were erased: we say nothing then."""
    if event.candidate_name:
        return True
    try:
        evaluation = Evaluation(event.connection, open_ats(event.connection), event.candidate_id, event.job_id)
        erased = read_names(evaluation)
    except ats.AtsError:
        return True
    event.candidate_name = evaluation.known.get("candidate_name", "")
    return erased is None


def _owner(event: InboundEvent) -> RequestOwner:
    connection = event.connection
    team: list[ats.TeamMember] = []
    people: dict[str, ats.AtsUser] = {}
    creator = ""
    try:
        opened = open_ats(connection)
        job, _remembered = job_cache.job(connection, opened, event.job_id)
        event.job_title = event.job_title or fitted(
            job.title, ATS_JOB_TITLE
        )  # for the email; the event may have stopped before reading it
        team, creator = job_cache.hiring_team(connection, opened, event.job_id), job.creator_id
        user_ids = [member.user_id for member in team] + ([creator] if creator else [])
        people = directory.look_up(connection, opened, user_ids)
    except ats.AtsError:
        team, people, creator = [], {}, ""
    return choose_owner(team=team, people=people, creator_id=creator, connection=connection)


def notice_email(event: InboundEvent) -> Email:
    """Return the email: what happened, why, and where to fix it. Raises ValueError without an outcome."""
    outcome = event.outcome_details
    if outcome is None:
        raise ValueError(f"{event} has no outcome yet")
    slug, vendor = event.organization.slug, event.connection.vendor
    page = settings.BASE_URL + reverse("events:detail", args=[slug, vendor, event.uid])
    values = {
        "outcome": outcome.words,
        "candidate": in_sentence(event.candidate_name) or _("A candidate"),
        "job": in_sentence(event.job_title) or _("a job"),
        "step": event.connection.step_name,
        "organization": event.organization.name,
        "ats": event.connection.ats_name,
    }
    after = [_("We send this email once for each application and reason.")]
    if outcome.once_for == "job":
        quiet = settings.BASE_URL + reverse("events:quiet", args=[slug, vendor, event.uid])
        after = [
            _("We send this email once for each job."),
            _("Turn these emails off for this job: %(url)s") % {"url": quiet},
        ]
    if "send_with" in outcome.actions:
        send = settings.BASE_URL + reverse("events:send_with", args=[slug, vendor, event.uid])
        after.insert(0, _("Send it with a template you choose: %(url)s") % {"url": send})
    waits = outcome.family == Family.ON_HOLD
    happened = (
        _("%(candidate)s (%(job)s) was moved to “%(step)s” in %(ats)s. The request has been on hold for an hour.")
        if waits
        else _("%(candidate)s (%(job)s) was moved to “%(step)s” in %(ats)s. No request was sent.")
    )
    return Email(
        sender=event.organization.name,
        subject=_subject(outcome, event),
        preheader=f"{event.sentence} {_next(outcome)}".strip(),
        paragraphs=(
            happened % values,
            event.sentence,
            event.fix,
        ),
        action=Action(_("See why"), page),
        after=tuple(after),
        footer=(_("You got this email because you would own this request from %(organization)s.") % values,),
    )


def _next(outcome: Outcome) -> str:
    return _("One click to send anyway") if {"send_with", "send_anyway", "send_another"} & set(outcome.actions) else ""


def _subject(outcome: Outcome, event: InboundEvent) -> str:
    """Return at most 50 characters, which fit on a phone. The job title is cut first."""
    start = f"{outcome.words}: {_short_name(event.candidate_name) or _('a candidate')}"
    room = SUBJECT_CHARACTERS - len(start) - 2
    return f"{start}, {short(event.job_title, room)}" if event.job_title and room > 3 else start


def _short_name(name: str) -> str:
    return short(initial_and_family(name), 30)


def mute_job(event: InboundEvent, *, actor: Actor) -> None:
    """Turn off emails about this job's missing tag. Call inside `tenant()`."""
    _row, new = MutedJob.objects.get_or_create(
        connection_id=event.connection_id,
        job_id=event.job_id,
        defaults={"organization_id": event.organization_id, "by_name": fitted(str(actor), PERSON_NAME)},
    )
    if new:
        _audit(event, actor, "events.quiet_job")


def unmute_job(event: InboundEvent, *, actor: Actor) -> None:
    """Undo `mute_job`. Call inside `tenant()`."""
    removed, _by = MutedJob.objects.filter(connection_id=event.connection_id, job_id=event.job_id).delete()
    if removed:
        _audit(event, actor, "events.speak_of_job")


def is_muted(event: InboundEvent) -> bool:
    """Return whether emails about this job's missing tag are off. Call inside `tenant()`."""
    return bool(MutedJob.objects.filter(connection_id=event.connection_id, job_id=event.job_id).exists())


def _audit(event: InboundEvent, actor: Actor, action: str) -> None:
    after = {"job_title": event.job_title or _("a job")}
    audit.record(organization=event.organization, actor=actor, action=action, after=after)
