"""While PostgreSQL is locked, full or silent, intake soon says so, and the process is alive."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress

import psycopg2
import pytest
import requests

from scripts.stack import databases
from scripts.stack.postgres import Postgres
from scripts.stack.stack import Stack
from tests.patience import SECONDS
from tests.web_server.clients import PROMPT_SECONDS, answers, deliver
from tests.web_server.conftest import DATABASE, Web
from tests.webhooks.deliveries import BODY, signed

pytestmark = [pytest.mark.flow, pytest.mark.slow]
MORE_THAN_THERE_ARE = 500
# A process of the web server remembers the keys of an endpoint, so its next delivery doesn't wait for their table.
HARMLESS = {"keys locked"}
Trouble = Callable[[Web, Stack], AbstractContextManager[None]]


@contextmanager
def locked(stack: Stack, table: str) -> Iterator[None]:
    """The way a migration locks it while it waits for something else."""
    with databases.cursor(stack.owner_url(DATABASE)) as sql:
        sql.execute(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        sql.execute("ROLLBACK")


@contextmanager
def full(web: Web, stack: Stack) -> Iterator[None]:
    """Every connection that roles may have is taken, and those of the web server are gone."""
    if not isinstance(stack.postgres, Postgres):
        pytest.skip("needs a PostgreSQL whose connections may all be taken")
    with ExitStack() as taken:
        superuser = taken.enter_context(databases.cursor(stack.postgres.url("postgres", "postgres")))
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = 'app'"
        with suppress(psycopg2.OperationalError):
            for _ in range(MORE_THAN_THERE_ARE):
                superuser.execute(end, [DATABASE])
                taken.callback(psycopg2.connect(stack.owner_url("postgres")).close)
            pytest.fail("PostgreSQL takes ever more connections")
        yield


@contextmanager
def frozen(web: Web, stack: Stack) -> Iterator[None]:
    with web.proxy.frozen():
        yield


@contextmanager
def read_only(web: Web, stack: Stack) -> Iterator[None]:
    """Make the database read-only, like a standby that a failover hasn't promoted yet."""
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = 'app'"
    with databases.cursor(stack.owner_url("postgres")) as sql:
        sql.execute(f'ALTER DATABASE "{DATABASE}" SET default_transaction_read_only = on')
        sql.execute(end, [DATABASE])
        try:
            yield
        finally:
            sql.execute(f'ALTER DATABASE "{DATABASE}" RESET default_transaction_read_only')
            sql.execute(end, [DATABASE])


TROUBLES: dict[str, Trouble] = {
    "events locked": lambda _web, stack: locked(stack, "webhooks_inboundevent"),
    "subscriptions locked": lambda _web, stack: locked(stack, "connectors_subscription"),
    "keys locked": lambda _web, stack: locked(stack, "connectors_signingkey"),
    "organizations locked": lambda _web, stack: locked(stack, "organizations_organization"),
    "refused deliveries locked": lambda _web, stack: locked(stack, "webhooks_refuseddeliveries"),
    "no connection left": full,
    "read-only": read_only,
    "frozen": frozen,
}


@pytest.fixture(autouse=True)
def _works_before_and_after(web: Web) -> Iterator[None]:
    assert answers(f"{web.url}/readyz", seconds=SECONDS)
    yield
    until = time.monotonic() + SECONDS
    while deliver(web.hook)[0] != 202:
        assert time.monotonic() < until


@pytest.mark.parametrize("trouble", sorted(TROUBLES.keys() - HARMLESS))
def test_intake_soon_answers_503_while_the_process_is_alive(web: Web, stack: Stack, trouble: str) -> None:
    """Even a request with a session cookie gets an answer from /healthz. A 503 says when to try again."""
    key = "forged" if "refused" in trouble else "a-secret-key"
    with TROUBLES[trouble](web, stack), ThreadPoolExecutor(20) as senders:
        began = time.monotonic()
        answer = requests.post(web.hook, data=BODY, headers=signed(BODY, event_id=trouble, key=key), timeout=SECONDS)
        seconds_of_one = time.monotonic() - began
        waiting = [senders.submit(deliver, web.hook, key=key) for _number in range(40)]
        began = time.monotonic()
        cookies = {"sessionid": "a" * 32}
        alive = [requests.get(f"{web.url}/healthz", cookies=cookies, timeout=SECONDS).status_code for _ in range(5)]
        seconds_alive = time.monotonic() - began
        seen = [sender.result() for sender in waiting]
    assert (answer.status_code, answer.headers["Retry-After"], answer.content) == (503, "60", b"")
    assert seconds_of_one < PROMPT_SECONDS
    assert {status for status, _seconds in seen} == {503}
    assert max(seconds for _status, seconds in seen) < PROMPT_SECONDS
    assert alive == [200] * 5
    assert seconds_alive < PROMPT_SECONDS


@pytest.mark.parametrize("trouble", sorted(HARMLESS))
def test_intake_goes_on_while_a_table_it_does_not_need_is_locked(web: Web, stack: Stack, trouble: str) -> None:
    with requests.Session() as connection:  # so the process that remembers the keys answers all of it
        assert deliver(web.hook, connection=connection)[0] == 202
        with TROUBLES[trouble](web, stack):
            assert deliver(web.hook, connection=connection)[0] == 202
            assert connection.get(f"{web.url}/healthz", timeout=SECONDS).status_code == 200


@pytest.mark.parametrize("trouble", ["no connection left", "frozen"])
def test_readiness_is_reported_in_time(web: Web, stack: Stack, trouble: str) -> None:
    with TROUBLES[trouble](web, stack):
        began = time.monotonic()
        answer = requests.get(f"{web.url}/readyz", timeout=SECONDS)
        seconds = time.monotonic() - began
    assert (answer.status_code, answer.json()["database"]) == (503, "does not answer")
    assert seconds < PROMPT_SECONDS


def test_no_page_is_a_500_while_no_connection_is_left(web: Web, stack: Stack) -> None:
    with full(web, stack):
        for path in ("/", "/profile/", "/accounts/login/", "/o/acme/requests/", "/c/nobody/", "/nothing/"):
            began = time.monotonic()
            answer = requests.get(
                f"{web.url}{path}", cookies={"sessionid": "a" * 32}, timeout=SECONDS, allow_redirects=False
            )
            assert time.monotonic() - began < PROMPT_SECONDS, path
            assert answer.status_code != 500, path
            if answer.status_code == 503:
                assert answer.headers["Retry-After"] == "60", path


def test_a_read_only_database_is_not_ready_and_no_page_is_a_500(web: Web, stack: Stack) -> None:
    with read_only(web, stack):
        ready = requests.get(f"{web.url}/readyz", timeout=SECONDS)
        page = requests.Session()
        page.get(f"{web.url}/accounts/login/", timeout=SECONDS)
        token = page.cookies["csrftoken"]
        forms = {"/accounts/login/": {"login": "a@b.example", "password": "wrong"}, "/c/nobody/fresh/": {}}
        answers_ = {
            path: page.post(web.url + path, {"csrfmiddlewaretoken": token, **data}, timeout=SECONDS)
            for path, data in forms.items()
        }
    assert (ready.status_code, ready.json()["database"]) == (503, "is read-only")
    assert [(path, answer.status_code) for path, answer in answers_.items() if answer.status_code == 500] == []
    assert answers_["/accounts/login/"].status_code == 503
