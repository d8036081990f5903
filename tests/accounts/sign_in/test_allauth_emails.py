"""allauth names its emails by template. Each one it can send here has our own text."""

from __future__ import annotations

import ast
from pathlib import Path

import allauth
import pytest

from crosschq.accounts.sign_in.adapter import _email

# What allauth never sends with our settings.
NEVER_SENT = {
    "account/email/login_code",  # no sign-in by code
    "account/email/password_reset_key",  # password resets use codes, not links
    "mfa/email/webauthn_added",  # no passkeys
    "mfa/email/webauthn_removed",
}


def prefixes() -> set[str]:
    found = set()
    root = Path(allauth.__file__).parent
    for path in [*root.glob("account/**/*.py"), *root.glob("mfa/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and str(node.value).startswith(("account/email/", "mfa/email/")):
                found.add(str(node.value))
    return found


@pytest.mark.parametrize("prefix", sorted(prefixes() - NEVER_SENT))
def test_every_allauth_email_has_our_text(prefix: str) -> None:
    email = _email(prefix, {"code": "AB12-CD34"})
    assert email.subject
    assert email.paragraphs
    assert bool(email.code) != bool(email.action)


def test_an_unknown_allauth_email_raises_when_it_is_created() -> None:
    with pytest.raises(LookupError):
        _email("account/email/something_new", {})


def test_the_list_of_unsent_emails_names_existing_templates() -> None:
    assert prefixes() > NEVER_SENT
