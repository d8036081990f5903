"""Passkeys (W3C Web Authentication, level 2): allauth runs the ceremonies; these forms set our labels and messages."""

import json
import struct
from collections.abc import Callable
from typing import Any, TypeVar

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn import forms as of_allauth
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Checked = TypeVar("Checked")

# The library that parses the device's response can raise any of these.
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, struct.error)
NOT_ACCEPTED = gettext_lazy("This passkey wasn't accepted. Try again, or sign in another way")
NEEDS_SCRIPTS = gettext_lazy("Your passkey didn't respond. Passkeys need a browser with JavaScript turned on")
NAME_LENGTH = 60


class _Credential(forms.JSONField):
    widget = forms.HiddenInput
    default_error_messages = {"required": NEEDS_SCRIPTS, "invalid": NOT_ACCEPTED}

    def to_python(self, value: Any) -> Any:
        """Also refuses deeply nested JSON, huge numbers, and anything that isn't an object.

        allauth would store a 0 or false as a passkey without checking it.
        """
        try:
            found = super().to_python(value)
        except (RecursionError, ValueError):
            raise ValidationError(NOT_ACCEPTED) from None
        if found in self.empty_values or isinstance(found, dict):
            return found
        raise ValidationError(NOT_ACCEPTED)

    def bound_data(self, data: Any, initial: Any) -> None:
        """Always empty: a response works only once, so the page never sends it back."""
        return


class _Ceremony(forms.Form):
    """Mixin for allauth's forms that take a passkey response from the browser."""

    credential = _Credential()


class AddPasskey(_Ceremony, of_allauth.AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["name"]
        name.label = _("Name")
        name.help_text = _("A name to recognize it by, such as Work laptop")
        name.widget.attrs = {"maxlength": NAME_LENGTH, "autocomplete": "off"}
        alone = self.fields["passwordless"]
        alone.label, alone.initial = _("Sign in with this passkey alone, without a password"), True
        alone.help_text = _(
            "Asks for your fingerprint, face, or PIN. If off, the passkey is a second step after your password."
        )

    def clean_name(self) -> str:
        """Truncate a long name instead of refusing it, because the device has already stored the passkey."""
        return str(super().clean_name())[:NAME_LENGTH]

    def clean(self) -> dict[str, Any]:
        storable(self.cleaned_data.get("credential"))
        return accepted(super().clean) or {}


class _Proof(_Ceremony, of_allauth.AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    def clean_credential(self) -> Any:
        return accepted(super().clean_credential)


class UsePasskey(_Proof):
    """The second sign-in step, after the password."""

    @property
    def has_passkeys(self) -> bool:
        return bool(is_mfa_enabled(self.user, [Authenticator.Type.WEBAUTHN]))


class SignInWithPasskey(_Proof, of_allauth.LoginWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """Sign-in with a passkey instead of a password."""


class ConfirmWithPasskey(_Proof, of_allauth.ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """Reauthentication, before a change to account security."""


class RenamePasskey(of_allauth.EditWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def accepted(check: Callable[[], Checked]) -> Checked:
    """Return the result of `check`. Raises ValidationError with our message if the response is refused or malformed."""
    try:
        return check()
    except ValidationError as refused:
        # allauth has one message for every second step; ours for codes mentions an app.
        raise ValidationError(NOT_ACCEPTED) if refused.code == "incorrect_code" else refused from None
    except UNREADABLE:
        raise ValidationError(NOT_ACCEPTED) from None


def storable(credential: Any) -> None:
    """Raise ValidationError for text that PostgreSQL can't store: NUL or a lone surrogate."""
    text = json.dumps(credential, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValidationError(NOT_ACCEPTED) from None
    if "\\u0000" in text:
        raise ValidationError(NOT_ACCEPTED)
