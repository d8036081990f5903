"""HTML pages: templates, security headers, and a check that forms come from our own pages."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox.errors import ApiError
from sandbox.runtime import sandbox_of

_HERE = Path(__file__).parent
_URL = re.compile(r"https?://[^\s<>\"']+")
_STATUS_WORDS = {
    "LEAD": "Lead",
    "NEW": "New",
    "IN_REVIEW": "In review",
    "INTERVIEW": "Interview",
    "OFFERED": "Offered",
    "HIRED": "Hired",
    "REJECTED": "Rejected",
    "WITHDRAWN": "Withdrawn",
    "TRANSFERRED": "Transferred",
}
_VISIBILITY_WORDS = {
    "PRIVATE": "Note to self",
    "DIRECT": "Only people it was shared with",
    "OPEN": "Everyone with access to the candidate",
    "EVERYONE": "Everyone in the company",
}


def linked(text: str) -> Markup:
    """The escaped text with its URLs as links."""
    parts, end = [], 0
    for match in _URL.finditer(text):
        url = match.group().rstrip(".,;:!?)")
        parts.append(escape(text[end : match.start()]))
        parts.append(Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(url))
        end = match.start() + len(url)
    parts.append(escape(text[end:]))
    return Markup().join(parts)


def stage(status: str, sub_status: str | None) -> str:
    """A status and step for display: ``Interview, Crosschq``."""
    word = _STATUS_WORDS.get(status, status)
    return f"{word}, {sub_status}" if sub_status else word


def when(moment: datetime) -> Markup:
    """A time to the second, in UTC."""
    iso, shown = moment.strftime("%Y-%m-%dT%H:%M:%SZ"), f"{moment:%b} {moment.day}, {moment:%Y, %H:%M:%S} UTC"
    return Markup('<time datetime="{}">{}</time>').format(iso, shown)


def span(seconds: float) -> str:
    """A duration in its two largest units: ``2 days 3 hours``."""
    left, words = int(seconds), []
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {name}" + ("s" if count > 1 else ""))
    return " ".join(words[:2]) or "0 seconds"


_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(linked=linked, when=when, span=span)
_environment.globals.update(stage=stage, visibility_words=_VISIBILITY_WORDS)


def page(
    request: Request, template: str, *, status: int = 200, form_action: str = "'self'", **context: Any
) -> HTMLResponse:
    """Render a page with a policy that allows no scripts. ``form_action`` allows additional form targets."""
    sandbox = sandbox_of(request)
    html = _environment.get_template(template).render(
        sandbox=sandbox, state=sandbox.state, world=sandbox.state.world, path=request.url.path, **context
    )
    policy = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action {form_action}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(html, status_code=status, headers=_security_headers(policy))


def mail_document(html: str) -> HTMLResponse:
    """An email's HTML for a frame: separate origin, no scripts, nothing loaded."""
    policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    return HTMLResponse(html, headers=_security_headers(policy))


def not_found(request: Request) -> HTMLResponse:
    return page(request, "message.html", status=404, title="Page not found", text="There is nothing at this address.")


def see_other(url: str) -> Response:
    return RedirectResponse(url, status_code=303)


async def own_form(request: Request) -> FormData:
    """The form of a POST from one of our own pages; other sites get 403.

    Requests without browser headers (from scripts) are allowed: they carry no session.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    foreign = site is not None and site not in ("same-origin", "none")
    if site is None and origin is not None:
        foreign = origin != f"{request.url.scheme}://{request.headers.get('host', '')}"
    if foreign:
        raise ApiError(403, "FOREIGN_FORM", "This form was sent by another site.")
    return await request.form(max_files=0, max_fields=50)


def text_of(form: FormData, name: str) -> str:
    """One text field of a form; empty if it is missing."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _security_headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
