"""Encrypted columns against a stolen dump, swapped values and key rotation."""

from __future__ import annotations

import base64
import re
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from crosschq.core.database import rls
from crosschq.core.security import encryption
from crosschq.core.security.encryption import Undecipherable, decrypt, encrypt
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import cross_tenant
from tests.core.jobs import change, make_work, reread
from tests.factories import make_organization

HERE = "messaging_message.text"
MINE = "7/11111111-1111-4111-8111-111111111111"
K1, K2 = (f"{name}:{base64.b64encode(bytes([number]) * 32).decode()}" for name, number in (("k1", 1), ("k2", 2)))


@pytest.fixture(autouse=True)
def _keys(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FIELD_KEYS = K1
    monkeypatch.setattr(encryption, "_alarmed", {})


def stored(column: str = "text") -> list[str]:
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as sql:
        sql.execute(f"SELECT {column} FROM messaging_message ORDER BY id")
        return [row[0] for row in sql.fetchall()]


@given(st.text())
def test_decrypting_returns_the_original(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert decrypt(encrypt(text, place=HERE, owner=MINE), place=HERE, owner=MINE) == text


def test_encrypting_the_same_text_twice_gives_different_results() -> None:
    assert encrypt("secret", place=HERE, owner=MINE) != encrypt("secret", place=HERE, owner=MINE)


@pytest.mark.parametrize("position", [0, 11, 12, 20, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    key_id, _, encoded = encrypt("a secret of some length", place=HERE, owner=MINE).partition(".")
    sealed = bytearray(base64.b64decode(encoded))
    sealed[position] ^= 1
    with pytest.raises(Undecipherable, match="damaged"):
        decrypt(f"{key_id}.{base64.b64encode(bytes(sealed)).decode()}", place=HERE, owner=MINE)


@pytest.mark.parametrize("damaged", ["k1.", "k1.AAAA", "k1.no base64!", "k1", "k1.é"])
def test_a_value_that_is_not_ciphertext_is_noticed(damaged: str) -> None:
    with pytest.raises(Undecipherable, match="damaged"):
        decrypt(damaged, place=HERE, owner=MINE)


def test_a_value_from_another_column_does_not_decrypt() -> None:
    with pytest.raises(Undecipherable, match="belongs elsewhere"):
        decrypt(encrypt("secret", place=HERE, owner=MINE), place="messaging_message.html", owner=MINE)


def test_a_value_of_a_missing_key_names_that_key(settings: Settings) -> None:
    value = encrypt("secret", place=HERE, owner=MINE)
    settings.FIELD_KEYS = K2
    with pytest.raises(Undecipherable, match="“k1” is not in FIELD_KEYS"):
        decrypt(value, place=HERE, owner=MINE)


def test_an_unencrypted_value_is_not_shown_in_the_error() -> None:
    with pytest.raises(Undecipherable) as error:
        decrypt("Dana's secret word. And more", place=HERE, owner=MINE)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("", "is empty"),
        (" , ", "is empty"),
        (f"k1:{base64.b64encode(bytes(16)).decode()}", "“k1” is not 32 bytes"),
        ("k1:not base64", "“k1” is not 32 bytes"),
        (K1.partition(":")[2], "id:base64"),
        (f"{K1},{K1}", "its own id"),
        (f"k.1:{K1.partition(':')[2]}", "id:base64"),
    ],
)
def test_unusable_keys_are_reported_without_showing_them(settings: Settings, keys: str, problem: str) -> None:
    settings.FIELD_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match=problem) as error:
        encrypt("secret", place=HERE, owner=MINE)
    assert K1.partition(":")[2] not in str(error.value)


@pytest.mark.parametrize("owner", ["", MINE.replace("7/", "8/"), "7/22222222-2222-4222-8222-222222222222"])
def test_a_value_from_another_row_does_not_decrypt(owner: str) -> None:
    with pytest.raises(Undecipherable, match="belongs elsewhere"):
        decrypt(encrypt("secret", place=HERE, owner=MINE), place=HERE, owner=owner)


def encrypted_fields() -> list[encryption.EncryptedTextField]:
    return [
        field
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, encryption.EncryptedTextField)
    ]


@pytest.mark.parametrize("field", encrypted_fields(), ids=lambda field: field.place)
def test_every_encrypted_table_has_the_columns_that_its_values_are_bound_to(
    field: encryption.EncryptedTextField,
) -> None:
    columns = {each.name: each for each in field.model._meta.local_concrete_fields}
    organization, uid = (columns[name] for name in field.OWNER)
    assert organization.is_relation
    assert uid.unique


@pytest.mark.django_db
def test_values_swapped_between_two_rows_of_one_organization_do_not_decrypt(caplog: pytest.LogCaptureFixture) -> None:
    organization = make_organization()
    ours, other = make_work(organization), make_work(organization)
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as sql:
        sql.execute(
            "UPDATE messaging_message AS m SET text = o.text FROM messaging_message AS o WHERE m.id = %s AND o.id = %s",
            [ours.pk, other.pk],
        )
    swapped = reread(ours)
    with pytest.raises(Undecipherable, match="belongs elsewhere"):
        _ = swapped.text
    (alarm,) = [record.msg for record in caplog.records if "cannot_decrypt" in str(record.msg)]
    assert isinstance(alarm, dict)
    assert (alarm["place"], alarm["row"]) == (HERE, f"{organization.pk}/{ours.uid}")
    assert reread(other).text == "x"


@pytest.mark.django_db
def test_a_row_moved_into_another_organization_does_not_decrypt() -> None:
    item = make_work(make_organization())
    change(item, organization=make_organization())
    with pytest.raises(Undecipherable, match="belongs elsewhere"):
        _ = reread(item).text


@pytest.mark.django_db
def test_a_query_refuses_to_store_a_text_that_it_cannot_encrypt() -> None:
    item = make_work(make_organization())
    with pytest.raises(TypeError, match="a queryset can't encrypt"), rls.scope(rls.ALL_TENANTS):
        Message._base_manager.filter(pk=item.pk).update(text="for whom?")


@pytest.mark.django_db
def test_a_text_left_out_of_a_query_is_decrypted_when_it_is_read() -> None:
    item = make_work(make_organization())
    with cross_tenant("a test looks at a row"):
        assert Message.objects.defer("text").get(pk=item.pk).text == "x"
        assert Message.objects.only("text").get(pk=item.pk).text == "x"


@pytest.mark.django_db
def test_the_database_contains_only_ciphertext_and_the_model_only_text() -> None:
    item = make_work(make_organization())
    change(item, text="https://crosschq.example/c/secret-token/")
    (value,) = stored()
    assert value.startswith("k1.")
    assert "secret" not in value
    assert reread(item).text == "https://crosschq.example/c/secret-token/"


@pytest.mark.django_db
def test_an_empty_text_stays_empty_so_that_it_can_be_queried() -> None:
    item = make_work(make_organization())
    change(item, text="")
    assert stored() == [""]
    assert reread(item).text == ""


def rotate(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_rotation_rewrites_only_values_of_older_keys(settings: Settings) -> None:
    old, empty = make_work(make_organization()), make_work(make_organization())
    change(old, text="written with k1", html="this too")
    change(empty, text="", html="")
    settings.FIELD_KEYS = f"{K2},{K1}"
    new = make_work(make_organization())
    change(new, text="written with k2")
    before = stored()

    assert "messaging.Message.text: 1 under an older key" in rotate("--dry-run")
    assert stored() == before
    assert "messaging.Message.text: 1 under an older key" in rotate()
    after = stored()
    assert after[0].startswith("k2.")
    assert after[1:] == before[1:]
    assert "messaging.Message.text: 0 under an older key" in rotate()

    settings.FIELD_KEYS = K2
    assert (reread(old).text, reread(old).html, reread(new).text) == ("written with k1", "this too", "written with k2")


@pytest.mark.django_db
def test_rotation_names_a_row_that_no_key_decrypts_and_continues(settings: Settings) -> None:
    damaged, good = make_work(make_organization()), make_work(make_organization())
    settings.FIELD_KEYS = f"{K2},{K1}"
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as sql:
        sql.execute("UPDATE messaging_message SET text = 'k0.AAAA' WHERE id = %s", [damaged.pk])
    with pytest.raises(CommandError, match=f"messaging.Message.text of row {damaged.pk}"):
        rotate()
    assert reread(good).text == "x"
    assert stored()[1].startswith("k2.")


ROOT = Path(__file__).resolve().parents[3]
# `.values("text")` and `.values_list("text")` give the stored form, since they know no row.
VALUES = re.compile(r"\.values(?:_list)?\(([^()]*)\)")


def test_no_query_reads_an_encrypted_column_without_its_row() -> None:
    names = {field.attname for field in encrypted_fields()} - {
        "text",
        "key",
        "email",
        "result",
    }  # other tables have these too
    folders = ("crosschq", "connectors", "templates_app", "requests_app", "webhooks", "prospects")
    wrong = [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for found in VALUES.finditer(path.read_text(encoding="utf-8"))
        if set(re.findall(r'"(\w+)"', found.group(1))) & names
    ]
    assert wrong == []
