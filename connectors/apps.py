from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "connectors"

    def ready(self) -> None:
        from . import connection_tasks  # noqa: F401, PLC0415 - its kinds of background tasks register themselves
