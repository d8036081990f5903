"""Whatever happens to a worker that makes a report's PDF, there is one file, and it is handed over once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_django import Settings

from connectors.models import Attachment
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import KILLED, KINDS, OF_REPORTS
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from requests_app.erasure import erase_reference
from requests_app.models import ReportFile
from requests_app.report.pdf import files
from tests.factories import make_connection, make_organization
from tests.forked import status_of_a_child_that_does
from tests.requests_app.factories import RequestScenario, ready_request

# The children of these tests commit.
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(360)]


@pytest.fixture(autouse=True)
def _without_typst(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its threads don't survive the fork of a test. The file contains what typst would get."""
    monkeypatch.setattr(files, "compiled", lambda data: json.dumps(data).encode())


def to_attach() -> RequestScenario:
    acme = make_organization()
    return ready_request(acme, connection=make_connection(acme, attach_reports=True))


def drain(scenario: RequestScenario) -> None:
    """End the lease and the delay before the next attempt, and do the due work."""
    with tenant(scenario.organization):
        unfinished = ReportFile.objects.filter(state__in=[WorkState.PENDING, WorkState.WORKING])
        unfinished.update(state=WorkState.PENDING, available_at=clock.now(), lease_until=None)
    work_item.drain(ReportFile)


@pytest.mark.parametrize("point", [*OF_REPORTS, "after_effects"])
@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fault_the_next_worker_makes_the_file_and_hands_it_over_once(
    settings: Settings, tmp_path: Path, point: str, kind: str
) -> None:
    scenario = to_attach()
    settings.LEASE_SCALE, settings.FAULT_DIR = 0.02, str(tmp_path)
    (tmp_path / point).write_text(kind, encoding="ascii")
    status = status_of_a_child_that_does(lambda: work_item.drain(ReportFile))
    assert (status == KILLED) == (kind == "kill")
    assert not (tmp_path / point).exists()
    drain(scenario)
    with tenant(scenario.organization):
        file = ReportFile.objects.get()
        assert file.is_made
        assert Attachment.objects.count() == 1


def test_a_person_erased_while_the_file_is_made_is_in_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = to_attach()
    name = scenario.reference(2).name

    def erase(_point: str) -> None:
        monkeypatch.setattr(files, "fault", lambda _point: None)
        with tenant(scenario.organization):
            erase_reference(scenario.reference(2))

    monkeypatch.setattr(files, "fault", erase)
    work_item.drain(ReportFile)
    drain(scenario)
    with tenant(scenario.organization):
        file, attachment = ReportFile.objects.get(), Attachment.objects.get()
    assert file.fingerprint[: files.NAME_DIGITS] in attachment.name
    assert name not in files.contents(file).decode()
    assert scenario.reference(1).name in files.contents(file).decode()
