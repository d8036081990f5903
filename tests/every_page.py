"""Every page that a GET opens: each route once, and the pages of requests at each of their stages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from crosschq.accounts.branding.brand import change_profile, profile_of
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy import passes
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from requests_app.completion.complete import cancel
from requests_app.models import ReaderRole
from requests_app.reference import responses
from requests_app.start.start import CandidateInfo, ReportReader
from tests.architecture.policy import POLICY
from tests.architecture.world import World, all_routes
from tests.requests_app.factories import RequestScenario, answer, name_reference, sent_request, waiting_request
from tests.requests_app.report.scenarios import report_of_five

READER = "hal@acme.example"


class Visitor(StrEnum):
    """Who opens a page: the organization's owner, anyone with the link, or a reader with a one-time code."""

    OWNER = "owner"
    ANYONE = "anyone"
    READER = "reader"


@dataclass(frozen=True)
class Visit:
    name: str
    path: str
    visitor: Visitor


def every_page(world: World) -> Iterator[Visit]:
    """Opens its own `tenant()`. The organization gets a color in addition to its logo, and its hold an address."""
    _complete(world)
    for route in all_routes():
        line = POLICY[route.name]
        # The sign-out of a test's browser would end its visit.
        if (
            not line.only_post
            and line.kind != "signature"
            and route.name not in ("callback:callback", "account_logout")
        ):
            visitor = Visitor.OWNER if line.kind in ("member", "signed_in") else Visitor.ANYONE
            yield Visit(route.name, world.url(route), visitor)
    yield from _forms(world.organization)
    yield from _report(world.organization)


def _complete(world: World) -> None:
    with tenant(world.organization):
        colored = replace(profile_of(world.organization), color="#0a66c2", answers_shown=True)
        change_profile(organization=world.organization, actor=world.members[Role.OWNER], profile=colored)
        hold = LegalHold.objects.get()
        hold.email = "held@elsewhere.example"
        hold.save()


def _forms(organization: Organization) -> Iterator[Visit]:
    begun, named = _sent(organization, "begun"), _sent(organization, "named")
    with tenant(organization):
        for scenario in (begun, named):
            nominate.begin(scenario.reference_request)
        name_reference(begun, 1, "Priya Nair")
        name_reference(named, 1, "Priya Nair")
        name_reference(named, 2, "Tom Beck")
    yield from _of("sent", _sent(organization, "sent").candidate_path, "", "about/", "decline/", "stop/", "not-me/")
    steps = [f"references/1/{step}/" for step in ("name", "other", "relation", "email")]
    yield from _of("naming", begun.candidate_path, *steps, "references/2/name/")
    yield from _of("named", named.candidate_path, "check/")
    asked = waiting_request(organization, candidate=_candidate("asked"))
    yield from _of("asked", asked.candidate_path, "", "own-view/1/", "own-view/8/", "own-view/check/")
    yield from _of("invited", asked.reference_path(2), "", "about/", "facts/", "cannot/", "wrong-person/", "stop/")
    answer(asked, 1, send=False)
    with tenant(organization):
        responses.begin(asked.reference_request, asked.reference(2), agreed=True, words="")
    yield from _of("started", asked.reference_path(2), "questions/1/", "questions/7/", "questions/8/", "about/")
    yield from _of("answered", asked.reference_path(1), "questions/1/", "check/")
    answer(asked, 2)
    yield from _of("given", asked.reference_path(2), "", "thanks/", "copy/")
    ended = waiting_request(organization, candidate=_candidate("ended"))
    of_reference = ended.reference_path()
    with tenant(organization):
        cancel(ended.reference_request, actor="Dana Ruiz")
    yield from _of("ended", ended.candidate_path, "")
    yield from _of("ended for a reference", of_reference, "")


def _report(organization: Organization) -> Iterator[Visit]:
    hal = ReportReader("Hal", READER, ReaderRole.HIRING_MANAGER)
    scenario = report_of_five(organization, readers=(hal,))
    uid = scenario.reference_request.uid
    staff = f"/o/{organization.slug}/requests/{uid}/"
    for tail in ("", "report/", "report/?by=person", "report/pdf/", "share/"):
        yield Visit(f"ready, {tail}", staff + tail, Visitor.OWNER)
    for tail in ("", "?by=person", "pdf/"):
        yield Visit(f"reader, {tail}", f"/reports/{uid}/{tail}", Visitor.READER)
    yield from _of("ready", scenario.candidate_path, "answers/", "answers/?by=person")


def reader_cookie(organization: Organization) -> tuple[str, str]:
    """The name and the value of the cookie that a reader's browser has after a one-time code."""
    return passes.cookie_name(organization.slug), passes.grant(organization, READER)


def _of(stage: str, path: str, *tails: str) -> Iterator[Visit]:
    for tail in tails:
        yield Visit(f"{stage}, {tail}", path + tail, Visitor.ANYONE)


def _sent(organization: Organization, local: str, **fields: Any) -> RequestScenario:
    return sent_request(organization, candidate=_candidate(local), **fields)


def _candidate(local: str) -> CandidateInfo:
    """One address gets only a few requests in a day."""
    return CandidateInfo("Maya", "Osei", f"{local}@candidates.example")
