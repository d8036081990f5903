"""The reauthentication page before an action that changes who has access. allauth's forms verify the user."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ReauthenticateForm
from allauth.core import ratelimit
from allauth.mfa.webauthn.internal.flows import auth
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crosschq.accounts.sign_in.forms.allauth import SecondStepCode
from crosschq.accounts.sign_in.forms.passkeys import UsePasskey
from crosschq.accounts.sign_in.reauthentication import find_pending_action, run_confirmed
from crosschq.tenancy.access import SignedInRequest, signed_in_page

# By allauth's method name: our URL segment, form, and template. These forms don't record a reauthentication in the
# session, so confirming an action doesn't unlock allauth's pages.
WAYS: dict[str, tuple[str, type[forms.Form], str]] = {
    "reauthenticate": ("password", ReauthenticateForm, "account/reauthenticate.html"),
    "mfa_reauthenticate": ("code", SecondStepCode, "mfa/reauthenticate.html"),
    "mfa_reauthenticate:webauthn": ("passkey", UsePasskey, "mfa/webauthn/reauthenticate.html"),
}


@signed_in_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_act(request: SignedInRequest, act: str, by: str = "") -> HttpResponse:
    """Show the action, ask for reauthentication, then run it."""
    waiting = find_pending_action(request, act)
    if waiting is None:
        messages.warning(
            request,
            _("You already confirmed it, or 10 minutes have passed. If you don't see the change, make it again."),
            extra_tags=_("Nothing to confirm"),
        )
        return redirect("home")
    ways = {WAYS[method["id"]][0]: method for method in get_adapter().get_reauthentication_methods(request.user)}
    if not ways:
        raise PermissionDenied(_("Set a password for your account first. You need it to confirm this."))
    if by not in ways:
        by = next(iter(ways))
    _part, form_class, template = WAYS[ways[by]["id"]]
    form = form_class(request.POST if request.method == "POST" else None, user=request.user)  # type: ignore[call-arg]  # allauth's
    if request.method == "POST":
        # Like allauth's page: ten tries a minute.
        refused: HttpResponse | None = ratelimit.consume_or_429(request, action="reauthenticate", user=request.user)
        if refused:
            return refused
        if form.is_valid():
            if hasattr(form, "save"):
                form.save()
            return run_confirmed(request, act, waiting)
    others = [
        {"url": reverse("confirm_act_by", args=[act, other]), "description": method["description"]}
        for other, method in ways.items()
        if other != by
    ]
    context: dict[str, Any] = {"form": form, "act": waiting, "reauthentication_alternatives": others}
    if by == "passkey":
        context["js_data"] = {"request_options": auth.begin_authentication(request.user)}
    return render(request, template, context)
