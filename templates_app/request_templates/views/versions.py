"""The versions of a template: list, compare and restore."""

from itertools import pairwise
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crosschq.core.database.counting import count_up_to
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.request_templates import history, usage
from templates_app.request_templates.edit import ChangedMeanwhile
from templates_app.request_templates.lookup import template_or_404
from templates_app.request_templates.placeholder_changes import PlaceholderChange, placeholder_changes
from templates_app.surveys import queries

PAGE_SIZE = 20


@member_page(Role.ADMIN)
def versions(request: MemberRequest, uid: UUID) -> HttpResponse:
    template = template_or_404(request.organization, uid, deleted=False)
    every = history.versions_of(template)
    before = dict(pairwise(every))
    page = Paginator(every, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [
        {
            "version": version,
            "labels": [each.label for each in history.differences(before[version], version)]
            if version in before
            else [],
            "is_current": version == every[0],
            "is_first": version not in before,
        }
        for version in page
    ]
    context = {"template": template, "page": page, "rows": rows, "every": every, "current": every[0]}
    return render(request, "templates_app/request_templates/versions.html", context)


@member_page(Role.ADMIN)
def compare(request: MemberRequest, uid: UUID) -> HttpResponse:
    """Compare `?old=1&new=3`, the older one first. Defaults to the last two versions."""
    template = template_or_404(request.organization, uid, deleted=False)
    every = {str(version.number): version for version in history.versions_of(template)}
    newest = next(iter(every.values()))
    new = every.get(request.GET.get("new", ""), newest)
    old = every.get(request.GET.get("old", ""), every.get(str(new.number - 1), new))
    old, new = sorted((old, new), key=lambda version: version.number)
    context = {
        "template": template,
        "old": old,
        "new": new,
        "both": (old,) if old == new else (old, new),
        "current": newest,
        "differences": history.differences(old, new),
        "open_requests": count_up_to(usage.open_requests(template)),
    }
    return render(request, "templates_app/request_templates/compare.html", context)


@member_page(Role.ADMIN)
@require_POST
def restore_version(request: MemberRequest, uid: UUID) -> HttpResponse:
    template = template_or_404(request.organization, uid, deleted=False)
    number, based_on = (_number(request.POST.get(name, "")) for name in ("number", "based_on"))
    words = {"name": template.name, "number": number}
    changes = _placeholder_changes(template, number, based_on)
    if changes and not request.POST.get("confirmed"):
        context = {
            "current": template.current,
            "changes": changes,
            "restored": number,
            "sent": [("number", number), ("based_on", template.current.number)],
            "open_requests": count_up_to(usage.open_requests(template)),
        }
        return render(request, "templates_app/request_templates/placeholder_changes.html", context)
    try:
        made = history.restore_version(template=template, number=number, actor=request.user, based_on=based_on or None)
    except TemplateVersion.DoesNotExist:
        messages.error(request, _("%(name)s has no version %(number)s.") % words)
    except ChangedMeanwhile:
        who = template.versions.latest("number").saved_by or _("Someone")
        sentence = _("%(who)s just saved another version of %(name)s. Review it first.")
        messages.error(request, sentence % {**words, "who": who})
    except queries.NoSuchSurvey:
        messages.error(request, _("Version %(number)s uses a deleted survey. Edit the template instead.") % words)
    except RequestTemplate.DoesNotExist:
        raise Http404(_("This template doesn't exist.")) from None
    else:
        said = _("Version %(number)s was restored as version %(made)s.")
        messages.success(request, said % {**words, "made": made.number}, extra_tags=_("Restored"))
    return redirect(reverse("templates:versions", args=[request.organization.slug, uid]))


def _placeholder_changes(template: RequestTemplate, number: int, based_on: int) -> list[PlaceholderChange]:
    """The placeholder changes that restoring would make. Empty if it can't be restored, which gets its own error."""
    old, current = template.versions.filter(number=number).first(), template.current
    if old is None or based_on not in (0, current.number):
        return []
    return placeholder_changes(current.messages, old.messages)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
