"""Encrypted columns against a stolen dump, a swapped row and key rotation."""

from __future__ import annotations

import base64
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from crosschq.core.database import rls
from crosschq.core.security.encryption import Undecipherable, decrypt, encrypt
from tests.core.jobs import change, make_work, reread
from tests.factories import make_organization

HERE = "messaging_message.text"
K1, K2 = (f"{name}:{base64.b64encode(bytes([number]) * 32).decode()}" for name, number in (("k1", 1), ("k2", 2)))


@pytest.fixture(autouse=True)
def _keys(settings: Settings) -> None:
    settings.FIELD_KEYS = K1


def stored(column: str = "text") -> list[str]:
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as sql:
        sql.execute(f"SELECT {column} FROM messaging_message ORDER BY id")
        return [row[0] for row in sql.fetchall()]


@given(st.text())
def test_decrypting_returns_the_original(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert decrypt(encrypt(text, place=HERE), place=HERE) == text


def test_encrypting_the_same_text_twice_gives_different_results() -> None:
    assert encrypt("secret", place=HERE) != encrypt("secret", place=HERE)


@pytest.mark.parametrize("position", [0, 11, 12, 20, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    key_id, _, encoded = encrypt("a secret of some length", place=HERE).partition(".")
    sealed = bytearray(base64.b64decode(encoded))
    sealed[position] ^= 1
    with pytest.raises(Undecipherable, match="damaged"):
        decrypt(f"{key_id}.{base64.b64encode(bytes(sealed)).decode()}", place=HERE)


@pytest.mark.parametrize("damaged", ["k1.", "k1.AAAA", "k1.no base64!", "k1", "k1.é"])
def test_a_value_that_is_not_ciphertext_is_noticed(damaged: str) -> None:
    with pytest.raises(Undecipherable, match="damaged"):
        decrypt(damaged, place=HERE)


def test_a_value_from_another_column_does_not_decrypt() -> None:
    with pytest.raises(Undecipherable, match="belongs elsewhere"):
        decrypt(encrypt("secret", place=HERE), place="messaging_message.html")


def test_a_value_of_a_missing_key_names_that_key(settings: Settings) -> None:
    value = encrypt("secret", place=HERE)
    settings.FIELD_KEYS = K2
    with pytest.raises(Undecipherable, match="“k1” is not in FIELD_KEYS"):
        decrypt(value, place=HERE)


def test_an_unencrypted_value_is_not_shown_in_the_error() -> None:
    with pytest.raises(Undecipherable) as told:
        decrypt("Dana's secret word. And more", place=HERE)
    assert "secret" not in str(told.value)


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
    with pytest.raises(ImproperlyConfigured, match=problem) as told:
        encrypt("secret", place=HERE)
    assert K1.partition(":")[2] not in str(told.value)


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
