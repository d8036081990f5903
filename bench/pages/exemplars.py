"""An organization with one of everything and some requests and events, made by the product's own actions."""

from __future__ import annotations

import itertools
import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from connectors.models import Connection
    from crosschq.tenancy.models import Organization
    from prospects.models import ExportSettings, Prospect
    from tests.architecture.world import World

# How often each outcome comes up among 100 events.
OUTCOMES = {
    "no.other_step": 64,
    "sent.matched": 16,
    "no.tag_empty": 10,
    "no.duplicate": 4,
    "hold.old": 1,
    "fail.gave_up": 4,
    "no.stood_there": 1,
}
PROSPECTS, EXPORTED = 4, 3


class Added(NamedTuple):
    """How many requests of each kind are added to those of the world."""

    ready: int = 12
    canceled: int = 3
    expired: int = 2
    open: int = 1


USUAL = Added()


def make(added: Added) -> World:
    """Make everything in the connected database."""
    from connectors.models import Connection
    from crosschq.core import clock
    from crosschq.messaging.models import CountedSend
    from crosschq.tenancy.models import Role
    from crosschq.tenancy.scope import tenant
    from prospects.export.runs import finish_if_done
    from prospects.models import ExportSettings
    from requests_app.models import Problem, ReferenceRequest, RequestState
    from requests_app.report.sharing.share import share
    from tests.architecture.world import make_world
    from tests.prospects.factories import make_prospect, make_tombstone
    from tests.requests_app.factories import ready_request, waiting_request

    world = make_world()
    organization, connection, recruiter = world.organization, world.connection, world.members[Role.RECRUITER]
    with tenant(organization):
        Connection.objects.update(requests_on_since=clock.now() - timedelta(days=400))
    with tenant(organization):
        settings = ExportSettings.objects.get()
    for number in range(PROSPECTS):
        prospect = make_prospect(organization)
        make_tombstone(organization)
        if number < EXPORTED:
            with tenant(organization):
                _export(settings, prospect)
    for number in range(sum(added)):
        make_one = ready_request if number < added.ready else waiting_request
        CountedSend.objects.all().delete()  # the caps on email to one address
        made = make_one(organization, connection=connection, ats_job=f"job-{number + 2}").reference_request
        state = RequestState.CANCELLED if number < added.ready + added.canceled else RequestState.EXPIRED
        with tenant(organization):
            row = ReferenceRequest.objects.filter(pk=made.pk)
            if added.ready <= number < sum(added) - added.open:
                row.update(state=state, finished_at=clock.now(), silent_at=None)
            elif number >= added.ready:
                row.update(problem=Problem.REFERENCE_BOUNCED)
            else:
                until = clock.now() + timedelta(days=30)
                share(made, email="jo@client.example", name="Jo", until=until, text="", actor=recruiter)
    with tenant(organization):
        finish_if_done(settings.runs.get())
        _make_events(organization, connection)
    return world


def _export(settings: ExportSettings, prospect: Prospect) -> None:
    from crosschq.core import clock
    from crosschq.core.outbox.work_item import WorkState
    from prospects.models import ExportItem, ExportOutcome

    ExportItem.objects.create(
        organization=settings.organization,
        settings=settings,
        run=settings.runs.get(),
        prospect=prospect,
        state=WorkState.DONE,
        outcome=ExportOutcome.CREATED,
        finished_at=clock.now(),
    )


def _make_events(organization: Organization, connection: Connection) -> None:
    from crosschq.core import clock
    from crosschq.core.outbox.work_item import WorkState
    from webhooks.models import InboundEvent

    values = {"when": "Nov 2", "step": "Interview", "our_step": "Crosschq", "tag": "eng", "event": "offer"}
    values |= {"template": "Engineering", "attempts": "5", "why": "It was busy."}
    values |= {"job": "Engineer", "field": "Crosschq tag"}
    outcomes = itertools.chain.from_iterable([outcome] * count for outcome, count in OUTCOMES.items())
    for number, outcome in enumerate(outcomes):
        at = clock.now() - timedelta(hours=number)
        InboundEvent.objects.create(
            organization=organization,
            connection=connection,
            event_id=uuid.uuid4().hex,
            event_name="application.status.updated",
            body=json.dumps({"application_id": f"application-{number}"}).encode(),
            state=WorkState.DONE,
            created_at=at,
            happened_at=at,
            finished_at=at,
            outcome=outcome,
            outcome_at=at,
            notified_outcome=outcome,
            values=values,
            checks=[{"name": "step", "result": "ok", "detail": {}}],
            candidate_id=f"candidate-{number}",
            # Those of other steps were never read.
            candidate_name="" if outcome.startswith("no.other") else "Maya Osei",
            job_id=f"job-{number % 20}",
            job_title="" if outcome.startswith("no.other") else f"Engineer {number % 20}",
        )
