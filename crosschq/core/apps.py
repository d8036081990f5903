from django.apps import AppConfig
from django.core.signals import got_request_exception


class CoreConfig(AppConfig):
    name = "crosschq.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models can't be imported before all apps are loaded.
        from crosschq.core.database import folded, timeouts  # noqa: PLC0415
        from crosschq.core.security import encryption_keys  # noqa: PLC0415
        from crosschq.core.web import request_log  # noqa: PLC0415

        timeouts.bound_waits()
        folded.register()
        # A process with unusable keys stops here instead of failing at the first row.
        encryption_keys.announce()
        got_request_exception.connect(request_log.log_exception)
