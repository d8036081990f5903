"""Twilio's Programmable Messaging: https://www.twilio.com/docs/messaging/api/message-resource (2010-04-01).

We need one POST and one HMAC; Twilio's own client would bring in 17 packages.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from crosschq.core.web import http
from crosschq.messaging.channels.text_gateway import Inbound, Status, TextBusy, TextOutcomeUnknown, TextRefused
from crosschq.messaging.models import DeliveryStatus

# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
DELIVERIES = {
    "accepted": DeliveryStatus.QUEUED,
    "scheduled": DeliveryStatus.QUEUED,
    "queued": DeliveryStatus.QUEUED,
    "sending": DeliveryStatus.QUEUED,
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.DELIVERED,
    "undelivered": DeliveryStatus.BOUNCED,
    "failed": DeliveryStatus.BOUNCED,
}
# https://www.twilio.com/docs/api/errors: unknown or landline destination, and "attempt to send to unsubscribed".
DEAD_NUMBERS = {"30005", "30006", "21211", "21614"}
STOPPED = "21610"
NOT_ACCEPTED = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
CONFIG_ERRORS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


@dataclass(frozen=True)
class Twilio:
    """sender: an E.164 number, or the id of a messaging service (MG…)."""

    account: str
    token: str
    sender: str
    api_url: str

    def send(self, *, to: str, text: str, callback_url: str) -> str:
        by = "MessagingServiceSid" if self.sender.startswith("MG") else "From"
        try:
            response = http.call(
                "POST",
                f"{self.api_url}/2010-04-01/Accounts/{self.account}/Messages.json",
                headers={"Authorization": f"Basic {self._credentials}", "Accept": "application/json"},
                data={"To": to, by: self.sender, "Body": text, "StatusCallback": callback_url},
            )
        except http.Unreachable as error:
            raise (TextOutcomeUnknown if error.sent else TextBusy)(str(error)) from error
        return _id_of(response.status_code, _json(response))

    def is_authentic(self, *, url: str, fields: Mapping[str, list[str]], headers: Mapping[str, str]) -> bool:
        """See https://www.twilio.com/docs/usage/security#validating-requests."""
        try:
            given = base64.b64decode(headers.get("X-Twilio-Signature", ""), validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(given, signature(self.token, url, fields))

    def status(self, fields: Mapping[str, list[str]]) -> Status:
        event_type, code = _first(fields, "MessageStatus"), _first(fields, "ErrorCode")
        return Status(
            event_id=f"{_first(fields, 'MessageSid')} {event_type}",
            event_type=event_type,
            delivery=DELIVERIES.get(event_type),
            number_is_dead=code in DEAD_NUMBERS,
        )

    def inbound(self, fields: Mapping[str, list[str]]) -> Inbound:
        """OptOutType is present if Twilio's own opt-out handling has replied."""
        return Inbound(
            event_id=_first(fields, "MessageSid"),
            sender=_first(fields, "From"),
            text=_first(fields, "Body"),
            answered=bool(_first(fields, "OptOutType")),
        )

    def reply(self, text: str) -> str:
        inner = f"<Message>{escape(text)}</Message>" if text else ""
        return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'

    @property
    def _credentials(self) -> str:
        return base64.b64encode(f"{self.account}:{self.token}".encode()).decode()


def signature(token: str, url: str, fields: Mapping[str, list[str]]) -> bytes:
    """HMAC-SHA1 of the URL and the sorted fields. Each distinct value of a repeated field counts once, sorted."""
    said = url + "".join(name + value for name in sorted(fields) for value in sorted(set(fields[name])))
    return hmac.digest(token.encode(), said.encode(), hashlib.sha1)


def _id_of(status: int, answer: Mapping[str, Any]) -> str:
    if status == HTTPStatus.CREATED and isinstance(answer.get("sid"), str):
        return str(answer["sid"])[:150]
    code = str(answer.get("code", status))
    if status in NOT_ACCEPTED or status in CONFIG_ERRORS:
        raise TextBusy(code)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise TextRefused(code, stopped=code == STOPPED)
    raise TextOutcomeUnknown(code)


def _json(response: Any) -> Mapping[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _first(fields: Mapping[str, list[str]], name: str) -> str:
    return (fields.get(name) or [""])[0]
