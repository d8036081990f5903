"""A secret link is the only credential: no cookie, no effect of a GET, and all ended links look the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import transaction
from django.test import Client

from connectors.models import Writeback
from crosschq.core.models import SecretLink
from crosschq.core.security import secret_links
from crosschq.tenancy.scope import cross_tenant, tenant
from requests_app.candidate import nominate
from requests_app.completion import complete
from requests_app.notifications import corrections
from tests.requests_app.factories import (
    answer,
    link_in,
    name_reference,
    ready_request,
    sent_request,
    token_in,
    waiting_request,
)
from tests.requests_app.pages import heading, text

pytestmark = pytest.mark.django_db

NAMING_PAGES = ("references/1/name/", "references/1/relation/", "references/1/email/", "references/9/name/", "check/")
OWN_VIEW_PAGES = ("own-view/1/", "own-view/9/", "own-view/10/", "own-view/check/")
CANDIDATE_PAGES = (
    "",
    "about/",
    "start/",
    "decline/",
    *NAMING_PAGES,
    *OWN_VIEW_PAGES,
    "not-me/",
    "stop/",
    "fresh-link/",
)
SURVEY_PAGES = ("questions/1/", "questions/9/", "questions/10/", "questions/0/", "check/")
REFERENCE_PAGES = ("", "about/", "start/", *SURVEY_PAGES, "cannot/", "wrong-person/", "stop/", "fresh-link/")


def snapshot() -> dict[str, list[Any]]:
    """Every row that a visit could change."""
    models: list[Any] = [Writeback]
    for label in ("requests_app", "messaging", "core"):
        models += apps.get_app_config(label).get_models()
    with cross_tenant("all rows are compared"):
        return {m._meta.label: list(m._base_manager.order_by("pk").values()) for m in models}


def paths_at_every_stage() -> tuple[list[str], list[str]]:
    """Every page of a candidate's and a reference's link with a request at each stage, and those of one stage."""
    begun, unfinished, cancelled = sent_request(), waiting_request(), waiting_request()
    with tenant(begun.organization):
        nominate.begin(begun.reference_request)
        name_reference(begun, 1, "Priya Nair")
    answer(unfinished, 1, send=False)
    candidates = [sent_request().candidate_path, begun.candidate_path, cancelled.candidate_path]
    references = [cancelled.reference_path()]
    for scenario in (waiting_request(), unfinished, ready_request()):
        candidates.append(scenario.candidate_path)
        references.append(scenario.reference_path())
    with tenant(cancelled.organization):
        complete.cancel(cancelled.reference_request, actor="Dana")
    paths = [path + page for path in candidates for page in CANDIDATE_PAGES]
    paths += [path + page for path in references for page in REFERENCE_PAGES]
    paths.append(unfinished.candidate_path + f"address/{unfinished.reference().uid}/")
    return paths, [path for path in paths if path.startswith((unfinished.candidate_path, unfinished.reference_path()))]


def test_no_visit_changes_a_row_sets_a_cookie_or_fails() -> None:
    paths, of_one_stage = paths_at_every_stage()
    before = snapshot()
    client = Client()
    # No view asks whether it is a HEAD.
    for visit, visited in ((client.get, paths), (client.head, of_one_stage)):
        for path in visited:
            response = visit(path)
            assert response.status_code in (200, 303, 404), path
            assert not response.cookies, path
            assert response["Cache-Control"] == "no-store"
            assert response["Referrer-Policy"] == "same-origin"
            assert response["X-Robots-Tag"] == "noindex"
        assert snapshot() == before


def test_pages_contain_no_script_and_no_foreign_url() -> None:
    scenario = sent_request()
    page = Client().get(scenario.candidate_path).content.decode()
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


ORIGINS: tuple[tuple[dict[str, str], int], ...] = (
    ({"origin": "http://localhost:8000"}, 303),
    ({"origin": "http://testserver"}, 303),
    ({}, 303),
    ({"sec-fetch-site": "same-origin"}, 303),
    ({"origin": "https://evil.example"}, 403),
    ({"origin": "null"}, 403),
    ({"origin": "http://localhost:8000.evil.example"}, 403),
    ({"sec-fetch-site": "cross-site"}, 403),
    ({"sec-fetch-site": "same-site"}, 403),
)


def test_forms_are_accepted_only_from_our_own_pages(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    scenario = sent_request()
    before = snapshot()
    for headers, status in ORIGINS:
        with transaction.atomic():
            response = Client(enforce_csrf_checks=True).post(
                scenario.candidate_path + "start/", {"agreed": "on", "version": "1"}, headers=headers
            )
            assert response.status_code == status, headers
            assert (snapshot() == before) == (status == 403), headers
            transaction.set_rollback(True)


def test_a_page_that_answers_a_form_may_be_kept_for_the_back_button() -> None:
    ended, client = waiting_request(), Client()
    path, typed = ended.reference_path(), {"text": "Once, in May, on the whole of it"}
    with tenant(ended.organization):
        complete.cancel(ended.reference_request, actor="Dana")
    late = client.post(f"{path}questions/1/", typed)
    foreign = client.post(f"{path}questions/1/", typed, headers={"origin": "https://evil.example"})
    dead = client.post("/r/" + "x" * 32 + "/questions/1/", typed)
    assert [late.status_code, foreign.status_code, dead.status_code] == [409, 403, 404]
    for page in (late, foreign, dead):
        assert typed["text"] in page.content.decode()
        assert page["Cache-Control"] == "private, no-cache"


def test_other_methods_are_refused() -> None:
    path = sent_request().candidate_path
    for method in ("put", "patch", "delete", "options", "trace"):
        assert getattr(Client(), method)(path).status_code == 405, method


def dead_paths() -> dict[str, str]:
    scenario = waiting_request()
    ended, revoked = scenario.reference_path(1), scenario.reference_path(2)
    SecretLink.objects.filter(token_hash=secret_links.hash_token(token_in(ended))).update(
        expires_at=datetime.now(UTC) - timedelta(seconds=1)
    )
    secret_links.revoke(subject=scenario.reference(2).uid)
    purpose = scenario.candidate_path.replace("/c/", "/r/")
    return {"unknown": "/r/" + "x" * 32 + "/", "ended": ended, "revoked": revoked, "purpose": purpose}


def test_all_ended_links_show_the_same_page() -> None:
    client, seen = Client(), set()
    for path in dead_paths().values():
        response = client.get(path)
        assert response.status_code == 404
        assert heading(response) == "This link no longer works"
        assert "Acme" not in response.content.decode()
        seen.add(response.content.decode().replace(path, ""))
    assert len(seen) == 1


def test_an_ended_link_opens_no_page_and_accepts_no_form() -> None:
    revoked = dead_paths()["revoked"]
    before = snapshot()
    for page in REFERENCE_PAGES[:-1]:
        assert Client().get(revoked + page).status_code == 404, page
        assert Client().post(revoked + page, {"reason": "no_time", "rating": "5"}).status_code == 404, page
    assert snapshot() == before


def test_asking_for_a_new_link_looks_the_same_for_every_token() -> None:
    pages = {Client().post(path + "fresh-link/").content for path in dead_paths().values()}
    assert len(pages) == 1


def test_a_new_link_goes_only_to_the_address_on_file_and_works() -> None:
    scenario = waiting_request()
    old = scenario.reference_path()
    with tenant(scenario.organization):
        corrections.correct_reference_address(
            scenario.reference_request, scenario.reference(), "new@ledgerly.example", actor="Dana"
        )
    assert Client().get(old).status_code == 404
    response = Client().post(old + "fresh-link/")
    assert "ledgerly" not in text(response)
    email = scenario.emails("reference_link")[0]
    assert email.to_email == "new@ledgerly.example"
    assert heading(Client().get(link_in(email))) == "Maya Osei asks you for a reference"


def test_new_links_are_not_sent_repeatedly() -> None:
    scenario = sent_request()
    for _ in range(3):
        Client().post(scenario.candidate_path + "fresh-link/")
    assert len(scenario.emails("candidate_link")) == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11)):
        Client().post(scenario.candidate_path + "fresh-link/")
    assert len(scenario.emails("candidate_link")) == 2


def test_no_new_link_is_sent_after_the_end() -> None:
    scenario = ready_request()
    Client().post(scenario.candidate_path + "fresh-link/")
    Client().post(scenario.reference_path() + "fresh-link/")
    assert not [email for email in scenario.emails() if email.kind.endswith("_link")]


def test_links_last_30_days_and_can_be_opened_repeatedly() -> None:
    scenario = sent_request()
    path = scenario.candidate_path
    start = datetime.now(UTC)
    for days, status in ((0, 200), (29, 200), (31, 404)):
        with time_machine.travel(start + timedelta(days=days)):
            assert Client().get(path).status_code == status


def test_a_link_of_one_request_cannot_reach_another_requests_reference() -> None:
    mine, other = waiting_request(), waiting_request()
    before = snapshot()
    path = mine.candidate_path + f"address/{other.reference().uid}/"
    assert Client().post(path, {"email": "thief@x.example"}).status_code == 303
    assert snapshot() == before
