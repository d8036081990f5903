"""The worker that reads what there is to choose from in SmartRecruiters."""

from connectors.models import ConnectionState
from crosschq.core import work
from crosschq.organizations.tenancy import tenant

from . import export_choices, export_runs
from .export_models import ExportSettings
from .export_options_models import OptionsReading


def perform(reading: OptionsReading) -> None:
    with tenant(reading.organization):
        rows = ExportSettings.objects.select_related("connection__organization").defer("seen")
        connection = rows.get(pk=reading.settings_id).connection
        if connection.state == ConnectionState.NOT_CONNECTED:
            work.finish(reading, state=work.State.CANCELLED)
            return

    def tell(part: str, read: int, parts: int) -> None:
        with tenant(reading.organization):
            mine = OptionsReading.objects.filter(pk=reading.pk, lease_token=reading.lease_token)
            mine.update(part=part, parts_read=read, parts=parts)

    answers = export_choices.ask(connection, tell=tell)
    with tenant(reading.organization):
        settings = export_choices.store(connection, answers)
        export_runs.checked(settings)
        work.finish(reading)
