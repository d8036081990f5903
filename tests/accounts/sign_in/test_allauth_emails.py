"""allauth names its emails by template; each one it can send here has our text."""

from __future__ import annotations

import ast
from pathlib import Path

import allauth
import pytest

from crosschq.accounts.sign_in.adapter import _email

# What our settings never let allauth send.
NEVER_SENT = {
    "account/email/login_code",  # no sign-in by code
    "account/email/password_reset_key",  # new passwords by code, not by link
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
def test_a_mail_of_allauth_has_our_words(prefix: str) -> None:
    email = _email(prefix, {"code": "AB12-CD34"})
    assert email.subject
    assert email.paragraphs
    assert bool(email.code) != bool(email.action)


def test_a_mail_of_allauth_that_we_do_not_know_is_noticed_when_it_is_written() -> None:
    with pytest.raises(LookupError):
        _email("account/email/something_new", {})


def test_the_list_of_what_is_never_sent_names_mails_that_exist() -> None:
    assert prefixes() > NEVER_SENT
