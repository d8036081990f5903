"""A test request: all stages with a made-up candidate, and only its sender is contacted."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.test import Client

from connectors.models import Writeback
from connectors.setup import checklist
from crosschq.core import clock
from crosschq.core.models import SecretLink
from crosschq.core.security import secret_links
from crosschq.messaging.models import Message
from crosschq.tenancy.models import AuditEntry, Organization, TenantModel, User
from crosschq.tenancy.scope import cross_tenant, tenant
from requests_app.candidate import nominate
from requests_app.lifecycle import RequestMovedOn, locked
from requests_app.models import Reader, ReferenceRequest, RequestState
from requests_app.notifications import corrections
from requests_app.start.start import end_of_day
from requests_app.start.test_request import NotATest, erase_test_request, send_test_request
from templates_app.request_templates import usage
from tests.audit import sentence_of
from tests.factories import make_connection, make_member, make_organization, make_user
from tests.locks import waits_for_a_lock
from tests.requests_app.factories import (
    RequestScenario,
    answer,
    in_thread,
    name_reference,
    ready_request,
    sent_request,
    slot_numbers,
    token_in,
)
from tests.templates_app.factories import make_template

pytestmark = pytest.mark.django_db
DANA = "dana@acme.example"


@pytest.fixture
def dana() -> User:
    return make_member(make_organization(), user=make_user(DANA, name="Dana Ruiz"))


def sent(dana: User, **template: str) -> RequestScenario:
    """A test request that Dana sent, with its own template."""
    organization = dana.memberships.get().organization
    made = make_template(organization, **template)
    with tenant(organization):
        version = made.current
        return RequestScenario(organization, send_test_request(organization=organization, version=version, to=dana))


def named(scenario: RequestScenario, *emails: str) -> RequestScenario:
    """Name its references with these addresses, and ask them."""
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        for number, email in enumerate(emails, start=1):
            name_reference(scenario, number, ("Quillon Zebedee", "Tom Beck")[number - 1], email)
        nominate.send_invitations(scenario.reference_request)
    scenario.reread()
    return scenario


def finished(dana: User) -> RequestScenario:
    scenario = named(sent(dana), DANA, "tom@elsewhere.example")
    for number in (*slot_numbers(scenario), None):
        if scenario.reread().is_open:
            answer(scenario, number, words="Xylophonic praise.")
    return scenario


def test_every_email_goes_only_to_the_sender_and_says_test(dana: User) -> None:
    scenario = named(sent(dana), DANA, "tom@elsewhere.example")
    with tenant(scenario.organization):
        corrections.correct_reference_address(
            scenario.reference_request, scenario.reference(2), "x@elsewhere.example", actor="Dana"
        )
        corrections.resend_to_candidate(scenario.reference_request, actor="Dana")
    answer(scenario, None)
    for number in slot_numbers(scenario):
        answer(scenario, number)
    assert scenario.reread().state == RequestState.READY
    emails = scenario.emails()
    assert len({email.kind for email in emails}) >= 4
    assert {email.to_email for email in emails} == {DANA}
    for email in emails:
        assert email.subject.startswith("Test: ")
        assert len(email.subject) <= 50
        if email.text:
            assert "This is a test." in email.text
            assert email.html.count("This is a test.") == 2, "in the line that inboxes show, and in the text"


def test_an_email_to_a_test_reference_says_who_would_get_a_real_one(dana: User) -> None:
    scenario = named(sent(dana), DANA, "tom@elsewhere.example")
    (_first, to_tom) = scenario.emails("reference_invitation")
    assert "In a real request this email goes to Tom Beck at tom@elsewhere.example." in to_tom.text


def test_the_sender_can_play_every_reference(dana: User) -> None:
    scenario = named(sent(dana), DANA, DANA)
    assert scenario.reference_request.state == RequestState.WAITING_FOR_REFERENCES
    assert len(scenario.emails("reference_invitation")) == 2


def test_a_test_sends_nothing_to_the_ats_and_is_not_counted(dana: User) -> None:
    organization = dana.memberships.get().organization
    live = make_connection(organization)
    scenario = finished(dana)
    assert scenario.reread().state == RequestState.READY
    with tenant(organization):
        assert not Writeback.objects.exists()
        assert checklist.build(live).item("first").state != "done"
        assert not usage.open_requests(scenario.reference_request.version.template).exists()
        assert scenario.reference_request.connection is None


def test_the_database_refuses_a_test_with_a_connection(dana: User) -> None:
    scenario = sent(dana)
    live = make_connection(scenario.organization)
    with tenant(scenario.organization), pytest.raises(IntegrityError), transaction.atomic():
        ReferenceRequest.objects.filter(pk=scenario.reference_request.pk).update(connection=live)


def test_only_the_sender_can_read_its_report_without_signing_in(dana: User) -> None:
    scenario = sent(dana, hiring_manager_name="Hal Manager", hiring_manager_email="hal@acme.example")
    with tenant(scenario.organization):
        assert list(Reader.objects.values_list("email", flat=True)) == [DANA]


def test_a_test_cannot_be_redirected_to_someone_else(dana: User) -> None:
    scenario = sent(dana)
    with tenant(scenario.organization), pytest.raises(RequestMovedOn):
        corrections.correct_candidate_address(scenario.reference_request, "maya@candidates.example", actor="Dana")


def test_a_second_click_sends_nothing_and_a_later_one_does(dana: User) -> None:
    with time_machine.travel(clock.now(), tick=False) as moved:
        scenario = sent(dana)
        with tenant(scenario.organization):
            version = scenario.reference_request.version
            again = send_test_request(organization=scenario.organization, version=version, to=dana)
            assert again == scenario.reference_request
            moved.shift(timedelta(minutes=2))
            assert (
                send_test_request(organization=scenario.organization, version=version, to=dana)
                != scenario.reference_request
            )
    assert len(scenario.emails()) == 2


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_clicks_send_one(dana: User) -> None:
    organization = dana.memberships.get().organization
    template = make_template(organization)
    ready = threading.Barrier(2)

    def press() -> ReferenceRequest:
        ready.wait()
        with tenant(organization):
            return send_test_request(organization=organization, version=template.current, to=dana)

    with ThreadPoolExecutor(2) as pool:
        sent_by = [pressed.result() for pressed in [pool.submit(in_thread, press) for _ in range(2)]]
    assert sent_by[0] == sent_by[1]


@pytest.mark.django_db(transaction=True)
def test_concurrent_actions_find_an_erased_test_gone(dana: User) -> None:
    """A process that waited for the lock finds nothing left to do."""
    scenario = named(sent(dana), DANA, DANA)
    path, waits = scenario.reference_path(1), threading.Event()

    def start() -> int:
        waits.wait()
        return Client().post(f"{path}start/", {"agreed": "yes"}).status_code

    with ThreadPoolExecutor(1) as pool:
        answered = pool.submit(in_thread, start)
        with tenant(scenario.organization):
            locked(scenario.reference_request)
            waits.set()
            assert waits_for_a_lock(answered)
            erase_test_request(scenario.reference_request, actor=dana)
        assert answered.result() == 303
    assert Client().get(path).status_code == 404


def test_a_test_becomes_due_and_closes_like_a_real_request(dana: User) -> None:
    scenario = sent(dana)
    assert scenario.reference_request.due_at == end_of_day(
        scenario.reference_request.created_at, 14, scenario.organization.time_zone
    )


def test_erasing_leaves_one_audit_log_entry_and_no_other_row(dana: User) -> None:
    organization = dana.memberships.get().organization
    before = _rows(organization)
    scenario = finished(dana)
    dead = token_in(scenario.candidate_path)
    with tenant(organization):
        erase_test_request(scenario.reference_request, actor=dana)
        (entry,) = AuditEntry.objects.filter(action="test_request.erase")
    assert sentence_of(entry).startswith("Dana Ruiz erased a test request from ")
    assert secret_links.find(purpose="candidate", token=dead) is None
    assert not SecretLink.objects.exists()
    added = {label: count - before[label] for label, count in _rows(organization).items() if count != before[label]}
    # What the template needed stays.
    made = {"templates_app.RequestTemplate", "templates_app.TemplateVersion", "templates_app.Survey"}
    made |= {"templates_app.SurveyVersion", "templates_app.Question"}
    assert {label for label in added if label not in made} == {"organizations.AuditEntry"}
    assert added["organizations.AuditEntry"] == 2, "the template was created, the test was erased"
    assert (
        _mentions(organization, "Zebedee", "Xylophonic", "elsewhere.example", str(scenario.reference_request.uid)) == []
    )


def test_erasing_affects_no_other_request(dana: User) -> None:
    organization = dana.memberships.get().organization
    real, kept, gone = ready_request(organization), sent(dana), sent(dana)
    rows = len(real.emails())
    with tenant(organization):
        erase_test_request(gone.reference_request, actor=dana)
        assert set(ReferenceRequest.objects.all()) == {real.reference_request, kept.reference_request}
        assert Message.objects.count() == rows - 1
    assert len(real.timeline()) > 3


def test_a_real_request_is_never_erased(dana: User) -> None:
    scenario = sent_request(dana.memberships.get().organization)
    with tenant(scenario.organization):
        with pytest.raises(NotATest):
            erase_test_request(scenario.reference_request, actor=dana)
        assert ReferenceRequest.objects.filter(pk=scenario.reference_request.pk).exists()
    assert scenario.emails()


def _tenant_models() -> list[type[TenantModel]]:
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def _rows(organization: Organization) -> dict[str, int]:
    with tenant(organization):
        return {model._meta.label: model.objects.count() for model in _tenant_models()}


def _mentions(organization: Organization, *words: str) -> list[str]:
    """Where one of the words occurs, in any column of any row."""
    found = []
    with cross_tenant("every row is read"):
        for model in _tenant_models():
            names = [field.attname for field in model._meta.concrete_fields if not isinstance(field, models.ForeignKey)]
            for row in model.objects.filter(organization=organization).values(*names):
                found += [f"{model._meta.label}.{name}" for name, value in row.items() if _has(value, words)]
    return found


def _has(value: object, words: tuple[str, ...]) -> bool:
    return any(word in str(value) for word in words)
