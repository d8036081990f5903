"""One organization with one of everything, and the arguments with which each route leads to it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from connectors.background_tasks import lifecycle
from connectors.models import BackgroundTask, Connection
from crosschq.accounts.branding.brand import set_logo
from crosschq.accounts.branding.logos import draw
from crosschq.accounts.members.invitations import invite
from crosschq.core import clock
from crosschq.privacy.erase.request import ask_to_erase
from crosschq.privacy.export.request import ask_for_export
from crosschq.privacy.holdings import search
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.models import Invitation, Membership, Organization, Role, User
from crosschq.tenancy.person import Person, Sought
from crosschq.tenancy.scope import tenant
from prospects.models import ExportRun, ExportSettings
from requests_app.bulk import actions
from requests_app.bulk.selection import Selection
from requests_app.bulk.verdicts import Verdict
from requests_app.list_download import downloads
from requests_app.models import ReferenceRequest, Reminder
from requests_app.report.versions.record import record
from requests_app.staff.queries import RequestFilters
from requests_app.start.test_request import send_test_request
from templates_app.models import DraftQuestion
from templates_app.request_templates.edit import delete_template
from templates_app.surveys.builtin import GENERAL
from templates_app.surveys.edit import duplicate_survey, publish
from tests.accounts.pictures import picture
from tests.architecture.policy import POLICY
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.prospects.factories import make_prospect, make_tombstone, token_of
from tests.requests_app.factories import RequestScenario, token_in, waiting_request
from tests.templates_app.factories import make_template
from webhooks.explain.background_tasks import EXPLAIN
from webhooks.models import InboundEvent, Replay

SIGN_IN = "/accounts/login/"


@dataclass(frozen=True)
class Route:
    """A named URL. `argument_names` are the captured parts of its path."""

    name: str
    path: str
    argument_names: frozenset[str]
    view: Any


def all_routes() -> Iterator[Route]:
    yield from _walk(get_resolver(), "", "", frozenset())


def _walk(resolver: URLResolver, path: str, namespace: str, names: frozenset[str]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        here, captured = path + str(entry.pattern), names | set(entry.pattern.converters)
        if isinstance(entry, URLPattern):
            yield Route(namespace + (entry.name or here), here, captured, entry.callback)
        else:
            yield from _walk(entry, here, f"{namespace}{entry.namespace}:" if entry.namespace else namespace, captured)


@dataclass(frozen=True)
class World:
    organization: Organization
    connection: Connection
    job: RequestScenario
    named: dict[str, uuid.UUID]
    members: dict[Role, User]
    invitation: str
    prospect_token: str

    def url(self, route: Route, *, slug: str | None = None, **other: Any) -> str:
        """The URL of this world's object. With another slug, it is requested from another organization."""
        values = {
            "slug": slug or self.organization.slug,
            "vendor": self.connection.vendor,
            "uid": self.named.get(POLICY[route.name].names),
            "key": self.named["survey"],
            "kind": "rating",
            "question_uid": self.named["question"],
            "reference_uid": self.named["reference"],
            "reminder_uid": self.named["reminder"],
            "number": 2 if "since" in route.argument_names else 1,
            "since": 1,
            "pk": 1,
            "act": "unknown",
            "wish": "create_template",
            "about": "templates/",
            "by": "password",
            "token": self.token(route) if "token" in route.argument_names else "",
            "path_token": "unknown",
            "color": "0a66c2",
            "digest": self.organization.logo_digest,
            **other,
        }
        return reverse(route.name, kwargs={name: values[name] for name in route.argument_names})

    def token(self, route: Route) -> str:
        if POLICY[route.name].names == "invitation":
            return self.invitation
        if POLICY[route.name].names == "own data":
            return self.prospect_token
        of_candidate = POLICY[route.name].names != "reference"
        return token_in(self.job.candidate_path if of_candidate else self.job.reference_path())

    def other_token(self, route: Route) -> str:
        """A live token of the other purpose."""
        of_candidate = POLICY[route.name].names != "reference"
        return token_in(self.job.reference_path() if of_candidate else self.job.candidate_path)

    def member(self, role: Role) -> Client:
        return signed_in(Client(), self.members[role])

    def team(self) -> dict[Role, Client]:
        """A browser for each role, for many requests."""
        return {role: self.member(role) for role in Role}


def make_world() -> World:
    organization = make_organization()
    connection = make_connection(organization)
    job = waiting_request(organization, connection=connection)
    deleted = make_template(organization)
    members = {role: make_member(organization, role) for role in Role}
    with tenant(organization):
        for _number in range(2):
            record(job.reference_request)
        set_logo(organization=organization, actor=members[Role.OWNER], drawn=draw(picture()))
    for user in members.values():
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    with tenant(organization):
        delete_template(template=deleted, actor=members[Role.OWNER])
        event = _move(connection)
        replay = Replay.objects.create(organization=organization, connection=connection, since=clock.now())
        task = _explanation(connection, members[Role.OWNER])
        template = job.reference_request.version.template
        test = send_test_request(
            organization=organization, version=job.reference_request.version, to=members[Role.RECRUITER]
        )
        survey = duplicate_survey(organization=organization, actor=None, name="Own", start=GENERAL.rows())
        publish(survey=survey, actor=None)
        survey_question = DraftQuestion.objects.filter(survey=survey)[0]
        reminder = Reminder.objects.filter(reference_request=job.reference_request)[0]
        (issued,) = invite(
            organization=organization,
            actor=members[Role.OWNER],
            emails=[f"{uuid.uuid4().hex}@acme.example"],
            role=Role.VIEWER,
        )
        settings = ExportSettings.objects.create(
            organization=organization, connection=connection, saved_at=clock.now(), source_type_id="t", source_id="s"
        )
        started = clock.now() - timedelta(minutes=1)
        run = ExportRun.objects.create(organization=organization, settings=settings, started_at=started)
        Invitation.objects.update(sent_at=clock.now() - timedelta(days=1))
    prospect = make_prospect(organization)
    named = {
        "request": job.reference_request.uid,
        "test request": test.uid,
        "reminder": reminder.uid,
        "candidate": job.reference().uid,
        "reference": job.reference().uid,
        "template": template.uid,
        "deleted template": deleted.uid,
        "survey": survey.uid,
        "question": survey_question.uid,
        "event": event.uid,
        "replay": replay.uid,
        "background task": task.uid,
        "invitation": issued.invitation.uid,
        "prospect": prospect.uid,
        "former prospect": make_tombstone(organization).uid,
        "export run": run.uid,
        **_requested_work(job.reference_request, organization, members[Role.OWNER]),
        "member": Membership.objects.get(organization=organization, user=members[Role.RECRUITER]).uid,
    }
    return World(organization, connection, job, named, members, issued.token, token_of(prospect))


def _move(connection: Connection) -> InboundEvent:
    """A move that waits for its decision. Call inside `tenant()`."""
    event: InboundEvent = InboundEvent.objects.create(
        organization=connection.organization,
        connection=connection,
        event_id=uuid.uuid4().hex,
        event_name="application.status.updated",
        body=b"{}",
    )
    return event


def _explanation(connection: Connection, asked_by: User) -> BackgroundTask:
    """A question to Explain that waits for a worker. Call inside `tenant()`."""
    return lifecycle.begin(
        EXPLAIN,
        organization=connection.organization,
        vendor=connection.vendor,
        asked_by=asked_by,
        page=reverse("events:explain", args=[connection.organization.slug, connection.vendor]),
        arguments={"text": "Maya"},
    )


def _requested_work(
    reference_request: ReferenceRequest, organization: Organization, asked_by: User
) -> dict[str, uuid.UUID]:
    with tenant(organization):
        verdicts = [Verdict(reference_request)]
        action = actions.start("remind", verdicts, key=uuid.uuid4(), organization=organization, actor=asked_by)
        file = downloads.begin(
            Selection(RequestFilters(search="Maya")), organization=organization, actor=asked_by, separator=",", total=1
        )
    others = _privacy_work(reference_request.uid, organization, asked_by)
    return {"bulk action": action.uid, "list download": file.uid, **others}


def _privacy_work(uid: uuid.UUID, organization: Organization, asked_by: User) -> dict[str, uuid.UUID]:
    with tenant(organization):
        person = Person(tuple(search(Sought(uids=frozenset({uid})))))
        export = ask_for_export(person, organization=organization, actor=asked_by, uid=uid, with_answers=False)
        erasure = ask_to_erase(person, organization=organization, actor=asked_by, uid=uid)
        hold = LegalHold.objects.create(organization=organization, reason="A case")
        return {"data export": export.uid, "erasure": erasure.uid, "hold": hold.uid}


def weaker_than(role: Role) -> list[Role]:
    return [other for other in Role if not Membership(role=other).may(role)]
