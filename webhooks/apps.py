from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        # Receivers of signals and kinds of background tasks register themselves, once models are there.
        from connectors import connection_tasks  # noqa: PLC0415

        from . import chores, page_tasks, signals  # noqa: F401, PLC0415

        connection_tasks.after_set_up.append(chores.begin_anew)
