from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "crosschq.privacy"
    label = "privacy"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from crosschq.privacy import provided  # noqa: F401, PLC0415 - registers what apps below ask for
