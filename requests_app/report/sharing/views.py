"""The page that shares a report, and the page on which a stranger asks for access to it."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crosschq.core.database import keyset
from crosschq.core.security import throttle
from crosschq.core.ui.form_fields import PlaceForm
from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy.access import MemberRequest, member_page, public_page
from crosschq.tenancy.models import Role, User
from crosschq.tenancy.owner_access import member_or_owner_page
from crosschq.tenancy.scope import tenant
from crosschq.tenancy.secret_pages import SeeOther
from requests_app.lifecycle import NotPossible
from requests_app.models import Reader, ReferenceRequest
from requests_app.notifications.send import report_url
from requests_app.report import access
from requests_app.report.sharing import ask as ask_for_access
from requests_app.report.sharing import live
from requests_app.report.sharing import share as sharing
from requests_app.report.sharing.forms import AskForm, ReasonForm, ShareForm
from requests_app.report.views import find_report, private_page
from requests_app.staff.badges import EmailLine, email_line
from requests_app.staff.views.act_pages import not_possible
from requests_app.staff.views.detail import find_request
from requests_app.text import day

# Per network: an office may ask for several reports, a script for more.
MOST_ASKS_PER_HOUR = 10
IS_KEY = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Press:
    """A button next to a person: what it does, and the heading and the sentence that say it."""

    act: Callable[..., Reader | None]
    heading: str
    said: str


@member_or_owner_page(Role.RECRUITER, owner_of=access.owner_of_request)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = find_request(uid)
    try:
        sharing.check_possible(reference_request)
        sharing.check_may_share(reference_request, request.actor.email)
    except NotPossible as why:
        return not_possible(request, reference_request, why)
    pressed = next((name for name in _presses() if name in request.POST), "")
    if pressed:
        return _press(request, reference_request, pressed)
    form = ShareForm(request.organization.time_zone, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and (reader := _share(request, reference_request, form)):
        _say_shared(request, reader)
        return SeeOther(request.path)
    context = {
        "reference_request": reference_request,
        "form": form,
        "asking": sharing.asking(reference_request),
        "shared": _shared(reference_request),
        "days": sharing.DEFAULT_DAYS,
        "report_url": report_url(reference_request),
        "is_private": request.organization.reports_private,
    }
    return render(request, "requests_app/report/sharing/share.html", context)


def _shared(reference_request: ReferenceRequest) -> list[tuple[Reader, EmailLine | None]]:
    """Everyone it was shared with, and what became of our last email to them."""
    emails = sharing.last_emails(reference_request)
    readers = sharing.shared_with(reference_request)
    return [(each, email_line(emails[each.email]) if each.email in emails else None) for each in readers]


def _presses() -> dict[str, Press]:
    return {
        "grant": Press(sharing.grant, "", ""),
        "decline": Press(sharing.decline, _("Declined"), _("%(name)s can't open the report. We didn't email them.")),
        "stop": Press(sharing.stop, _("Sharing stopped"), _("%(name)s can't open the report anymore.")),
    }


def _press(request: MemberRequest, reference_request: ReferenceRequest, pressed: str) -> HttpResponse:
    press = _presses()[pressed]
    try:
        with rollback_if_refused(request.organization, request.actor):
            reader = press.act(reference_request, _uid(request.POST[pressed]), actor=request.actor)
    except (sharing.AddressCannotRead, CapReached) as refused:
        messages.error(request, refused.sentence, extra_tags=_("Not shared"))
    else:
        if reader is None:
            messages.info(request, _("Someone else already decided this."))
        elif pressed == "grant":
            _say_shared(request, reader)
        else:
            messages.success(request, press.said % {"name": reader}, extra_tags=press.heading)
    return SeeOther(request.path)


def _share(request: MemberRequest, reference_request: ReferenceRequest, form: ShareForm) -> Reader | None:
    """The reader, or None with an error in the form."""
    given = form.cleaned_data
    try:
        with rollback_if_refused(request.organization, request.actor):
            return sharing.share(
                reference_request,
                email=given["email"],
                name=given["name"],
                until=form.until_at,
                text=given["text"].strip(),
                actor=request.actor,
            )
    except (sharing.AddressCannotRead, CapReached) as refused:
        form.add_error("email", refused.sentence)
    return None


def _say_shared(request: MemberRequest, reader: Reader) -> None:
    words = {"name": str(reader), "email": reader.email, "role": reader.get_role_display()}
    if reader.expires_at is None:
        said = _("%(name)s can open the report anyway (%(role)s). We emailed the link to %(email)s.") % words
    else:
        words["day"] = day(reader.expires_at, request.organization.time_zone, with_year=True)
        said = _("%(name)s can open the report until %(day)s. We emailed the link to %(email)s.") % words
    messages.success(request, said, extra_tags=_("Report shared"))


def _uid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error


@member_page(Role.ADMIN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shared_reports(request: MemberRequest) -> HttpResponse:
    """The reports that are shared now. `by`: only those that this member shared, even if they left."""
    if "stop" in request.POST:
        return _stop_one(request)
    by, form = request.GET.get("by", ""), PlaceForm(request.GET)
    # Not the address: web servers log it.
    member = User.objects.filter(pk=by).first() if IS_KEY.fullmatch(by) else None
    page = live.page(member, **form.place()) if member or not by else keyset.Page([], None, None)
    context = {
        "page": page,
        "rows": [(reader, _may_stop(request, reader)) for reader in page.rows],
        "is_filtered": bool(by),
        "by": member if page.rows else None,
    }
    return render(request, "requests_app/report/sharing/live.html", context)


def _stop_one(request: MemberRequest) -> HttpResponse:
    uid = _uid(request.POST["stop"])
    reader = Reader.objects.select_related("reference_request").filter(uid=uid).first()
    if reader is None:
        raise Http404(_("This report isn't shared with this person."))
    if not _may_stop(request, reader):
        owner = reader.reference_request.owner_name
        messages.error(request, _("This report is private. Only its owner, %(owner)s, decides.") % {"owner": owner})
    elif sharing.stop(reader.reference_request, uid, actor=request.actor):
        press = _presses()["stop"]
        messages.success(request, press.said % {"name": reader}, extra_tags=press.heading)
    return SeeOther(request.get_full_path())


def _may_stop(request: MemberRequest, reader: Reader) -> bool:
    return not request.organization.reports_private or access.owns(request, reader.reference_request)


@member_page(Role.VIEWER)
@require_POST
def ask_as_member(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    """A member asks the owner for access to a private report."""
    reference_request = find_request(uid)
    answer = redirect("requests:report", slug=request.organization.slug, uid=uid)
    if access.can_open(request, reference_request) or not ask_for_access.can_ask(reference_request):
        return answer
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return private_page(request, reference_request, form)
    user, reason = request.user, form.cleaned_data["reason"].strip()
    try:
        if not ask_for_access.ask(reference_request, email=user.email, name=user.name or user.email, reason=reason):
            messages.info(request, _("You asked less than a day ago. You can ask again a day after that."))
    except ask_for_access.TooManyAsks:
        words = _("Too many people asked today. Try again tomorrow, or ask %(owner)s another way.")
        messages.error(request, words % {"owner": reference_request.owner_name}, extra_tags=_("Not sent"))
    return answer


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Say the same to everyone who can't open the report in this browser."""
    reference_request = find_report(uid)
    if reference_request is None or not ask_for_access.can_ask(reference_request):
        raise Http404(_("This report doesn't exist."))
    if _can_open(request, reference_request):
        return redirect("public:report", uid=uid)
    form = AskForm(request.POST if request.method == "POST" else None)
    context = {"reference_request": reference_request, "form": form, "target": reverse("public:report", args=[uid])}
    template, status = "requests_app/report/sharing/ask.html", 200
    if request.method == "POST" and form.is_valid():
        if _ask(request, reference_request, form):
            template = "requests_app/report/sharing/asked.html"
        else:
            words = _("Too many people asked today. Try again tomorrow, or ask %(owner)s another way.")
            form.add_error(None, words % {"owner": reference_request.owner_name})
            status = 429
    response = render(request, template, context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


def _ask(request: HttpRequest, reference_request: ReferenceRequest, form: AskForm) -> bool:
    """Pass the request for access on. Returns whether it was, or would have been if this address hadn't asked today."""
    network, given = throttle.network(get_adapter().get_client_ip(request)), form.cleaned_data
    if not throttle.allowed("ask_access_network", network, most=MOST_ASKS_PER_HOUR, seconds=3600):
        return False
    try:
        with tenant(reference_request.organization):
            ask_for_access.ask(
                reference_request, email=given["email"], name=given["name"], reason=given["reason"].strip()
            )
    except ask_for_access.TooManyAsks:
        return False
    return True


def _can_open(request: HttpRequest, reference_request: ReferenceRequest) -> bool:
    with tenant(reference_request.organization):
        return access.reader_of_pass(request, reference_request) is not None
