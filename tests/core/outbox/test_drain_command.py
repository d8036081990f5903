from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from tests.core.jobs import Performer, make_work, reread
from tests.factories import make_organization

pytestmark = pytest.mark.django_db


def test_the_drain_command_does_all_due_work_and_what_it_causes(performer: Performer) -> None:
    organization = make_organization()

    def job(item: Message) -> None:
        with tenant(organization):
            if item.subject == "cause":
                make_work(organization, "effect")
            work_item.finish(item)

    performer.job = job
    make_work(organization, "cause")
    out = StringIO()
    call_command("drain", stdout=out)
    assert performer.seen == ["cause", "effect"]
    assert out.getvalue().endswith("0 done\n")


def test_the_drain_command_can_do_one_kind_of_work(performer: Performer) -> None:
    item = make_work(make_organization())
    call_command("drain", "connectors.Writeback", stdout=StringIO())
    assert reread(item).state == WorkState.PENDING
    call_command("drain", "messaging.Message", stdout=StringIO())
    assert reread(item).state == WorkState.DONE


def test_the_drain_command_lists_the_kinds_if_given_an_unknown_one() -> None:
    with pytest.raises(CommandError, match=r"messaging\.Message"):
        call_command("drain", "messaging.Nothing", stdout=StringIO())
