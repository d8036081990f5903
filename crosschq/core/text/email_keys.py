"""Compare email addresses."""

GMAIL = {"gmail.com", "googlemail.com"}


def address_key(email: str) -> str:
    """The address without what mailboxes ignore: case, a "+tag", Gmail's dots, and the spelling of a domain (IDNA).

    Only for comparing: emails go to the address as typed.
    """
    local, _, domain = email.strip().casefold().rpartition("@")
    local = local.partition("+")[0] or local
    domain = _ascii_domain(domain.rstrip("."))
    if domain in GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
