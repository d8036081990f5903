"""Recovery codes: shown until the user confirms that they saved them, then never again.

allauth's own page shows them only once, so a link prefetcher could use up that one time.
"""

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crosschq.tenancy.access import signed_in_page


@signed_in_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]  # allauth has no types
def index(request: HttpRequest) -> HttpResponse:
    """Show the codes. A POST confirms that they are saved."""
    codes = _codes(request)
    if request.method == "POST":
        codes.mark_as_viewed()
        messages.success(request, _("You saved your recovery codes, so we won't show them again."))
        return redirect("mfa_index")
    return render(request, "mfa/recovery_codes/index.html", {"codes": codes})


@signed_in_page
@never_cache
@require_safe
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]  # allauth has no types
def download(request: HttpRequest) -> HttpResponse:
    """Download the codes as a text file, as long as they are still shown."""
    codes = _codes(request)
    if codes.did_view:
        raise Http404(_("You already saved these codes. Make new ones to see codes again."))
    lines = [_("Crosschq recovery codes for %(email)s") % {"email": request.user.email}, *codes.get_unused_codes()]  # type: ignore[union-attr]  # signed in
    return HttpResponse(
        "\n".join(lines) + "\n",
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="crosschq-recovery-codes.txt"'},
    )


def _codes(request: HttpRequest) -> RecoveryCodes:
    rows = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES)
    found = rows.first()
    if found is None:
        raise Http404(_("You have no recovery codes yet. You get them with a passkey or an authenticator app."))
    return found.wrap()
