"""The thank-you page of a reference, which asks whether they want to hear about jobs."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from crosschq.core.security import throttle
from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy.secret_pages import SeeOther, TokenRequest
from prospects.models import Prospect, Removal
from prospects.opt_in import removal
from prospects.opt_in.access import answered_page
from prospects.opt_in.consent import CURRENT, consent_text
from prospects.opt_in.forms import OptInForm
from prospects.opt_in.opt_in import opt_in, prospect_of
from prospects.opt_in.opt_in_rules import is_asked
from requests_app.models import Reference
from requests_app.public.access import LinkHolder
from requests_app.reference.responses import may_change

# Each opt-in emails a receipt, and the address could be anyone's.
MAX_PER_DAY = 5


@answered_page
def thanks(request: TokenRequest, reference: Reference, token: str) -> HttpResponse:
    """The thank-you page; the reference can open it again with the same link."""
    words = consent_text(CURRENT, organization=request.organization.name)
    prospect = prospect_of(reference)
    asked = prospect is None and is_asked(reference.reference_request, reference)
    if request.method != "POST" or not asked:
        form = OptInForm(words, initial=OptInForm.initial_of(reference)) if asked else None
        return _page(request, reference, token, prospect, form)
    form = _bound(request, words)
    if not form.is_valid():
        return _page(request, reference, token, prospect, form)
    if _too_often(reference):
        form.add_error(None, _("You've opted in several times today. Try again tomorrow"))
        return _page(request, reference, token, prospect, form)
    try:
        with rollback_if_refused(request.organization, None):
            opt_in(reference=reference, details=form.details(), version=CURRENT)
    except CapReached as refused:
        form.add_error("email" if refused.scope in ("address", "everybody") else None, refused.sentence)
        return _page(request, reference, token, prospect, form)
    return SeeOther(_url(token))


@answered_page
def remove(request: TokenRequest, reference: Reference, token: str) -> HttpResponse:
    """For references who mistyped their address and therefore never get the receipt."""
    prospect = prospect_of(reference)
    if request.method == "POST" and prospect is not None and _is_alone(prospect, reference):
        removal.remove(prospect, why=Removal.LEFT)
    return SeeOther(_url(token))


def _page(
    request: TokenRequest, reference: Reference, token: str, prospect: Prospect | None, form: OptInForm | None
) -> HttpResponse:
    context: dict[str, Any] = {
        "reference": reference,
        "reference_request": reference.reference_request,
        "token": token,
        "may_change": may_change(reference.reference_request, reference),
        "link_holder": LinkHolder(token, reference.reference_request, reference),
        "prospect": prospect,
        "may_remove": prospect is not None and _is_alone(prospect, reference),
        "form": form,
    }
    return render(request, "prospects/opt_in/thanks.html", context)


def _bound(request: TokenRequest, words: str) -> OptInForm:
    """The submitted form. If the wording has changed since, the consent box is unchecked again."""
    posted = request.POST.copy()
    form = OptInForm(words, posted)
    if posted.get("version") != str(CURRENT):
        posted["version"] = str(CURRENT)
        posted.pop("agreed", None)
        form.fields["agreed"].error_messages["required"] = _("The wording has changed. Read it and check the box again")
    return form


def _is_alone(prospect: Prospect, reference: Reference) -> bool:
    """Whether all consent came from this reference: someone else's address could have been typed here."""
    return not prospect.consents.exclude(reference=reference).exists()


def _too_often(reference: Reference) -> bool:
    return not throttle.allowed("opt_in", str(reference.uid), most=MAX_PER_DAY, seconds=24 * 3600)


def _url(token: str) -> str:
    return reverse("prospect:thanks", args=[token])
