"""allauth's forms with our labels and messages."""

from typing import Any

from allauth.account.forms import (
    AddEmailForm,
    ChangePasswordForm,
    LoginForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
    SignupForm,
)
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crosschq.accounts.form_fields import PASSWORD_HINT
from crosschq.core.ui.form_fields import AddressField
from crosschq.tenancy.models import User


class SignIn(LoginForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = _address(self.fields["login"], _("Email"))


class SignUp(SignupForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = _address(self.fields["email"], _("Work email"))
        self.fields["password1"].help_text = PASSWORD_HINT

    def try_save(self, request: HttpRequest) -> Any:
        """Sign up, or email the owner of an existing account. Both take the time of hashing a password."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class NewPassword(ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = _address(self.fields["email"], _("Email"))


class _PasswordNames(forms.Form):
    """Mixin for allauth's forms that set a password: our labels, and one hint instead of Django's list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "oldpassword": _("Current password"),
            "password1": _("New password"),
            "password2": _("New password again"),
        }
        for name in labels.keys() & self.fields.keys():
            self.fields[name].label = labels[name]
        self.fields["password1"].help_text = PASSWORD_HINT


class ChangedPassword(_PasswordNames, ChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    """For a member who is signed in and has a password."""


class FirstPassword(_PasswordNames, SetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """For a member who has signed in with a passkey or a code only."""


class ForgottenPassword(_PasswordNames, ResetPasswordKeyForm):  # type: ignore[misc]  # allauth has no types
    """The new password, after the code from the email was entered."""


class OtherAddress(AddEmailForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = _address(self.fields["email"], self.fields["email"].label)


def _address(field: forms.Field, label: Any) -> AddressField:
    """Our field in place of allauth's: it refuses an address that we can't send to."""
    return AddressField(label=label, widget=field.widget, help_text=field.help_text, initial=field.initial)


class _Code(forms.Form):
    """Mixin for allauth's forms that take a code: mentions only the kinds of code that this user has."""

    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_app = is_mfa_enabled(self.user, [Authenticator.Type.TOTP])
        code = self.fields["code"]
        code.label = _("Code")
        code.help_text = (
            _("The 6 digits your app shows now, or one of your recovery codes")
            if self.has_app
            else _("One of your recovery codes")
        )

    def clean_code(self) -> str:
        try:
            return str(super().clean_code())  # type: ignore[misc]  # allauth's, below this class
        except forms.ValidationError as refused:
            if refused.code != "incorrect_code" or self.has_app:
                raise
            raise forms.ValidationError(_("That isn't one of your unused recovery codes")) from None


class SecondStepCode(_Code, AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The second sign-in step, after the password."""


class ConfirmingCode(_Code, ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """Reauthentication, before a change to account security."""
