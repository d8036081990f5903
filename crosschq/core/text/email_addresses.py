"""Email addresses, validated by the rules for sending: SMTP without SMTPUTF8 (RFC 6531), domains by IDNA 2008.

We store and show an address with its domain in its own script, and send to it with the domain in ASCII.
"""

import re

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core.text.characters import JOINERS, character_name, refuse_invisible, trim
from crosschq.core.text.lengths import EMAIL, EMAIL_LOCAL_PART

# Compared by identity, so that pages can put the field's name into the sentence (ui/field_errors.py).
NOT_AN_ADDRESS = EmailValidator.message
TOO_LONG = gettext_lazy("This address is longer than 254 characters. Enter another address.")

_valid = EmailValidator(allowlist=[])  # nobody's mailbox is at localhost
# What people copy around an address: Anna <anna@corp.example>, mailto:, quotes, and the end of a sentence.
_NAMED = re.compile(r"[^<>]*<([^<>]+)>\W*")
_LINKED = re.compile(r"mailto:([^?]+).*", re.IGNORECASE)
_BEFORE = "<([\"'“„«\u2018"
_AFTER = ">)]\"'”“»\u2019.,;:!?"
LIKE_AT = "\uff20\ufe6b"
_BETWEEN = re.compile(r"[\s,;/|<>]+")


def email_address(typed: str) -> str:
    """Return the address to store: trimmed, with an international domain normalized, and otherwise unchanged.

    Raises ValidationError with a reason for an address that we can't send to.
    """
    text = trim(typed)
    try:
        return _judged(text)
    except ValidationError:
        _refuse_several(text)
        raise


def _judged(text: str) -> str:
    local, _at, domain = text.rpartition("@")
    if at := next((letter for letter in text if letter in LIKE_AT), ""):
        words = _("“%(letter)s” (%(name)s) isn't an @. Retype the address.")
        raise ValidationError(words, params={"letter": at, "name": character_name(at)}, code="at")
    if any(letter.isspace() for letter in text):
        raise ValidationError(_space(text), code="space")
    # Persian domains need joiners. IDNA defines where.
    refuse_invisible(local, allowed=())
    refuse_invisible(domain, allowed=JOINERS)
    if not local.isascii():
        raise ValidationError(_odd_letter(local), code="local_part")
    _judge(local, _encoded(domain))
    return f"{local}@{shown_domain(domain)}"


def envelope_address(address: str) -> str:
    """The address as SMTP carries it, with the domain in ASCII. Raises ValidationError if we can't send to it."""
    local, _at, domain = email_address(address).rpartition("@")
    return f"{local}@{_encoded(domain)}"


def is_email_address(text: str) -> bool:
    """Whether we can send to this address."""
    try:
        email_address(text)
    except ValidationError:
        return False
    return True


def trimmed_address(text: str) -> str:
    """Return the address to store if it is valid, else the trimmed text, so that people see what is wrong."""
    try:
        return email_address(text)
    except ValidationError:
        return trim(text)


def ascii_domain(domain: str) -> str:
    """The domain in lowercase ASCII by IDNA 2008 and UTS 46, non-transitional. Raises idna.IDNAError (a UnicodeError).

    `faß.de` and `fass.de` are two domains.
    """
    if domain.isascii():
        return domain.lower()
    return idna.encode(domain, uts46=True, std3_rules=True, transitional=False).decode("ascii")


def shown_domain(domain: str) -> str:
    """The domain in its own script: bücher.example for xn--bcher-kva.example. An ASCII domain stays as typed."""
    if domain.isascii() and "xn--" not in domain.lower():
        return domain
    try:
        return idna.decode(ascii_domain(domain))
    except UnicodeError:  # an emoji domain, for example, which works only in ASCII
        return domain.lower()


def _encoded(domain: str) -> str:
    try:
        return ascii_domain(domain)
    except UnicodeError as error:
        refuse_invisible(domain, allowed=())
        words = _("“%(domain)s” can't be the domain of an email address. Check its spelling.")
        raise ValidationError(words, params={"domain": domain[:60]}, code="domain") from error


def _odd_letter(local: str) -> str:
    odd = next(letter for letter in local if not letter.isascii())
    if odd.isalpha():
        sentence = _("We can't send to an address with “%(letter)s” before the @. Enter another address.")
    else:  # for example a dash that looks like another one
        sentence = _("We can't send to an address with “%(letter)s” (%(name)s) before the @. Retype the address.")
    return sentence % {"letter": odd, "name": character_name(odd)}


def _refuse_several(text: str) -> None:
    """Raise ValidationError if this is several addresses, or one with something around it. People choose, not we."""
    parts = [part for part in _BETWEEN.split(text) if part.count("@") == 1]
    if len(parts) > 1 and all(map(is_email_address, parts)):
        raise ValidationError(_("Enter one address. There are several here."), code="several")
    named = _NAMED.fullmatch(text) or _LINKED.fullmatch(text)
    bare = trim(named[1] if named else text).lstrip(_BEFORE).rstrip(_AFTER)
    if bare != text and is_email_address(bare):
        words = _("Enter only the address, without the text around it: %(address)s")
        raise ValidationError(words, params={"address": bare}, code="surrounded")


def _judge(local: str, domain: str) -> None:
    if len(f"{local}@{domain}") > EMAIL:
        raise ValidationError(TOO_LONG, code="max_length")
    try:
        # An IP address isn't a person's mailbox, and no top-level domain is a number.
        if domain.startswith("[") or domain.rpartition(".")[2].isdecimal() or len(local) > EMAIL_LOCAL_PART:
            raise ValidationError(NOT_AN_ADDRESS)
        _valid(f"{local}@{domain}")
    except ValidationError as error:
        raise ValidationError(NOT_AN_ADDRESS, code="invalid") from error


def _space(text: str) -> str:
    before = text[: next(index for index, letter in enumerate(text) if letter.isspace())]
    return _("There is a space after “%(before)s”. Addresses have no spaces: check the whole address.") % {
        "before": before[-40:]
    }
