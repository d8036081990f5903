"""Concurrent actions: opting in never waits for an export, and no change by an admin is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import Organization, User
from crosschq.tenancy.scope import tenant
from prospects.export import runs
from prospects.export import settings as export_settings
from prospects.export_options.options import SourceOption
from prospects.models import ExportItem, ExportRun, ExportSettings, Removal
from prospects.opt_in import removal
from prospects.opt_in.consent import CURRENT
from prospects.opt_in.opt_in import opt_in
from tests.factories import make_connection, make_member, make_organization
from tests.locks import waits_for_a_lock
from tests.patience import SECONDS
from tests.prospects.factories import PRIYA, answered_job, make_prospect
from tests.requests_app.factories import in_thread

pytestmark = pytest.mark.django_db(transaction=True)


class Acme:
    """An organization with complete export settings that export to the talent pool."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.pool = pool
        self.organization: Organization = make_organization()
        self.admin: User = make_member(self.organization)
        self.connection: Connection = make_connection(self.organization)
        with tenant(self.organization):
            self.settings = ExportSettings.objects.create(
                organization=self.organization, connection=self.connection, saved_at=clock.now(), new_on=True
            )

    def meanwhile(self, act: Callable[[], object]) -> Future[None]:
        """Run the function in a thread, on another connection."""

        def scoped() -> None:
            with tenant(self.organization):
                act()

        return self.pool.submit(in_thread, scoped)

    def start(self) -> ExportRun:
        return runs.start(settings=self.settings, actor=self.admin)


@pytest.fixture
def acme() -> Iterator[Acme]:
    with ThreadPoolExecutor(1) as pool:
        yield Acme(pool)


def test_opting_in_does_not_wait_for_a_starting_export(acme: Acme) -> None:
    job = answered_job(acme.organization)
    make_prospect(acme.organization)
    with tenant(acme.organization):
        acme.start()
        acme.meanwhile(lambda: opt_in(reference=job.reference(), details=PRIYA, version=CURRENT)).result(SECONDS)


def test_an_export_does_not_wait_for_a_repeated_opt_in(acme: Acme) -> None:
    job = answered_job(acme.organization)
    make_prospect(acme.organization, email=PRIYA.email, email_key=PRIYA.email)
    with tenant(acme.organization):
        ExportSettings.objects.update(new_on=False)
    with tenant(acme.organization):
        opt_in(reference=job.reference(), details=PRIYA, version=CURRENT)
        acme.meanwhile(acme.start).result(SECONDS)


def test_an_export_does_not_wait_for_a_removal(acme: Acme) -> None:
    prospect = make_prospect(acme.organization)
    with tenant(acme.organization):
        removal.remove(prospect, why=Removal.LEFT)
        acme.meanwhile(acme.start).result(SECONDS)


def test_a_run_does_not_finish_while_a_prospect_is_being_added(acme: Acme) -> None:
    with tenant(acme.organization):
        run = acme.start()
    make_prospect(acme.organization)
    with tenant(acme.organization):
        acme.start()
        ending = acme.meanwhile(lambda: runs.finish_if_done(run))
        waits_for_a_lock(ending)
    ending.result(SECONDS)
    with tenant(acme.organization):
        assert ExportItem.objects.get().state == WorkState.PENDING
        assert ExportRun.objects.get().finished_at is None


def test_a_switch_turned_off_while_settings_are_saved_stays_off(acme: Acme) -> None:
    wanted = export_settings.ExportSettingsInput("", SourceOption("", "", "", ""), (), ("crosschq",))
    with tenant(acme.organization):
        export_settings.switch_new(connection=acme.connection, on=False, actor=acme.admin)
        saving = acme.meanwhile(
            lambda: export_settings.save(connection=acme.connection, submitted=wanted, actor=acme.admin)
        )
        assert waits_for_a_lock(saving)
    saving.result(SECONDS)
    with tenant(acme.organization):
        settings = ExportSettings.objects.get()
        assert (settings.new_on, settings.tags) == (False, ["crosschq"])
