"""Each name, address, phone number, and pair of tags of the lists is accepted or refused correctly.

A test goes through a whole list and shows every wrong answer next to what was typed.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.forms import Form

from connectors.smartrecruiters.answer import Node
from connectors.smartrecruiters.candidates import names_of
from crosschq.core.database.folded import _FOLDED
from crosschq.core.text.characters import comparison_key
from crosschq.core.text.csv_lines import safe_cell
from crosschq.core.text.email_addresses import email_address, envelope_address
from crosschq.core.text.email_keys import address_key
from crosschq.core.text.names import find_link, harmless
from crosschq.core.text.person_names import first_and_last, full_name, short_name, split_name
from crosschq.core.ui.field_errors import error_texts
from crosschq.messaging.content import phones
from prospects.opt_in.forms import OptInForm
from prospects.staff.download import phone_cell
from requests_app.public.forms import ContactForm, NameForm
from templates_app.tags import tag_key
from tests.typed.lists import ADDRESSES, KEPT_ADDRESSES, KEPT_NAMES, NAMES, PHONES, TAGS, Name


def answer(form: Form, field: str) -> str:
    """What the form keeps, or the sentence with which it refuses."""
    return next(iter(error_texts(form[field])), "") or str(form.cleaned_data[field])


def refused_or(item: Any, kept: str, answer: str) -> str:
    """The expected answer, where only a part of its sentence is given."""
    return answer if item.refused and item.refused in answer else item.refused or kept


def test_each_list_is_long_and_names_nothing_twice() -> None:
    assert (len(NAMES) >= 200, len(ADDRESSES) >= 100, len(PHONES) >= 60, len(TAGS) >= 40) == (True,) * 4
    assert len({name.typed for name in NAMES}) == len(NAMES)
    assert len({address.typed for address in ADDRESSES}) == len(ADDRESSES)
    assert len({(phone.typed, phone.country) for phone in PHONES}) == len(PHONES)


def test_a_form_keeps_each_name_or_says_why_not() -> None:
    wrong = []
    for name in NAMES:
        said = answer(bound(NameForm, name=name.typed), "name")
        if said != (right := refused_or(name, name.kept, said)):
            wrong.append((name.typed, said, right))
    assert wrong == []


def bound(kind: Any, **data: str) -> Form:
    form: Form = kind(data)
    form.full_clean()
    return form


def test_each_person_is_called_by_their_name() -> None:
    wrong = [
        (name.typed, said, right)
        for name in KEPT_NAMES
        if (said := (short_name(name.kept), *split_name(name.kept))) != (right := (name.call, name.first, name.last))
    ]
    assert wrong == []


def test_each_name_from_an_ats_is_shown_in_reading_order() -> None:
    wrong = [
        (name.typed, said, right)
        for name in NAMES
        if (said := from_ats(name)) != (right := said if name.link and not find_link(said) else shown(name))
        and not (name.refused and name.ats is None and not name.link)
    ]
    assert wrong == []


def from_ats(name: Name) -> str:
    first, last = names_of(Node({"firstName": name.typed}))
    return full_name(*first_and_last(harmless(first), harmless(last)))


def shown(name: Name) -> str:
    whole = name.in_order if name.ats is None else name.ats
    return whole if len(whole) <= 100 else f"{whole[:99]}…"


def test_each_pair_of_names_from_an_ats_gives_the_right_short_name() -> None:
    wrong = [
        (name.typed, said, right)
        for name in KEPT_NAMES
        if name.last and (said := short_name(name.first, name.last)) != (right := name.called_by_ats)
    ]
    assert wrong == []


def test_a_spreadsheet_calculates_no_name_and_no_address() -> None:
    wrong = [(name.first, safe_cell(name.first), name.cell) for name in KEPT_NAMES]
    wrong += [(each.kept, safe_cell(each.kept), each.csv or each.kept) for each in KEPT_ADDRESSES]
    assert [each for each in wrong if each[1] != each[2]] == []


@pytest.mark.django_db
def test_a_search_finds_each_name_by_each_of_its_spellings() -> None:
    pairs = [(name.kept, other) for name in KEPT_NAMES for other in name.spellings]
    pairs += [(unicodedata.normalize("NFD", name.kept), name.kept) for name in KEPT_NAMES]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT one, other FROM unnest(%s::text[], %s::text[]) AS pair(one, other)"
            f" WHERE strpos({_FOLDED % 'one'}, {_FOLDED % 'other'}) = 0",
            [[one for one, _other in pairs], [other for _one, other in pairs]],
        )
        assert cursor.fetchall() == []
    assert [pair for pair in pairs if comparison_key(pair[1]) not in comparison_key(pair[0])] == []


def test_each_address_is_kept_or_refused_with_a_reason() -> None:
    wrong = []
    for address in ADDRESSES:
        try:
            said = email_address(address.typed)
        except ValidationError as refused:
            said = refused.messages[0]
        if said != (right := refused_or(address, address.kept, said)):
            wrong.append((address.typed, said, right))
    assert wrong == []
    assert [each for each in KEPT_ADDRESSES if envelope_address(each.kept) != each.carried] == []


def test_spellings_of_one_mailbox_have_one_key_and_two_mailboxes_have_two() -> None:
    assert [
        each
        for each in KEPT_ADDRESSES
        if len({address_key(text) for text in (each.typed, each.kept, each.carried, each.same_as or each.kept)}) > 1
        or (each.not_same_as and address_key(each.not_same_as) == address_key(each.kept))
    ] == []


def test_each_number_gets_text_messages_or_the_form_says_why_not() -> None:
    wrong = []
    for phone in PHONES:
        form = ContactForm({"email": "anna@corp.example", "phone": phone.typed}, country=phone.country)
        said = answer(form, "phone")
        if said != (right := refused_or(phone, phone.e164, said)):
            wrong.append((phone.typed, said, right))
    assert wrong == []


def test_a_prospect_keeps_each_number_to_call_and_the_csv_has_its_country() -> None:
    wrong = []
    for phone in PHONES:
        form = OptInForm("", {"phone": phone.typed})
        kept = "phone" not in form.errors
        if kept != (phone.kept or bool(phone.e164)):
            wrong.append((phone.typed, str(kept), ""))
        elif phone.e164 and (cell := safe_cell(phone_cell(form.cleaned_data["phone"], phone.country))) != phone.shown:
            wrong.append((phone.typed, cell, phone.shown))
        elif phone.e164 and phones.textable(cell) != phone.e164:
            wrong.append((phone.typed, cell, phone.e164))
    assert wrong == []


def test_each_pair_of_tags_is_one_tag_or_two() -> None:
    assert [tags for tags in TAGS if (tag_key(tags.one) == tag_key(tags.other)) != tags.same] == []
