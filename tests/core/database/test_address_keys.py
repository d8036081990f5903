"""All spellings of an address have one mailbox in the database, by which an index finds them."""

import pytest

from crosschq.core.database.address_keys import mailboxes
from crosschq.core.text.email_keys import address_key
from crosschq.tenancy.models import User

pytestmark = pytest.mark.django_db

SPELLINGS = {
    "dana@acme.example": ("Dana@ACME.example", "dana+work@acme.example", '"dana"@acme.example', " dana@acme.example\n"),
    "danaruiz@gmail.com": ("Dana.Ruiz@gmail.com", "d.a.n.a.ruiz+x+y@googlemail.com", '"dana.ruiz"@gmail.com'),
    "dana@bücher.example": ("dana@xn--bcher-kva.example", "DANA+1@BÜCHER.example"),
    "+1@acme.example": ("+1@ACME.example",),
    "a'b&c@acme.example": ("A'B&c+d@acme.example", '"a\'b\\&c"@acme.example'),
    "strasse@acme.example": ("straße@acme.example", "\u200bstrasse@acme.example", "\tSTRASSE@acme.example"),
}


@pytest.mark.parametrize(("address", "others"), SPELLINGS.items(), ids=[*SPELLINGS])
def test_each_spelling_is_among_the_mailboxes_of_its_key(address: str, others: tuple[str, ...]) -> None:
    found = mailboxes([address_key(address)])
    for spelling in (address, *others):
        assert address_key(spelling) == address_key(address)
        assert _stored(spelling) in found, spelling
        assert _stored(spelling) in mailboxes([address_key(spelling)]), spelling


def test_an_ordinary_address_has_its_own_mailbox() -> None:
    assert _stored("Dana.Ruiz+x@acme.example") == "danaruiz"
    assert "danaruiz" not in mailboxes([address_key("bo@acme.example")])


def _stored(address: str) -> str:
    user = User.objects.create(email=address)
    stored = User.objects.values_list("mailbox", flat=True).get(pk=user.pk)
    user.delete()
    return str(stored)
