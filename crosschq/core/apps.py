from django.apps import AppConfig
from django.core.signals import got_request_exception


class CoreConfig(AppConfig):
    name = "crosschq.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import crypto, requestlog  # noqa: PLC0415 - models cannot be imported before the apps are listed

        # A process with keys that cannot be used ends here, not at the first row.
        crypto.primary_key_id()
        got_request_exception.connect(requestlog.tell_exception)
