"""A proof searches every table, the cache, the queue, and the files, and says where a person's data is left."""

from io import StringIO
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.files.storage import Storage
from django.core.management import CommandError, call_command
from pytest_django import Settings

from crosschq.privacy.proof import outside
from crosschq.privacy.proof.search import VALKEY, Proof, prove
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.models import TimelineEntry
from requests_app.start.start import CandidateInfo
from tests.factories import make_connection, make_organization, make_user
from tests.requests_app.factories import ready_request, sent_request, waiting_request
from webhooks.models import InboundEvent

NOBODY = "zoë.quill@nowhere.example"


def searched(organization: Organization | None, *words: str) -> Proof:
    return prove(words, [], organization=organization)


def test_nothing_is_found_about_a_stranger() -> None:
    proof = searched(ready_request().organization, NOBODY)
    assert proof.is_clean
    assert proof.tables > 40
    assert proof.columns > 150


def test_an_address_is_found_in_plain_and_in_encrypted_columns() -> None:
    scenario = waiting_request()
    found = searched(scenario.organization, "MAYA@candidates.example").found
    assert {"requests_app.ReferenceRequest", "messaging.Message"} <= set(found)
    # Only in the text of an email that isn't sent yet, which is encrypted.
    assert set(searched(scenario.organization, scenario.reference_path()).found) == {"messaging.Message"}


def test_a_name_is_found_in_bytes_and_in_json_with_escapes() -> None:
    organization = make_organization()
    with tenant(organization):
        for number, body in enumerate([b'{"n": "Zo\\u00eb Quill"}', '{"n": "Zoë Quill"}'.encode()]):
            InboundEvent.objects.create(
                organization=organization,
                connection=make_connection(organization) if not number else InboundEvent.objects.get().connection,
                event_id=str(number),
                body=body,
            )
    assert searched(organization, "Zoë Quill").found == {"webhooks.InboundEvent": 2}


@pytest.mark.parametrize("word", ["a%b", "a_b", "a\\b"])
def test_a_character_with_a_meaning_in_sql_is_found_as_itself_alone(word: str) -> None:
    named, other = (
        sent_request(candidate=CandidateInfo("Zed", name, "zed@candidates.example")).organization
        for name in (word, "axxb axb ab")
    )
    for organization, is_there in ((named, True), (other, False)):
        proof = prove([word], [], organization=organization)
        assert ("requests_app.ReferenceRequest" in proof.found) == is_there
        proof = prove([], [word], organization=organization)
        assert ("requests_app.ReferenceRequest" in proof.names) == is_there


def test_a_person_is_found_in_the_cache_the_queue_and_a_file(settings: Settings, tmp_path: Path) -> None:
    organization, file = make_organization(), tmp_path / "erasures.jsonl"
    settings.ERASURE_LEDGER = str(file)
    file.write_text(f"oops {NOBODY}")
    cache.set("kept", {"email": NOBODY})
    queue = redis.Redis.from_url(django_settings.CELERY_BROKER_URL)
    queue.lpush("a-queue", f"task for {NOBODY}".encode())
    try:
        assert searched(organization, NOBODY).found == {VALKEY: 2, "erasures.jsonl": 1}
    finally:
        queue.delete("a-queue")
        queue.close()


def test_another_organizations_data_is_not_searched() -> None:
    ready_request()
    assert searched(make_organization(), "maya@candidates.example").is_clean


def test_accounts_are_left_out_with_the_reason_and_the_operator_searches_them() -> None:
    user, organization = make_user(NOBODY), make_organization()
    mine = searched(organization, user.email)
    assert mine.is_clean
    assert "own account" in mine.excluded["organizations.User"]
    assert searched(None, user.email).found == {"organizations.User": 1}


def test_a_name_that_another_person_has_is_reported_separately_from_an_address() -> None:
    scenario = ready_request()
    with tenant(scenario.organization):
        TimelineEntry.objects.update(sentence="Alex Roe called")
    proof = prove([NOBODY], ["Alex Roe"], organization=scenario.organization)
    assert proof.found == {}
    assert set(proof.names) == {"requests_app.TimelineEntry"}


def test_the_command_says_how_much_it_searched_and_fails_if_it_finds_something() -> None:
    scenario, said = ready_request(), StringIO()
    call_command("prove_erasure", NOBODY, stdout=said)
    assert "Found nothing." in said.getvalue()
    with pytest.raises(CommandError, match="Something was found"):
        call_command("prove_erasure", "maya@candidates.example", organization=scenario.organization.slug, stdout=said)
    assert "Found in requests_app.ReferenceRequest: 1" in said.getvalue()


def test_a_storage_that_cannot_list_its_files_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "default_storage", Storage())
    with pytest.raises(CommandError, match="can't list its files, so they can't be searched"):
        call_command("prove_erasure", "maya@example.com")


def test_a_cache_that_cannot_be_reached_proves_nothing(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(CommandError, match="can't be searched now"):
        call_command("prove_erasure", "maya@example.com")
