"""The text message carrier: what it accepts, what it posts back, and opt-outs."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.texts import signature
from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running, run_sandbox

ACCOUNT, TOKEN, NUMBER = "AC-test", "a token of the test", "+12025550100"
MAYA = "+12025550143"


@pytest.fixture
def carrier(receiver: Receiver) -> Iterator[Running]:
    with run_sandbox(text_account=ACCOUNT, text_token=TOKEN, text_webhook=f"{receiver.url}/inbound") as running:
        yield running


def send(carrier: Running, *, token: str = TOKEN, **fields: str) -> httpx.Response:
    data = {"To": MAYA, "From": NUMBER, "Body": "Acme GmbH: hello", **fields}
    return carrier.http.post(f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", data=data, auth=(ACCOUNT, token))


def test_a_text_is_accepted_and_its_status_callbacks_are_signed(carrier: Running, receiver: Receiver) -> None:
    url = f"{receiver.url}/status/1"
    answer = send(carrier, StatusCallback=url)
    assert answer.status_code == 201
    carrier.act("texts/settle")
    (text,) = carrier.read("texts", to=MAYA)
    assert (text["status"], text["responses"], text["sid"]) == ("delivered", [202, 202], answer.json()["sid"])
    reported = [dict(httpx.QueryParams(call.body.decode())) for call in receiver.callbacks]
    assert [fields["MessageStatus"] for fields in reported] == ["sent", "delivered"]
    for call, fields in zip(receiver.callbacks, reported, strict=True):
        assert call.headers["x-twilio-signature"] == signature(TOKEN, url, fields)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"To": "0170 1234567"}, 400, 21211),
        ({"To": "+12025550001"}, 400, 21211),
        ({"From": "+12025550999"}, 400, 21606),
        ({"Body": ""}, 400, 21602),
        ({"Body": "x" * 1601}, 400, 21617),
        ({"StatusCallback": "http://elsewhere.example/"}, 400, 21609),
        ({"token": "wrong"}, 401, 20003),
    ],
)
def test_a_text_that_cannot_be_sent_is_rejected_with_the_carriers_code(
    carrier: Running, fields: dict[str, str], status: int, code: int
) -> None:
    answer = send(carrier, **fields)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert carrier.read("texts") == []


@pytest.mark.parametrize(
    ("to", "status", "error"),
    [
        ("+12025550002", "undelivered", "30005"),
        ("+12025550003", "undelivered", "30003"),
        ("+12025550004", "failed", "30008"),
    ],
)
def test_some_numbers_never_receive_texts(carrier: Running, to: str, status: str, error: str) -> None:
    send(carrier, To=to)
    carrier.act("texts/settle")
    (text,) = carrier.read("texts")
    assert (text["status"], text["error"]) == (status, error)


def test_stop_and_start_take_effect_immediately_and_the_carrier_replies(carrier: Running, receiver: Receiver) -> None:
    assert carrier.act("texts/receive", **{"from": MAYA, "text": " stop "}) == {"status": 202}
    assert send(carrier).json()["code"] == 21610
    carrier.act("texts/receive", **{"from": MAYA, "text": "START"})
    assert send(carrier).status_code == 201
    answers = [text["text"] for text in carrier.read("texts", to=MAYA)]
    assert "unsubscribed" in answers[0]
    assert len(receiver.callbacks) == 2


def test_status_callbacks_can_be_repeated_and_reordered(carrier: Running, receiver: Receiver) -> None:
    sid = send(carrier, StatusCallback=f"{receiver.url}/status").json()["sid"]
    carrier.act("texts/settle")
    assert carrier.act("texts/tell", sid=sid, status="sent")["responses"] == [202, 202, 202]


def test_the_console_can_reply_to_texts(carrier: Running, receiver: Receiver) -> None:
    send(carrier, Body="Acme GmbH: https://crosschq.example/c/x/ <b>")
    page = carrier.http.get("/inbox/texts").text
    assert '<a href="https://crosschq.example/c/x/"' in page
    assert "<b>" not in page
    answer = carrier.http.post("/inbox/texts/reply", data={"from": MAYA, "text": "HELP"})
    assert answer.status_code == 303
    assert [dict(httpx.QueryParams(call.body.decode()))["Body"] for call in receiver.callbacks] == ["HELP"]
    carrier.http.post("/inbox/texts/clear")
    assert "No texts yet." in carrier.http.get("/inbox/texts").text


def test_a_fault_can_affect_the_call(carrier: Running) -> None:
    carrier.act("faults", route="POST /2010-04-01/Accounts/{account}/Messages.json", kind="status", status=503)
    assert send(carrier).status_code == 503
    assert send(carrier).status_code == 201
