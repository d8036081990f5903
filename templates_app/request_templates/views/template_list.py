"""The list of templates, with delete and restore."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crosschq.core.database.counting import count_up_to
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from templates_app.request_templates import queries, usage
from templates_app.request_templates.edit import RestoreEnded, TagTaken, delete_template, restore_template
from templates_app.request_templates.lookup import template_or_404
from templates_app.request_templates.presets import PRESETS

PAGE_SIZE = 50
SEARCHED_FROM = 8  # shorter lists need no search
REQUESTS_SHOWN = 20


@member_page(Role.VIEWER)
def list_templates(request: MemberRequest) -> HttpResponse:
    every = queries.live_versions(request.organization)
    words = request.GET.get("q", "").replace("\0", "")[:200]
    page = Paginator(queries.search(every, words), PAGE_SIZE).get_page(request.GET.get("page"))
    uses = usage.request_usage(page)
    connections = usage.connection_usage(request.organization)
    context = {
        "page": page,
        "rows": [
            {
                "version": version,
                "references": queries.rules_in_words(version.reference_rules),
                "usage": uses.get(version.template_id, usage.RequestUsage()),
                "jobs": connections.jobs[version.template.tag_key],
                "is_default": version.template.uid in connections.defaults,
                "problem": queries.problem_of(version),
            }
            for version in page
        ],
        "has_any": bool(every),
        "searched": words,
        "may_search": len(every) > SEARCHED_FROM or bool(words),
        "presets": PRESETS.values(),
        "deleted": queries.restorable(request.organization),
        "may_change": request.membership.may(Role.ADMIN),
        "may_test": request.membership.may(Role.RECRUITER),
    }
    return render(request, "templates_app/request_templates/list.html", context)


@member_page(Role.ADMIN)
def delete(request: MemberRequest, uid: UUID) -> HttpResponse:
    pressed = request.method == "POST"  # a double click finds it already deleted
    template = template_or_404(request.organization, uid, deleted=None if pressed else False)
    if pressed:
        delete_template(template=template, actor=request.user)
        messages.success(
            request,
            _("%(name)s was deleted. You can restore it on this page for 30 days.") % {"name": template.name},
            extra_tags=_("Deleted"),
        )
        return redirect("templates:list", request.organization.slug)
    connections = usage.connection_usage(request.organization)
    context = {
        "template": template,
        "is_default": template.uid in connections.defaults,
        "jobs": connections.jobs[template.tag_key],
        "count": count_up_to(usage.open_requests(template)),
        "open_requests": usage.newest_open_requests(template, REQUESTS_SHOWN),
    }
    return render(request, "templates_app/request_templates/delete.html", context)


@member_page(Role.ADMIN)
@require_POST
def restore(request: MemberRequest, uid: UUID) -> HttpResponse:
    template = template_or_404(request.organization, uid)
    words = {"name": template.name, "tag": template.ats_tag}
    try:
        restore_template(template=template, actor=request.user)
    except TagTaken as taken:
        messages.error(
            request,
            _(
                "%(name)s can't be restored: its tag %(tag)s now belongs to the template %(holder)s. "
                "Give that template another tag first."
            )
            % {**words, "holder": taken.holder or _("that was just created")},
        )
    except RestoreEnded:
        messages.error(request, _("%(name)s was deleted more than 30 days ago and can't be restored.") % words)
    else:
        messages.success(request, _("%(name)s and its tag %(tag)s are back.") % words, extra_tags=_("Restored"))
    return redirect("templates:list", request.organization.slug)
