"""Text that people typed into SmartRecruiters is trimmed, and never becomes someone else's address."""

from __future__ import annotations

import pytest

from connectors.smartrecruiters import candidates, users
from connectors.smartrecruiters.answer import Node
from crosschq.core.text.email_addresses import is_email_address

ADDRESSES = {
    " anna@corp.example": "anna@corp.example",
    "\ufeffanna@corp.example\u200b\n": "anna@corp.example",
    "anna@xn--bcher-kva.example": "anna@bücher.example",
    "john smith@corp.example": "john smith@corp.example",
    "smi\u00adth@corp.example": "smi\u00adth@corp.example",
    "": "",
}


@pytest.mark.parametrize(("typed", "read"), ADDRESSES.items(), ids=ascii)
def test_an_address_is_trimmed_and_never_altered(typed: str, read: str) -> None:
    assert candidates.candidate(Node({"id": "c-1", "email": typed})).email == read
    assert candidates._summary(Node({"id": "c-1", "email": typed})).email == read
    assert users._user(Node({"id": "u-1", "email": typed})).email == read


def test_an_address_that_is_too_long_is_not_cut_to_another_one() -> None:
    read = users._user(Node({"id": "u-1", "email": f"{'a' * 200}@{'b' * 40}.corp.example.com"})).email
    assert len(read) == 254
    assert not is_email_address(read)
