from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        from . import signals  # noqa: F401, PLC0415 - its receivers connect themselves, once models are there
