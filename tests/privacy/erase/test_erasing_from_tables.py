"""Erasing a person leaves no row with their name or address, and everyone else's rows stay."""

from crosschq.core.models import SecretLink
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Channel, Message, SuppressionReason
from crosschq.messaging.sending.suppression import is_suppressed, reason_for_email
from crosschq.privacy.holdings import HOLDINGS, search
from crosschq.privacy.proof.search import prove
from crosschq.tenancy.models import Organization
from crosschq.tenancy.person import Person, PersonKind, Sought, email_keys
from crosschq.tenancy.scope import tenant
from requests_app.erasure import OF_REFERENCE, OF_REQUEST
from requests_app.models import Answer, Reference, ReferenceRequest, RequestState, TimelineEntry
from requests_app.report.build import build
from requests_app.start.ownership import close_reports
from requests_app.start.start import CandidateInfo
from tests.factories import make_connection, make_organization
from tests.prospects.factories import make_prospect
from tests.requests_app.factories import ready_request, sent_request, waiting_request
from webhooks.models import InboundEvent, MutedJob, Notice

MAYA = Sought(keys=email_keys("Maya+jobs@candidates.example"))
PRIYA = Sought(keys=email_keys("priya@ledgerly.example"))


def erase(organization: Organization, sought: Sought) -> None:
    with tenant(organization):
        person = Person(tuple(search(sought)))
        for holding in HOLDINGS:
            holding.erase(person)


def found(organization: Organization, sought: Sought) -> list[PersonKind]:
    with tenant(organization):
        return [match.kind for match in search(sought)]


def test_a_candidate_is_found_by_another_spelling_of_the_address_and_by_name() -> None:
    scenario = ready_request()
    assert PersonKind.CANDIDATE in found(scenario.organization, MAYA)
    assert PersonKind.CANDIDATE in found(scenario.organization, Sought(words=("osei", "maya")))


def test_erasing_a_candidate_also_erases_an_open_request_its_links_and_its_messages() -> None:
    scenario, other = waiting_request(), ready_request()
    erase(scenario.organization, MAYA)
    assert found(scenario.organization, MAYA) == []
    with tenant(scenario.organization):
        assert not ReferenceRequest.objects.exists()
        assert not Message.objects.exists()
    assert not SecretLink.objects.filter(scope_key=scenario.organization.pk).exists()
    assert PersonKind.CANDIDATE in found(other.organization, MAYA)


def test_an_erased_address_is_never_emailed_again() -> None:
    scenario = waiting_request()
    erase(scenario.organization, MAYA)
    with tenant(scenario.organization):
        reason = reason_for_email(scenario.organization, address="maya@candidates.example")
    assert reason == SuppressionReason.ERASED


def test_an_erased_number_is_never_texted_again_and_its_text_messages_go() -> None:
    scenario = sent_request(candidate=CandidateInfo("Maya", "Osei", "maya@candidates.example", "+1 (202) 555-0143"))
    texted = "+12025550143"
    with tenant(scenario.organization):
        Message.objects.create(organization=scenario.organization, channel=Channel.TEXT, to_phone=texted)
    erase(scenario.organization, MAYA)
    with tenant(scenario.organization):
        assert not Message.objects.exists()
        assert is_suppressed(
            organization=scenario.organization,
            channel=Channel.TEXT,
            address=texted,
            reason=SuppressionReason.ERASED,
        )


def test_an_erased_reference_leaves_a_report_with_correct_counts_and_without_their_name() -> None:
    scenario = ready_request()
    erase(scenario.organization, PRIYA)
    with tenant(scenario.organization):
        report = build(scenario.reread())
        assert (report.answered, report.reference_request.erased_references) == (1, 1)
        assert report.reference_request.state == RequestState.READY
        texts = [
            *TimelineEntry.objects.values_list("sentence", flat=True),
            *Answer.objects.values_list("text", flat=True),
        ]
        assert [text for text in texts if "Priya" in text] == []
    assert found(scenario.organization, PRIYA) == []


def test_a_reference_erased_from_an_open_request_frees_their_slot() -> None:
    scenario = waiting_request()
    path = scenario.reference_path()
    erase(scenario.organization, PRIYA)
    with tenant(scenario.organization):
        assert list(Reference.objects.values_list("name", flat=True)) == ["Tom Beck"]
    assert scenario.reread().state == RequestState.WAITING_FOR_REFERENCES
    assert path


def test_what_others_typed_about_an_erased_reference_does_not_name_them() -> None:
    scenario = waiting_request()
    with tenant(scenario.organization):
        for rows, columns in ((ReferenceRequest.objects, OF_REQUEST), (Reference.objects.filter(slot=2), OF_REFERENCE)):
            rows.update(**dict.fromkeys(columns, "Priya Nair"))
        about = Message.objects.filter(about_uid=scenario.reference_request.uid)
        # What replaces the name doesn't fit, and one email is being sent.
        longest = ("Priya Nair " * 99)[: Message._meta.get_field("subject").max_length]
        assert about.update(subject=longest)
        email = about[0]
        email.text, email.state = "Priya Nair has answered", WorkState.WORKING
        email.save()
    erase(scenario.organization, PRIYA)
    assert prove(["priya@ledgerly.example"], ["Priya Nair"], organization=scenario.organization).is_clean


def test_an_erased_owner_is_forgotten_under_any_spelling_and_without_access_to_the_report() -> None:
    scenario = ready_request()
    with tenant(scenario.organization):
        ReferenceRequest.objects.update(owner_email="dana+hr@acme.example", personal_message="Best, Dana Ruiz")
        close_reports("dana@acme.example")
    erase(scenario.organization, Sought(keys=email_keys("dana@acme.example")))
    assert prove(["dana+hr@acme.example"], ["Dana Ruiz"], organization=scenario.organization).is_clean


def test_an_erased_owner_is_forgotten_in_the_event_log() -> None:
    scenario = ready_request()
    organization = scenario.organization
    connection = make_connection(organization)
    own = {"organization": organization, "connection": connection}
    with tenant(organization):
        said = "Dana Ruiz is the recruiter on the job's hiring team"
        event = InboundEvent.objects.create(
            **own,
            event_id="event-1",
            state=WorkState.DONE,
            candidate_id="candidate-9",
            candidate_name="Ana Lima",
            body=b"",
            asked_by="Dana Ruiz",
            values={"who": "Dana Ruiz"},
            checks=[{"name": "Owner", "result": "ok", "detail": said}],
        )
        MutedJob.objects.create(**own, job_id="job-1", by_name="Dana Ruiz")
    erase(organization, Sought(keys=email_keys("dana@acme.example")))
    assert prove(["dana@acme.example"], ["Dana Ruiz"], organization=organization).is_clean
    with tenant(organization):
        event.refresh_from_db()
    assert event.candidate_name == "Ana Lima"
    assert event.checks[0]["detail"] == "an erased colleague is the recruiter on the job's hiring team"


def test_someone_who_was_only_notified_of_a_move_is_forgotten() -> None:
    organization = make_organization()
    connection = make_connection(organization)
    make_prospect(organization, email="hanna@acme.example", email_key="hanna@acme.example")
    own = {"organization": organization, "connection": connection}
    with tenant(organization):
        event = InboundEvent.objects.create(**own, event_id="event-1", state=WorkState.DONE, body=b"")
        Notice.objects.create(**own, event=event, key="one", to_email="hanna@acme.example", state=WorkState.DONE)
    erase(organization, Sought(keys=email_keys("hanna@acme.example")))
    assert prove(["hanna@acme.example"], [], organization=organization).is_clean
