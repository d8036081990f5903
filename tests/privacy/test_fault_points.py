"""Whatever happens to a worker of the privacy desk at its worst moments, the work is done once, and completely."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import KILLED, KINDS, OF_PRIVACY
from crosschq.core.outbox.work_item import WorkItem, WorkState
from crosschq.messaging.models import Message
from crosschq.privacy.desk.search import find_person
from crosschq.privacy.erase.request import ask_to_erase
from crosschq.privacy.export.request import ask_for_export
from crosschq.privacy.models import DataExport, Erasure, ExportPart, Offboarding
from crosschq.privacy.offboarding.request import ask_to_delete
from crosschq.privacy.offboarding.tables import count_rows
from crosschq.privacy.retention import nightly
from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import cross_tenant, tenant
from tests.factories import make_member, make_organization
from tests.forked import status_of_a_child_that_does
from tests.privacy.retention.factories import ended_request, lives
from tests.requests_app.factories import RequestScenario, ready_request

# The children of these tests commit.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


@dataclass
class Work:
    """Something that a worker does, and what must be true once it is done."""

    do: Callable[[], object]
    check: Callable[[], None]
    model: type[WorkItem] | None = None


def erasure(ledger: Path) -> Work:
    scenario = ready_request()
    uid = scenario.reference_request.uid
    with tenant(scenario.organization):
        person = find_person(uid)
        assert person
        ask_to_erase(person, organization=scenario.organization, actor=None, uid=uid)

    def check() -> None:
        with tenant(scenario.organization):
            done = Erasure.objects.get()
            assert (done.state, done.sought, find_person(uid)) == (WorkState.DONE, "", None)
            assert done.proof["found"] == {}
        assert {line["erasure"] for line in lines(ledger)} == {str(done.uid)}

    return Work(lambda: work_item.drain(Erasure), check, Erasure)


def export(_ledger: Path) -> Work:
    scenario = ready_request()
    uid = scenario.reference_request.uid
    with tenant(scenario.organization):
        person = find_person(uid)
        assert person
        admin = make_member(scenario.organization, Role.ADMIN)
        ask_for_export(person, organization=scenario.organization, actor=admin, uid=uid, with_answers=False)

    def check() -> None:
        with tenant(scenario.organization):
            done = DataExport.objects.get()
            assert done.state == WorkState.DONE
            numbers = list(ExportPart.objects.order_by("number").values_list("number", flat=True))
            assert len(numbers) == len(set(numbers)) >= 1

    return Work(lambda: work_item.drain(DataExport), check, DataExport)


def offboarding(ledger: Path) -> Work:
    organization, other = make_organization(), ready_request()
    owner = make_member(organization, Role.OWNER)
    with tenant(organization):
        ask_to_delete(organization, actor=owner)
        Offboarding.objects.update(available_at=clock.now())

    def check() -> None:
        with cross_tenant("a test counts rows"):
            assert count_rows(organization.pk) == {}
            assert Message.objects.filter(kind="organization_deleted").count() == 1
        assert not User.objects.filter(pk=owner.pk).exists()
        assert Organization.objects.filter(pk=other.organization.pk).exists()
        assert {line["organization"] for line in lines(ledger)} == {str(organization.uid)}

    return Work(lambda: work_item.drain(Offboarding), check, Offboarding)


def night(_ledger: Path) -> Work:
    acme = make_organization()
    old: list[RequestScenario] = [ended_request(acme, clock.now() - timedelta(days=3000)) for _ in range(2)]
    young = ended_request(acme, clock.now())

    def check() -> None:
        assert [lives(acme, each) for each in (*old, young)] == [False, False, True]

    return Work(lambda: nightly.run(now=clock.now()), check)


WORK = {"erasure": erasure, "export": export, "offboarding": offboarding, "night": night}


def lines(ledger: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("point", OF_PRIVACY)
@pytest.mark.parametrize(
    "kind", [kind if kind == "kill" else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS]
)
def test_after_a_fault_the_next_worker_finishes_the_work_once(
    settings: Settings, tmp_path: Path, point: str, kind: str
) -> None:
    settings.ERASURE_LEDGER, settings.LEASE_SCALE = str(tmp_path / "ledger.jsonl"), 0.02
    work = WORK[point.partition("_")[0]](tmp_path / "ledger.jsonl")
    settings.FAULT_DIR = str(tmp_path / "faults")
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults" / point).write_text(kind, encoding="ascii")
    status = status_of_a_child_that_does(work.do)
    assert (status == KILLED) == (kind == "kill")
    assert not (tmp_path / "faults" / point).exists()
    make_due(work.model)
    work.do()
    work.check()


def make_due(model: type[WorkItem] | None) -> None:
    """End the lease and the delay before the next attempt."""
    if model is not None:
        with rls.scope(rls.ALL_TENANTS):
            unfinished = model._base_manager.filter(state__in=[WorkState.PENDING, WorkState.WORKING])
            unfinished.update(state=WorkState.PENDING, available_at=clock.now(), lease_until=None)
