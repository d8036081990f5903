from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "requests_app"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from requests_app import provided  # noqa: F401, PLC0415 - registers what apps below ask for
