from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "crosschq.messaging"
    label = "messaging"
