"""A worker makes the ATS calls that a page needs: no web request waits for them, and the page shows the result."""

from __future__ import annotations

import html
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from urllib3.connection import HTTPConnection

from connectors import extensions
from connectors.ats import Unavailable
from connectors.background_tasks import lifecycle as background
from connectors.connection import connect
from connectors.manage import worker
from connectors.manage.worker import CHECK
from connectors.models import CLAIM_WITHIN, BackgroundTask, Connection, ConnectionState
from connectors.setup import checks
from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.web import http
from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from tests.background import press
from tests.connected import already_connected, member_made_once
from tests.factories import make_connection, make_member, signed_in
from tests.vendor import CALLBACK, Vendor
from tests.webhooks.moves import last_call
from webhooks.models import ConnectionJob


@pytest.fixture
def admin(transactional_db: None, rows_made_once: None) -> User:
    return member_made_once(Role.ADMIN)


@pytest.fixture
def acme(admin: User) -> Organization:
    return admin.memberships.get().organization


@pytest.fixture
def browser(admin: User, client: Client) -> Client:
    return signed_in(client, admin)


def deliveries_wait(vendor: Vendor, connection: Connection, user: User) -> None:
    vendor.tell("hold")


@pytest.fixture
def live(vendor: Vendor, admin: User) -> Connection:
    return already_connected(vendor, admin, then=deliveries_wait)


def url(acme: Organization, name: str, *more: object) -> str:
    return reverse(name, args=[acme.slug, "smartrecruiters", *more])


def page(browser: Client, address: str) -> str:
    return html.unescape(browser.get(address).content.decode())


def tasks(acme: Organization) -> list[BackgroundTask]:
    with tenant(acme):
        return list(BackgroundTask.objects.order_by("pk"))


def allowed(vendor: Vendor, browser: Client, acme: Organization) -> dict[str, str]:
    return vendor.consent(browser.post(url(acme, "connectors:connect"))["Location"])


def test_the_callback_makes_no_ats_call_and_the_page_shows_connecting_then_connected(
    vendor: Vendor, acme: Organization, browser: Client
) -> None:
    answer, before = allowed(vendor, browser, acme), vendor.ask("requests")
    with CaptureQueriesContext(database) as asked:
        back = browser.get(CALLBACK, answer)
    assert vendor.ask("requests") == before
    assert len(asked) < 25
    assert back["Location"].startswith(url(acme, "connectors:manage"))
    text = page(browser, back["Location"])
    assert "Connecting…" in text
    assert "Add to SmartRecruiters" not in text, "a second sign-in would be one too many"
    work_item.drain(BackgroundTask)
    text = page(browser, back["Location"])
    assert "Connecting…" not in text
    assert 'class="banner-title">Connected<' in text
    assert "Acme GmbH (acme-gmbh)" in text
    assert "checked just now" in text
    with tenant(acme):
        assert ConnectionJob.objects.exists()


def test_a_task_of_a_dead_worker_continues_after_the_grant_is_stored(
    vendor: Vendor, acme: Organization, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code works once, so it can't be exchanged again."""

    def die(*_: object, **__: object) -> None:
        raise SystemExit

    browser.get(CALLBACK, allowed(vendor, browser, acme))
    with monkeypatch.context() as patch:
        patch.setattr(connect, "set_up", die)
        with pytest.raises(SystemExit):
            work_item.drain(BackgroundTask)
    with rls.scope(rls.ALL_TENANTS), database.cursor() as cursor:
        cursor.execute("UPDATE connectors_backgroundtask SET lease_until = now() - interval '1 second'")
    work_item.drain(BackgroundTask)
    (task,) = tasks(acme)
    assert (task.state, task.attempts) == (WorkState.DONE, 2)
    with tenant(acme):
        assert Connection.objects.get().state == ConnectionState.CONNECTED
    assert [hook["status"] for hook in vendor.ask("state")["subscriptions"]] == ["active"]


def test_actions_of_apps_above_run_as_part_of_a_disconnect(
    vendor: Vendor, live: Connection, acme: Organization, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[tuple[Connection, User, bool]] = []
    monkeypatch.setattr(extensions, "after_disconnect", [lambda *given: ended.append((*given, rls.in_scope()))])
    press(browser, url(acme, "connectors:disconnect"))
    assert [(connection.pk, is_open) for connection, _actor, is_open in ended] == [(live.pk, True)]
    assert vendor.ask("state")["subscriptions"] == []


def test_connecting_opens_one_http_connection_for_the_grant_and_one_for_all_calls(
    vendor: Vendor, acme: Organization, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    connect_now = HTTPConnection.connect

    def counted(self: HTTPConnection) -> None:
        opened.append(self.port)
        connect_now(self)

    browser.get(CALLBACK, allowed(vendor, browser, acme))
    http._Kept.forget()
    monkeypatch.setattr(HTTPConnection, "connect", counted)
    before = len(vendor.ask("requests"))
    opened.clear()
    work_item.drain(BackgroundTask)
    assert opened.count(int(vendor.url.rpartition(":")[2])) == 2
    assert len(vendor.ask("requests")) - before > 20


def test_a_refused_code_connects_nothing_and_offers_another_sign_in(
    vendor: Vendor, acme: Organization, browser: Client
) -> None:
    answer = allowed(vendor, browser, acme) | {"code": "made-up"}
    back = browser.get(CALLBACK, answer)
    work_item.drain(BackgroundTask)
    text = page(browser, back["Location"])
    assert "The sign-in failed" in text
    assert "Nothing has changed. Try again." in text
    assert "Add to SmartRecruiters" in text
    (task,) = tasks(acme)
    assert url(acme, "connectors:task_try_again", task.uid) not in text
    browser.post(url(acme, "connectors:task_try_again", task.uid))
    assert tasks(acme)[0].state == WorkState.DEAD


def test_pages_do_not_wait_for_the_ats(vendor: Vendor, live: Connection, acme: Organization, browser: Client) -> None:
    before = len(vendor.calls())
    posts = [
        (url(acme, "connectors:check"), {}),
        (url(acme, "connectors:set_up"), {}),
        (url(acme, "events:explain"), {"text": "Maya"}),
        (url(acme, "events:dry_run"), {}),
        (url(acme, "events:dry_run_preview"), {"job_id": vendor.job("Backend Engineer")}),
        (url(acme, "connectors:disconnect"), {}),
    ]
    for address, data in posts:
        answer = browser.post(address, data)
        assert browser.get(answer["Location"]).status_code == 200
    assert len(tasks(acme)) == len(posts)
    assert len(vendor.calls()) == before


def test_a_second_click_joins_the_running_task(live: Connection, acme: Organization, browser: Client) -> None:
    first, second = (browser.post(url(acme, "connectors:check"))["Location"] for _ in range(2))
    assert first == second
    colleague = signed_in(Client(), make_member(acme, Role.ADMIN))
    assert colleague.post(url(acme, "connectors:check"))["Location"] == first
    assert "Checking…" in page(colleague, url(acme, "connectors:manage")), "whoever opens the page sees it"
    work_item.drain(BackgroundTask)
    assert browser.post(url(acme, "connectors:check"))["Location"] != first


def test_a_check_of_new_names_does_not_join_one_of_old_names(
    live: Connection, acme: Organization, browser: Client
) -> None:
    browser.post(url(acme, "connectors:check"))
    names = {"step_name": "References", "field_name": "Crosschq tag"}
    people = {"fallback_owner_name": "Dana", "fallback_owner_email": "dana@acme.example"}
    with tenant(acme):
        Connection.objects.update(**people)  # changing these asks for confirmation first
    browser.post(url(acme, "connectors:settings"), names | people)
    assert len(tasks(acme)) == 2


def test_the_page_shows_progress_and_polls_with_and_without_scripts(acme: Organization, browser: Client) -> None:
    make_connection(acme)
    there = browser.post(url(acme, "connectors:check"))["Location"]
    (task,) = tasks(acme)
    assert "Waiting for a worker." in page(browser, there)
    with tenant(acme):
        progress = background.StoredProgress(task)
        progress.step("Looking up the user")
        progress.step("Reading open jobs")
        progress.written_at = 0
        progress.count(12, 40)
    text = page(browser, there)
    assert "Step 2 of 3: Reading open jobs: 12 of 40" in text
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in text
    assert f'<a href="{there}">Refresh</a>' in text
    poll = url(acme, "connectors:task", task.uid)
    assert f'hx-get="{poll}?asked=0"' in text
    part = browser.get(poll, {"asked": "0"}, headers={"HX-Request": "true"})
    assert "Step 2 of 3" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert f"{poll}?asked=1" in part.content.decode()
    assert "HX-Refresh" not in part
    for odd in ("x", "-1", "\u0663", "99999"):
        assert browser.get(poll, {"asked": odd}, headers={"HX-Request": "true"}).status_code == 200
    assert "hx-get" not in browser.get(poll, {"asked": "500"}, headers={"HX-Request": "true"}).content.decode()
    assert browser.get(poll)["Location"] == there
    with tenant(acme):
        BackgroundTask.objects.update(state=WorkState.DONE, finished_at=clock.now())
    assert browser.get(poll, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    text = page(browser, there)
    assert "refresh" not in text
    assert "steps are done" in text


def test_the_page_says_after_a_while_that_no_worker_is_running(acme: Organization, browser: Client) -> None:
    make_connection(acme)
    there = browser.post(url(acme, "connectors:check"))["Location"]
    assert "No worker" not in page(browser, there)
    with time_machine.travel(clock.now() + CLAIM_WITHIN + timedelta(seconds=1), tick=True):
        assert "No worker has started this yet." in page(browser, there)


def test_a_failed_task_shows_its_reason_and_a_retry_button(
    vendor: Vendor, live: Connection, acme: Organization, browser: Client
) -> None:
    vendor.tell("faults", route="GET /jobs", kind="status", status=503, times=9)
    there = browser.post(url(acme, "events:dry_run"))["Location"]
    work_item.drain(BackgroundTask)
    text = page(browser, there)
    assert "We couldn't read the jobs" in text
    assert "SmartRecruiters is busy or down." in text
    vendor.tell("faults/clear")
    again = url(acme, "connectors:task_try_again", tasks(acme)[0].uid)
    assert f'action="{again}"' in text
    assert browser.post(again)["Location"] == there
    work_item.drain(BackgroundTask)
    assert "Backend Engineer" in page(browser, there)
    assert browser.post(again)["Location"] == there
    assert tasks(acme)[0].state == WorkState.DONE, "what is done is not done again"


def test_a_retry_joins_a_task_that_is_already_running(acme: Organization, browser: Client) -> None:
    make_connection(acme)
    browser.post(url(acme, "connectors:check"))
    (failed,) = tasks(acme)
    with tenant(acme):
        BackgroundTask.objects.update(state=WorkState.DEAD, finished_at=clock.now(), reason="Busy.")
    newer = browser.post(url(acme, "connectors:check"))["Location"]
    assert browser.post(url(acme, "connectors:task_try_again", failed.uid))["Location"] == newer
    assert [task.state for task in tasks(acme)] == [WorkState.DEAD, WorkState.PENDING]


def test_an_unexpected_error_is_retried_twice_and_then_reported(
    acme: Organization, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_connection(acme)

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(checks, "read", fail)
    there = browser.post(url(acme, "connectors:check"))["Location"]
    for seconds in (0, 2, 10):
        with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=True):
            work_item.drain(BackgroundTask)
    assert tasks(acme)[0].attempts == 3
    assert "Something failed on our side." in page(browser, there)


def test_inputs_and_results_are_encrypted_and_deleted_after_an_hour(
    vendor: Vendor, live: Connection, acme: Organization, browser: Client
) -> None:
    there = browser.post(url(acme, "events:explain"), {"text": "Maya Osei"})["Location"]
    assert "Maya" not in there
    work_item.drain(BackgroundTask)
    assert "Maya Osei" in page(browser, there)
    with rls.scope(rls.ALL_TENANTS), database.cursor() as cursor:
        cursor.execute("SELECT arguments, result, doing, reason FROM connectors_backgroundtask")
        stored = " ".join(cursor.fetchone())
    assert "Maya" not in stored
    assert tasks(acme)[0].parsed_result["explanation"]["match"]["name"] == "Maya Osei"
    with time_machine.travel(clock.now() + background.KEPT + timedelta(minutes=1), tick=True):
        text = page(browser, there)
        assert "Maya Osei" not in text
        background.forget()
    assert tasks(acme) == []


def test_a_task_that_no_worker_took_is_deleted_after_a_day(acme: Organization, browser: Client) -> None:
    make_connection(acme)
    browser.post(url(acme, "connectors:check"))
    with time_machine.travel(clock.now() + timedelta(hours=23), tick=True):
        assert background.forget() == 0
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=True):
        assert background.forget() == 1


def test_a_recruiter_can_neither_see_nor_repeat_admin_tasks(acme: Organization, browser: Client) -> None:
    make_connection(acme)
    browser.post(url(acme, "connectors:check"))
    with tenant(acme):
        BackgroundTask.objects.update(state=WorkState.DEAD, finished_at=clock.now(), reason="Busy.")
    (task,) = tasks(acme)
    recruiter = signed_in(Client(), make_member(acme, Role.RECRUITER))
    assert recruiter.get(url(acme, "connectors:task", task.uid)).status_code == 403
    assert recruiter.post(url(acme, "connectors:task_try_again", task.uid)).status_code == 403
    assert tasks(acme)[0].state == WorkState.DEAD


def test_an_invalid_task_in_the_url_shows_the_page_without_one(acme: Organization, browser: Client) -> None:
    make_connection(acme)
    for odd in ("", "x", "\x00", "00000000-0000-0000-0000-000000000000", "é" * 400):
        for name in ("connectors:manage", "events:explain", "events:dry_run", "prospects:export_settings"):
            answer = browser.get(url(acme, name), {"task": odd})
            assert answer.status_code == 200
            assert 'id="task"' not in answer.content.decode()


def test_a_task_of_one_page_is_not_shown_on_another(live: Connection, acme: Organization, browser: Client) -> None:
    there = browser.post(url(acme, "events:explain"), {"text": "Maya"})["Location"]
    work_item.drain(BackgroundTask)
    uid = there.partition("task=")[2]
    for name in ("events:dry_run", "events:dry_run_preview", "connectors:manage"):
        assert browser.get(url(acme, name), {"task": uid}, follow=True).status_code == 200


def test_a_task_of_another_connection_is_not_found(acme: Organization, browser: Client) -> None:
    make_connection(acme)
    assert browser.get(url(acme, "connectors:task", uuid4())).status_code == 404


def test_a_task_whose_user_no_longer_has_an_account_fails_with_a_reason(acme: Organization) -> None:
    make_connection(acme)
    leaver = make_member(acme, Role.ADMIN)
    with tenant(acme):
        background.begin(worker.DISCONNECT, organization=acme, vendor="smartrecruiters", asked_by=leaver, page="/")
        BackgroundTask.objects.update(asked_by=None)
    work_item.drain(BackgroundTask)
    assert "no longer has an account" in tasks(acme)[0].reason


def test_an_ats_error_ends_a_task_with_its_message_and_without_retries(
    acme: Organization, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_connection(acme)

    def fail(*_: object, **__: object) -> None:
        raise Unavailable("SmartRecruiters can't be reached.")

    monkeypatch.setattr(checks, "read", fail)
    with tenant(acme):
        background.begin(CHECK, organization=acme, vendor="smartrecruiters", asked_by=admin, page="/")
    work_item.drain(BackgroundTask)
    (task,) = tasks(acme)
    assert (task.state, task.attempts, task.reason) == (WorkState.DEAD, 1, "SmartRecruiters can't be reached.")


def test_polling_makes_no_ats_call_while_the_task_is_running(
    vendor: Vendor, live: Connection, acme: Organization, browser: Client
) -> None:
    before = last_call(vendor)
    for name in ("connectors:check", "connectors:set_up", "events:dry_run"):
        there = browser.post(url(acme, name))["Location"]
        browser.get(there)
    assert vendor.calls(after=before) == []
