from django.apps import AppConfig
from django.core.signals import got_request_exception


class CoreConfig(AppConfig):
    name = "crosschq.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models cannot be imported before the apps are listed.
        from . import database, field_keys, requestlog  # noqa: PLC0415

        database.bound_waits()
        # A process with keys that cannot be used ends here, not at the first row.
        field_keys.announce()
        got_request_exception.connect(requestlog.tell_exception)
