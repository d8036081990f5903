from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "connectors"

    def ready(self) -> None:
        # On load, register what the apps below need from this one, and our kinds of background tasks.
        from connectors import provided, registry  # noqa: F401, PLC0415
        from connectors.manage import worker  # noqa: F401, PLC0415
        from crosschq.core.text import ats_name  # noqa: PLC0415

        for vendor in registry.vendors():
            ats_name.register(vendor.key, vendor.product)
