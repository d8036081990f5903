from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        # What apps below ask for and kinds of background tasks register when they load.
        from webhooks import provided  # noqa: F401, PLC0415
        from webhooks.explain import background_tasks  # noqa: F401, PLC0415
