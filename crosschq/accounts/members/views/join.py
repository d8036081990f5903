"""The pages that an invitation link opens."""

from typing import Any

from allauth.account.utils import perform_login
from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.accounts.form_fields import PASSWORD_HINT, full_name
from crosschq.accounts.members import invitations
from crosschq.tenancy.access import public_page
from crosschq.tenancy.models import Invitation, Role, User
from crosschq.tenancy.scope import tenant


class NewPersonForm(forms.Form):
    name = full_name()
    password = forms.CharField(
        label=gettext_lazy("Password"),
        help_text=PASSWORD_HINT,
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> None:
        if password := self.cleaned_data.get("password"):
            try:
                validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)


@public_page
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in, join, or create an account with a valid token. A GET changes nothing."""
    invitation = invitations.find(token)
    if invitation is None:
        response = _ended(request, token)
    elif isinstance(request.user, User):
        response = _signed_in(request, request.user, invitation)
    elif User.objects.filter(email__iexact=invitation.email).exists():
        # An existing account needs its password: the link alone must not sign anyone in.
        response = _shown(request, "invitation_sign_in", invitation)
    else:
        response = _new_person(request, invitation)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _signed_in(request: HttpRequest, user: User, invitation: Invitation) -> HttpResponse:
    if not invitations.is_for(invitation, user):
        return _shown(request, "invitation_other", invitation)
    if request.method != "POST":
        return _shown(request, "invitation_join", invitation)
    try:
        with tenant(invitation.organization):
            membership = invitations.accept(invitation=invitation, user=user)
    except Invitation.DoesNotExist:
        return redirect(request.path)
    said = _("You joined %(organization)s as %(role)s.")
    words = {"role": Role(membership.role).label, "organization": invitation.organization}
    messages.success(request, said % words, extra_tags=_("Joined"))
    return redirect("requests:list", slug=invitation.organization.slug)


def _new_person(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = NewPersonForm(request.POST if request.method == "POST" else None, email=invitation.email)
    if not form.is_valid():
        return _shown(request, "invitation_new", invitation, form=form)
    try:
        with tenant(invitation.organization):
            user = invitations.accept_as_new(
                invitation=invitation, name=form.cleaned_data["name"], password=form.cleaned_data["password"]
            )
    except (invitations.AddressTaken, Invitation.DoesNotExist):
        return redirect(request.path)
    there = reverse("requests:list", args=[invitation.organization.slug])
    signed_in: HttpResponse = perform_login(request, user, redirect_url=there)
    return signed_in


def _ended(request: HttpRequest, token: str) -> HttpResponse:
    joined = invitations.organization_joined(token, request.user) if isinstance(request.user, User) else None
    if joined:
        return redirect("requests:list", slug=joined.slug)
    return render(request, "accounts/members/invitation_ended.html", status=404)


def _shown(request: HttpRequest, name: str, invitation: Invitation, **more: Any) -> HttpResponse:
    context = {"invitation": invitation, "role": Role(invitation.role), **more}
    return render(request, f"accounts/members/{name}.html", context)
