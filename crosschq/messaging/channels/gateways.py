"""Which carrier takes the text messages of this installation."""

from django.conf import settings

from crosschq.messaging.channels.text_gateway import TextGateway
from crosschq.messaging.channels.twilio import Twilio


def text_gateway() -> TextGateway | None:
    """None where none is set up: then no texts are written."""
    given = settings.TEXT_MESSAGES
    if not (given["account"] and given["token"] and given["sender"]):
        return None
    return Twilio(given["account"], given["token"], given["sender"], given["api_url"])
