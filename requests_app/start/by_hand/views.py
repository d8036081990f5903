"""New request: a form, a preview of exactly what goes out, and the send. Nothing that was typed enters a URL."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from crosschq.core.text.lists import and_list
from crosschq.messaging.sending import caps
from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Membership, Role
from crosschq.tenancy.secret_pages import SeeOther
from requests_app.models import ReferenceRequest
from requests_app.notifications.preview import email_previews
from requests_app.start.by_hand import new_request
from requests_app.start.by_hand.forms import NewRequestForm
from requests_app.start.by_hand.new_request import NewRequest
from templates_app.request_templates.queries import live_versions, rules_in_words

ADMINS_NAMED = 5


@member_page(Role.RECRUITER)
def new(request: MemberRequest) -> HttpResponse:
    """`act` is the button: preview, edit, or send."""
    versions = live_versions(request.organization)
    if not versions:
        return _without_template(request)
    data, act = request.POST if request.method == "POST" else None, request.POST.get("act", "")
    template = request.GET.get("template", "")
    form = NewRequestForm(versions, request.organization, request.user, data, template=template)
    if data is not None and act != "edit" and form.is_valid():
        entered = form.new_request
        if act == "send" and new_request.was_sent(entered, request.organization):
            return _sent(request, new_request.send(entered, organization=request.organization, actor=request.user))
        _add_refusals(request, form, entered)
        if form.is_valid():
            return _preview_or_send(request, form, entered, is_final=act == "send")
    return render(request, "requests_app/start/by_hand/form.html", {"form": form, "is_edited": act == "edit"})


def _add_refusals(request: MemberRequest, form: NewRequestForm, entered: NewRequest) -> None:
    email = entered.candidate.email
    if why := new_request.why_no_email(email, request.organization):
        form.add_error("email", why)
        return
    try:
        caps.check("requests", organization=request.organization, address=email)
    except CapReached as refused:
        form.add_error(None, refused.sentence)


def _preview_or_send(
    request: MemberRequest, form: NewRequestForm, entered: NewRequest, *, is_final: bool
) -> HttpResponse:
    already_open = new_request.open_requests_for(entered.candidate.email, request.organization)
    confirmed = set(request.POST.getlist("even_though"))
    if is_final and all(str(each.uid) in confirmed for each in already_open):
        try:
            with rollback_if_refused(request.organization, request.user):
                started = new_request.send(entered, organization=request.organization, actor=request.user)
            return _sent(request, started)
        except CapReached as refused:
            form.add_error(None, refused.sentence)
            return render(request, "requests_app/start/by_hand/form.html", {"form": form})
    draft = new_request.draft(entered, organization=request.organization, actor=request.user)
    context = {
        "form": form,
        "draft": draft,
        "references": rules_in_words(entered.version.reference_rules),
        "emails": email_previews(draft),
        "already_open": already_open,
        "is_news": is_final,
    }
    return render(request, "requests_app/start/by_hand/preview.html", context)


def _sent(request: MemberRequest, reference_request: ReferenceRequest) -> HttpResponse:
    said = _("We're emailing %(name)s at %(email)s.") % {
        "name": reference_request.candidate_name,
        "email": reference_request.candidate_email,
    }
    messages.success(request, said, extra_tags=_("Request sent"))
    return SeeOther(reverse("requests:detail", args=[request.organization.slug, reference_request.uid]))


def _without_template(request: MemberRequest) -> HttpResponse:
    """Say who can create a template, or offer it."""
    rows = Membership.objects.filter(organization=request.organization).select_related("user")
    admins = [str(row.user) for row in rows.order_by("pk") if row.may(Role.ADMIN)][:ADMINS_NAMED]
    context = {"may_create": request.membership.may(Role.ADMIN), "admins": and_list(admins)}
    return render(request, "requests_app/start/by_hand/no_template.html", context)
