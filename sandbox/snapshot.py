"""The sandbox's state as JSON, for the control plane."""

from __future__ import annotations

from collections import Counter
from typing import Any

from starlette.datastructures import QueryParams

from sandbox.clock import vendor_time
from sandbox.jobfields import shown_value
from sandbox.mail import Mail
from sandbox.runtime import Sandbox
from sandbox.seed import tag_property
from sandbox.sources import shown
from sandbox.state import State, request_json
from sandbox.switches import values

Json = dict[str, Any]


def state_json(sandbox: Sandbox) -> Json:
    """All objects by id and name."""
    state, world = sandbox.state, sandbox.state.world
    field = tag_property(world)
    return {
        "company": {"identifier": world.company_identifier, "name": world.company_name},
        "clock": {"now": vendor_time(state.clock.now()), "elapsed": state.clock.elapsed},
        "smtp_port": sandbox.smtp_port,
        "users": [
            {"id": u.id, "name": u.name, "email": u.email, "role": u.system_role, "active": u.active}
            for u in world.users.values()
        ],
        "hiring_processes": [
            {"id": p.id, "name": p.name, "steps": [{"status": s.status, "name": s.name} for s in p.steps]}
            for p in world.processes.values()
        ],
        "tag_property_id": field.id if field is not None else None,
        "jobs": [
            {
                "id": j.id,
                "title": j.title,
                "tag": shown_value(j, field) if field is not None else "",
                "team": [{"user_id": m.user_id, "role": m.role} for m in j.team],
            }
            for j in world.jobs.values()
        ],
        "candidates": [_candidate_json(state, candidate_id) for candidate_id in world.candidates],
        "grants": [{"user_id": g.user_id, "scopes": list(g.scopes), "revoked": g.revoked} for g in state.oauth.grants],
        "subscriptions": [
            {
                "id": s.id,
                "callback_url": s.callback_url,
                "events": s.events,
                "status": "active" if s.active else "inactive",
                "suspended": s.suspended,
                "live_keys": len(s.live_keys(state.clock.elapsed)),
            }
            for s in state.subscriptions.values()
        ],
        "deliveries": dict(Counter(d.state for d in state.deliveries.values())),
        "holding": state.holding,
        "sources": [
            {"identifier": s.identifier, "id": s.id, "type": s.type_id, "subtype": s.subtype_id, "label": s.label}
            for s in world.sources.values()
            if not s.deleted
        ],
        "switches": values(state.switches),
    }


def _candidate_json(state: State, candidate_id: str) -> Json:
    world = state.world
    candidate = world.candidates[candidate_id]
    return {
        "id": candidate.id,
        "name": candidate.name,
        "email": candidate.email,
        "phone": candidate.phone,
        "tags": candidate.tags,
        "pool_source": shown(candidate.pool_source) if candidate.pool_source else None,
        "applications": [
            {"id": a.id, "job_id": a.job_id, "status": a.status, "sub_status": a.sub_status, "source": shown(a.source)}
            for a in world.applications_of(candidate.id)
        ],
        "attachments": [
            {"id": f.id, "job_id": f.job_id, "name": f.name, "type": f.type, "bytes": len(f.content)}
            for f in world.attachments_of(candidate.id)
        ],
        "notes": [
            {
                "id": n.id,
                "content": n.content,
                "author": world.users[n.author_id].name,
                "visibility": n.visibility,
                "created_on": vendor_time(n.created_on),
            }
            for n in world.notes_on(candidate.id)
        ],
    }


def counts_json(state: State) -> Json:
    """How many deliveries there are by state, how often they were attempted, and how many API calls were answered."""
    return {
        "deliveries": dict(Counter(d.state for d in state.deliveries.values())),
        "attempts": sum(len(d.attempts) for d in state.deliveries.values()),
        "calls": {
            "all": len(state.requests),
            "faults": sum(entry.fault is not None for entry in state.requests),
            "refused": sum(entry.status == 429 for entry in state.requests),
        },
    }


def notes_json(state: State) -> list[str]:
    """The text of every note, oldest first."""
    return [note.content for note in state.world.notes.values()]


def deliveries_json(state: State) -> list[Json]:
    """Newest first. ``due_in`` is in seconds of the sandbox's clock, None when nothing more will be sent."""
    return [
        {
            "id": d.id,
            "event_id": d.event.id,
            "event_name": d.event.name,
            "body": d.event.body.decode(),
            "subscription_id": d.subscription_id,
            "url": d.url,
            "state": d.state,
            "due_in": max(0.0, d.due - state.clock.elapsed) if d.state == "waiting" else None,
            "attempts": [
                {"at": vendor_time(a.at), "status": a.status_code, "error": a.error, "headers": a.headers}
                for a in d.attempts
            ],
        }
        for d in reversed(state.deliveries.values())
    ]


def requests_json(state: State, query: QueryParams) -> list[Json]:
    """The API calls in order; ``after`` (a ``seq``), ``method``, and ``template`` filter them."""
    after = query.get("after", "0")
    first = int(after) if after.isascii() and after.isdigit() and len(after) < 16 else 0
    return [
        request_json(entry, vendor_time(entry.at))
        for entry in state.requests
        if entry.seq > first
        and query.get("method", entry.method) == entry.method
        and query.get("template", entry.template) == entry.template
    ]


def mails_json(state: State, query: QueryParams) -> list[Json]:
    """All emails in order of arrival, with both parts; ``to`` filters by address."""
    wanted = query.get("to", "").casefold()
    return [
        mail_json(mail)
        for mail in state.mailbox.mails
        if not wanted or wanted in (address.casefold() for address in mail.recipients)
    ]


def mail_json(mail: Mail) -> Json:
    return {
        "n": mail.n,
        "received_at": vendor_time(mail.received_at),
        "from": mail.sender,
        "to": list(mail.recipients),
        "subject": mail.subject,
        "message_id": mail.message_id,
        "headers": [list(pair) for pair in mail.headers],
        "text": mail.text,
        "html": mail.html,
        "links": list(mail.links),
    }
