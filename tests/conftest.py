"""What every test uses: a migrated database as role ``app``, an empty cache, and loopback only."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db.backends.signals import connection_created
from django.db.models.signals import post_save
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from crosschq.core.restore import stamp
from scripts.stack import databases
from scripts.stack.postgres import Postgres
from scripts.stack.stack import Stack
from tests import skipped
from tests.audit import assert_names_nobody
from tests.extent import register_profiles
from tests.stack.migrated import connected_to, migrated_database, quickly_emptied
from tests.stack.plugin import DATABASE, STACK, dealt

register_profiles()
pytest_plugins = ["tests.flows.product", "tests.patience", "tests.rows", "tests.vendor"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest tests first, so that no process is still busy with one after the others are done."""
    items[:] = dealt(sorted(items, key=_place), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _place(item: pytest.Item) -> tuple[bool, float, bool]:
    return (
        item.get_closest_marker("flow") is None,
        -_most_seconds(item),
        item.get_closest_marker("browser") is None,
    )


def _most_seconds(item: pytest.Item) -> float:
    """The time limit that a test sets itself, which only a long one does."""
    limit = item.get_closest_marker("timeout")
    return float(limit.args[0]) if limit else 0.0


def pytest_collection_finish() -> None:
    """Exclude modules and tests, which stay until the end, from garbage collection: it saves a tenth of a run."""
    # Databases that tests copy hold no keys of this process (core/security/encryption_keys.py).
    connection_created.disconnect(dispatch_uid="encryption keys")
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in skipped.reasons(terminalreporter.getreports("skipped")):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Stack:
    """The PostgreSQL and the Valkey of this run."""
    return pytestconfig.stash[STACK]


@pytest.fixture(scope="session")
def migrated_template(stack: Stack, django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of a migrated database; ``stack.create_database(name, template=...)`` copies it in 50 ms."""
    with django_db_blocker.unblock():
        name = migrated_database(stack)
    yield name
    if not isinstance(stack.postgres, Postgres):
        # A server of the caller's is left as it was found.
        databases.drop_database(stack.owner_url("postgres"), name)


@pytest.fixture(scope="session")
def django_db_setup(stack: Stack, migrated_template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database of the tests, used as ``app``: row-level security holds in them as it does in production."""
    name = f"test_{DATABASE}"
    stack.create_database(name, template=migrated_template)
    with django_db_blocker.unblock(), connected_to(stack.app_url(name)), quickly_emptied(stack, name):
        yield
    databases.drop_database(stack.owner_url("postgres"), name)


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords(django_test_environment: None) -> Iterator[None]:
    """Real password hashing takes 0.2 s each time, by design."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def _audit_log_without_names(django_test_environment: None) -> Iterator[None]:
    """The audit log can't be erased, so no action of any test may leave a person's name or address there."""
    post_save.connect(assert_names_nobody, sender="organizations.AuditEntry")
    yield
    post_save.disconnect(assert_names_nobody, sender="organizations.AuditEntry")


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Counters such as failed sign-ins don't carry over to the next test, and neither does what a command watched."""
    stamp.watching, stamp.checked = False, None
    cache.clear()
