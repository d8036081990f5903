"""The worker that loads the export options from the ATS."""

from connectors.models import ConnectionState
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from prospects.export import runs
from prospects.export_options import options
from prospects.models import ExportSettings, OptionsRefresh


def perform(refresh: OptionsRefresh) -> None:
    with tenant(refresh.organization):
        rows = ExportSettings.objects.select_related("connection__organization").defer("cached_options")
        connection = rows.get(pk=refresh.settings_id).connection
        if connection.state == ConnectionState.NOT_CONNECTED:
            work_item.finish(refresh, state=WorkState.CANCELLED)
            return

    def on_progress(part: str, read: int, parts: int) -> None:
        with tenant(refresh.organization):
            leased = OptionsRefresh.objects.filter(pk=refresh.pk, lease_token=refresh.lease_token)
            leased.update(part=part, parts_read=read, parts=parts)

    answers = options.fetch(connection, on_progress=on_progress)
    with tenant(refresh.organization):
        settings = options.store(connection, answers)
        runs.resume_after_check(settings)
        work_item.finish(refresh)
