from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.organizations.access import SignedInRequest, signed_in_page
from crosschq.organizations.models import Membership


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Full name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
    )


@signed_in_page
def profile(request: SignedInRequest) -> HttpResponse:
    """One's own name, and the way to everything that guards the account."""
    user = request.user
    form = ProfileForm(request.POST if request.method == "POST" else None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        user.name = form.cleaned_data["name"]
        user.save(update_fields=["name"])
        messages.success(request, _("Your name is %(name)s.") % {"name": user.name})
        return redirect("profile")
    context = {
        "form": form,
        "memberships": Membership.objects.filter(user=user)
        .select_related("organization")
        .order_by("organization__name"),
        "second_step": is_mfa_enabled(user),
    }
    return render(request, "organizations/profile.html", context)
