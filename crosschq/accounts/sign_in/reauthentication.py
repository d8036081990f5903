"""Reauthentication before each action that changes who has access.

A view calls `ask_first` once its form is valid. The form data waits in the session under its own key until the user
confirms on a page that names the action (views/reauthentication.py). Then the view runs again with the same data. An
earlier reauthentication, or one for another action, doesn't count.
"""

import secrets
from datetime import timedelta
from typing import TypedDict

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import resolve

from crosschq.core import clock
from crosschq.core.security.throttle import allowed

SESSION_KEY = "acts_to_confirm"
LIFE = timedelta(minutes=10)
# per session; above this, the oldest is dropped
MOST_WAITING = 5


class PendingAction(TypedDict):
    """`data` was posted to `path`; `sentence` describes the action; `back` is the page to return to instead."""

    path: str
    data: str
    sentence: str
    back: str
    began: float


def ask_first(request: HttpRequest, sentence: str, *, back: str) -> HttpResponse | None:
    """Redirect to the confirmation page. Returns None if this exact action was confirmed and the view can proceed.

    The sentence names everything that matters, in the imperative. If it has changed by the time the view runs again
    (say, a role has changed), the user is asked again.
    """
    act = PendingAction(
        path=request.path,
        data=_posted(request),
        sentence=sentence,
        back=back,
        began=clock.now().timestamp(),
    )
    proven = getattr(request, "proven_act", None)
    if proven and _same(proven, act):
        return None
    waiting = _waiting(request)
    # A double click is the same action.
    key = next((key for key, other in waiting.items() if _same(other, act)), secrets.token_urlsafe(12))
    waiting.pop(key, None)
    newest = dict([*waiting.items(), (key, act)][-MOST_WAITING:])
    request.session[SESSION_KEY] = newest
    return redirect("confirm_act", act=key)


def find_pending_action(request: HttpRequest, key: str) -> PendingAction | None:
    """The action waiting under this key; None if it was done, expired, or never existed."""
    return _waiting(request).get(key)


def run_confirmed(request: HttpRequest, key: str, act: PendingAction) -> HttpResponse:
    """Run the view of a confirmed action with the stored data. Runs once: a double click redirects back."""
    waiting = _waiting(request)
    waiting.pop(key, None)
    request.session[SESSION_KEY] = waiting
    if not allowed("act", key, most=1, seconds=int(LIFE.total_seconds())):
        return redirect(act["back"])
    match = resolve(act["path"])
    request.method, request.path, request.path_info = "POST", act["path"], act["path"]
    request.POST = QueryDict(act["data"])
    request.GET = QueryDict()
    request.resolver_match = match
    request.proven_act = act  # type: ignore[attr-defined]
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


def _posted(request: HttpRequest) -> str:
    data = request.POST.copy()
    data.pop("csrfmiddlewaretoken", None)
    return data.urlencode()


def _waiting(request: HttpRequest) -> dict[str, PendingAction]:
    since = (clock.now() - LIFE).timestamp()
    return {key: act for key, act in request.session.get(SESSION_KEY, {}).items() if act["began"] > since}


def _same(one: PendingAction, other: PendingAction) -> bool:
    return (one["path"], one["data"], one["sentence"]) == (other["path"], other["data"], other["sentence"])
