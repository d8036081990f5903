"""An admin corrects a person's name, address, and number wherever they are stored."""

from crosschq.tenancy.models import AuditEntry
from crosschq.tenancy.scope import tenant
from requests_app.models import Reference
from requests_app.start.ownership import close_reports
from requests_app.start.start import CandidateInfo
from tests.privacy.desk_pages import admin_of, person_page, words
from tests.prospects.factories import make_prospect
from tests.requests_app.factories import ready_request, sent_request, waiting_request

MAYA = "maya@candidates.example"


def test_the_page_says_what_changes_and_what_does_not() -> None:
    scenario = waiting_request()
    client = admin_of(scenario.organization)
    said = words(client.get(f"{person_page(client, scenario.organization, MAYA)}correct/"))
    assert "links that we sent to the old one stop working" in said
    assert "The list of messages says where they went" in said
    assert "If you enter a first name, enter the last name too, unless they have only one name." in said


def test_a_name_is_corrected_in_requests_and_reports() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    page = f"{person_page(client, scenario.organization, 'priya@ledgerly.example')}correct/"
    said = words(client.post(page, {"first_name": "Priyanka", "last_name": "Nair"}, follow=True))
    assert "1 entry was corrected" in said
    report = client.get(f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/report/")
    assert "Priyanka Nair" in words(report)


def test_a_new_address_of_an_open_request_gets_a_new_link_and_the_old_one_ends() -> None:
    scenario = waiting_request()
    client = admin_of(scenario.organization)
    old = scenario.reference_path()
    page = f"{person_page(client, scenario.organization, 'priya@ledgerly.example')}correct/"
    client.post(page, {"email": "p.nair@elsewhere.example"})
    assert scenario.reference().email == "p.nair@elsewhere.example"
    assert client.get(old).status_code == 404
    assert scenario.emails()[-1].to_email == "p.nair@elsewhere.example"


def test_an_owner_is_exported_and_corrected_without_access_to_the_report() -> None:
    scenario = ready_request()
    client, owner = admin_of(scenario.organization), "dana@acme.example"
    with tenant(scenario.organization):
        close_reports(owner)
    page = person_page(client, scenario.organization, owner)
    assert "Requests that the person owns or owned" in words(client.get(page))
    client.post(f"{page}correct/", {"first_name": "Dan", "last_name": "Roe"})
    assert scenario.reread().owner_name == "Dan Roe"
    assert [said for said in scenario.timeline() if "Dana" in said] == []


def test_an_address_of_someone_else_is_refused_and_the_input_stays() -> None:
    scenario = waiting_request()
    make_prospect(scenario.organization, email="ana@elsewhere.example", email_key="ana@elsewhere.example")
    client = admin_of(scenario.organization)
    page = f"{person_page(client, scenario.organization, MAYA)}correct/"
    shown = client.post(page, {"email": "Ana@elsewhere.example"})
    assert "Someone else here has this address" in words(shown)
    assert 'value="Ana@elsewhere.example"' in shown.content.decode()
    assert scenario.reread().candidate_email == MAYA


def test_invalid_details_are_refused_as_in_the_forms_that_collected_them() -> None:
    scenario = sent_request(candidate=CandidateInfo("Maya", "Osei", MAYA))
    client = admin_of(scenario.organization)
    page = f"{person_page(client, scenario.organization, MAYA)}correct/"
    assert "Enter at least one correct detail" in words(client.post(page, {}))
    assert "Enter the first name too" in words(client.post(page, {"last_name": "Osei"}))
    assert "with its country code" in words(client.post(page, {"phone": "555"}))
    assert "id_email_error" in client.post(page, {"email": "maya"}).content.decode()
    assert client.post(page, {"first_name": "http://evil.example", "last_name": "x"}).status_code == 200
    assert scenario.reread().candidate_name == "Maya Osei"


def test_the_audit_log_says_which_fields_and_not_whose() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    page = f"{person_page(client, scenario.organization, MAYA)}correct/"
    client.post(page, {"first_name": "Maia", "last_name": "Osei"})
    with tenant(scenario.organization):
        entry = AuditEntry.objects.get(action="privacy.correct")
    assert entry.after["fields"] == ["first_name", "last_name"]
    assert "osei" not in f"{entry.before} {entry.after}".casefold()


def test_a_person_with_one_name_and_a_landline_can_be_corrected() -> None:
    scenario = waiting_request()
    prospect = make_prospect(scenario.organization, email="ana@home.example", email_key="ana@home.example")
    client = admin_of(scenario.organization)
    client.post(f"{person_page(client, scenario.organization, MAYA)}correct/", {"first_name": "Suharto"})
    assert scenario.reread().candidate_name == "Suharto"
    page = f"{person_page(client, scenario.organization, 'ana@home.example')}correct/"
    client.post(page, {"first_name": "A" * 100, "last_name": "B" * 100, "phone": "+33 1 23 45 67 89"})
    with tenant(scenario.organization):
        prospect.refresh_from_db()
    assert (prospect.phone, len(prospect.last_name)) == ("+33 1 23 45 67 89", 100)


def test_a_name_of_two_long_parts_is_cut_where_one_column_holds_it() -> None:
    scenario = waiting_request()
    client = admin_of(scenario.organization)
    page = f"{person_page(client, scenario.organization, 'priya@ledgerly.example')}correct/"
    assert client.post(page, {"first_name": "A" * 100, "last_name": "B" * 100}).status_code == 302
    assert len(scenario.reference().name) == 200


def test_a_number_that_gets_no_text_messages_replaces_a_references_wrong_one() -> None:
    scenario = waiting_request()
    with tenant(scenario.organization):
        Reference.objects.filter(pk=scenario.reference().pk).update(phone="+491713920012")
    client = admin_of(scenario.organization)
    client.post(
        f"{person_page(client, scenario.organization, 'priya@ledgerly.example')}correct/", {"phone": "+49 30 23125123"}
    )
    assert scenario.reference().phone == ""
