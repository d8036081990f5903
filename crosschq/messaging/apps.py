from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "crosschq.messaging"
    label = "messaging"

    def ready(self) -> None:
        from crosschq.messaging.callbacks import signals  # noqa: F401, PLC0415 - receivers register when they load
