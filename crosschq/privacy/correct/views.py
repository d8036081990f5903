"""Correcting a person's details."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CapReached
from crosschq.privacy.correct.correct import CorrectionRefused, correct_person
from crosschq.privacy.correct.forms import CorrectionForm
from crosschq.privacy.desk.views import person_context, person_or_404
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.person import Person, PersonKind
from requests_app.lifecycle import RequestMovedOn


@member_page(Role.ADMIN)
@never_cache
def correct(request: MemberRequest, uid: UUID) -> HttpResponse:
    person = person_or_404(request, uid)
    if person.uids(PersonKind.MEMBER):
        messages.info(request, _("Members correct their own details on their profile."))
        return redirect("privacy:person", slug=request.organization.slug, uid=uid)
    form = CorrectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _corrected(request, person, uid, form)
        except CorrectionRefused as refused:
            form.add_error("email", str(refused))
        except CapReached as refused:
            form.add_error(None, refused.sentence)
        except RequestMovedOn:
            form.add_error(None, _("A request has changed in the meantime. Try again."))
    context = {**person_context(person, uid), "form": form, "is_directory": bool(person.uids(PersonKind.DIRECTORY))}
    return render(request, "privacy/correct/correct.html", context)


def _corrected(request: MemberRequest, person: Person, uid: UUID, form: CorrectionForm) -> HttpResponse:
    with rollback_if_refused(request.organization, request.user):
        count = correct_person(person, form.correction, organization=request.organization, actor=request.user)
    said = ngettext("%(count)d entry was corrected.", "%(count)d entries were corrected.", count)
    if count:
        messages.success(request, said % {"count": count}, extra_tags=_("Corrected"))
    else:
        messages.info(request, _("These details are already correct. Nothing changed."))
    return redirect("privacy:person", slug=request.organization.slug, uid=uid)
