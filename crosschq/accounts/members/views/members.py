"""The list of members, changing a role, and removing a member."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crosschq.accounts.members.forms import LeavingForm
from crosschq.accounts.members.invitations import cancel_sent_by
from crosschq.accounts.members.leaving import close_reports, hand_over_requests, stop_shares
from crosschq.accounts.members.roles import (
    Refused,
    assignable_roles,
    change_role,
    may_change,
    remove_member,
    was_removed,
)
from crosschq.accounts.members.views.invite import rows_of_invitations
from crosschq.accounts.sign_in.reauthentication import ask_first
from crosschq.core.database.folded import SortKey
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Membership, Role

PER_PAGE = 100


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: object, acting: Membership, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        choices = [(role.value, f"{role.label}: {role.meaning}") for role in assignable_roles(acting)]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]  # of ChoiceField


@member_page(Role.ADMIN, opens_tenant=False)
def index(request: MemberRequest) -> HttpResponse:
    members = Membership.objects.filter(organization=request.organization)
    listed = members.select_related("user").order_by(SortKey("user__name"), "user__email")
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [
            {
                "member": member,
                "role": Role(member.role),
                "is_me": member.user_id == request.user.pk,
                "may_change": may_change(request.membership, member),
            }
            for member in page
        ],
        "owners": members.filter(role=Role.OWNER).count(),
        "roles": list(Role),
        "invitations": rows_of_invitations(request),
    }
    return render(request, "accounts/members/members.html", context)


@member_page(Role.ADMIN)
def role(request: MemberRequest, uid: UUID) -> HttpResponse:
    member = _member(request, uid)
    form = RoleForm(
        request.POST if request.method == "POST" else None, initial={"role": member.role}, acting=request.membership
    )
    if not may_change(request.membership, member):
        messages.error(request, _("Only an owner can change or remove an owner."))
        return redirect("members:list", slug=request.organization.slug)
    if request.method == "POST" and form.is_valid():
        after = Role(form.cleaned_data["role"])
        words = {**_words(request, member), "before": Role(member.role).label, "after": after.label}
        sentence = _("Change the role of %(member)s in %(organization)s from %(before)s to %(after)s") % words
        return ask_first(request, sentence, back=request.path) or _done(request, member, role=after)
    return render(request, "accounts/members/member_role.html", {"member": member, "form": form})


@member_page(Role.ADMIN)
def remove(request: MemberRequest, uid: UUID) -> HttpResponse:
    if request.method == "POST" and was_removed(uid):
        return redirect("members:list", slug=request.organization.slug)
    member = _member(request, uid)
    form = LeavingForm(request.POST if request.method == "POST" else None, leaving=member)
    if not may_change(request.membership, member):
        messages.error(request, _("Only an owner can change or remove an owner."))
        return redirect("members:list", slug=request.organization.slug)
    is_me = member.user_id == request.user.pk
    if request.method == "POST" and form.is_valid():
        heir = form.chosen
        sentence = _("Leave %(organization)s") if is_me else _("Remove %(member)s from %(organization)s")
        if heir:
            sentence = f"{sentence}. {_('Hand over their open requests to %(heir)s')}"
        if form.cleaned_data["stop_shares"]:
            sentence = f"{sentence}. {_('Stop sharing the reports they shared')}"
        sentence %= {**_words(request, member), "heir": heir and _named(heir)}
        return ask_first(request, sentence, back=request.path) or _done(
            request, member, role=None, heir=heir, stops_shares=form.cleaned_data["stop_shares"]
        )
    return render(request, "accounts/members/member_remove.html", {"member": member, "is_me": is_me, "form": form})


def _done(
    request: MemberRequest,
    member: Membership,
    *,
    role: Role | None,
    heir: Membership | None = None,
    stops_shares: bool = False,
) -> HttpResponse:
    """Change the member's role, or remove the member if `role` is None. Redirects with a message about the result."""
    organization, actor = request.organization, request.user
    try:
        if role is None:
            remove_member(organization=organization, actor=actor, uid=member.uid)
            close_reports(member.user.email)
            said = _("%(member)s is no longer a member of %(organization)s.")
        else:
            change_role(organization=organization, actor=actor, uid=member.uid, role=role)
            said = _("%(member)s is now %(role)s.")
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("members:list", slug=request.organization.slug)
    except Membership.DoesNotExist as gone:
        raise Http404 from gone
    words = {"member": member.user, "organization": request.organization, "role": role and role.label}
    said %= words
    canceled = cancel_sent_by(member.user, organization=organization, actor=actor, role=role)
    if canceled:
        more = ngettext(
            "The invitation they sent was canceled.", "%(count)d invitations they sent were canceled.", canceled
        )
        said = f"{said} {more % {'count': canceled}}"
    if heir:
        said = f"{said} {hand_over_requests(request, leaving=member, heir=heir)}"
    stopped = stop_shares(member.user, actor) if stops_shares else 0
    if stopped:
        more = ngettext(
            "The report they shared isn't shared anymore.",
            "The %(count)d reports they shared aren't shared anymore.",
            stopped,
        )
        said = f"{said} {more % {'count': stopped}}"
    messages.success(request, said, extra_tags=_("Saved") if role else _("Removed"))
    lost = member.user_id == request.user.pk and (role is None or role.rank < Role.ADMIN.rank)
    return redirect("home") if lost else redirect("members:list", slug=request.organization.slug)


def _words(request: MemberRequest, member: Membership) -> dict[str, object]:
    return {"member": _named(member), "organization": request.organization}


def _named(member: Membership) -> str:
    """Include the address, since members choose their own display names."""
    return f"{member.user} ({member.user.email})"


def _member(request: MemberRequest, uid: UUID) -> Membership:
    found = Membership.objects.select_related("user").filter(organization=request.organization, uid=uid).first()
    if found is None:
        raise Http404(_("This member doesn't exist."))
    return found
