"""Explain why a candidate got no request, like the page of the same name."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from connectors.models import Connection, ConnectionState
from crosschq.core.text.dates import datetime_text
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from webhooks.explain.answer import ExplainAnswer, Explanation
from webhooks.explain.explain import ask
from webhooks.models import InboundEvent

MARKS = {"ok": "+", "stop": "x", "skip": "-"}


class Command(BaseCommand):
    help = "Look up a candidate in the ATS and say why no request was sent. Sends nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="the organization's name in URLs: /o/<organization>/")
        parser.add_argument("text", help="a name, an email address or a link to the profile in the ATS")
        parser.add_argument("--connector", help="if several are connected, as in URLs: smartrecruiters")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"There is no organization “{options['organization']}”.")
        connection = _connection(organization, options["connector"])
        with timezone.override(find_time_zone(organization.time_zone)):
            for line in lines(ask(connection, options["text"])):
                self.stdout.write(line)


def _connection(organization: Organization, vendor: str | None) -> Connection:
    with tenant(organization):
        rows = Connection.objects.select_related("organization").exclude(state=ConnectionState.NOT_CONNECTED)
        found = list(rows.filter(vendor=vendor) if vendor else rows)
    if not found:
        raise CommandError(f"{organization} is not connected.")
    if len(found) > 1:
        raise CommandError(f"Say which with --connector: {', '.join(row.vendor for row in found)}.")
    return found[0]


def lines(answer: ExplainAnswer) -> Iterator[str]:
    if answer.explanation:
        yield from _of_one(answer.explanation)
    elif answer.matches:
        yield "Several candidates match. Run this again with one of these links:"
        for match in answer.matches:
            yield f"  candidates/{match.candidate_id}/jobs/{match.job_id}  {match.name}, {match.job_title}"
        if answer.more:
            yield "More candidates match than are listed here. Give the email address or the link to the profile."
        return
    else:
        yield from filter(None, (answer.sentence, answer.fix))
    yield from _of_log(answer.events)


def _of_one(explanation: Explanation) -> Iterator[str]:
    match = explanation.match
    yield ", ".join(filter(None, (match.name, match.job_title)))
    yield f"{explanation.words}: {explanation.sentence}"
    yield from filter(None, (explanation.fix,))
    for check in explanation.checks:
        yield f"  {MARKS[check['result']]} {check['name']}: {check['detail']}"


def _of_log(events: tuple[InboundEvent, ...]) -> Iterator[str]:
    yield "In the event log:" if events else "The event log has no matching moves."
    for event in events:
        outcome = event.outcome_details
        words = outcome.words if outcome else "In progress"
        yield f"  {datetime_text(event.created_at)}  {words}: {event.sentence}"
