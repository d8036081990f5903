"""Signed deliveries to a test endpoint, as the ATS sends them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from connectors.models import Connection, SigningKey, Subscription, SubscriptionState
from connectors.smartrecruiters.signature import Delivery, sign
from crosschq.core.security.secret_links import hash_token
from crosschq.tenancy.scope import tenant

KEY = "a-secret-key"
PATH = "path-token-of-this-endpoint"
BODY = b'{"job_id":"j-1","candidate_id":"c-1","application_id":"a-1"}'


@dataclass
class Endpoint:
    connection: Connection
    subscription: Subscription
    path: str = PATH
    key: str = KEY

    def deliver(
        self,
        body: bytes = BODY,
        *,
        event_id: str = "e-1",
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> HttpResponse:
        """One signed delivery; `headers` replaces some after signing."""
        return post(self.path, body, signed(body, event_id=event_id, key=key or self.key) | (headers or {}))


def make_endpoint(
    connection: Connection, *, path: str = PATH, key: str = KEY, state: str = SubscriptionState.ACTIVE
) -> Endpoint:
    with tenant(connection.organization):
        subscription = Subscription.objects.create(
            organization=connection.organization,
            connection=connection,
            vendor_id="s-1",
            path_hash=hash_token(path),
            state=state,
        )
        SigningKey.objects.create(organization=connection.organization, subscription=subscription, key=key)
    return Endpoint(connection, subscription, path, key)


def signed(
    body: bytes,
    *,
    event_id: str = "e-1",
    key: str = KEY,
    name: str = "application.status.updated",
    at: float | None = None,
) -> dict[str, str]:
    delivery = Delivery(
        body=body,
        timestamp=str(int(at or time.time())),
        event_id=event_id,
        event_name=name,
        event_version="v201910",
        link='<https://api.smartrecruiters.com/candidates/c-1/jobs/j-1>; rel="self"',
        signature="",
    )
    return {
        "smartrecruiters-timestamp": delivery.timestamp,
        "event-id": event_id,
        "event-name": name,
        "event-version": delivery.event_version,
        "Link": delivery.link,
        "smartrecruiters-signature": f"v1={sign(delivery, key)}",
    }


def post(path: str, body: bytes, headers: dict[str, str]) -> HttpResponse:
    url = reverse("hooks:deliver", args=["smartrecruiters", path])
    return cast(HttpResponse, Client().post(url, body, content_type="application/json", headers=headers))


def over_the_wire(body: bytes = BODY, *, path: str = PATH, **signed_with: Any) -> bytes:
    """One signed delivery as plain HTTP, for a connection that stays open."""
    headers = {**signed(body, **signed_with), "Content-Length": str(len(body)), "Host": "localhost"}
    lines = (f"{name}: {value}" for name, value in headers.items())
    return "\r\n".join([f"POST /hooks/smartrecruiters/{path} HTTP/1.1", *lines, "", ""]).encode() + body
