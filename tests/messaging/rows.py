from __future__ import annotations

import uuid
from typing import Any

from crosschq.core.outbox import work_item
from crosschq.core.security.encryption import sealed
from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.models import Message
from crosschq.messaging.sending.send import About, send_email
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant, tenant

REQUEST = uuid.UUID("00000000-0000-4000-8000-000000000001")
EMAIL = Email(
    subject="Maya, who can speak for your work?",
    preheader="It takes about 5 minutes",
    greeting="Hello Maya,",
    paragraphs=("Acme GmbH asks for references.",),
    action=Action("Begin", "http://localhost:8000/c/secret-token/"),
)


def write(organization: Organization, **fields: Any) -> Message:
    """An email to Maya, waiting to be sent."""
    values: dict[str, Any] = {
        "kind": "candidate_invitation",
        "to_email": "maya@candidates.example",
        "to_name": "Maya Osei",
        "email": EMAIL,
        "about": About("request", REQUEST),
        **fields,
    }
    with tenant(organization):
        return send_email(organization=organization, **values)


def deliver(message: Message) -> Message:
    """Attempt each due email once. Returns the given one, read again."""
    work_item.drain(Message)
    return reread(message)


def reread(message: Message) -> Message:
    with cross_tenant("a test looks at a row"):
        found: Message = Message.objects.get(pk=message.pk)
        return found


def change(message: Message, **fields: Any) -> None:
    with cross_tenant("a test changes a row"):
        Message.objects.filter(pk=message.pk).update(**sealed(message, fields))
