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
from tests.extent import first_of
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
def test_the_delivery_status_of_a_text_is_shown(message: Message, status: str, words: str) -> None:
    assert tell(message, status) == 204
    assert reread(message).status_text == words


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "undelivered"])), ids="-".join)
def test_duplicate_and_unordered_callbacks_never_move_a_text_back(message: Message, order: tuple[str, ...]) -> None:
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


def test_a_signature_of_another_message_is_refused(message: Message, acme: Organization) -> None:
    other = write_text(acme)
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": MAYA}
    stolen = signature(TOKEN, f"http://localhost:8000/hooks/texts/status/{message.uid}", fields)
    assert post(f"/hooks/texts/status/{other.uid}", fields, signed=stolen)[0] == 403


def test_an_unknown_number_is_not_texted_again_and_a_phone_that_is_off_is(message: Message) -> None:
    tell(message, "undelivered", "30003")
    with cross_tenant("a test looks at rows"):
        assert Suppression.objects.count() == 0
    change(message, delivery="")
    tell(message, "failed", "30005")
    with cross_tenant("a test looks at rows"):
        assert Suppression.objects.get().reason == "bounced"


def test_an_uncertain_text_is_settled_by_its_callback(message: Message) -> None:
    change(message, state=WorkState.UNKNOWN, text="secret", reason="?")
    tell(message, "delivered")
    assert (reread(message).state, reread(message).text, reread(message).reason) == (WorkState.DONE, "", "")


@pytest.mark.parametrize(
    "word", first_of([" Stop. ", "unsubscribe", "QUIT", "STOP", "stop", "STOPALL", "CANCEL", "end"], 3)
)
@time_machine.travel(MONDAY_NOON)
def test_stop_takes_effect_immediately_for_every_organization(word: str, acme: Organization) -> None:
    assert text_us(word) == ""  # the carrier sends the confirmation
    work_item.drain(Message)
    for organization in (acme, make_organization("Other")):
        waiting = write_text(organization)
        work_item.drain(Message)
        assert reread(waiting).state == WorkState.CANCELLED


def test_start_undoes_stop_and_other_words_do_nothing() -> None:
    text_us("STOP")
    for word in ("hello", "do not stop", ""):
        text_us(word)
        assert is_stopped()
    text_us("START")
    assert not is_stopped()


def test_help_says_who_is_texting_and_how_to_stop(message: Message) -> None:
    words = text_us("help")
    assert words == "Crosschq sends texts about a reference check for Acme GmbH. Reply STOP to end texts."
    assert "a reference check" not in text_us("HELP", sender="+12025550199")
    assert text_us("HELP", OptOutType="HELP") == ""


def test_a_forged_stop_has_no_effect() -> None:
    assert post(INBOUND, {"From": MAYA, "Body": "STOP"}, token="wrong")[0] == 403
    assert not is_stopped()


def test_without_a_carrier_the_url_does_not_exist(message: Message, settings: Settings) -> None:
    settings.TEXT_MESSAGES = {**settings.TEXT_MESSAGES, "account": ""}
    assert tell(message, "delivered") == 404
    assert post(INBOUND, {})[0] == 404


@pytest.fixture
def gateway(settings: Settings) -> Iterator[Running]:
    with run_text_gateway(settings) as running:
        yield running


@time_machine.travel(MONDAY_NOON)
@pytest.mark.django_db(transaction=True)
def test_a_text_and_its_callbacks_work_end_to_end(
    live_server: LiveServer, gateway: Running, settings: Settings
) -> None:
    settings.BASE_URL = live_server.url
    message = write_text(make_organization())
    work_item.drain(Message)
    gateway.act("texts/settle")
    (text,) = gateway.read("texts")
    assert text["responses"] == [204, 204]
    assert reread(message).status_text == "Delivered"
