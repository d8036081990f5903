from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from crosschq.accounts.form_fields import full_name
from crosschq.accounts.profile.sessions import active_sessions
from crosschq.core.database.folded import SortKey
from crosschq.tenancy.access import SignedInRequest, signed_in_page
from crosschq.tenancy.models import Membership

# base.html accepts only these two values: light, dark.
THEME = "theme"
THEME_SECONDS = 365 * 24 * 3600


class ProfileForm(forms.Form):
    name = full_name()


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(
        label=gettext_lazy("Colors in this browser"),
        choices=[
            ("system", gettext_lazy("Same as this device")),
            ("light", gettext_lazy("Light")),
            ("dark", gettext_lazy("Dark")),
        ],
        widget=forms.RadioSelect,
    )


@signed_in_page
@require_POST
def theme(request: SignedInRequest) -> HttpResponse:
    """Store the theme in a cookie: each browser has its own, and it applies before sign-in."""
    form, response = ThemeForm(request.POST), redirect("profile")
    if not form.is_valid():
        return response
    if form.cleaned_data["theme"] == "system":
        response.delete_cookie(THEME)
    else:
        response.set_cookie(
            THEME,
            form.cleaned_data["theme"],
            max_age=THEME_SECONDS,
            secure=settings.COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    messages.success(request, _("This browser uses your choice."))
    return response


@signed_in_page
def profile(request: SignedInRequest) -> HttpResponse:
    """Show the user's name, and links to their account security."""
    user = request.user
    form = ProfileForm(request.POST if request.method == "POST" else None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        user.name = form.cleaned_data["name"]
        user.save(update_fields=["name"])
        messages.success(request, _("Your name is now %(name)s.") % {"name": user.name})
        return redirect("profile")
    context = {
        "form": form,
        "theme_form": ThemeForm(initial={"theme": request.COOKIES.get(THEME, "system")}),
        "memberships": Membership.objects.filter(user=user)
        .select_related("organization")
        .order_by(SortKey("organization__name")),
        "second_step": is_mfa_enabled(user),
        "passkeys": Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).count(),
        "sessions": max(1, len(active_sessions(user, this=request.session.session_key))),
    }
    return render(request, "accounts/profile/profile.html", context)
