"""Two organizations with many people. After some are erased, nothing of theirs is left, and the others lose nothing."""

from __future__ import annotations

import json
import os
import re
import sys
import time
import uuid
from collections.abc import Iterable
from copy import copy
from pathlib import Path
from typing import Any, TypeVar

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection
from django.db.models import Model
from django.db.models.base import ModelState
from pytest_django import Settings

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.text.email_keys import address_key
from crosschq.messaging.models import Message
from crosschq.privacy.desk.search import find_people
from crosschq.privacy.erase.request import ask_to_erase
from crosschq.privacy.models import Erasure
from crosschq.privacy.proof.outside import search_files
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import cross_tenant, tenant
from prospects.models import Prospect
from prospects.models.prospect import store_words
from prospects.opt_in.consent import a_year_after
from requests_app.models import TimelineEntry
from tests.extent import in_full
from tests.factories import make_connection, make_member, make_organization
from tests.requests_app.factories import waiting_request
from webhooks.models import InboundEvent

# In each organization, and how many of the first are erased: PEOPLE=2000 ERASED=100 make test-slow TESTS=…
PEOPLE = int(os.environ.get("PEOPLE", "1000" if in_full() else "6"))
# What `people_of` makes. One look for all of them: a dump has megabytes.
WRITTEN = re.compile(r"given\d+ [a-z]+\d+|p\d+x@[a-z]+\.example")
IN_HEXADECIMAL = re.compile(
    r"[46]76976656e(?:3\d)+20(?:[4-7][0-9a-f])+(?:3\d)+|70(?:3\d)+7840(?:[67][0-9a-f])+2e6578616d706c65"
)
ERASED = int(os.environ.get("ERASED", "50" if in_full() else "2"))
Row = TypeVar("Row", bound=Model)


def people_of(organization: Organization) -> list[tuple[str, str]]:
    """A name and an address for each person: the first half are candidates, the second half their references."""
    slug = organization.slug.replace("-", "")
    return [(f"Given{number} {slug.capitalize()}{number}", f"p{number}x@{slug}.example") for number in range(PEOPLE)]


def fill(organization: Organization, ats: Connection) -> None:
    """Create for each candidate a request with its timeline, messages, event, and a reference who is a prospect too."""
    first = waiting_request(organization, connection=ats)
    people, half = people_of(organization), PEOPLE // 2
    now = clock.now()
    with tenant(organization):
        template, named = first.reread(), first.reference()
        requests, references, messages, prospects = list[Any](), list[Any](), list[Any](), list[Any]()
        entries, events = list[Any](), list[Any]()
        for number in range(half):
            (name, email), (other, other_email) = people[number], people[number + half]
            request, reference = another(template), another(named)
            request.candidate_first_name, request.candidate_last_name = name.split()
            request.candidate_email, request.ats_candidate_id = email, f"{organization.slug}-c{number}x"
            reference.reference_request = request
            reference.name, reference.email, reference.email_key = other, other_email, address_key(other_email)
            requests.append(request)
            references.append(reference)
            sentence = f"{name} named {other}"
            entries.append(
                TimelineEntry(organization=organization, reference_request=request, sentence=sentence, at=now)
            )
            messages += [
                Message(
                    organization=organization,
                    kind="candidate_invitation",
                    to_name=to_name,
                    to_email=to_email,
                    subject=f"For {to_name}",
                    text=f"Hello {to_name} at {to_email}",
                    about_uid=about.uid,
                )
                for to_name, to_email, about in ((name, email, request), (other, other_email, reference))
            ]
            events.append(
                InboundEvent(
                    organization=organization,
                    connection=ats,
                    event_id=f"{organization.slug}{number}",
                    candidate_id=request.ats_candidate_id,
                    candidate_name=name,
                    chosen_email=email,
                    body=json.dumps({"name": name, "email": email}).encode(),
                )
            )
            given, last = other.split()
            prospects.append(
                Prospect(
                    organization=organization,
                    first_name=given,
                    last_name=last,
                    email=other_email,
                    email_key=address_key(other_email),
                    ends_at=a_year_after(now),
                )
            )
        for rows in (requests, references, entries, messages, events, prospects):
            type(rows[0])._default_manager.bulk_create(rows)
        store_words(prospects)


def another(row: Row) -> Row:
    """An unsaved row with the same values and its own uid."""
    own = copy(row)
    own._state, own.pk, own.uid = ModelState(), None, uuid.uuid4()  # type: ignore[attr-defined]
    return own


def dump() -> str:
    """Every row of every table as PostgreSQL writes it, with bytes in hexadecimal."""
    with cross_tenant("a dump has everything"), connection.cursor() as sql:
        sql.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in sql.fetchall()]
        texts = []
        for table in tables:
            sql.execute(f'SELECT t::text FROM "{table}" t')
            texts += [row[0] for row in sql.fetchall()]
        return "\n".join(texts).casefold()


def valkey() -> str:
    """Every key and value of the cache and the queue."""
    texts = []
    for url in (django_settings.CACHES["default"]["LOCATION"], django_settings.CELERY_BROKER_URL):
        client = redis.Redis.from_url(url)
        for key in client.scan_iter():
            texts += [repr(key), repr(client.dump(key))]
        client.close()
    return "\n".join(texts).casefold()


def found(text: str, people: Iterable[tuple[str, str]]) -> list[str]:
    """The people who are in a text, as text or in hexadecimal."""
    words = {*WRITTEN.findall(text), *(bytes.fromhex(one).decode().casefold() for one in IN_HEXADECIMAL.findall(text))}
    return [email for name, email in people if name.casefold() in words or email in words]


@pytest.mark.in_full
@pytest.mark.timeout(1800)
def test_nothing_is_left_of_the_erased_and_everything_of_the_others(
    settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """In `make test` with few people, in `make test-slow` with 1,000 in each organization, 50 of them erased."""
    settings.ERASURE_LEDGER, settings.SENT_LEDGER = str(tmp_path / "erasures.jsonl"), str(tmp_path / "sent")
    first, second = make_organization(slug="alder"), make_organization(slug="birch")
    for organization in (first, second):
        fill(organization, make_connection(organization))
    actor, people = make_member(first, Role.ADMIN), people_of(first)
    erased = [*people[: ERASED // 2], *people[-ERASED // 2 :]]
    assert len(found(dump(), [*people, *people_of(second)])) == 2 * PEOPLE
    began = time.monotonic()
    for _name, email in erased:
        with tenant(first):
            (person,) = find_people(email).people
            ask_to_erase(person, organization=first, actor=actor, uid=person.matches[0].uid)
        work_item.drain(Erasure)
    seconds = time.monotonic() - began
    rest = [each for each in people if each not in erased]
    with tenant(first):
        proofs = list(Erasure.objects.values_list("proof", flat=True))
    assert [proof for proof in proofs if proof["found"] or proof["names"]] == []
    assert len(proofs) == ERASED
    said = capfd.readouterr()
    for place in (dump(), valkey(), f"{said.out}{said.err}".casefold(), (tmp_path / "erasures.jsonl").read_text()):
        assert found(place, erased) == []
    assert search_files([word for each in erased for word in each])[1] == []
    after = dump()
    assert len(found(after, rest)) == len(rest)
    assert len(found(after, people_of(second))) == PEOPLE
    with capfd.disabled():
        sys.stdout.write(f"\n{2 * PEOPLE:,} people, {ERASED} erased in {seconds:.1f} s, each with its proof\n")
