from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core.security import throttle
from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.sending import caps
from crosschq.messaging.sending.caps import CapReached
from crosschq.messaging.sending.send import CountedUnder, send_email
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import cross_tenant

# Wrong passwords for one address within a day, from all networks together. An attacker with many networks gets no more
# guesses than these, and the owner gets in with a code from their mailbox.
MOST_WRONG_PASSWORDS = 30
DAY = 24 * 3600
WRONG_PASSWORD = "wrong_password"  # noqa: S105 a name
# Subjects of the emails with a code, by allauth's template prefix.
CODE_EMAILS = {
    "account/email/email_confirmation_signup": gettext_lazy("Your Crosschq code"),
    "account/email/email_confirmation": gettext_lazy("Your Crosschq code"),
    "account/email/password_reset_code": gettext_lazy("Your code for a new password"),
}
# Notices of an account change, sent to the address that was on file before it.
CHANGES = {
    "account/email/password_changed": gettext_lazy("The password of your account was changed."),
    "account/email/password_set": gettext_lazy("A password was set for your account."),
    "account/email/password_reset": gettext_lazy("The password of your account was reset with a code from an email."),
    "account/email/email_changed": gettext_lazy("The email address of your account was changed."),
    "account/email/email_deleted": gettext_lazy("An email address was removed from your account."),
    "mfa/email/totp_activated": gettext_lazy(
        "Signing in to your account now requires a code from an authenticator app."
    ),
    "mfa/email/totp_deactivated": gettext_lazy("Signing in no longer requires a code from an app."),
    "mfa/email/webauthn_added": gettext_lazy("A passkey was added to your account. It can sign in."),
    "mfa/email/webauthn_removed": gettext_lazy("A passkey was removed from your account."),
    "mfa/email/recovery_codes_generated": gettext_lazy("You have new recovery codes. The old ones no longer work."),
}
# Ways to reauthenticate, by allauth's name.
WAYS = {
    "reauthenticate": gettext_lazy("Use your password"),
    "mfa_reauthenticate": gettext_lazy("Use a code from your app, or a recovery code"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey"),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Turns allauth's emails into Message rows, so that each is sent once and failures are visible."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": gettext_lazy("This account is closed. Ask an admin of your organization"),
        "cannot_remove_primary_email": gettext_lazy("You sign in with this address, so you can't remove it"),
        "email_password_mismatch": gettext_lazy("The email and password don't match"),
        "email_code_needed": gettext_lazy(
            "Someone entered a wrong password for this address too many times. Choose Forgot password to get a code "
            "by email"
        ),
        "enter_current_password": gettext_lazy("That isn't your current password"),
        "incorrect_code": gettext_lazy("That isn't the code in the email. Enter the newest one"),
        "incorrect_password": gettext_lazy("The password is wrong"),
        "rate_limited": gettext_lazy("Too many attempts. Wait a minute, then try again"),
        "same_as_current": gettext_lazy("That's already your address"),
        "too_many_login_attempts": gettext_lazy("Too many attempts. Wait five minutes, or set a new password"),
    }

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong passwords count for the address and the network together, so a stranger can't lock anyone out."""
        return f"{_network()}:{super()._get_login_attempts_cache_key(request, **credentials)}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """After many wrong passwords from anywhere, an unfamiliar network needs a code from the mailbox instead."""
        email = _login(credentials)
        if throttle.tries(WRONG_PASSWORD, email) >= MOST_WRONG_PASSWORDS and not _is_familiar(email):
            raise self.validation_error("email_code_needed")
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        throttle.allowed(WRONG_PASSWORD, _login(credentials), most=MOST_WRONG_PASSWORDS, seconds=DAY)

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Allauth calls this after a new password was set with an emailed code."""
        throttle.clear(WRONG_PASSWORD, _login(credentials))
        super()._delete_login_attempts_cached_email(request, **credentials)

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """The ways to reauthenticate, with our descriptions."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [{**method, "description": WAYS[method["id"]]} for method in methods]

    def is_safe_url(self, url: str | None) -> bool:
        """Whether sign-in may redirect to this URL. A malformed URL is refused too."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        kind = template_prefix.rsplit("/", 1)[-1]
        content = _email(template_prefix, context)
        try:
            with cross_tenant("a sign-in email belongs to no organization"):
                counted = CountedUnder(network=_network())
                send_email(organization=None, kind=kind, to_email=email, to_name="", email=content, counted=counted)
        except CapReached as refused:
            # Forms check the cap first; this covers a user who asks for another code.
            page = render(
                allauth_context.request, "messaging/too_many_emails.html", {"why": refused.sentence}, status=429
            )
            raise ImmediateHttpResponse(page) from refused

    def clean_email(self, email: str) -> str:
        """Clean the address that gets a code, or refuse it here, before anything is stored."""
        cleaned: str = super().clean_email(email)
        refuse_too_many_codes(cleaned)
        return cleaned


def refuse_too_many_codes(email: str) -> None:
    """Raise ValidationError if this address or network has reached today's cap on sign-in codes."""
    try:
        caps.check("sign_in_codes", organization=None, address=email, network=_network())
    except CapReached as refused:
        raise ValidationError(refused.sentence) from refused


def _login(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email", "")).strip().casefold()


def _is_familiar(email: str) -> bool:
    """Whether the owner of this account is signed in from this network."""
    known = UserSession.objects.filter(user__email__iexact=email).values_list("ip", flat=True)
    return _network() in {throttle.network(str(address)) for address in known}


def _network() -> str:
    request = allauth_context.request
    return throttle.network(get_adapter().get_client_ip(request)) if request else ""


def _email(template_prefix: str, context: dict[str, Any]) -> Email:
    """Build our email for an allauth template prefix. Raises LookupError for an unknown one."""
    if template_prefix in CODE_EMAILS:
        return Email(
            subject=str(CODE_EMAILS[template_prefix]),
            preheader=_("Enter it on the page that asked for it"),
            paragraphs=(_("Enter this code on the page that asked for it. It works for 15 minutes."),),
            code=context["code"],
            after=(_("If you didn't ask for it, someone may have mistyped their address. You can ignore this email."),),
        )
    if template_prefix in CHANGES:
        return Email(
            subject=_("Your Crosschq account changed"),
            preheader=_("If this wasn't you, set a new password"),
            paragraphs=(str(CHANGES[template_prefix]), _("If this wasn't you, set a new password now.")),
            action=_link(_("Set a new password"), "account_reset_password"),
        )
    if template_prefix == "account/email/account_already_exists":
        return Email(
            subject=_("You already have an account"),
            preheader=_("Sign in, or reset your password"),
            paragraphs=(_("Someone, perhaps you, tried to sign up with this address. It already has an account."),),
            action=_link(_("Sign in"), "account_login"),
            after=(_("Forgot your password? You can reset it on the sign-in page."),),
        )
    if template_prefix == "account/email/unknown_account":
        return Email(
            subject=_("No account with this address"),
            preheader=_("Sign up, or try another address"),
            paragraphs=(_("Someone, perhaps you, asked for a new password. This address has no account."),),
            action=_link(_("Create an organization"), "account_signup"),
        )
    raise LookupError(template_prefix)


def _link(label: str, url_name: str) -> Action:
    """Use BASE_URL, like every link in an email, because visitors control the Host header."""
    return Action(label, settings.BASE_URL + reverse(url_name))
