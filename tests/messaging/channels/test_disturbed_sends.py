from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from django.db import Error, connection
from pytest_django import Settings

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import InjectedFault
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import cross_tenant
from tests.extent import first_of
from tests.factories import make_organization
from tests.messaging.inbox import Inbox
from tests.messaging.rows import write

POINTS = ["after_claim", "email_before_send", "email_after_send", "after_effects"]
KINDS = ["raise", "stall"]
# Each point and each kind is among the first four.
DISTURBANCES = [(point, KINDS[(number + more) % 2]) for more in range(2) for number, point in enumerate(POINTS)]


@pytest.mark.parametrize(("point", "kind"), first_of(DISTURBANCES, 4))
@pytest.mark.django_db(transaction=True)
def test_an_email_recovers_from_each_disturbance_and_is_one_email(
    settings: Settings, tmp_path: Path, inbox: Inbox, point: str, kind: str
) -> None:
    """A quick version of bench/fault_points.py, which also kills processes and drops connections."""
    settings.FAULT_DIR, settings.LEASE_SCALE = str(tmp_path), 0.001
    item = write(make_organization())
    (tmp_path / point).write_text(kind, encoding="ascii")
    for _ in range(3):
        with contextlib.suppress(InjectedFault, Error):
            work_item.drain(Message)
        connection.close()
        work_item.release_abandoned()
        with cross_tenant("a test doesn't wait for the delay"):
            Message.objects.filter(pk=item.pk, state=WorkState.PENDING).update(available_at=clock.now())
    with cross_tenant("a test looks at a row"):
        item.refresh_from_db()
    assert not (tmp_path / point).exists()
    assert item.state == WorkState.DONE
    assert len({email["Message-ID"] for email in inbox.emails}) == 1
