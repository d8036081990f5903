"""Acts that change who has access ask the person for a fresh proof of identity, each act for its own.

A view calls `ask_first` when everything typed is in order. What was typed waits in the session, under a key of its own,
until the person confirms on the page that names the act (pages/reauthentication.py); then the view runs again with
exactly that. A proof that was given for anything else, or a moment before, doesn't count, nor does this one for another
act.
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
# Of one session: the oldest goes when somebody begins more and confirms none.
MOST_WAITING = 5


class WaitingAct(TypedDict):
    """`data` is what was posted to `path`; `sentence` says what it does; `back` is the page to return to without it."""

    path: str
    data: str
    sentence: str
    back: str
    began: float


def ask_first(request: HttpRequest, sentence: str, *, back: str) -> HttpResponse | None:
    """The way to the page that asks for the proof; None when exactly this has been proven, so that the view goes on.

    The sentence names everything that matters, in the imperative: the person reads it before they confirm. Where it no
    longer holds when the view runs again (another role meanwhile), they are asked again.
    """
    act = WaitingAct(
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
    # A second press of the same button is the same act.
    key = next((key for key, other in waiting.items() if _same(other, act)), secrets.token_urlsafe(12))
    waiting.pop(key, None)
    newest = dict([*waiting.items(), (key, act)][-MOST_WAITING:])
    request.session[SESSION_KEY] = newest
    return redirect("confirm_act", act=key)


def find_act(request: HttpRequest, key: str) -> WaitingAct | None:
    """The act that waits under this key; None when it was done, is too old, or never was."""
    return _waiting(request).get(key)


def carry_out(request: HttpRequest, key: str, act: WaitingAct) -> HttpResponse:
    """Run the view of an act that was just proven, with what was typed. Once: a second press leads back."""
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


def _waiting(request: HttpRequest) -> dict[str, WaitingAct]:
    since = (clock.now() - LIFE).timestamp()
    return {key: act for key, act in request.session.get(SESSION_KEY, {}).items() if act["began"] > since}


def _same(one: WaitingAct, other: WaitingAct) -> bool:
    return (one["path"], one["data"], one["sentence"]) == (other["path"], other["data"], other["sentence"])
