"""Erasing a person or one reference: what it means, reauthentication, progress, and proof."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from crosschq.accounts.sign_in.reauthentication import ask_first
from crosschq.core.database.counting import in_words
from crosschq.core.outbox import work_item
from crosschq.privacy.desk.holdings_of import what_is_held
from crosschq.privacy.desk.views import person_context, person_or_404
from crosschq.privacy.erase.everywhere import (
    consequences,
    held_reasons,
    only_that_reference,
    owned_requests,
    reason_against_heir,
    reasons_against,
)
from crosschq.privacy.erase.forms import EraseForm, LiftForm
from crosschq.privacy.erase.request import ask_to_erase, mark_deleted_in_ats, write_again
from crosschq.privacy.models import Erasure
from crosschq.privacy.proof.search import Proof
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.person import Person
from crosschq.tenancy.work_progress import progress_response


@member_page(Role.ADMIN)
@never_cache
def ask(request: MemberRequest, uid: UUID) -> HttpResponse:
    """Erase the person everywhere."""
    return _ask(request, person_or_404(request, uid), uid, only_reference=False)


@member_page(Role.ADMIN)
@never_cache
def ask_reference(request: MemberRequest, uid: UUID) -> HttpResponse:
    """Erase this one reference, and leave the person elsewhere."""
    person = only_that_reference(person_or_404(request, uid), uid)
    if not person.matches:
        raise Http404(_("This reference doesn't exist."))
    return _ask(request, person, uid, only_reference=True)


def _ask(request: MemberRequest, person: Person, uid: UUID, *, only_reference: bool) -> HttpResponse:
    owned = 0 if only_reference else owned_requests(person)
    against = held_reasons(person) if only_reference else reasons_against(request.organization, person)
    data = request.POST if request.method == "POST" else None
    form = EraseForm(data, organization=request.organization, owned=owned)
    held = what_is_held(person)
    count = sum(each.count for each in held)
    if request.method == "POST" and not against and form.is_valid() and _may_inherit(request, person, form):
        # Without the name: the sentence waits in the session, where an erasure doesn't look for it.
        sentence = ngettext(
            "Erase the person you chose in %(organization)s: %(count)s entry",
            "Erase the person you chose in %(organization)s: %(count)s entries",
            count,
        ) % {"organization": request.organization, "count": in_words(count)}
        return ask_first(request, sentence, back=request.path) or _start(request, person, uid, form, only_reference)
    context = {
        **person_context(person, uid),
        "form": form,
        "against": against,
        "held": held,
        "only_reference": only_reference,
        "consequences": consequences(person, only_reference=only_reference),
    }
    return render(request, "privacy/erase/ask.html", context)


def _may_inherit(request: MemberRequest, person: Person, form: EraseForm) -> bool:
    """Whether the chosen member can get the person's open requests. If not, the form says why."""
    refused = reason_against_heir(request.organization, person, form.chosen) if form.chosen else ""
    if refused:
        form.add_error("heir", refused)
    return not refused


def _start(request: MemberRequest, person: Person, uid: UUID, form: EraseForm, only_reference: bool) -> HttpResponse:
    erasure = ask_to_erase(
        person,
        organization=request.organization,
        actor=request.user,
        uid=uid,
        only_reference=only_reference,
        heir=form.chosen,
    )
    return _to(request, erasure)


@member_page(Role.ADMIN)
@never_cache
def show(request: MemberRequest, uid: UUID) -> HttpResponse:
    erasure = _find(uid)
    title = _("Erasing, then searching for anything left")
    context: dict[str, Any] = {"erasure": erasure, "task": erasure, "title": title}
    if erasure.proof:
        proof = Proof(**erasure.proof)
        context |= {"proof": proof, "excluded": proof.excluded.items(), "found": proof.found.items()}
        context["names"] = proof.names.items()
    return progress_response(request, erasure) or render(request, "privacy/erase/show.html", context)


@member_page(Role.ADMIN)
def index(request: MemberRequest) -> HttpResponse:
    """The newest erasures, as evidence."""
    rows = Erasure.objects.select_related("asked_by").defer("sought").order_by("-created_at", "-pk")[:100]
    return render(request, "privacy/erase/list.html", {"rows": list(rows)})


@member_page(Role.ADMIN)
@require_POST
def try_again(request: MemberRequest, uid: UUID) -> HttpResponse:
    erasure = _find(uid)
    if erasure.has_failed and erasure.sought:
        work_item.try_again(erasure)
    return _to(request, erasure)


@member_page(Role.ADMIN)
@require_POST
def deleted_there(request: MemberRequest, uid: UUID) -> HttpResponse:
    mark_deleted_in_ats(_find(uid), actor=request.user)
    return _to(request, _find(uid))


@member_page(Role.ADMIN)
@require_POST
def lift(request: MemberRequest) -> HttpResponse:
    """Allow email and requests to an erased person who contacted the organization again on their own."""
    form = LiftForm(request.POST)
    if form.is_valid() and write_again(
        request.organization,
        email=form.cleaned_data["email"],
        candidate_id=form.cleaned_data["candidate"],
        actor=request.user,
    ):
        messages.success(request, _("We can email and ask this person again."))
    else:
        messages.info(request, _("This person wasn't blocked."))
    return redirect("privacy:desk", slug=request.organization.slug)


def _find(uid: UUID) -> Erasure:
    found: Erasure = get_object_or_404(Erasure, uid=uid)
    return found


def _to(request: MemberRequest, erasure: Erasure) -> HttpResponse:
    return redirect("privacy:erasure", slug=request.organization.slug, uid=erasure.uid)
