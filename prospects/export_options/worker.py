"""The worker that reads what there is to choose from in SmartRecruiters."""

from connectors.models import ConnectionState
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from prospects.export import runs
from prospects.export_options import options
from prospects.models import ExportSettings, OptionsReading


def perform(reading: OptionsReading) -> None:
    with tenant(reading.organization):
        rows = ExportSettings.objects.select_related("connection__organization").defer("seen")
        connection = rows.get(pk=reading.settings_id).connection
        if connection.state == ConnectionState.NOT_CONNECTED:
            work_item.finish(reading, state=WorkState.CANCELLED)
            return

    def tell(part: str, read: int, parts: int) -> None:
        with tenant(reading.organization):
            mine = OptionsReading.objects.filter(pk=reading.pk, lease_token=reading.lease_token)
            mine.update(part=part, parts_read=read, parts=parts)

    answers = options.ask(connection, tell=tell)
    with tenant(reading.organization):
        settings = options.store(connection, answers)
        runs.checked(settings)
        work_item.finish(reading)
