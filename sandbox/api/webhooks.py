"""Webhooks API, base ``/webhooks-api/v201907``: subscriptions, activation, secret keys, log of callbacks."""

from __future__ import annotations

import json
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.access import manages_webhooks
from sandbox.api.filters import after
from sandbox.clock import vendor_time
from sandbox.config import Config
from sandbox.deliveries import stop_all
from sandbox.errors import ApiError, bad_request
from sandbox.events import NAMES
from sandbox.operation import Call, operation
from sandbox.paging import next_link, page
from sandbox.state import KEY_GRACE_SECONDS, Attempt, Delivery, SecretKey, State, Subscription, new_id

BASE = "/webhooks-api/v201907"
MAX_SUBSCRIPTIONS = 20
MAX_KEYS = 16
LOG_DAYS = 30
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_HEADER_NAME = re.compile(r"[Xx]-[A-Za-z0-9-]+")
_AUTHENTICATION_FIELDS = {
    "basic": ("username", "password"),
    "header": ("headerName", "headerValue"),
    "oauth2": ("clientId", "clientSecret", "tokenServiceUrl"),
}


async def create(call: Call) -> Response:
    _may_manage(call)
    state = call.state
    body = await call.json_object()
    url, events = body.get("callbackUrl"), body.get("events")
    if not isinstance(url, str):
        raise bad_request("callbackUrl is missing.")
    if not isinstance(events, list) or not events or not all(isinstance(name, str) for name in events):
        raise bad_request("events must be a list with at least one event name.")
    if len(set(events)) != len(events):
        raise bad_request("events names an event twice.")
    if not call.sandbox.config.callback_allowed(url):
        raise ApiError(422, "INVALID_CALLBACK_URL", "callbackUrl must be an https URL.")
    unknown = [name for name in events if name not in NAMES]
    if unknown:
        raise ApiError(422, "EVENT_NOT_FOUND", f"There is no event {unknown[0][:100]}.")
    alert_email = body.get("alertingEmailAddress")
    if alert_email is not None and (not isinstance(alert_email, str) or not _EMAIL.fullmatch(alert_email)):
        raise bad_request("alertingEmailAddress must be an email address.")
    authentication = _authentication(call.sandbox.config, body.get("callbackAuthentication"))
    if len(_own(call)) >= MAX_SUBSCRIPTIONS:
        raise ApiError(403, "SUBSCRIPTIONS_LIMIT_EXCEEDED", f"At most {MAX_SUBSCRIPTIONS} subscriptions.")
    subscription = Subscription(
        new_id(), call.grant.client_id, call.grant.user_id, url, list(events), alert_email, authentication
    )
    state.subscriptions[subscription.id] = subscription
    return JSONResponse(_subscription_json(call.state, subscription), status_code=201)


async def all_subscriptions(call: Call) -> Response:
    _may_manage(call)
    part = page(call.request, _own(call), key=lambda s: s.id, kind="subscriptions", page_name="page_id")
    headers = next_link(call.request, part.next_page_id, page_name="page_id")
    return JSONResponse([_subscription_json(call.state, subscription) for subscription in part.items], headers=headers)


async def details(call: Call) -> Response:
    return JSONResponse(_subscription_json(call.state, _subscription(call)))


async def delete(call: Call) -> Response:
    subscription = _subscription(call)
    del call.state.subscriptions[subscription.id]
    stop_all(call.state, subscription.id, "dropped")
    return Response(status_code=204)


async def activate(call: Call) -> Response:
    """Performs the handshake with the subscriber before responding."""
    subscription = _subscription(call)
    if _shown_active(call.state, subscription):
        raise ApiError(409, "SUBSCRIPTION_ALREADY_ACTIVE", "Subscription already activated.")
    if not await call.sandbox.dispatcher.shake_hands(subscription):
        raise ApiError(424, "HANDSHAKE_FAILED", "Webhook activation handshake failed.")
    subscription.active, subscription.suspended, subscription.failures_in_a_row = True, False, 0
    call.state.wait_again(subscription.id)
    call.sandbox.dispatcher.wake()
    return Response(status_code=204)


async def create_key(call: Call) -> Response:
    """A new key; the previous one stays valid for 24 hours."""
    subscription, now = _subscription(call), call.state.clock.elapsed
    if len(subscription.live_keys(now)) >= MAX_KEYS:
        raise ApiError(403, "SECRET_KEYS_LIMIT_EXCEEDED", f"At most {MAX_KEYS} keys that have not expired.")
    if subscription.keys:
        subscription.keys[-1].expires = now + KEY_GRACE_SECONDS
    key = SecretKey(secrets.token_urlsafe(24))
    subscription.keys.append(key)
    return JSONResponse({"secretKey": key.value}, status_code=201)


async def newest_key(call: Call) -> Response:
    subscription = _subscription(call)
    if not subscription.keys:
        raise ApiError(404, "SECRET_KEY_NOT_FOUND", "The subscription has no secret key.")
    return JSONResponse({"secretKey": subscription.keys[-1].value})


async def callbacks_log(call: Call) -> Response:
    """Every callback request of the last 30 days, newest first."""
    subscription, state, request = _subscription(call), call.state, call.request
    wanted = request.query_params.get("callbackStatus")
    if wanted not in (None, "successful", "failed"):
        raise bad_request("callbackStatus must be successful or failed.")
    since, until = _boundary(request, state, "after"), _boundary(request, state, "before")
    found = [
        (delivery, attempt)
        for delivery, attempt in _attempts(state, subscription.id)
        if (wanted is None or attempt.successful == (wanted == "successful"))
        and (since is None or attempt.at > since)
        and (until is None or attempt.at < until)
    ]
    found.sort(key=lambda pair: pair[1].at, reverse=True)
    part = page(request, found, key=_log_key, kind="callbacks", page_name="page_id")
    content = [_log_json(delivery, attempt) for delivery, attempt in part.items]
    return JSONResponse(content, headers=next_link(request, part.next_page_id, page_name="page_id"))


def _attempts(state: State, subscription_id: str) -> list[tuple[Delivery, Attempt]]:
    oldest = state.clock.elapsed - LOG_DAYS * 24 * 3600
    return [
        (delivery, attempt)
        for delivery in state.deliveries.values()
        if delivery.subscription_id == subscription_id
        for attempt in delivery.attempts
        if attempt.elapsed >= oldest
    ]


def _log_key(pair: tuple[Delivery, Attempt]) -> str:
    delivery, attempt = pair
    return f"{delivery.id}/{delivery.attempts.index(attempt)}"


def _log_json(delivery: Delivery, attempt: Attempt) -> dict[str, Any]:
    return {
        "status": "successful" if attempt.successful else "failed",
        "timestamp": vendor_time(attempt.at),
        "requestDetails": {
            "url": delivery.url,
            "body": delivery.event.body.decode(),
            "headers": attempt.headers,
        },
    }


def _boundary(request: Request, state: State, name: str) -> datetime | None:
    """A time filter of the log, at most 30 days back (plus a minute of grace)."""
    moment = after(request, name)
    if moment is not None and moment < state.clock.now() - timedelta(days=LOG_DAYS, minutes=1):
        raise bad_request(f"{name} must not be older than {LOG_DAYS} days.")
    return moment


def _may_manage(call: Call) -> None:
    if not manages_webhooks(call.user):
        raise ApiError(403, "NO_PERMISSION_TO_MANAGE_WEBHOOKS", "No permission to manage webhook subscriptions.")


def _own(call: Call) -> list[Subscription]:
    """This app's subscriptions for this user."""
    wanted = (call.grant.client_id, call.grant.user_id)
    return [s for s in call.state.subscriptions.values() if (s.client_id, s.user_id) == wanted]


def _subscription(call: Call) -> Subscription:
    _may_manage(call)
    found = call.state.subscriptions.get(call.path("id"))
    if found is None or found.client_id != call.grant.client_id:
        raise ApiError(404, "SUBSCRIPTION_NOT_FOUND", "Subscription not found.")
    return found


def _shown_active(state: State, subscription: Subscription) -> bool:
    """A suspended subscription may still be shown as active (question 13)."""
    hidden = subscription.suspended and state.switches.suspension_shows_as == "active"
    return subscription.active or hidden


def _subscription_json(state: State, subscription: Subscription) -> dict[str, Any]:
    version = state.switches.event_version
    return {
        "id": subscription.id,
        "callbackUrl": subscription.callback_url,
        "events": [{"name": name, "version": version} for name in subscription.events],
        "status": "active" if _shown_active(state, subscription) else "inactive",
    }


def _authentication(config: Config, given: object) -> dict[str, str] | None:
    """How the subscriber wants callbacks authenticated; ``type`` is inferred from the fields if missing."""
    if given is None:
        return None
    if not isinstance(given, dict):
        raise bad_request("callbackAuthentication must be an object.")
    kind = given.get("type") or next(
        (kind for kind, names in _AUTHENTICATION_FIELDS.items() if all(name in given for name in names)), None
    )
    names = _AUTHENTICATION_FIELDS.get(kind) if isinstance(kind, str) else None
    if names is None:
        raise bad_request("callbackAuthentication must be of the type basic, header or oauth2.")
    values = {name: given.get(name) for name in names}
    if not all(isinstance(value, str) and value and value.isprintable() for value in values.values()):
        raise bad_request(f"callbackAuthentication of the type {kind} needs {', '.join(names)}.")
    found: dict[str, str] = json.loads(json.dumps({"type": kind, **values}))
    if kind == "header" and not (_HEADER_NAME.fullmatch(found["headerName"]) and found["headerValue"].isascii()):
        raise bad_request("headerName must start with X-.")
    if kind == "oauth2" and not config.callback_allowed(found["tokenServiceUrl"]):
        raise bad_request("tokenServiceUrl must be an https URL.")
    return found


WRITE = ("webhooks_write", "webhooks_manage")
READ = ("webhooks_read", "webhooks_manage")
ONE = f"{BASE}/subscriptions/{{id}}"
routes = [
    operation("POST", f"{BASE}/subscriptions", create, scopes=WRITE),
    operation("GET", f"{BASE}/subscriptions", all_subscriptions, scopes=READ),
    operation("GET", ONE, details, scopes=READ),
    operation("DELETE", ONE, delete, scopes=("webhooks_delete", "webhooks_manage")),
    operation("PUT", f"{ONE}/activation", activate, scopes=WRITE),
    operation("POST", f"{ONE}/secret-key", create_key, scopes=WRITE),
    operation("GET", f"{ONE}/secret-key", newest_key, scopes=READ),
    operation("GET", f"{ONE}/callbacks-log", callbacks_log, scopes=READ),
]
