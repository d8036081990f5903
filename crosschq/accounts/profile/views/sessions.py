"""The page that lists a user's sessions and ends them."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from crosschq.accounts.profile.sessions import active_sessions, end_sessions
from crosschq.tenancy.access import SignedInRequest, signed_in_page


class EndForm(forms.Form):
    """The session to end; empty means all others."""

    session = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


@signed_in_page
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: SignedInRequest) -> HttpResponse:
    here = request.session.session_key
    if request.method != "POST":
        return render(
            request, "accounts/profile/sessions.html", {"active_sessions": active_sessions(request.user, this=here)}
        )
    form = EndForm(request.POST)
    if form.is_valid():
        ended = end_sessions(request.user, besides=here, pk=form.cleaned_data["session"])
        said = ngettext("We signed you out in %(count)d browser.", "We signed you out in %(count)d browsers.", ended)
        messages.success(request, said % {"count": ended}, extra_tags=_("Signed out"))
    return redirect("sessions")
