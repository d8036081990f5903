from django.apps import AppConfig


class TemplatesAppConfig(AppConfig):
    name = "templates_app"
    label = "templates_app"

    def ready(self) -> None:
        from templates_app import provided  # noqa: F401, PLC0415 - registers what apps below ask for
