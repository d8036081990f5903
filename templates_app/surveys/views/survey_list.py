"""The list of surveys, and reading, creating, duplicating and deleting one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from csp.constants import SELF as CSP_SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from templates_app.form_fields import without_nul
from templates_app.models import DraftQuestion, Question, Survey, SurveyItem, SurveyVersion, TemplateVersion
from templates_app.request_templates.lookup import survey_or_404
from templates_app.surveys import draft_questions, edit, queries, statistics
from templates_app.surveys.audience import AUDIENCES, LONG_SURVEY_MINUTES, Item, max_minutes
from templates_app.surveys.builtin import BUILTIN_SURVEYS, BuiltinSurvey
from templates_app.surveys.display import audience_label, question_cards
from templates_app.surveys.forms import NewSurveyForm
from templates_app.surveys.statistics import DropOff

PAGE_SIZE = 50


@dataclass(frozen=True)
class SurveyRow:
    """A survey in the list. version: the published one. changed: whether the draft differs from it."""

    key: str
    name: str
    about: str
    questions: int
    minutes: int
    templates: Sequence[TemplateVersion]
    drop_off: DropOff | None
    survey: Survey | None = None
    version: SurveyVersion | None = None
    changed: bool = False

    @property
    def is_long(self) -> bool:
        return self.minutes > LONG_SURVEY_MINUTES


@member_page(Role.VIEWER)
def list_surveys(request: MemberRequest) -> HttpResponse:
    found = list(Survey.objects.filter(deleted_at__isnull=True))
    kept = {survey.key: survey for survey in found if survey.built_in}
    own = sorted((survey for survey in found if not survey.built_in), key=lambda survey: survey.name.casefold())
    page = Paginator(own, PAGE_SIZE).get_page(request.GET.get("page"))
    templates = statistics.templates_by_survey(request.organization)
    drop_offs = statistics.drop_offs([*page, *kept.values()])
    context = {
        "page": page,
        "own": _own_rows(list(page), templates, drop_offs),
        "built_in": [
            _built_in_row(built_in, kept.get(key), templates, drop_offs) for key, built_in in BUILTIN_SURVEYS.items()
        ],
        "may_change": request.membership.may(Role.ADMIN),
    }
    return render(request, "templates_app/surveys/list.html", context)


@csp_update({"frame-src": [CSP_SELF]})
@member_page(Role.VIEWER)
def read(request: MemberRequest, key: str) -> HttpResponse:
    """A built-in survey, or the published version of the organization's own, or an older version with `?version=`."""
    built_in, survey = BUILTIN_SURVEYS.get(key), Survey.objects.filter(key=key).first()
    if built_in is None and (survey is None or survey.deleted_at):
        raise Http404(_("This survey doesn't exist."))
    versions = list(SurveyVersion.objects.filter(survey=survey).order_by("-number"))
    version_number = request.GET.get("version")
    version = next((each for each in versions if str(each.number) == version_number), None)
    if version is None and not built_in and versions:
        version = versions[0]
    items = _items_of(version, built_in)
    answered = version or next((each for each in versions if built_in and each.number == built_in.number), None)
    context = {
        "survey": survey,
        "key": key,
        "name": built_in.name if built_in else survey,
        "about": built_in.about if built_in else "",
        "built_in": built_in,
        "version": version,
        "versions": versions,
        "is_old": version is not None and version.number < (built_in.number if built_in else versions[0].number),
        "items": question_cards(items),
        "statistics": statistics.question_statistics(answered, items) if answered else [],
        "minutes": max_minutes(items),
        "may_change": request.membership.may(Role.ADMIN),
        "audiences": [(each, audience_label(each)) for each in AUDIENCES],
    }
    return render(request, "templates_app/surveys/detail.html", context)


@member_page(Role.ADMIN)
def new_survey(request: MemberRequest) -> HttpResponse:
    choices = queries.choices()
    if request.method != "POST":
        form = NewSurveyForm(choices=choices, initial={"start": ""})
        return render(request, "templates_app/surveys/create.html", {"form": form})
    form = NewSurveyForm(without_nul(request.POST), choices=choices)
    if form.is_valid():
        start = form.cleaned_data["start"]
        try:
            survey = edit.create_survey(
                organization=request.organization,
                actor=request.user,
                name=form.cleaned_data["name"],
                start=queries.questions_of(start) if start else (),
            )
        except edit.NameTaken:
            form.add_name_taken_error()
        else:
            return redirect("surveys:edit", request.organization.slug, survey.uid)
    return render(request, "templates_app/surveys/create.html", {"form": form})


@member_page(Role.ADMIN)
@require_POST
def duplicate(request: MemberRequest, key: str) -> HttpResponse:
    """Copy a built-in survey, or the draft of the organization's own."""
    start: Sequence[SurveyItem]
    if key in BUILTIN_SURVEYS:
        name, start = BUILTIN_SURVEYS[key].name, BUILTIN_SURVEYS[key].rows()
    else:
        survey = Survey.objects.filter(key=key, deleted_at__isnull=True).first()
        if survey is None:
            raise Http404(_("This survey doesn't exist."))
        name, start = survey.name, draft_questions.list_for(survey)
    copy = edit.duplicate_survey(organization=request.organization, actor=request.user, name=name, start=start)
    messages.success(request, _("You can now edit “%(name)s”.") % {"name": copy.name}, extra_tags=_("Copied"))
    return redirect("surveys:edit", request.organization.slug, copy.uid)


@member_page(Role.ADMIN)
def delete(request: MemberRequest, uid: UUID) -> HttpResponse:
    pressed = request.method == "POST"  # a double click finds it already deleted
    survey = survey_or_404(request.organization, uid, deleted=None if pressed else False)
    users = edit.templates_using(survey)
    if pressed:
        try:
            edit.delete_survey(survey=survey, actor=request.user)
        except edit.InUse as in_use:
            users = list(in_use.templates)
        else:
            messages.success(request, _("%(name)s was deleted.") % {"name": survey.name}, extra_tags=_("Deleted"))
            return redirect("surveys:list", request.organization.slug)
    context = {"survey": survey, "templates": users}
    return render(request, "templates_app/surveys/delete.html", context)


def _own_rows(
    page: list[Survey], templates: dict[int, list[TemplateVersion]], drop_offs: dict[int, DropOff]
) -> list[SurveyRow]:
    """The rows of the organization's surveys, with two queries per page."""
    drafts = _by_survey((item.survey_id, item) for item in DraftQuestion.objects.filter(survey__in=page))
    published = _by_survey((item.version.survey_id, item) for item in queries.published_questions(page))
    rows = []
    for survey in page:
        draft, questions = drafts.get(survey.pk, []), published.get(survey.pk, [])
        version = questions[0].version if questions else None
        asked: Sequence[SurveyItem] = questions or draft
        rows.append(
            SurveyRow(
                key=survey.key,
                name=survey.name,
                about="",
                questions=sum(not item.is_section for item in asked),
                minutes=version.minutes if version else max_minutes(draft),
                templates=templates.get(survey.pk, []),
                drop_off=drop_offs.get(survey.pk),
                survey=survey,
                version=version,
                changed=bool(version and edit.differs(draft, asked)),
            )
        )
    return rows


def _built_in_row(
    built_in: BuiltinSurvey,
    survey: Survey | None,
    templates: dict[int, list[TemplateVersion]],
    drop_offs: dict[int, DropOff],
) -> SurveyRow:
    return SurveyRow(
        key=built_in.key,
        name=built_in.name,
        about=built_in.about,
        questions=len(built_in.questions),
        minutes=queries.minutes(built_in),
        templates=templates.get(survey.pk, []) if survey else [],
        drop_off=drop_offs.get(survey.pk) if survey else None,
    )


def _by_survey(items: Iterable[tuple[int, Item]]) -> dict[int, list[Item]]:
    found: dict[int, list[Item]] = {}
    for survey, item in items:
        found.setdefault(survey, []).append(item)
    return found


def _items_of(version: SurveyVersion | None, built_in: BuiltinSurvey | None) -> list[Question]:
    """The questions of a published version, or of a built-in survey."""
    if version:
        return list(Question.objects.filter(version=version))
    return built_in.rows() if built_in else []
