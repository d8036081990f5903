"""A typed email address is validated by the rules for sending, and never turned into another person's."""

from __future__ import annotations

from email.utils import formataddr

import pytest
from django.core.exceptions import ValidationError
from django.core.mail.message import sanitize_address
from hypothesis import given
from hypothesis import strategies as st

from crosschq.core.text.email_addresses import email_address, envelope_address, is_email_address, trimmed_address
from crosschq.core.text.email_keys import address_key, exact_key

AT_THE_ENDS = [*" \t\n\u00a0\u202f\u3000\ufeff\u2060\u00ad\u200b\u200c\u200d"]
INSIDE = {
    "smi\u00adth@corp.example": "an invisible character (soft hyphen) after “smi”",
    "smith\u200b@corp.example": "an invisible character (zero width space) after “smith”",
    "smith@co\u2060rp.example": "an invisible character (word joiner) after “co”",
    "smith@co\u200drp.example": "an invisible character (zero width joiner) after “co”",
    "smi\ufeffth@corp.example": "an invisible character (zero width no-break space) after “smi”",
    "smi\u202eth@corp.example": "an invisible character (right-to-left override) after “smi”",
    "smi\x00th@corp.example": "an invisible character (U+0000) after “smi”",
    "john smith@corp.example": "a space after “john”",
    "john\u00a0smith@corp.example": "a space after “john”",
    "john@corp. example": "a space after “john@corp.”",
    "jörg@corp.example": "“ö” before the @",
    "jo\u2011rg@corp.example": "“\u2011” (non-breaking hyphen) before the @",
    "\uff4aohn@corp.example": "“\uff4a” before the @",
    "anna@" + "ü" * 60 + ".example": "can't be the domain of an email address",
    "anna@\u2603.example": "can't be the domain of an email address",
    "a" * 60 + "@" + ".".join(["bücher" * 5] * 5) + ".example": "longer than 254 characters",
}
# A domain that is spelled with a zero-width non-joiner, where IDNA allows it.
PERSIAN = "anna@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example"
SHOWN = {
    "anna@bücher.example": "anna@bücher.example",
    "anna@BÜCHER.example": "anna@bücher.example",
    "anna@BU\u0308CHER.example": "anna@bücher.example",
    "anna@xn--bcher-kva.example": "anna@bücher.example",
    "anna@b\uff55cher.example": "anna@bucher.example",
    "anna@bücher\u3002example": "anna@bücher.example",
    "anna@faß.example": "anna@faß.example",
    "anna@xn--fa-hia.example": "anna@faß.example",
    "Anna.Müller-free@Corp.Example": None,
    "Anna@Corp.Example": "Anna@Corp.Example",
    "o'brien+jobs@corp.example": "o'brien+jobs@corp.example",
    "info@нэт.рф": "info@нэт.рф",
    PERSIAN: PERSIAN,
}
ENVELOPES = {
    "anna@bücher.example": "anna@xn--bcher-kva.example",
    "anna@faß.example": "anna@xn--fa-hia.example",
    "anna@fass.example": "anna@fass.example",
    "Anna@Corp.Example": "Anna@corp.example",
    "info@нэт.рф": "info@xn--m1ak6a.xn--p1ai",
}


@pytest.mark.parametrize("mark", AT_THE_ENDS, ids=ascii)
def test_spaces_and_invisible_characters_at_the_ends_are_dropped(mark: str) -> None:
    assert email_address(f"{mark}smith@corp.example{mark}") == "smith@corp.example"


@pytest.mark.parametrize(("typed", "why"), INSIDE.items(), ids=ascii)
def test_what_is_inside_is_refused_with_a_reason_and_never_dropped(typed: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        email_address(typed)
    assert why in refused.value.messages[0]
    assert trimmed_address(typed) == typed


@pytest.mark.parametrize(("typed", "shown"), SHOWN.items(), ids=ascii)
def test_a_domain_is_stored_in_its_own_script(typed: str, shown: str | None) -> None:
    assert (email_address(typed) if is_email_address(typed) else None) == shown


@pytest.mark.parametrize(("address", "envelope"), ENVELOPES.items(), ids=ascii)
def test_email_is_sent_to_a_domain_in_ascii_by_idna_2008(address: str, envelope: str) -> None:
    assert envelope_address(address) == envelope
    assert envelope_address(envelope) == envelope


NO_ADDRESSES = ["", "a", "a@b", "a@b@corp.example", "<a@corp.example>", "a@[127.0.0.1]", "@corp.example"]


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_other_text_is_not_an_address(text: str) -> None:
    assert not is_email_address(text)


def test_two_domains_that_idna_2003_confuses_stay_distinct() -> None:
    assert address_key("anna@faß.example") != address_key("anna@fass.example")
    assert exact_key("anna@faß.example") != exact_key("anna@fass.example")
    assert exact_key("Anna@BÜCHER.example") == exact_key("anna@xn--bcher-kva.example")
    assert exact_key("anna+a@corp.example") != exact_key("anna@corp.example")


@given(st.text(max_size=40), st.text(max_size=40))
def test_an_accepted_address_fits_in_a_header_and_compares_equal(local: str, domain: str) -> None:
    typed = f"{local}@{domain}.example"
    if not is_email_address(typed):
        return
    address, envelope = email_address(typed), envelope_address(typed)
    assert sanitize_address(formataddr(("Änne", envelope)), "utf-8").endswith(f"<{envelope}>")
    assert envelope.isascii()
    assert email_address(address) == address
    assert email_address(envelope).lower() == address.lower()
    assert address_key(typed) == address_key(address) == address_key(envelope)
