from django.apps import AppConfig


class ProspectsConfig(AppConfig):
    name = "prospects"

    def ready(self) -> None:
        from connectors.manage import worker  # noqa: PLC0415
        from prospects.export import settings  # noqa: PLC0415
        from prospects.export_options import options  # noqa: PLC0415

        worker.after_set_up.append(options.read_again)
        worker.after_disconnect.append(settings.connection_ended)
