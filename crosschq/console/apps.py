from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "crosschq.console"
    label = "console"
