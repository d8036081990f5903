"""The form page, for a new template and for an existing one."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role
from templates_app import surveys
from templates_app.builtin_surveys import BUILTIN_SURVEYS, GENERAL
from templates_app.edit import ChangedMeanwhile, TagTaken, create_template, edit_template
from templates_app.models import Question, RequestTemplate, TemplateVersion
from templates_app.rules import MAX_RULES

from . import draft, neighbors
from .draft import Draft
from .lookup import template_or_404


@member_page(Role.ADMIN)
def new_template(request: MemberRequest) -> HttpResponse:
    field = neighbors.tag_field(request.organization)
    if request.method != "POST":
        first = not RequestTemplate.objects.filter(organization=request.organization).exists()
        return _page(request, draft.blank(tag_field=field, ready=first), ready=first)
    if act := request.POST.get("act"):
        return _page(request, draft.rearranged(request.POST, act, tag_field=field))
    typed = draft.posted(request.POST, tag_field=field)
    if not typed.is_valid():
        typed.look_up_tag(request.organization)
        return _page(request, typed)
    try:
        template = create_template(organization=request.organization, actor=request.user, wanted=typed.wanted)
    except TagTaken as taken:
        typed.form.say_tag_is_taken(taken.holder)
        return _page(request, typed)
    except surveys.NoSuchSurvey:
        typed.form.say_survey_is_gone()
        return _page(request, typed)
    messages.success(
        request,
        _("%(name)s is created. Put its tag %(tag)s into the field “%(field)s” of each job that it is for.")
        % {"name": template.name, "tag": template.ats_tag, "field": field},
    )
    return redirect("templates:list", request.organization.slug)


@member_page(Role.ADMIN)
def edit(request: MemberRequest, uid: UUID) -> HttpResponse:
    # Whoever typed into the form of a template that was deleted meanwhile gets the text back, not a 404.
    template = template_or_404(request.organization, uid, deleted=None if request.method == "POST" else False)
    current = template.current
    field = neighbors.tag_field(request.organization)
    if request.method != "POST":
        return _page(request, draft.of_version(current, tag_field=field), current=current)
    if act := request.POST.get("act"):
        return _page(request, draft.rearranged(request.POST, act, tag_field=field), current=current)
    typed = draft.posted(request.POST, tag_field=field)
    if not typed.is_valid():
        typed.look_up_tag(request.organization, other_than=template)
        return _page(request, typed, current=current)
    # What this form does not show stays as it is.
    wanted = replace(typed.wanted, messages=current.messages, texts_on=current.texts_on)
    try:
        edit_template(template=template, actor=request.user, wanted=wanted, based_on=typed.based_on or None)
    except TagTaken as taken:
        typed.form.say_tag_is_taken(taken.holder)
    except ChangedMeanwhile as changed:
        typed.say_changed_meanwhile(changed.current)
        current = changed.current
    except surveys.NoSuchSurvey:
        typed.form.say_survey_is_gone()
    except RequestTemplate.DoesNotExist:
        typed.say_deleted_meanwhile()
    else:
        messages.success(request, _("%(name)s is saved.") % {"name": typed.wanted.name})
        return redirect("templates:list", request.organization.slug)
    return _page(request, typed, current=current)


def _page(
    request: MemberRequest, typed: Draft, *, current: TemplateVersion | None = None, ready: bool = False
) -> HttpResponse:
    key = current.survey_version.survey.key if current else GENERAL.key
    context = {
        "form": typed.form,
        "survey_key": key,
        "formset": typed.references,
        "blocks": typed.blocks,
        "managers": typed.managers,
        "has_errors": bool(typed.managers.errors),
        "focus": typed.focus,
        "based_on": typed.based_on,
        "current": current,
        "ready": ready,
        "open_requests": neighbors.open_requests(current.template).count() if current else 0,
        "most": MAX_RULES,
        "questions": [
            {"text": question.text.replace("{name}", _("the candidate")), "asked": question}
            for question in _questions(key)
        ],
    }
    return render(request, "templates_app/form.html", context)


def _questions(key: str) -> list[Question]:
    """Of a built-in survey. Those of one's own are read on their own page."""
    return BUILTIN_SURVEYS[key].rows() if key in BUILTIN_SURVEYS else []
