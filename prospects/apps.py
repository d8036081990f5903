from django.apps import AppConfig


class ProspectsConfig(AppConfig):
    name = "prospects"

    def ready(self) -> None:
        from prospects import provided  # noqa: F401, PLC0415 - registers what apps below ask for
