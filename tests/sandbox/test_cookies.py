"""Callbacks carry no cookies: cookies set by a subscriber are never sent to anyone."""

from __future__ import annotations

from tests.sandbox.receiver import Receiver, run_receiver
from tests.sandbox.running import Running
from tests.sandbox.subscribing import move_maya, subscribe

COOKIE = "session=secret; Path=/; Max-Age=3600"


def test_a_subscribers_cookie_is_never_sent(sandbox: Running, receiver: Receiver) -> None:
    receiver.sets_cookie = COOKIE
    wish = {"type": "oauth2", "clientId": "c", "clientSecret": "s", "tokenServiceUrl": receiver.token_url}
    subscribe(sandbox, receiver, callbackAuthentication=wish)
    with run_receiver() as other:
        subscribe(sandbox, other)
        for step in ("Crosschq", "On-site interview"):
            move_maya(sandbox, step)
            sandbox.settle()
        assert (len(receiver.callbacks), len(receiver.token_requests), len(other.callbacks)) == (2, 2, 2)
        assert (receiver.handshakes, other.handshakes) == (1, 1)
        assert (receiver.cookies, other.cookies) == ([], [])


def test_a_cookie_does_not_outlive_a_reset(sandbox: Running, receiver: Receiver) -> None:
    receiver.sets_cookie = COOKIE
    subscribe(sandbox, receiver)
    sandbox.act("reset")
    subscribe(sandbox, receiver)
    assert receiver.handshakes == 2
    assert receiver.cookies == []
