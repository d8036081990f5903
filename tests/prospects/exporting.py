"""An organization connected to the sandbox, with helpers that choose export settings and run exports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.models import BackgroundTask, Connection
from crosschq.core.outbox import work_item as work
from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from prospects.export import runs, worker
from prospects.export import settings as export_settings
from prospects.export_options import options
from prospects.export_options.options import CachedOptions
from prospects.models import ExportItem, ExportRun, ExportSettings, JobOption, OptionsRefresh, Prospect
from tests.connected import RESTORED, already_connected, made_once_in_both, member_made_once
from tests.factories import make_member, make_organization
from tests.prospects.factories import make_prospect
from tests.vendor import Vendor

ADD = "POST /candidates"
ADD_TO_JOB = "POST /jobs/{jobId}/candidates"


@dataclass
class Exporter:
    vendor: Vendor
    organization: Organization
    admin: User
    connection: Connection

    def choose(self, *jobs: str, source: str = "Crosschq", tags: tuple[str, ...] = ("crosschq",)) -> ExportSettings:
        """Load the options, and save these settings: once, and copied from then on where nothing was chosen before."""
        with tenant(self.organization):
            is_first = not ExportSettings.objects.filter(connection=self.connection).exists()
        if not is_first or self.vendor.instructions != RESTORED:
            return self._choose(jobs, source, tags)
        key = ("export settings", self.connection.pk, jobs, source, tags)
        made_once_in_both(self.vendor, key, lambda: self._choose(jobs, source, tags).pk)
        return self.settings()

    def _choose(self, jobs: tuple[str, ...], source: str, tags: tuple[str, ...]) -> ExportSettings:
        read = options.refresh_now(self.connection)
        seen = CachedOptions.load(read)
        with tenant(self.organization):
            listed = list(JobOption.objects.filter(settings=read))
        wanted = export_settings.ExportSettingsInput(
            type_label="Custom sources",
            source=next(one for one in seen.sources if one.label == source),
            jobs=tuple((job.job_id, job.title) for title in jobs for job in listed if job.title == title),
            tags=tags,
        )
        with tenant(self.organization):
            return export_settings.save(connection=self.connection, submitted=wanted, actor=self.admin)

    def prospect(self, name: str = "Ana Ruiz", **fields: Any) -> Prospect:
        first_name, _space, last_name = name.partition(" ")
        email = f"{first_name}.{last_name}@home.example".lower()
        values = {"first_name": first_name, "last_name": last_name, "email": email, "email_key": email, **fields}
        return make_prospect(self.organization, **values)

    def start(self) -> ExportRun:
        with tenant(self.organization):
            settings = ExportSettings.objects.get(connection=self.connection)
            return runs.start(settings=settings, actor=self.admin)

    def export(self) -> ExportRun:
        """Start a run, and process everything that is due."""
        run = self.start()
        self.work()
        return run

    def work(self) -> None:
        self.read()
        worker.release_stale_holds()
        work.drain(ExportItem)
        worker.finish_runs()

    def read(self) -> None:
        """Run the background tasks and refreshes that pages requested."""
        work.drain(BackgroundTask)
        work.drain(OptionsRefresh)

    def hurry(self) -> None:
        """Skip the delay before the next attempt."""
        with tenant(self.organization):
            ExportItem.objects.filter(state=work.WorkState.PENDING).update(available_at="2026-01-01T00:00Z")
        self.work()

    def items(self) -> list[ExportItem]:
        with tenant(self.organization):
            return list(ExportItem.objects.select_related("prospect", "run").order_by("pk"))

    def item(self) -> ExportItem:
        (found,) = self.items()
        return found

    def run(self, run: ExportRun) -> ExportRun:
        """The run's current row."""
        with tenant(self.organization):
            found: ExportRun = ExportRun.objects.get(pk=run.pk)
            return found

    def states(self) -> Counter[str]:
        return Counter(item.state for item in self.items())

    def settings(self) -> ExportSettings:
        with tenant(self.organization):
            found: ExportSettings = ExportSettings.objects.get(connection=self.connection)
            return found

    def there(self, prospect: Prospect) -> list[dict[str, Any]]:
        """The candidates with this email address."""
        return [one for one in self.vendor.ask("state")["candidates"] if one["email"] == prospect.email]

    def creates(self) -> int:
        return len([call for call in self.vendor.calls() if call in (ADD, ADD_TO_JOB)])


def exporter(vendor: Vendor, *, then: Callable[[Vendor, Connection, User], None] | None = None) -> Exporter:
    is_first = not vendor.instructions
    admin = member_made_once(Role.ADMIN) if is_first else make_member(make_organization(), Role.ADMIN)
    connection = already_connected(vendor, admin, then=then)
    return Exporter(vendor, connection.organization, admin, connection)


def ready_exporter(vendor: Vendor) -> Exporter:
    """One whose export settings are chosen: once through SmartRecruiters, and copied from then on."""

    def chosen_for_export(vendor: Vendor, connection: Connection, user: User) -> None:
        Exporter(vendor, connection.organization, user, connection).choose()

    return exporter(vendor, then=chosen_for_export)
