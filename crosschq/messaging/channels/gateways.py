"""The text gateway configured for this installation."""

from django.conf import settings

from crosschq.messaging.channels.text_gateway import TextGateway
from crosschq.messaging.channels.twilio import Twilio


def text_gateway() -> TextGateway | None:
    """The configured gateway. If it is None, no text messages are queued."""
    config = settings.TEXT_MESSAGES
    if not (config["account"] and config["token"] and config["sender"]):
        return None
    return Twilio(config["account"], config["token"], config["sender"], config["api_url"])
