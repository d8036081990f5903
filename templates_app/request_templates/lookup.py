from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

from crosschq.tenancy.models import Organization
from templates_app.models import DraftQuestion, RequestTemplate, Survey


def template_or_404(organization: Organization, uid: UUID, *, deleted: bool | None = None) -> RequestTemplate:
    """The organization's template. deleted: True or False to accept only deleted or only live ones."""
    found = RequestTemplate.objects.filter(organization=organization, uid=uid)
    if deleted is not None:
        found = found.filter(deleted_at__isnull=not deleted)
    template: RequestTemplate | None = found.first()
    if template is None:
        raise Http404(_("This template doesn't exist."))
    return template


def survey_or_404(
    organization: Organization, uid: UUID, *, deleted: bool | None = False, for_update: bool = False
) -> Survey:
    """The organization's own survey. deleted=None accepts deleted ones too.

    for_update: lock it until the end of the transaction, so that no one deletes it or changes its draft meanwhile.
    """
    found = Survey.objects.filter(organization=organization, uid=uid, built_in=False)
    if for_update:
        found = found.select_for_update(of=("self",))
    if deleted is not None:
        found = found.filter(deleted_at__isnull=not deleted)
    survey: Survey | None = found.first()
    if survey is None:
        raise Http404(_("This survey doesn't exist."))
    survey.organization = organization
    return survey


def draft_question_or_404(survey: Survey, uid: UUID) -> DraftQuestion:
    question: DraftQuestion | None = DraftQuestion.objects.filter(survey=survey, uid=uid).first()
    if question is None:
        raise Http404(_("This question doesn't exist. Someone may have removed it."))
    question.survey = survey
    return question
