"""Settings for allauth's MFA: passkeys, authenticator apps, recovery codes."""

from io import BytesIO
from urllib.parse import urlsplit

import qrcode
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from qrcode.image.svg import SvgPathFillImage

from crosschq.accounts.sign_in import mfa_secrets
from crosschq.tenancy.models import User


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Encrypts the secrets, and replaces allauth's messages with ours."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": gettext_lazy("Turn off the second step first, then change the address"),
        "cannot_delete_authenticator": gettext_lazy("The second step can't be turned off"),
        "cannot_generate_recovery_codes": gettext_lazy(
            "You get recovery codes with an authenticator app or a passkey. Add one first"
        ),
        "incorrect_code": gettext_lazy("That isn't the code your app shows now. Enter the newest one"),
        "unverified_email": gettext_lazy("Confirm your email address first"),
    }

    def encrypt(self, text: str) -> str:
        return mfa_secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return mfa_secrets.decrypt(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """Render the QR code as inline SVG, because our CSP blocks data URIs. White background for dark mode."""
        drawn = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage, box_size=16, border=3).save(drawn)
        return "<svg" + drawn.getvalue().decode().partition("<svg")[2]

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Identify the relying party by the host in BASE_URL, since the Host header can't be trusted."""
        return {"id": urlsplit(settings.BASE_URL).hostname or "", "name": "Crosschq"}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's
        """The default name of a new passkey."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)s") % {"number": count + 1}
