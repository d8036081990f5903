"""One person is one prospect, however often they opt in; after removal, only opting in brings them back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
import time_machine

from crosschq.core import clock
from crosschq.tenancy.scope import tenant
from prospects.models import Prospect, Removal
from prospects.opt_in import removal
from prospects.opt_in.consent import CURRENT
from prospects.opt_in.opt_in import Details, NotAnswered, opt_in
from requests_app.start.start import CandidateInfo
from tests.factories import make_organization
from tests.patience import SECONDS
from tests.prospects.factories import PRIYA, answered_job, consents_of, emails_to, opted_in, reread
from tests.requests_app.factories import RequestScenario, in_thread, waiting_request

JONAS = CandidateInfo("Jonas", "Lind", "jonas@candidates.example")


def live(job: RequestScenario) -> list[Prospect]:
    with tenant(job.organization):
        return list(Prospect.objects.filter(removed_at=None))


@pytest.mark.django_db
def test_two_references_make_one_prospect_and_restart_the_year() -> None:
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        first = opted_in()
    with time_machine.travel(start + timedelta(days=100), tick=False):
        newer = Details("Priya", "Nair-Beck", " PRIYA@Home.example ".strip(), title="VP Data")
        second = opted_in(first.organization, newer, candidate=JONAS, ats_job="job-2")
    assert second.pk == first.pk
    prospect = reread(first)
    assert (prospect.name, prospect.title) == ("Priya Nair-Beck", "VP Data")
    assert (prospect.phone, prospect.employer) == (PRIYA.phone, PRIYA.employer)
    assert prospect.ends_at == start.replace(year=2027) + timedelta(days=100)
    names = [
        consent.reference.reference_request.candidate_name for consent in consents_of(prospect) if consent.reference
    ]
    assert names == ["Jonas Lind", "Maya Osei"]
    assert [email.kind for email in emails_to(prospect)] == ["prospect_receipt", "prospect_receipt"]


@pytest.mark.django_db
def test_the_same_person_in_two_organizations_is_two_prospects() -> None:
    assert opted_in().pk != opted_in(make_organization("Globex")).pk


@pytest.mark.django_db
def test_opting_in_after_removal_creates_a_new_prospect() -> None:
    first = opted_in()
    with tenant(first.organization):
        removal.remove(first, why=Removal.LEFT)
    second = opted_in(first.organization, candidate=JONAS, ats_job="job-2")
    assert second.uid != first.uid
    assert reread(first).name == ""
    assert len(consents_of(second)) == 1


@pytest.mark.django_db
def test_a_reference_who_has_not_answered_cannot_opt_in() -> None:
    job = waiting_request()
    with tenant(job.organization), pytest.raises(NotAnswered):
        opt_in(reference=job.reference(), details=PRIYA, version=CURRENT)


@pytest.mark.django_db(transaction=True)
def test_submitting_twice_at_the_same_time_makes_one_prospect_and_one_receipt() -> None:
    jobs = [answered_job()]
    jobs.append(answered_job(jobs[0].organization, candidate=JONAS, ats_job="job-2"))
    gate = Barrier(4)
    failed: list[Exception] = []

    def press(job: RequestScenario) -> None:
        try:
            with tenant(job.organization):
                reference = job.reference()
                gate.wait(SECONDS)
                opt_in(reference=reference, details=PRIYA, version=CURRENT)
        except Exception as error:
            failed.append(error)

    threads = [Thread(target=lambda job=job: in_thread(lambda: press(job))) for job in (*jobs, *jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    (prospect,) = live(jobs[0])
    assert len(consents_of(prospect)) == 2
    assert len(emails_to(prospect)) == 2
    assert prospect.ends_at > clock.now() + timedelta(days=360)
