from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        # On load, register what the apps below need from this one, and our kinds of background tasks.
        from webhooks import provided  # noqa: F401, PLC0415
        from webhooks.explain import background_tasks  # noqa: F401, PLC0415
