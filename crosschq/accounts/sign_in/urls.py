"""allauth's pages for the second sign-in step, under its URL names. The recovery code pages are ours."""

from allauth.mfa.recovery_codes.views import generate_recovery_codes
from django.urls import include, path

from crosschq.accounts.sign_in.views import recovery_codes

urlpatterns = [
    path("", include("allauth.mfa.base.urls")),
    path("totp/", include("allauth.mfa.totp.urls")),
    path("webauthn/", include("allauth.mfa.webauthn.urls")),
    path("recovery-codes/", recovery_codes.index, name="mfa_view_recovery_codes"),
    path("recovery-codes/generate/", generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("recovery-codes/download/", recovery_codes.download, name="mfa_download_recovery_codes"),
]
