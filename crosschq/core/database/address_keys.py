"""Compare email addresses in the database as text/email_keys.py does, except for the spelling of their domains."""

import re
from collections.abc import Iterable

from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Lower

from crosschq.core.text.email_keys import address_key

_REPLACED = (
    (r"(.)\+[^@]*@", r"\1@"),
    (r"\.(?=[^@]*@(gmail|googlemail)\.com$)", ""),
    (r"@googlemail\.com$", "@gmail.com"),
)


def address_key_of(column: str) -> Func:
    """The key of an address in this column: without case, a "+tag", and Gmail's dots."""
    text: Func = Lower(F(column))
    for pattern, by in _REPLACED:
        arguments = [text, Value(pattern), Value(by), Value("g")]
        text = Func(*arguments, function="regexp_replace", output_field=CharField())
    return text


# Before the "+tag" or the @, without what some mailboxes ignore. Empty for an address that we can't send to.
_IGNORED = '."\\ '
_MAILBOX = "^([!-*,-?A-~]+)[+@]"


class _Mailbox(Func):
    function = "substring"
    template = f"COALESCE(substring(translate(lower(%(expressions)s), '{_IGNORED}', '') from '{_MAILBOX}'), '')"


def mailbox_of(column: str) -> Func:
    """The mailbox of an address in this column: equal for all spellings of an address, and for some other addresses.

    So that an index finds the few rows whose addresses `same_addresses` compares.
    """
    return _Mailbox(F(column), output_field=CharField())


def at_address(prefix: str, email: str) -> Q:
    """The condition for this address in the column `<prefix>_email`, without regard to case, by `<prefix>_mailbox`."""
    mailbox, column = f"{prefix}_mailbox__in", f"{prefix}_email"
    near = {mailbox: sorted(mailboxes([address_key(email)])), f"{column}__gt": ""}
    return Q(**near, **{f"{column}__iexact": email})


def mailboxes(keys: Iterable[str]) -> set[str]:
    """The mailboxes of all addresses with these keys, as `mailbox_of` stores them."""
    found = (re.match(_MAILBOX, key.translate(str.maketrans("", "", _IGNORED))) for key in keys)
    # An odd spelling has none, and may still be the same address.
    return {"", *(match[1] for match in found if match)}
