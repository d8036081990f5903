"""An admin erases a person on the privacy desk: after seeing the numbers and proving their identity, by a worker."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from connectors.models import Attachment, Writeback
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.messaging.sending.suppression import reason_for_email
from crosschq.privacy.erase import perform
from crosschq.privacy.export.content import store
from crosschq.privacy.models import DataExport, Erasure, as_text
from crosschq.privacy.proof.search import prove
from crosschq.tenancy.models import AuditEntry, Organization, Role
from crosschq.tenancy.person import Sought
from crosschq.tenancy.scope import tenant
from requests_app.models import Reference, ReferenceRequest
from requests_app.start.start import CandidateInfo
from tests.accounts.confirming import CONFIRM, press
from tests.factories import make_connection, make_member, make_organization, make_user
from tests.privacy.desk_pages import admin_of, desk, person_page, searched, words
from tests.prospects.factories import make_prospect
from tests.requests_app.factories import ready_request, waiting_request

MAYA, PRIYA, OWNER = "maya@candidates.example", "priya@ledgerly.example", "dana@acme.example"


@pytest.fixture(autouse=True)
def ledger(settings: Settings, tmp_path: Path) -> Path:
    settings.ERASURE_LEDGER = str(tmp_path / "erasures.jsonl")
    return tmp_path / "erasures.jsonl"


def erased(client: Client, organization: Organization, who: str, **form: str) -> str:
    """Erase a person. Returns the words of the result page."""
    page = f"{person_page(client, organization, who)}erase/"
    press(client, page, form)
    return result(client, organization)


def result(client: Client, organization: Organization) -> str:
    work_item.drain(Erasure)
    with tenant(organization):
        erasure = Erasure.objects.latest("pk")
    return words(client.get(f"{desk(organization)}erasures/{erasure.uid}/"))


def test_before_an_erasure_the_page_says_what_is_deleted_and_what_stays() -> None:
    scenario = waiting_request()
    client = admin_of(scenario.organization)
    said = words(client.get(f"{person_page(client, scenario.organization, MAYA)}erase/"))
    assert "1 request about them, with its references, answers, report, and messages" in said
    assert "1 of these is open. It ends now" in said
    assert "The audit log says that you erased a person, but not who" in said
    assert "A keyed hash of their address stays" in said


def test_an_erasure_asks_for_the_password_and_changes_nothing_before() -> None:
    scenario = waiting_request()
    client = admin_of(scenario.organization)
    answer = client.post(f"{person_page(client, scenario.organization, MAYA)}erase/")
    assert answer["Location"].startswith(CONFIRM)
    with tenant(scenario.organization):
        assert not Erasure.objects.exists()
    # What waits in the session doesn't name the person either.
    assert "maya" not in str(dict(client.session)).casefold()


def test_an_erased_candidate_is_gone_everywhere_and_the_proof_says_so_and_names_no_one(ledger: Path) -> None:
    scenario, other = waiting_request(), ready_request()
    client = admin_of(scenario.organization)
    link = scenario.candidate_path
    assert "No erasures yet" in words(client.get(f"{desk(scenario.organization)}erasures/"))
    said = erased(client, scenario.organization, MAYA)
    assert "Searched" in said
    assert "Found nothing." in said
    assert "We hold nothing about" in words(searched(client, scenario.organization, MAYA))
    with tenant(scenario.organization):
        assert not ReferenceRequest.objects.exists()
        assert not Message.objects.exists()
        erasure = Erasure.objects.get()
        assert erasure.sought == ""
        assert AuditEntry.objects.get(action="privacy.erase").after == {"erasure": str(erasure.uid)}
    assert Client().get(link).status_code == 404
    assert other.reread().candidate_email == MAYA
    assert "Erased" in words(client.get(f"{desk(scenario.organization)}erasures/"))
    (line,) = ledger.read_text().splitlines()
    entry = json.loads(line)
    assert entry["organization"] == str(scenario.organization.uid)
    assert str(scenario.reference_request.uid) in entry["uids"]
    assert len(entry["keys"]) >= 1
    assert "maya" not in line
    assert "candidate-1" not in line
    assert ledger.stat().st_mode & 0o777 == 0o600


def test_a_single_reference_is_erased_and_every_report_is_recomputed() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    reference = scenario.reference()
    page = f"{desk(scenario.organization)}references/{reference.uid}/erase/"
    assert "1 reference they were asked for" in words(client.get(page))
    press(client, page)
    assert "Erasure of a reference" in result(client, scenario.organization)
    report = words(client.get(f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/report/"))
    assert "One reference was erased on" in report
    assert "Priya" not in report
    assert "Tom Beck" in report
    with tenant(scenario.organization):
        assert list(Reference.objects.values_list("name", flat=True)) == ["Tom Beck"]


def test_the_owner_of_open_requests_is_erased_only_after_choosing_a_new_owner() -> None:
    scenario = waiting_request()
    client = admin_of(scenario.organization)
    heir = make_user("sam@acme.example", name="Sam Heir")
    make_member(scenario.organization, Role.RECRUITER, heir)
    page = f"{person_page(client, scenario.organization, OWNER)}erase/"
    assert "They own 1 open request. Hand it over to" in words(client.get(page))
    assert "Choose who gets the open requests" in words(client.post(page, {}))
    membership = heir.memberships.get()
    erased(client, scenario.organization, OWNER, heir=str(membership.uid))
    request = scenario.reread()
    assert (request.owner_name, request.owner_email) == ("Sam Heir", "sam@acme.example")
    assert request.is_open
    assert prove([OWNER], ["Dana Ruiz"], organization=scenario.organization).is_clean


def test_a_request_counts_once_however_often_its_owner_is_spelled_in_another_case() -> None:
    scenario = waiting_request()
    other = waiting_request(scenario.organization, candidate=CandidateInfo("Ana", "Lee", "ana@candidates.example"))
    with tenant(scenario.organization):
        ReferenceRequest.objects.filter(pk=other.reference_request.pk).update(owner_email=OWNER.upper())
    client = admin_of(scenario.organization)
    page = f"{person_page(client, scenario.organization, OWNER)}erase/"
    assert "They own 2 open requests. Hand them over to" in words(client.get(page))


def test_open_requests_go_to_no_one_who_may_not_own_them() -> None:
    scenario = waiting_request()
    organization = scenario.organization
    client = admin_of(organization)
    reference, heir = make_user(PRIYA, name="Priya Nair"), make_user("sam@acme.example", name="Sam Heir")
    for user in (reference, heir):
        make_member(organization, Role.RECRUITER, user)
    page = f"{person_page(client, organization, OWNER)}erase/"
    refused = client.post(page, {"heir": str(reference.memberships.get().uid)})
    assert "Priya Nair is a reference in one of these requests. Choose someone else." in words(refused)
    press(client, page, {"heir": str(heir.memberships.get().uid)})
    heir.memberships.all().delete()
    assert "Sam Heir can't own requests anymore" in result(client, organization)
    assert scenario.reread().owner_email == OWNER


def test_a_member_is_not_erased_here() -> None:
    scenario = ready_request()
    make_member(scenario.organization, Role.VIEWER, make_user(PRIYA, name="Priya Nair"))
    client = admin_of(scenario.organization)
    page = f"{person_page(client, scenario.organization, PRIYA)}erase/"
    assert "Remove them on the members page first" in words(client.get(page))
    assert client.post(page).status_code == 200
    with tenant(scenario.organization):
        assert not Erasure.objects.exists()


def test_the_fallback_owner_of_a_connection_is_refused_with_a_reason() -> None:
    organization = make_organization()
    make_connection(organization, fallback_owner_email=PRIYA, fallback_owner_name="Priya Nair", company_name="Acme")
    ready_request(organization)
    client = admin_of(organization)
    said = words(client.get(f"{person_page(client, organization, PRIYA)}erase/"))
    assert "They are the fallback owner of the connection to Acme" in said


@pytest.mark.parametrize("who", [MAYA, PRIYA], ids=["the candidate", "a reference"])
def test_what_to_delete_in_the_ats_is_listed_until_staff_mark_it(who: str) -> None:
    organization = make_organization()
    connection = make_connection(organization)
    scenario = ready_request(organization, connection=connection)
    with tenant(organization):
        assert Writeback.objects.update(asked_at=clock.now()) == 1
        Attachment.objects.create(
            organization=organization,
            connection=connection,
            candidate_id="candidate-1",
            name="Crosschq 360 Report 1.pdf",
            about_kind="request",
            about_uid=scenario.reference_request.uid,
            ats_id="file-1",
        )
    client = admin_of(organization)
    said = erased(client, organization, who)
    assert "What to delete in SmartRecruiters" in said
    assert "The reports that we attached" in said
    assert "candidate-1" in said
    assert ("The notes that we wrote" in said) == (who == MAYA)
    if who == MAYA:
        with tenant(organization):
            erasure = Erasure.objects.get()
        page = f"{desk(organization)}erasures/{erasure.uid}/"
        assert "candidate-1" not in words(client.post(f"{page}deleted-there/", follow=True))


def test_exports_that_mention_the_person_are_erased_too() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    client.post(f"{person_page(client, scenario.organization, MAYA)}export/")
    work_item.drain(DataExport)
    assert "Found nothing." in erased(client, scenario.organization, PRIYA)
    with tenant(scenario.organization):
        assert not DataExport.objects.exists()


def test_an_erased_person_can_be_emailed_again_once_an_admin_allows_it() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    erased(client, scenario.organization, MAYA)
    assert "We don't email this address" in words(searched(client, scenario.organization, MAYA))
    answer = client.post(f"{desk(scenario.organization)}write-again/", {"email": MAYA}, follow=True)
    assert "We can email and ask this person again" in words(answer)
    with tenant(scenario.organization):
        assert reason_for_email(scenario.organization, address=MAYA) is None


def test_an_erasure_whose_ledger_cannot_be_written_erases_nothing(settings: Settings) -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    settings.ERASURE_LEDGER = "/nowhere/erasures.jsonl"
    press(client, f"{person_page(client, scenario.organization, MAYA)}erase/")
    work_item.drain(Erasure)
    assert scenario.reread().candidate_email == MAYA
    with tenant(scenario.organization):
        assert Erasure.objects.get().is_under_way


def test_what_others_create_while_a_person_is_erased_is_erased_too(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = ready_request()
    organization = scenario.organization
    client = admin_of(organization)

    def meanwhile(point: str) -> None:
        if point == "erasure_before_ledger":
            make_prospect(organization, email=MAYA, email_key=MAYA)
            export = DataExport.objects.create(
                organization=organization, person_uid=organization.uid, sought=as_text(Sought()), state=WorkState.DONE
            )
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr("data.json", MAYA)
            store(export, file)

    monkeypatch.setattr(perform, "fault", meanwhile)
    assert "Found nothing." in erased(client, organization, MAYA)
    with tenant(organization):
        assert not DataExport.objects.exists()
