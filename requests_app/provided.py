"""Functions that requests provide to the apps below."""

import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from connectors import extensions
from connectors.models import Connection
from crosschq.accounts.members import leaving
from crosschq.core.database.counting import MOST_COUNTED, CountUpTo, count_up_to
from crosschq.core.outbox import subjects
from crosschq.tenancy import audit
from crosschq.tenancy.scope import current_organization
from requests_app.lifecycle import RequestMovedOn, locked, locked_by_uid
from requests_app.models import OPEN_STATES, Answer, Reader, Reference, ReferenceRequest, ReferenceState, Response
from requests_app.notifications.owner_summary import tell_new_owner
from requests_app.report.sharing.live import count_shares, stop_shares
from requests_app.start import ownership
from templates_app.models import RequestTemplate, Survey, SurveyVersion, TemplateVersion
from templates_app.request_templates import usage
from templates_app.request_templates.usage import RequestUsage
from templates_app.surveys import statistics
from templates_app.surveys.statistics import AnswerRow, DropOff

MOST_RESPONSES = 500


@leaving.count_open_requests.provide
def count_open_requests(email: str) -> int:
    return count_up_to(ownership.open_requests_of(email))


@leaving.hand_over.provide
def hand_over(from_email: str, to_name: str, to_email: str, actor: str) -> int:
    count = ownership.hand_over(from_email=from_email, to_name=to_name, to_email=to_email, actor=actor)
    if count and to_name != actor:  # a member who takes them over knows
        tell_new_owner(current_organization(), to_name, to_email, count=count, actor=actor)
    return count


leaving.reason_against_heir.provide(ownership.reason_against_owner)
leaving.close_reports.provide(ownership.close_reports)


leaving.count_shares.provide(count_shares)
leaving.stop_shares.provide(stop_shares)


@audit.request_names.provide
def request_names(uids: Collection[str]) -> dict[str, str]:
    return {str(found.uid): found.candidate_name for found in ReferenceRequest.objects.filter(uid__in=uids)}


@audit.reader_names.provide
def reader_names(uids: Collection[str]) -> dict[str, str]:
    return {str(found.uid): str(found) for found in Reader.objects.filter(uid__in=uids)}


@usage.open_requests.provide
def open_requests(template: RequestTemplate) -> "QuerySet[ReferenceRequest]":
    followed = ReferenceRequest.objects.filter(version__template=template, state__in=OPEN_STATES, is_test=False)
    return followed.order_by("-created_at", "-pk")


@usage.newest_open_requests.provide
def newest_open_requests(template: RequestTemplate, most: int) -> "list[ReferenceRequest]":
    # Of each version, which an index has in this order.
    followed = ReferenceRequest.objects.filter(version=OuterRef("pk"), state__in=OPEN_STATES, is_test=False)
    newest = followed.order_by("-created_at", "-pk").values("pk")[:most]
    keys = TemplateVersion.objects.filter(template=template).values_list(ArraySubquery(newest), flat=True)
    found = ReferenceRequest.objects.filter(pk__in=[key for each in keys for key in each])
    return list(found.order_by("-created_at", "-pk")[:most])


@usage.request_usage.provide
def request_usage(versions: Iterable[TemplateVersion]) -> dict[int, RequestUsage]:
    # For each version separately: counting for all of them together would read every request.
    started = ReferenceRequest.objects.filter(version=OuterRef("pk"), is_test=False).order_by()
    running = CountUpTo(started.filter(state__in=OPEN_STATES), MOST_COUNTED)
    last = started.order_by("-created_at").values("created_at")[:1]
    rows = TemplateVersion.objects.filter(template__in=[version.template_id for version in versions])
    found: dict[int, RequestUsage] = {}
    for template, count, used in rows.values_list("template", running, Subquery(last)):
        if used:
            known = found.get(template, RequestUsage())
            newest = max(used, known.last_used or used)
            found[template] = RequestUsage(known.open_requests + count, newest)
    return found


def _first_responses() -> "QuerySet[Response]":
    """All responses, except unsent changes to answers that were already sent: those say nothing about the survey."""
    changes = Q(submitted_at=None, reference__state=ReferenceState.ANSWERED, reference__isnull=False)
    return Response.objects.filter(replaced_at=None).exclude(changes)


@statistics.drop_offs.provide
def drop_offs(surveys: Iterable[Survey]) -> dict[int, DropOff]:
    # Of the newest of each version, which an index has in this order: a survey in use for years has very many.
    newest = Response.objects.filter(survey_version=OuterRef("pk")).order_by("-started_at").values("pk")
    versions = SurveyVersion.objects.filter(survey__in=list(surveys)).order_by()
    keys = versions.values_list(ArraySubquery(newest[:MOST_RESPONSES]), flat=True)
    sent = Q(submitted_at__isnull=False)
    left = ~sent & ~Q(reference_request__state__in=OPEN_STATES)
    rows = (
        _first_responses()
        .filter(pk__in=[key for each in keys for key in each])
        .values_list("survey_version__survey")
        .annotate(sent=Count("pk", filter=sent), left=Count("pk", filter=left))
        .order_by()
    )
    return {survey: DropOff(answered + given_up, given_up) for survey, answered, given_up in rows}


@statistics.newest_answers.provide
def newest_answers(version: SurveyVersion) -> Iterator[AnswerRow]:
    newest = _first_responses().filter(survey_version=version).order_by("-started_at").values("pk")[:MOST_RESPONSES]
    rows = Answer.objects.filter(response__in=newest).order_by("response", "saved_at", "pk")
    names = ("response", "question__key", "saved_at", "response__submitted_at", "response__reference_request__state")
    for response, question, saved_at, submitted_at, state, begun_at in rows.values_list(
        *names, "response__reference__started_at"
    ):
        yield AnswerRow(response, question, saved_at, submitted_at, state in OPEN_STATES, begun_at)


@statistics.open_requests.provide
def open_requests_of_survey(survey: Survey) -> int:
    followed = ReferenceRequest.objects.filter(version__survey_version__survey=survey, state__in=OPEN_STATES)
    return count_up_to(followed)


@subjects.changing.provide
def changing(kind: str, uid: uuid.UUID) -> None:
    """A message or note about a request or reference fails, or is retried."""
    with suppress(RequestMovedOn):
        if kind == "request":
            locked_by_uid(uid)
        elif kind == "reference":
            asked = Reference.objects.select_related("reference_request").filter(uid=uid).first()
            if asked is not None:
                locked(asked.reference_request)


@extensions.first_request.provide
def first_request(connection: Connection) -> ReferenceRequest | None:
    requests = ReferenceRequest.objects.filter(connection=connection).only("uid", "created_at")
    return requests.order_by("created_at", "pk").first()


def open_requests_of_connection(connection: Connection) -> int:
    return count_up_to(ReferenceRequest.objects.filter(connection=connection, state__in=OPEN_STATES))


extensions.affected_by_disconnecting["open_requests"] = open_requests_of_connection
