"""Compare email addresses."""

import re

from crosschq.core.text.characters import trim
from crosschq.core.text.email_addresses import ascii_domain

QUOTED = re.compile(r'"(?:[\w.!#$%&\'*+/=?^`{|}~-]|\\[!-~])+"', re.ASCII)
GMAIL = {"gmail.com", "googlemail.com"}


def address_key(email: str) -> str:
    """The address without what mailboxes ignore: case, a "+tag", Gmail's dots, and the spelling of a domain (IDNA).

    Only for comparing: emails go to the address as typed.
    """
    local, _, domain = exact_key(email).rpartition("@")
    local = local.partition("+")[0] or local
    if domain in GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def exact_key(email: str) -> str:
    """The address without case and the spelling of its domain. A "+tag" may be another mailbox to its server."""
    local, at, domain = trim(email).rpartition("@")
    if QUOTED.fullmatch(local):  # "anna" is anna (RFC 5321, section 4.1.2)
        local = local[1:-1].replace("\\", "")
    return f"{local.casefold()}{at}{_domain_key(domain)}"


def _domain_key(domain: str) -> str:
    while (shorter := trim(domain.rstrip("."))) != domain:  # may end in alternating dots and spaces
        domain = shorter
    try:
        return ascii_domain(domain)
    except UnicodeError:
        return domain.casefold()
