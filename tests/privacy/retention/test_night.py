"""One nightly task deletes what has expired, table by table, and stores how many rows it deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from connectors.models import CachedJob, DirectoryUser, OAuthState, SigningKey, Subscription, Writeback
from crosschq.core import clock
from crosschq.core.models import Circuit, FailedRow, SecretLink, TryCount
from crosschq.messaging.models import CountedSend, DeliveryEvent, Message
from crosschq.privacy.retention import deletions, nightly, sweep
from crosschq.privacy.retention.lifetimes import LIFETIMES, Kept, expiring
from crosschq.privacy.retention.models import RemovedRows
from crosschq.tenancy.models import AuditEntry, EmailCode, Invitation, Organization
from crosschq.tenancy.retention import RetentionKind, period_of
from crosschq.tenancy.scope import cross_tenant, tenant
from prospects.models import Consent, Prospect
from requests_app.models import DeletedReport, ReferenceRequest
from tests.factories import make_connection, make_member, make_organization
from tests.privacy.retention.factories import (
    ended_request,
    lives,
    old_event,
    old_message,
    old_prospect,
    on_both_sides,
)
from tests.prospects.factories import make_tombstone
from tests.requests_app.factories import waiting_request
from tests.requests_app.pages import heading, text
from webhooks.models import InboundEvent


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH")


def night() -> None:
    nightly.run(now=clock.now())


def removed(organization: Organization) -> dict[str, tuple[int, int]]:
    with tenant(organization):
        return {row.table: (row.count, row.failed) for row in RemovedRows.objects.all()}


def test_a_row_is_deleted_when_its_organizations_period_is_over(acme: Organization) -> None:
    rows = {kind: on_both_sides(acme, kind, clock.now()) for kind in RetentionKind}
    night()
    lived = {kind: [lives(acme, row) for row in both] for kind, both in rows.items()}
    assert lived == {kind: [False, True] for kind in rows}


def test_each_organization_keeps_its_own_periods(acme: Organization) -> None:
    acme.retention = {"requests": 1, "prospects": 2, "events": 35, "messages": 3, "audit": 12}
    acme.save()
    other = make_organization("Globex")
    rows = {}
    for kind in map(RetentionKind, acme.retention):
        mine, _mine_later = on_both_sides(acme, kind, clock.now())
        theirs, _theirs_later = on_both_sides(other, kind, clock.now())
        acme_age_at_others = on_both_sides(other, kind, clock.now())[1]
        rows[kind] = ((acme, mine), (other, theirs), (other, acme_age_at_others))
    night()
    lived = {kind: [lives(*row) for row in three] for kind, three in rows.items()}
    assert lived == {kind: [False, False, True] for kind in rows}


def test_a_request_is_deleted_with_everything_that_belongs_to_it(acme: Organization) -> None:
    scenario = ended_request(acme, clock.now() - timedelta(days=2000), connection=make_connection(acme))
    night()
    with tenant(acme):
        assert not ReferenceRequest.objects.exists()
        assert not Message.objects.exists()
        assert not Writeback.objects.exists()
    assert not SecretLink.objects.filter(subject=scenario.reference_request.uid).exists()
    assert removed(acme)["requests_app.ReferenceRequest"] == (1, 0)


def test_an_open_request_stays_however_old_it_is(acme: Organization) -> None:
    scenario = waiting_request(acme)
    with tenant(acme):
        ReferenceRequest.objects.update(created_at=clock.now() - timedelta(days=4000))
    night()
    assert lives(acme, scenario)


def test_the_link_in_a_note_says_when_the_report_was_deleted(acme: Organization) -> None:
    scenario = ended_request(acme, clock.now() - timedelta(days=2000))
    address = f"/reports/{scenario.reference_request.uid}/"
    night()
    answer = Client().get(address)
    assert answer.status_code == 410
    assert heading(answer) == "This report was deleted"
    assert clock.now().strftime("%Y") in text(answer)
    assert "Maya" not in answer.content.decode()
    assert Client().head(address).status_code == 410
    assert Client().post(address, {"email": "dana@acme.example"}).status_code == 410


def test_the_note_of_a_deleted_report_is_forgotten_after_two_years(acme: Organization) -> None:
    scenario = ended_request(acme, clock.now() - timedelta(days=2000))
    night()
    with tenant(acme):
        DeletedReport.objects.update(deleted_at=clock.now() - timedelta(days=731))
    night()
    assert Client().get(f"/reports/{scenario.reference_request.uid}/").status_code == 404


def test_a_prospect_is_removed_and_their_tombstone_stays_for_two_years(acme: Organization) -> None:
    over, _not_yet = on_both_sides(acme, RetentionKind.PROSPECTS, clock.now())
    night()
    with tenant(acme):
        assert Prospect.objects.get(pk=over.pk).email == ""
        assert not Consent.objects.filter(prospect=over).exists()
        Prospect.objects.filter(pk=over.pk).update(removed_at=clock.now() - timedelta(days=731))
    night()
    with tenant(acme):
        assert not Prospect.objects.filter(pk=over.pk).exists()


def test_a_candidate_that_staff_must_delete_in_the_ats_is_not_forgotten(acme: Organization) -> None:
    tombstone = make_tombstone(acme)
    with tenant(acme):
        Prospect.objects.update(removed_at=clock.now() - timedelta(days=4000))
    night()
    with tenant(acme):
        assert Prospect.objects.filter(pk=tombstone.pk).exists()
        Prospect.objects.update(ats_deleted_at=clock.now())
    night()
    with tenant(acme):
        assert not Prospect.objects.exists()


@pytest.mark.parametrize("state", ["pending", "working", "held"])
def test_a_pending_message_stays(acme: Organization, state: str) -> None:
    message = old_message(acme, clock.now() - timedelta(days=4000), state=state)
    night()
    assert lives(acme, message)


def test_messages_of_no_organization_are_deleted_after_90_days() -> None:
    with cross_tenant("a sign-in code has no organization"):
        for days in (89, 91):
            at = clock.now() - timedelta(days=days)
            Message.objects.create(
                kind="sign_in", to_email=f"a{days}@b.example", subject="x", state="done", created_at=at
            )
    night()
    with cross_tenant("a sign-in code has no organization"):
        assert list(Message.objects.values_list("to_email", flat=True)) == ["a89@b.example"]


def test_nobody_can_delete_an_entry_of_the_audit_log_within_a_year(acme: Organization) -> None:
    with tenant(acme):
        for days in (364, 366):
            at = clock.now() - timedelta(days=days)
            AuditEntry.objects.create(organization=acme, action=f"old.{days}", at=at)
        AuditEntry.objects.all().delete()
        assert list(AuditEntry.objects.values_list("action", flat=True)) == ["old.364"]


def test_links_states_keys_jobs_people_and_counts_are_deleted(acme: Organization) -> None:
    long_ago = clock.now() - timedelta(days=400)
    connection = make_connection(acme)
    dana = make_member(acme)
    SecretLink.objects.create(token_hash=b"1", purpose="x", subject=acme.uid, scope_key=acme.pk, expires_at=long_ago)
    TryCount.objects.create(key="x", tries=1, ends_at=long_ago)
    Circuit.objects.create(key="x", failures=1, changed_at=long_ago)
    FailedRow.objects.create(task="gone", row="x", error="x", last_at=long_ago)
    CountedSend.objects.create(cap="x", address_hash=b"1", at=long_ago)
    with tenant(acme):
        DeliveryEvent.objects.create(
            organization=acme,
            message_uid=acme.uid,
            provider="x",
            event_id="1",
            event_type="x",
            happened_at=long_ago,
            received_at=long_ago,
        )
        OAuthState.objects.create(
            organization=acme, state_hash=b"1", session_hash=b"1", vendor="x", user=dana, expires_at=long_ago
        )
        live = Subscription.objects.create(organization=acme, connection=connection, path_hash=b"1", state="active")
        Subscription.objects.create(
            organization=acme, connection=connection, path_hash=b"2", state="removed", created_at=long_ago
        )
        SigningKey.objects.create(organization=acme, subscription=live, key="old", valid_until=long_ago)
        SigningKey.objects.create(organization=acme, subscription=live, key="new")
        DirectoryUser.objects.create(
            organization=acme, connection=connection, ats_id="1", name="Gone", active=True, read_at=long_ago
        )
        CachedJob.objects.create(organization=acme, connection=connection, ats_id="1", job={}, job_read_at=long_ago)
        Invitation.objects.create(
            organization=acme, email="x@acme.example", role="viewer", invited_by=dana, expires_at=long_ago
        )
        RemovedRows.objects.create(organization=acme, night=long_ago, table="x", at=clock.now() - timedelta(days=800))
    night()
    assert not SecretLink.objects.exists()
    assert not TryCount.objects.exists()
    assert not Circuit.objects.exists()
    assert not FailedRow.objects.exists()
    assert not CountedSend.objects.exists()
    with tenant(acme):
        for model in (DeliveryEvent, OAuthState, DirectoryUser, CachedJob, Invitation):
            assert not model.objects.exists(), model
        assert Subscription.objects.get() == live
        assert SigningKey.objects.get().key == "new"
    assert removed(acme)["connectors.DirectoryUser"] == (1, 0)
    assert "x" not in removed(acme)


def test_a_one_time_code_is_deleted_after_a_day(acme: Organization) -> None:
    scenario = ended_request(acme, clock.now())
    Client().post(f"/reports/{scenario.reference_request.uid}/", {"email": "dana@acme.example"})
    night()
    with tenant(acme):
        assert EmailCode.objects.update(created_at=clock.now() - timedelta(hours=25)) == 1
    night()
    with tenant(acme):
        assert not EmailCode.objects.exists()


def test_a_row_that_cannot_be_deleted_does_not_stop_the_others(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_organization("Globex")
    long_ago = clock.now() - timedelta(days=2000)
    bad, good = ended_request(acme, long_ago), ended_request(acme, long_ago + timedelta(days=1))
    theirs, event = ended_request(other, long_ago), old_event(acme, long_ago)

    def fails(reference_request: ReferenceRequest) -> int:
        if reference_request.pk == bad.reference_request.pk:
            raise RuntimeError("this one")
        return deletions.delete_request(reference_request)

    monkeypatch.setitem(deletions.FUNCTIONS, "requests_app.ReferenceRequest", fails)
    night()
    assert [lives(acme, each) for each in (bad, good, event)] == [True, False, False]
    assert not lives(other, theirs)
    assert removed(acme)["requests_app.ReferenceRequest"] == (1, 1)
    failed = FailedRow.objects.get()
    assert (failed.task, failed.row) == ("retention", f"requests_app.ReferenceRequest {bad.reference_request.pk}")
    monkeypatch.undo()
    night()
    assert not lives(acme, bad)
    assert not FailedRow.objects.exists()


def test_a_batch_that_fails_is_deleted_row_by_row(acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = clock.now() - timedelta(days=2000)
    events = [old_event(acme, long_ago) for _ in range(5)]
    real = sweep._delete

    def fails(line: Any, batch: list[int], *rest: Any) -> int:
        if events[2].pk in batch:
            raise RuntimeError("a lock that nobody releases")
        return real(line, batch, *rest)

    monkeypatch.setattr(sweep, "_delete", fails)
    night()
    assert [lives(acme, event) for event in events] == [False, False, True, False, False]
    assert removed(acme)["webhooks.InboundEvent"] == (4, 1)


def test_an_organization_that_fails_does_not_stop_the_others(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_organization("Globex")
    long_ago = clock.now() - timedelta(days=2000)
    mine, theirs = old_event(acme, long_ago), old_event(other, long_ago)
    real = period_of

    def fails(organization: Organization, kind: RetentionKind) -> Any:
        if organization == acme:
            raise ValueError("an unreadable setting")
        return real(organization, kind)

    monkeypatch.setattr("crosschq.privacy.retention.sweep.period_of", fails)
    night()
    assert (lives(acme, mine), lives(other, theirs)) == (True, False)


def test_several_batches_are_deleted_in_one_night(acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "BATCH", 2)
    for _ in range(5):
        old_event(acme, clock.now() - timedelta(days=2000))
    night()
    with tenant(acme):
        assert not InboundEvent.objects.exists()
    assert removed(acme)["webhooks.InboundEvent"] == (5, 0)


def test_a_second_run_in_the_same_night_adds_to_that_nights_row(acme: Organization) -> None:
    for _ in range(2):
        old_event(acme, clock.now() - timedelta(days=2000))
        night()
    assert removed(acme)["webhooks.InboundEvent"] == (2, 0)


def test_the_log_has_counts_and_no_personal_data(acme: Organization, caplog: pytest.LogCaptureFixture) -> None:
    ended_request(acme, clock.now() - timedelta(days=2000))
    caplog.set_level("INFO")
    night()
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    of_requests = {"event": "retention", "table": "requests_app.ReferenceRequest"}
    logged = [line for line in lines if of_requests.items() <= line.items()]
    assert [(line["organization"], line["removed"], line["failed"]) for line in logged] == [(str(acme.uid), 1, 0)]
    assert "Maya" not in str(lines)
    assert "maya@" not in str(lines)


def test_recent_rows_stay(acme: Organization) -> None:
    scenario = ended_request(acme, clock.now())
    before = counts()
    night()
    assert counts() == before
    assert lives(acme, scenario)


def counts() -> dict[str, int]:
    with cross_tenant("a test counts every table"):
        models = {line.table: line.model for line in LIFETIMES if not isinstance(line, Kept)}
        return {label: model._base_manager.count() for label, model in models.items()} | {
            line.table: line.model._base_manager.count() for line in expiring()
        }


def between_batches(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do this once, after the night has deleted its first row."""
    waiting = [act]

    def once(_point: str) -> None:
        if waiting:
            waiting.pop()()

    monkeypatch.setattr(sweep, "fault", once)


def test_a_request_reopened_or_finished_again_during_the_night_stays(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago = clock.now() - timedelta(days=2000)
    first, second, third = (ended_request(acme, long_ago + timedelta(days=day)) for day in range(3))

    def reopen() -> None:
        with tenant(acme):
            ReferenceRequest.objects.filter(pk=second.reference_request.pk).update(finished_at=None)
            ReferenceRequest.objects.filter(pk=third.reference_request.pk).update(finished_at=clock.now())

    between_batches(monkeypatch, reopen)
    night()
    assert [lives(acme, each) for each in (first, second, third)] == [False, True, True]


def test_a_prospect_who_consents_again_during_the_night_stays(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (old_prospect(acme, clock.now() - timedelta(days=500 - day)) for day in range(2))

    def consent() -> None:
        with tenant(acme):
            Prospect.objects.filter(pk=second.pk).update(consented_at=clock.now())

    between_batches(monkeypatch, consent)
    night()
    assert (lives(acme, first), lives(acme, second)) == (False, True)


def test_a_longer_period_chosen_during_the_night_counts(acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    two_years_ago = clock.now() - timedelta(days=800)
    first, second = (ended_request(acme, two_years_ago + timedelta(days=day)) for day in range(2))

    def keep_longer() -> None:
        Organization.objects.filter(pk=acme.pk).update(retention={"requests": 84})

    between_batches(monkeypatch, keep_longer)
    night()
    assert (lives(acme, first), lives(acme, second)) == (False, True)
