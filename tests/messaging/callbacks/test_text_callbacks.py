"""Callbacks of the text message gateway: verified by signature, and honored immediately."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import DeliveryEvent, Message, Suppression
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant
from sandbox.texts import signature
from tests.factories import make_organization
from tests.messaging.rows import change, reread
from tests.messaging.text_gateway import MAYA, MONDAY_NOON, TOKEN, run_text_gateway, use_text_gateway, write_text
from tests.sandbox.running import Running

pytestmark = pytest.mark.django_db
INBOUND = "/hooks/texts/inbound"


@pytest.fixture(autouse=True)
def _with_a_carrier(settings: Settings) -> None:
    use_text_gateway(settings, "http://localhost:9")


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH")


@pytest.fixture
def message(acme: Organization) -> Message:
    sent = write_text(acme)
    change(sent, state=WorkState.DONE, text="", provider_id="SM1")
    return sent


def post(path: str, fields: dict[str, str], *, token: str = TOKEN, signed: str = "") -> tuple[int, str]:
    headers = {"X-Twilio-Signature": signed or signature(token, f"http://localhost:8000{path}", fields)}
    answer = Client().post(path, fields, headers=headers)
    return answer.status_code, answer.content.decode()


def tell(message: Message, status: str, error: str = "", **options: str) -> int:
    fields = {"MessageSid": "SM1", "MessageStatus": status, "To": MAYA} | ({"ErrorCode": error} if error else {})
    return post(f"/hooks/texts/status/{message.uid}", fields, **options)[0]


def text_us(body: str, *, sender: str = MAYA, **more: str) -> str:
    status, answer = post(INBOUND, {"MessageSid": "SM2", "From": sender, "Body": body, **more})
    assert status == 200
    return "".join(ElementTree.fromstring(answer).itertext())


def is_stopped() -> bool:
    with cross_tenant("a test looks at rows"):
        return Suppression.objects.filter(reason="stop", organization=None).exists()


@pytest.mark.parametrize(
    ("status", "words"),
    [("queued", "Sent"), ("sent", "Sent"), ("delivered", "Delivered"), ("failed", "Did not arrive")],
)
def test_how_a_text_fared_is_shown(message: Message, status: str, words: str) -> None:
    assert tell(message, status) == 204
    assert reread(message).status_text == words


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "undelivered"])), ids="-".join)
def test_in_any_order_and_doubled_a_text_only_moves_forward(message: Message, order: tuple[str, ...]) -> None:
    ranks = ["", "queued", "sent", "delivered", "bounced"]
    seen = []
    for status in (*order, *order):
        tell(message, status)
        seen.append(ranks.index(reread(message).delivery))
    assert seen == sorted(seen)
    assert reread(message).delivery == "bounced"
    with cross_tenant("a test looks at rows"):
        assert DeliveryEvent.objects.count() == 3


@pytest.mark.parametrize("options", [{"token": "wrong"}, {"signed": "x"}, {"signed": "AAAA"}, {"signed": "\u00e4"}])
def test_a_forged_status_is_refused(message: Message, options: dict[str, str]) -> None:
    assert tell(message, "delivered", **options) == 403
    assert reread(message).delivery == ""


def test_a_signature_for_another_message_is_none_for_this_one(message: Message, acme: Organization) -> None:
    other = write_text(acme)
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": MAYA}
    stolen = signature(TOKEN, f"http://localhost:8000/hooks/texts/status/{message.uid}", fields)
    assert post(f"/hooks/texts/status/{other.uid}", fields, signed=stolen)[0] == 403


def test_a_number_that_nobody_has_is_not_texted_again_and_a_phone_that_is_off_is(message: Message) -> None:
    tell(message, "undelivered", "30003")
    with cross_tenant("a test looks at rows"):
        assert Suppression.objects.count() == 0
    change(message, delivery="")
    tell(message, "failed", "30005")
    with cross_tenant("a test looks at rows"):
        assert Suppression.objects.get().reason == "bounced"


def test_a_text_whose_handover_was_in_doubt_is_settled(message: Message) -> None:
    change(message, state=WorkState.UNKNOWN, text="secret", reason="?")
    tell(message, "delivered")
    assert (reread(message).state, reread(message).text, reread(message).reason) == (WorkState.DONE, "", "")


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop. ", "STOPALL", "unsubscribe", "CANCEL", "end", "QUIT"])
@time_machine.travel(MONDAY_NOON)
def test_stop_holds_at_once_for_every_organization(word: str, acme: Organization) -> None:
    assert text_us(word) == ""  # the carrier confirms it
    work_item.drain(Message)
    for organization in (acme, make_organization("Other")):
        waiting = write_text(organization)
        work_item.drain(Message)
        assert reread(waiting).state == WorkState.CANCELLED


def test_start_takes_it_back_and_other_words_do_nothing() -> None:
    text_us("STOP")
    for word in ("hello", "do not stop", ""):
        text_us(word)
        assert is_stopped()
    text_us("START")
    assert not is_stopped()


def test_help_says_who_writes_and_how_to_stop(message: Message) -> None:
    words = text_us("help")
    assert words == "Crosschq sends texts about a reference check for Acme GmbH. Reply STOP to end texts."
    assert "a reference check" not in text_us("HELP", sender="+12025550199")
    assert text_us("HELP", OptOutType="HELP") == ""


def test_a_forged_stop_stops_nobody() -> None:
    assert post(INBOUND, {"From": MAYA, "Body": "STOP"}, token="wrong")[0] == 403
    assert not is_stopped()


def test_without_a_carrier_there_is_no_such_page(message: Message, settings: Settings) -> None:
    settings.TEXT_MESSAGES = {**settings.TEXT_MESSAGES, "account": ""}
    assert tell(message, "delivered") == 404
    assert post(INBOUND, {})[0] == 404


@pytest.fixture
def gateway(settings: Settings) -> Iterator[Running]:
    with run_text_gateway(settings) as running:
        yield running


@time_machine.travel(MONDAY_NOON)
@pytest.mark.django_db(transaction=True)
def test_the_whole_way_there_and_back(live_server: LiveServer, gateway: Running, settings: Settings) -> None:
    settings.BASE_URL = live_server.url
    message = write_text(make_organization())
    work_item.drain(Message)
    gateway.act("texts/settle")
    (text,) = gateway.read("texts")
    assert text["told"] == [204, 204]
    assert reread(message).status_text == "Delivered"
