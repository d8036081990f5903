from django.apps import AppConfig


class ProspectsConfig(AppConfig):
    name = "prospects"

    def ready(self) -> None:
        from connectors import connection_tasks  # noqa: PLC0415

        from . import export_choices, export_tasks  # noqa: F401, PLC0415 - kinds of background tasks register themselves

        connection_tasks.after_set_up.append(export_choices.read_again)
