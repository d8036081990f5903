"""Each URL is tried as every kind of user: visitor, stranger, each role, and with another organization's objects.

Each test tries all routes as one kind of user, and lists those that allow or refuse access contrary to policy.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from bench.pages.multiply import multiply
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.access import Policy
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import cross_tenant, tenant
from requests_app.models import Reminder
from requests_app.start.start import CandidateInfo
from templates_app.models import DraftQuestion
from templates_app.surveys.builtin import GENERAL
from templates_app.surveys.edit import duplicate_survey
from tests.architecture.pages import asks_too_much, faults, queries
from tests.architecture.policy import CSRF_EXEMPT, POLICY
from tests.architecture.world import SIGN_IN, Route, World, all_routes, make_world, weaker_than
from tests.extent import in_full
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.kept import kept_rows
from tests.requests_app.factories import waiting_request

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db
ROUTES = list(all_routes())
METHODS = ("GET", "POST")
# The number of requests: more than a list shows on a page.
ROWS = 60


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with kept_rows(django_db_blocker):
        yield make_world()


def ask(client: Client, method: str, url: str) -> Answer:
    """Make one request and roll it back, so that the next one finds the same data. Checks what pages have in common."""
    before = transaction.savepoint()
    # What a switch posts; other forms ignore the field.
    answer = client.generic(method, url, "on=1", content_type="application/x-www-form-urlencoded")
    transaction.savepoint_rollback(before)
    assert faults(answer) == [], url
    return answer


def routes_and_methods(*kinds: str) -> Iterator[tuple[Route, str]]:
    """Each route of these kinds, with each of its methods."""
    for route in ROUTES:
        line = POLICY.get(route.name)
        if line and line.kind in kinds:
            for method in ("POST",) if line.only_post else METHODS:
                yield route, method


def refusals() -> Iterator[tuple[Route, str]]:
    """Each page of members. In `make test` only as a POST: who is let in doesn't depend on the method."""
    routes = routes_and_methods("member")
    return routes if in_full() else filter(lambda each: each[1] == "POST", routes)


def has_allowed(route: Route, method: str, answer: Answer) -> bool:
    """Whether a member got in.

    A form may show an error, an action may redirect or not be possible now, a page may refuse a POST, but no one is
    denied access.
    """
    allowed = (200, 302, 303, 409, *(() if method == "GET" or POLICY[route.name].only_post else (405,)))
    return answer.status_code in allowed and SIGN_IN not in answer.get("Location", "")


def summary(route: Route, method: str, answer: Answer, *more: object) -> tuple[object, ...]:
    return (route.name, method, answer.status_code, answer.get("Location", ""), *more)


def test_every_route_has_a_line_and_every_line_a_route() -> None:
    assert sorted(route.name for route in ROUTES) == sorted(POLICY)


def test_each_view_carries_the_policy_of_its_line() -> None:
    carried = {r.name: r.view.policy for r in ROUTES if not r.name.startswith(("account_", "mfa_"))}
    assert carried == {name: Policy(POLICY[name].kind, POLICY[name].role, POLICY[name].owners) for name in carried}


def test_only_secret_links_and_webhooks_are_exempt_from_the_csrf_check() -> None:
    assert {route.name for route in ROUTES if getattr(route.view, "csrf_exempt", False)} == CSRF_EXEMPT


def test_a_visitor_is_sent_to_sign_in(world: World) -> None:
    wrong = []
    for route, method in routes_and_methods("member", "signed_in"):
        answer = ask(Client(), method, world.url(route))
        if not (answer.status_code == 302 and unquote(answer["Location"]).startswith(f"{SIGN_IN}?next=/")):
            wrong.append(summary(route, method, answer))
    assert wrong == []


@pytest.mark.in_full
def test_a_stranger_finds_nothing(world: World) -> None:
    stranger = signed_in(Client(), make_member(make_organization(), Role.OWNER))
    answers = [summary(route, method, ask(stranger, method, world.url(route))) for route, method in refusals()]
    assert [answer for answer in answers if answer[2] != 404] == []


@pytest.mark.timeout(900)
@pytest.mark.in_full
def test_a_role_that_is_too_weak_is_refused(world: World) -> None:
    """In `make test` the strongest role that isn't sufficient, in `make test-slow` each one."""
    team = world.team()
    answers = [
        summary(route, method, ask(team[weak], method, world.url(route)), weak)
        for route, method in refusals()
        for weak in weaker_than(POLICY[route.name].needed)[: None if in_full() else 1]
    ]
    assert len(answers) > 30
    assert [answer for answer in answers if answer[2] != 403] == []


@pytest.mark.timeout(900)
@pytest.mark.in_full
def test_a_role_that_is_strong_enough_gets_in(world: World) -> None:
    """In `make test` the weakest sufficient role, in `make test-slow` each one.

    In `make test`, an admin only posts to the pages of admins and owners; the owner opens them below.
    """
    wrong, team = [], world.team()
    for route, method in routes_and_methods("member"):
        needed = POLICY[route.name].needed
        if method == "GET" and needed in (Role.ADMIN, Role.OWNER) and not in_full():
            continue
        for strong in set(Role) - set(weaker_than(needed)) if in_full() else [needed]:
            answer = ask(team[strong], method, world.url(route))
            if not has_allowed(route, method, answer):
                wrong.append(summary(route, method, answer, strong))
    assert wrong == []


def test_an_action_is_not_done_by_following_a_link(world: World) -> None:
    owner = world.member(Role.OWNER)
    posted_to = {route for route, _ in routes_and_methods("member", "signature") if POLICY[route.name].only_post}
    assert {route.name: ask(owner, "GET", world.url(route)).status_code for route in posted_to} == {
        route.name: 405 for route in posted_to
    }


def test_another_organizations_object_is_not_found(world: World) -> None:
    mine = make_world()
    owner = mine.member(Role.OWNER)
    answers = []
    for route, method in routes_and_methods("member"):
        if POLICY[route.name].names:
            answers.append(summary(route, method, ask(owner, method, world.url(route, slug=mine.organization.slug))))
    assert len(answers) > 20
    assert [answer for answer in answers if answer[2] != 404] == []


def test_a_part_of_another_object_of_the_same_organization_is_left_alone(world: World) -> None:
    """Row-level security doesn't help there. The owner of one request has no right to another's references."""
    other = waiting_request(world.organization, candidate=CandidateInfo("Ana", "Lee", "ana@candidates.example"))
    with tenant(world.organization):
        survey = duplicate_survey(organization=world.organization, actor=None, name="Other", start=GENERAL.rows())
        parts: dict[str, Any] = {
            "reference_uid": other.reference().uid,
            "reminder_uid": Reminder.objects.filter(reference_request=other.reference_request)[0].uid,
            "question_uid": DraftQuestion.objects.filter(survey=survey)[0].uid,
        }
    owner, tried, written = world.member(Role.OWNER), set(), []
    for route, method in routes_and_methods("member", "token"):
        of_candidate = {"uid": parts["reference_uid"]} if POLICY[route.name].names == "candidate" else {}
        given = {name: uid for name, uid in {**parts, **of_candidate}.items() if name in route.argument_names}
        if given:
            tried.add(route.name)
            with CaptureQueriesContext(connection) as captured:
                answer = ask(owner, method, world.url(route, **given))
            written += [
                (route.name, one) for one in queries(captured) if one.startswith(("INSERT", "UPDATE", "DELETE"))
            ]
            if answer.status_code not in (303, 404, 405):
                written.append((route.name, str(answer.status_code)))
    assert written == []
    assert len(tried) > 8


def test_a_signed_in_user_gets_in(world: World) -> None:
    somebody = signed_in(Client(), make_user(password="a long enough sentence"))
    wrong = []
    for route, method in routes_and_methods("signed_in"):
        answer = ask(somebody, method, world.url(route))
        # The user has no second step, so its pages answer 404.
        allowed = (404, 405) if POLICY[route.name].names == "second step" else (200, 302, 400, 405)
        if answer.status_code not in allowed or "?next=/" in answer.get("Location", ""):
            wrong.append(summary(route, method, answer))
    assert wrong == []


def test_a_public_page_asks_nobody_to_sign_in(world: World) -> None:
    wrong = []
    for route, method in routes_and_methods("public"):
        answer = ask(Client(), method, world.url(route))
        if answer.status_code not in (200, 302, 303, 405) or "?next=" in answer.get("Location", ""):
            wrong.append(summary(route, method, answer))
    assert wrong == []


def test_a_secret_link_opens_without_a_session_and_sets_no_cookie(world: World) -> None:
    wrong = []
    for route, method in routes_and_methods("token"):
        if route.name.endswith("_fresh"):
            continue
        answer = ask(Client(), method, world.url(route))
        if answer.status_code not in (200, 302, 303, 405) or answer.cookies or SIGN_IN in answer.get("Location", ""):
            wrong.append(summary(route, method, answer))
    assert wrong == []


def test_an_invalid_token_shows_nothing(world: World) -> None:
    wrong = []
    for route, method in routes_and_methods("token"):
        good = world.token(route)
        for token in ("unknown", good[:-1] + ("-" if good.endswith("_") else "_"), world.other_token(route)):
            answer = ask(Client(), method, world.url(route, token=token))
            # A request for a new link gets the same response whatever the token was.
            expected = 200 if route.name.endswith("_fresh") and method == "POST" else 404
            if answer.status_code != expected or world.organization.name in answer.content.decode():
                wrong.append(summary(route, method, answer))
    assert wrong == []


def test_a_webhook_with_an_unknown_path_or_without_a_signature_is_refused(world: World) -> None:
    for route, method in routes_and_methods("signature"):
        expected = 404 if "path_token" in route.argument_names else 403
        assert ask(Client(), method, world.url(route)).status_code == expected


FILLED_IN: dict[str, dict[str, str]] = {
    "privacy:erase": {},
    "privacy:erase_reference": {},
    "privacy:offboarding": {"typed": "Acme GmbH"},
    "privacy:retention": {
        "requests": "1",
        "prospects": "12",
        "events": "90",
        "messages": "12",
        "audit": "24",
        "candidate_deleted": "erase",
    },
    "privacy:release_hold": {},
    "members:role": {"role": "admin"},
    "members:remove": {},
    "members:invite": {"emails": "eve@elsewhere.example", "role": "admin"},
    "members:invitation_resend": {},
    "organization:profile": {
        "name": "Acme GmbH",
        "time_zone": "UTC",
        "color": "",
        "picked": "",
        "privacy_url": "",
        "reply_to": "eve@elsewhere.example",
        "answers_shown": "yes",
    },
    "connectors:settings": {
        "step_name": "Crosschq",
        "field_name": "Crosschq tag",
        "fallback_owner_name": "Eve",
        "fallback_owner_email": "eve@elsewhere.example",
    },
}


def test_changes_to_who_has_access_ask_for_reauthentication_first(world: World) -> None:
    owner, about = world.member(Role.OWNER), {route.name: route for route in ROUTES if POLICY[route.name].asks_first}
    assert set(about) == set(FILLED_IN)
    # The hold comes first: while it is there, nothing is deleted, and no one is asked for a proof.
    for name, route in sorted(about.items(), key=lambda each: each[0] != "privacy:release_hold"):
        with CaptureQueriesContext(connection) as queries:
            answer = owner.post(world.url(route), FILLED_IN[name])
        assert answer["Location"].startswith("/accounts/confirm/"), name
        sql = [query["sql"] for query in queries if "django_session" not in query["sql"]]
        assert [one for one in sql if one.startswith(("INSERT", "UPDATE", "DELETE"))] == [], name
        with tenant(world.organization):
            LegalHold.objects.all().delete()


WRITE_ON_GET = ("callback:callback", "requests:report_version", "public:report_version")


@pytest.mark.in_full
def test_a_get_changes_nothing_and_needs_few_queries_however_many_rows_there_are(world: World) -> None:
    """Email scanners and browsers follow links on their own. In `make test-slow`, they send HEAD too.

    The exceptions: the OAuth callback uses up its state, and who opened a report is logged.
    """
    with cross_tenant("requests, events and prospects are copied"), connection.cursor() as sql:
        multiply(sql, ROWS, world.organization.pk)
    owner = world.member(Role.OWNER)
    wrong = []
    for route, method in routes_and_methods("public", "signed_in", "member", "token"):
        for looking in ("GET", "HEAD") if in_full() else ("GET",):
            if method != "GET":
                continue
            with CaptureQueriesContext(connection) as captured:
                answer = owner.generic(looking, world.url(route))
            assert faults(answer) == [], route.name
            if POLICY[route.name].kind == "member" and not has_allowed(route, "GET", answer):
                wrong.append((route.name, str(answer.status_code)))
            asked = queries(captured)
            written = [one for one in asked if one.startswith(("INSERT", "UPDATE", "DELETE"))]
            if route.name not in WRITE_ON_GET:
                wrong += [(route.name, one) for one in written if "django_session" not in one]
            wrong += [(route.name, f"{len(asked)} queries")] if asks_too_much(route.name, captured) else []
    assert wrong == []
