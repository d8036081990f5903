"""The pages that create and edit a template."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from crosschq.core.database.counting import count_up_to
from crosschq.messaging.channels.gateways import text_gateway
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from templates_app.models import Question, RequestTemplate, TemplateVersion
from templates_app.request_templates import usage
from templates_app.request_templates.edit import ChangedMeanwhile, TagTaken, create_template, edit_template
from templates_app.request_templates.forms import draft, prefill
from templates_app.request_templates.forms import messages as message_forms
from templates_app.request_templates.forms.draft import Draft
from templates_app.request_templates.lookup import template_or_404
from templates_app.request_templates.placeholder_changes import placeholder_changes
from templates_app.request_templates.presets import PRESETS
from templates_app.request_templates.rules import MAX_RULES
from templates_app.request_templates.views import preview
from templates_app.surveys import queries
from templates_app.surveys.builtin import BUILTIN_SURVEYS, GENERAL

JOBS_SHOWN = 10


@member_page(Role.ADMIN)
def new_template(request: MemberRequest) -> HttpResponse:
    field = usage.tag_field(request.organization)
    if request.method != "POST":
        filled_in = prefill.from_query(request.organization, request.GET)
        return _page(request, draft.from_input(filled_in.template_input, tag_field=field), filled_in=filled_in)
    if act := request.POST.get("act"):
        verb, __, key = act.partition(":")
        if verb == "start":
            filled_in = prefill.from_preset(request.organization, key)
            return _page(
                request, draft.from_preset(request.POST, filled_in.template_input, tag_field=field), filled_in=filled_in
            )
        return _page(request, draft.after_action(request.POST, act, tag_field=field))
    typed = draft.posted(request.POST, tag_field=field)
    if not typed.is_valid():
        typed.check_tag(request.organization)
        return _page(request, typed)
    try:
        template = create_template(
            organization=request.organization, actor=request.user, template_input=typed.template_input
        )
    except TagTaken as taken:
        typed.form.add_tag_taken_error(taken.holder)
        return _page(request, typed)
    except queries.NoSuchSurvey:
        typed.form.add_survey_deleted_error()
        return _page(request, typed)
    return redirect("templates:created", request.organization.slug, template.uid)


@member_page(Role.ADMIN)
def created(request: MemberRequest, uid: UUID) -> HttpResponse:
    """The next steps after creating a template: tag jobs and send a test request."""
    template = template_or_404(request.organization, uid, deleted=False)
    current = template.current
    fitting = usage.jobs_like(current)
    context = {
        "template": template,
        "field": usage.tag_field(request.organization),
        "warnings": message_forms.warnings(current.messages),
        "fitting": len(fitting),
        "shown": fitting[:JOBS_SHOWN],
        "more": max(0, len(fitting) - JOBS_SHOWN),
    }
    return render(request, "templates_app/request_templates/created.html", context)


@member_page(Role.ADMIN)
def edit(request: MemberRequest, uid: UUID) -> HttpResponse:
    # If the template was deleted meanwhile, return the input instead of a 404.
    template = template_or_404(request.organization, uid, deleted=None if request.method == "POST" else False)
    current = template.current
    field = usage.tag_field(request.organization)
    if request.method != "POST":
        return _page(request, draft.from_version(current, tag_field=field), current=current)
    if act := request.POST.get("act"):
        return _page(request, draft.after_action(request.POST, act, tag_field=field), current=current)
    typed = draft.posted(request.POST, tag_field=field)
    if not typed.is_valid():
        typed.check_tag(request.organization, other_than=template)
        return _page(request, typed, current=current)
    typed.before = current.messages
    if not request.POST.get("confirmed") and _changes_placeholders(current, typed):
        return _confirm(request, typed, current)
    return _save(request, template, typed, current)


def _save(request: MemberRequest, template: RequestTemplate, typed: Draft, current: TemplateVersion) -> HttpResponse:
    try:
        edit_template(
            template=template, actor=request.user, template_input=typed.template_input, based_on=typed.based_on or None
        )
    except TagTaken as taken:
        typed.form.add_tag_taken_error(taken.holder)
    except ChangedMeanwhile as changed:
        typed.add_conflict_error(changed.current)
        current = changed.current
    except queries.NoSuchSurvey:
        typed.form.add_survey_deleted_error()
    except RequestTemplate.DoesNotExist:
        typed.add_deleted_error()
    else:
        messages.success(request, _("%(name)s was saved.") % {"name": typed.template_input.name})
        for warning in typed.warnings:
            messages.warning(request, warning)
        return redirect("templates:list", request.organization.slug)
    return _page(request, typed, current=current)


def _changes_placeholders(current: TemplateVersion, typed: Draft) -> bool:
    """Whether the messages have different placeholders. Candidates and references would see a mistake."""
    return bool(placeholder_changes(current.messages, typed.template_input.messages))


def _confirm(request: MemberRequest, typed: Draft, current: TemplateVersion) -> HttpResponse:
    sent = ((name, value) for name, values in request.POST.lists() for value in values)
    kept = ("csrfmiddlewaretoken", "act", "confirmed")
    context = {
        "current": current,
        "changes": placeholder_changes(current.messages, typed.template_input.messages),
        "sent": [(name, value) for name, value in sent if name not in kept],
        "open_requests": count_up_to(usage.open_requests(current.template)),
    }
    return render(request, "templates_app/request_templates/placeholder_changes.html", context)


def _page(
    request: MemberRequest,
    typed: Draft,
    *,
    current: TemplateVersion | None = None,
    filled_in: prefill.Prefill | None = None,
) -> HttpResponse:
    survey_key = _survey(typed)
    context = {
        "form": typed.form,
        "survey_key": survey_key,
        "formset": typed.references,
        "blocks": typed.blocks,
        "managers": typed.managers,
        "finish": typed.finish,
        "texts": typed.texts,
        "message_forms": typed.messages,
        "has_errors": _has_errors(typed),
        "focus": typed.focus,
        "based_on": typed.based_on,
        "current": current,
        "prefill": filled_in,
        "presets": () if current else PRESETS.values(),
        "open_requests": count_up_to(usage.open_requests(current.template)) if current else 0,
        "most": MAX_RULES,
        "no_text_gateway": text_gateway() is None,
        "questions": [
            {"text": question.text.replace("{name}", _("the candidate")), "asked": question}
            for question in _questions(survey_key)
        ],
        **preview.context(request.organization, typed, preview.with_edited_message(request.POST)),
    }
    return render(request, "templates_app/request_templates/form.html", context)


def _has_errors(typed: Draft) -> bool:
    return any(form.is_bound and form.errors for form in typed.others)


def _survey(typed: Draft) -> str:
    """The key of the selected survey, or of the general survey if the selection is invalid."""
    chosen = str(typed.form["survey"].value() or GENERAL.key)
    try:
        typed.form.fields["survey"].clean(chosen)
    except ValidationError:
        return str(GENERAL.key)
    return chosen


def _questions(key: str) -> list[Question]:
    """The questions of a built-in survey. An organization's own surveys have their own pages."""
    return BUILTIN_SURVEYS[key].rows() if key in BUILTIN_SURVEYS else []
