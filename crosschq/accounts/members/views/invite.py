"""Inviting people, and the delivery status of each invitation. These emails belong to no organization."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from crosschq.accounts.members.invitations import DAYS, MAX_PER_FORM, Issued, cancel, invite, open_invitations, resend
from crosschq.accounts.members.roles import Refused, assignable_roles
from crosschq.accounts.sign_in.reauthentication import ask_first
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.characters import trim
from crosschq.core.text.email_addresses import email_address
from crosschq.core.text.email_keys import exact_key
from crosschq.core.text.lists import and_list
from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.models import Message
from crosschq.messaging.sending.cap_refusals import note
from crosschq.messaging.sending.caps import CapReached
from crosschq.messaging.sending.send import About, CountedUnder, Sender, cancel_unsent, send_email
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Invitation, Membership, Role
from crosschq.tenancy.scope import cross_tenant, tenant

KIND = "invitation"
FEW = 3
REASON = "an invitation email belongs to no organization"


class InviteForm(forms.Form):
    emails = forms.CharField(
        label=gettext_lazy("Email addresses"),
        help_text=gettext_lazy("One per line"),
        max_length=MAX_PER_FORM * 260,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false", "inputmode": "email"}),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, acting: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(role.value, f"{role.label}: {role.meaning}") for role in assignable_roles(acting)]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]  # of ChoiceField

    def clean_emails(self) -> list[str]:
        """The addresses, each once."""
        parts = [part for each in re.split(r"[\r\n,;]+", self.cleaned_data["emails"]) if (part := trim(each))]
        typed = [address for part in parts for address in _separated(part)]
        found = {exact_key(address): address.lower() for address in map(_invited, typed)}
        if len(found) > MAX_PER_FORM:
            raise ValidationError(_("Invite at most %(count)d people at a time.") % {"count": MAX_PER_FORM})
        return list(found.values())


def _separated(line: str) -> list[str]:
    """The addresses of a line. A space separates them only if it can't be a typo inside one."""
    words = line.split()
    return words if all("@" in word for word in words) else [line]


def _invited(typed: str) -> str:
    try:
        return email_address(typed)
    except ValidationError as refused:
        sentence = _("“%(email)s” isn't an email address.")
        if refused.code != "invalid":
            sentence = _("“%(email)s”: %(why)s") % {"email": "%(email)s", "why": " ".join(refused.messages)}
        raise ValidationError(sentence % {"email": typed[:254]}) from refused


def rows_of_invitations(request: MemberRequest) -> list[dict[str, Any]]:
    """The open invitations, each with the status of its latest email. Opens its own scope."""
    with cross_tenant(REASON):
        with tenant(request.organization):
            invitations = list(open_invitations(request.organization).order_by("-sent_at", "-id"))
        about = [invitation.uid for invitation in invitations]
        emails = Message.objects.filter(organization=None, about_kind=KIND, about_uid__in=about).order_by("id")
        newest = {email.about_uid: email for email in emails.defer("text", "html")}
    allowed = assignable_roles(request.membership)
    return [
        {
            "invitation": invitation,
            "role": Role(invitation.role),
            "status": _status(invitation, newest.get(invitation.uid)),
            "may_change": invitation.role in allowed,
        }
        for invitation in invitations
    ]


def _status(invitation: Invitation, email: Message | None) -> tuple[str, str]:
    """The kind and text of the status tag."""
    if invitation.is_over:
        return "quiet", _("Link expired")
    if email and email.state == WorkState.DEAD:
        return "err", email.status_text
    if email and email.state != WorkState.DONE:
        return "info", email.status_text
    return "info", _("Not accepted yet")


@member_page(Role.ADMIN, opens_tenant=False)
def invite_people(request: MemberRequest) -> HttpResponse:
    form = InviteForm(
        request.POST if request.method == "POST" else None,
        initial={"role": Role.RECRUITER.value},
        acting=request.membership,
    )
    if request.method == "POST" and form.is_valid():
        emails, role = form.cleaned_data["emails"], Role(form.cleaned_data["role"])
        words = {"emails": and_list(emails), "organization": request.organization, "role": role.label}
        sentence = _("Invite %(emails)s to %(organization)s as %(role)s")
        if len(emails) > FEW:
            # After this many addresses, no one would read as far as the role.
            sentence = _("Invite %(count)d people to %(organization)s as %(role)s: %(emails)s")
        sentence %= {**words, "count": len(emails)}
        if asked := ask_first(request, sentence, back=request.path):
            return asked
        try:
            _write(
                request,
                lambda: invite(organization=request.organization, actor=request.user, emails=emails, role=role),
            )
        except Refused as refused:
            form.add_error("emails", str(refused))
        except CapReached as refused:
            form.add_error("emails", _noted(request, refused))
        else:
            said = ngettext("You invited %(count)d person.", "You invited %(count)d people.", len(emails))
            messages.success(request, said % {"count": len(emails)}, extra_tags=_("Sent"))
            return redirect("members:list", slug=request.organization.slug)
    return render(request, "accounts/members/invite.html", {"form": form, "days": DAYS})


@member_page(Role.ADMIN, opens_tenant=False)
@require_POST
def resend_one(request: MemberRequest, uid: UUID) -> HttpResponse:
    with tenant(request.organization):
        found = open_invitations(request.organization).filter(uid=uid).first()
    if found:
        words = {"email": found.email, "organization": found.organization, "role": Role(found.role).label}
        sentence = _("Send the invitation for %(email)s to %(organization)s as %(role)s again") % words
        if asked := ask_first(request, sentence, back=reverse("members:list", args=[request.organization.slug])):
            return asked
    try:
        (issued,) = _write(request, lambda: [resend(organization=request.organization, actor=request.user, uid=uid)])
        said = _("We emailed %(email)s again. The old link no longer works.")
        messages.success(request, said % {"email": issued.invitation.email}, extra_tags=_("Sent"))
    except Refused as refused:
        messages.error(request, str(refused))
    except CapReached as refused:
        messages.error(request, _noted(request, refused), extra_tags=_("Not sent"))
    except Invitation.DoesNotExist as error:
        raise Http404(_("This invitation doesn't exist, was accepted, or was canceled.")) from error
    return redirect("members:list", slug=request.organization.slug)


def _noted(request: MemberRequest, refused: CapReached) -> str:
    with tenant(request.organization):
        note(request.organization, request.user, refused)
    return refused.sentence


@member_page(Role.ADMIN, opens_tenant=False)
@require_POST
def cancel_one(request: MemberRequest, uid: UUID) -> HttpResponse:
    try:
        with cross_tenant(REASON):
            with tenant(request.organization):
                ended = cancel(organization=request.organization, actor=request.user, uid=uid)
            cancel_unsent(about_kind=KIND, about_uid=ended.uid)
        messages.success(
            request,
            _("The link sent to %(email)s no longer works.") % {"email": ended.email},
            extra_tags=_("Canceled"),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    except Invitation.DoesNotExist as error:
        raise Http404(_("This invitation doesn't exist, was accepted, or was canceled.")) from error
    return redirect("members:list", slug=request.organization.slug)


def _write(request: MemberRequest, act: Callable[[], list[Issued]]) -> list[Issued]:
    """Create the invitations and queue their emails, in one transaction."""
    with cross_tenant(REASON):
        with tenant(request.organization):
            issued = act()
        for one in issued:
            # The email still in the queue has a link that no longer works.
            cancel_unsent(about_kind=KIND, about_uid=one.invitation.uid)
            send_email(
                organization=None,
                kind=KIND,
                to_email=one.invitation.email,
                to_name="",
                email=_email(request, one),
                about=About(KIND, one.invitation.uid),
                sender=Sender(name=f"{request.user} (Crosschq)", reply_to=request.user.email),
                counted=CountedUnder(organization=request.organization),
            )
    return issued


def _email(request: MemberRequest, issued: Issued) -> Email:
    role = Role(issued.invitation.role)
    words = {"who": request.user, "organization": request.organization, "role": role.label, "meaning": role.meaning}
    url = settings.BASE_URL + reverse("invitation", args=[issued.token])
    return Email(
        sender=request.organization.name,
        subject=_("%(who)s invites you to %(organization)s") % words,
        preheader=_("Join as %(role)s. The link works for 14 days") % words,
        paragraphs=(
            _("%(who)s invites you to join %(organization)s on Crosschq, which runs reference checks.") % words,
            _("Your role would be %(role)s: %(meaning)s.") % words,
        ),
        action=Action(_("View invitation"), url),
        after=(_("The link works for 14 days. If you weren't expecting this invitation, you can ignore this email."),),
    )
