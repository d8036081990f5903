from django.apps import AppConfig


class ProspectsConfig(AppConfig):
    name = "prospects"

    def ready(self) -> None:
        from connectors import connection_tasks  # noqa: PLC0415

        from . import export_choices, export_settings  # noqa: PLC0415

        connection_tasks.after_set_up.append(export_choices.read_again)
        connection_tasks.after_disconnect.append(export_settings.connection_ended)
