"""The organization profile page and the logo."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crosschq.accounts.branding.brand import Profile, change_profile, profile_of, remove_logo, set_logo
from crosschq.accounts.branding.forms import LogoForm, OrganizationProfileForm
from crosschq.accounts.branding.verified_domains import verified_domains
from crosschq.accounts.sign_in.reauthentication import ask_first
from crosschq.core.text.time_zones import is_known
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.colors import SURFACE, Palette, contrast, palette
from crosschq.tenancy.models import Role


@member_page(Role.ADMIN)
def profile(request: MemberRequest) -> HttpResponse:
    form = _form(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        after = form.profile()
        if asked := _ask_who_widens_access(request, form.before, after):
            return asked
        if change_profile(organization=request.organization, actor=request.user, profile=after):
            messages.success(request, _("New pages and emails use these settings."))
        return _back(request)
    return _page(request, form=form)


@member_page(Role.ADMIN)
@require_POST
def logo(request: MemberRequest) -> HttpResponse:
    form = LogoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, logo_form=form)
    set_logo(organization=request.organization, actor=request.user, drawn=form.cleaned_data["logo"])
    messages.success(request, _("Candidates and references now see the new logo."))
    if form.cleaned_data["logo"].is_pale:
        messages.warning(
            request,
            _("The logo is almost white, and so are our pages. Upload a version made for a white background."),
        )
    return _back(request)


@member_page(Role.ADMIN)
@require_POST
def remove(request: MemberRequest) -> HttpResponse:
    remove_logo(organization=request.organization, actor=request.user)
    messages.success(request, _("Pages show your organization's name instead."), extra_tags=_("Removed"))
    return _back(request)


def _ask_who_widens_access(request: MemberRequest, before: Profile, after: Profile) -> HttpResponse | None:
    """Ask for reauthentication if the change lets non-members read more."""
    sentences = []
    if after.answers_shown and not before.answers_shown:
        sentences.append(_("Show candidates of %(organization)s their references' answers"))
    if after.reply_to and after.reply_to != before.reply_to:
        sentences.append(_("Send replies to emails from %(organization)s to %(email)s"))
    if not sentences:
        return None
    words = {"organization": request.organization, "email": after.reply_to}
    return ask_first(request, ". ".join(sentences) % words, back=request.path)


def _page(
    request: MemberRequest, *, form: OrganizationProfileForm | None = None, logo_form: LogoForm | None = None
) -> HttpResponse:
    organization = request.organization
    context = {
        "form": form or _form(request),
        "logo_form": logo_form or LogoForm(),
        "has_errors": bool(logo_form),
        "unknown_zone": "" if is_known(organization.time_zone) else organization.time_zone,
        "palette": palette(organization.color) if organization.color else None,
        "adjusted": _adjusted(palette(organization.color)) if organization.color else "",
    }
    return render(request, "accounts/branding/branding.html", context)


def _form(request: MemberRequest, data: QueryDict | None = None) -> OrganizationProfileForm:
    organization = request.organization
    return OrganizationProfileForm(data, before=profile_of(organization), domains=verified_domains(organization))


def _adjusted(used: Palette) -> str:
    """Explain how a color too pale for a white page was darkened; empty if it wasn't."""
    if not used.is_darkened:
        return ""
    # Round down, so the contrast never looks sufficient when it isn't.
    ratio = f"{int(contrast(used.chosen, SURFACE) * 10) / 10:.1f}"
    return _("%(chosen)s has a contrast of %(ratio)s to 1 on white; text needs 4.5. Pages use %(light)s instead.") % {
        "chosen": used.chosen.upper(),
        "light": used.light.upper(),
        "ratio": ratio,
    }


def _back(request: MemberRequest) -> HttpResponse:
    return redirect("organization:profile", slug=request.organization.slug)
