from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        # Kinds of background tasks register when they load.
        from connectors.manage import worker  # noqa: PLC0415
        from webhooks import connection_jobs  # noqa: PLC0415
        from webhooks.explain import background_tasks  # noqa: F401, PLC0415

        worker.after_set_up.append(connection_jobs.begin_anew)
