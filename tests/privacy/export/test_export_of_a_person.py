"""An admin exports what is stored about one person: a worker makes a ZIP file, which is kept encrypted for a week."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import time_machine
from django.db import connection
from django.test import Client
from django.utils.html import escape

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.privacy.models import DataExport
from crosschq.privacy.tasks import delete_exports
from crosschq.tenancy.models import AuditEntry, Organization, Role
from crosschq.tenancy.scope import tenant
from requests_app.models import DeclineReason
from requests_app.reference.decline import decline
from requests_app.start.start import CandidateInfo
from tests.audit import sentence_of
from tests.privacy.desk_pages import admin_of, desk, person_page, words
from tests.requests_app.factories import ready_request, waiting_request
from tests.requests_app.pages import text

MARKUP = "<img src=x onerror=alert(1)>"


def asked(client: Client, organization: Organization, who: str, **form: str) -> str:
    """The address of the export's page, once a worker made it."""
    answer = client.post(f"{person_page(client, organization, who)}export/", form)
    work_item.drain(DataExport)
    return str(answer["Location"])


def files(client: Client, page: str) -> dict[str, str]:
    answer = client.post(f"{page}download/")
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def data(client: Client, page: str) -> Any:
    return json.loads(files(client, page)["data.json"])


def test_the_file_holds_everything_for_programs_and_for_people() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    page = asked(client, scenario.organization, "maya@candidates.example")
    assert "Ready to download" in words(client.get(page))
    found = files(client, page)
    export = json.loads(found["data.json"])
    titles = [section["title"] for section in export["sections"]]
    assert export["person"]["emails"] == ["maya@candidates.example"]
    assert {"Requests about the candidate", "References that the candidate named", "Messages"} <= set(titles)
    assert "Priya Nair" in found["readable.html"]
    assert "Backend Engineer" in found["readable.html"]


def test_a_candidate_gets_their_references_answers_only_if_the_admin_includes_them() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    without = data(client, asked(client, scenario.organization, "maya@candidates.example"))
    given = data(client, asked(client, scenario.organization, "maya@candidates.example", with_answers="on"))
    title = "Answers of the candidate's references"
    assert title not in [section["title"] for section in without["sections"]]
    assert title in [section["title"] for section in given["sections"]]


def test_a_candidate_does_not_get_the_reason_why_a_reference_declined() -> None:
    scenario, reason = waiting_request(), DeclineReason.NOT_CLOSE
    label = str(reason.label)
    page = Client().get(f"{scenario.reference_path()}cannot/")
    assert "We won't tell them why" in text(page)
    with tenant(scenario.organization):
        decline(scenario.reference_request, scenario.reference(), reason)
    client = admin_of(scenario.organization)
    file = asked(client, scenario.organization, "maya@candidates.example", with_answers="on")
    everything = json.dumps(data(client, file), ensure_ascii=False) + files(client, file)["readable.html"]
    assert "Priya Nair can't give a reference" in everything
    assert not any(words in everything for words in (label, escape(label), reason.value))


def test_a_reference_gets_their_own_answers_and_not_those_of_others() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    export = data(client, asked(client, scenario.organization, "priya@ledgerly.example"))
    titles = {section["title"] for section in export["sections"]}
    assert titles >= {"What the reference agreed to", "Answers given as a reference"}
    assert "Tom Beck" not in json.dumps(export)


def test_outsiders_text_stays_text_in_the_readable_file() -> None:
    scenario = ready_request(candidate=CandidateInfo("Maya", MARKUP[:90], "maya@candidates.example"))
    client = admin_of(scenario.organization)
    found = files(client, asked(client, scenario.organization, "maya@candidates.example"))
    assert MARKUP not in found["readable.html"]
    assert "&lt;img src=x" in found["readable.html"]


def test_the_page_shows_progress_without_scripts_until_a_worker_is_done() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    answer = client.post(f"{person_page(client, scenario.organization, 'maya@candidates.example')}export/")
    waiting = client.get(answer["Location"])
    assert '<meta http-equiv="refresh"' in waiting.content.decode()
    assert "Waiting for a worker" in words(waiting)
    assert client.post(f"{answer['Location']}download/").status_code == 302
    work_item.drain(DataExport)
    ended = client.get(answer["Location"], headers={"HX-Request": "true"})
    assert ended["HX-Refresh"] == "true"


def test_a_second_click_joins_the_first_export() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    page = f"{person_page(client, scenario.organization, 'maya@candidates.example')}export/"
    assert client.post(page)["Location"] == client.post(page)["Location"]


def test_the_content_is_stored_encrypted_and_deleted_after_a_week() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    page = asked(client, scenario.organization, "maya@candidates.example")
    with tenant(scenario.organization), connection.cursor() as sql:
        sql.execute("SELECT content, sought FROM privacy_exportpart, privacy_dataexport")
        ((content, sought),) = sql.fetchall()
    assert not content.startswith("UEsDB")  # a ZIP file in base64
    assert "maya" not in sought
    with time_machine.travel(clock.now() + timedelta(days=6, hours=23)):
        delete_exports()
    assert client.get(page).status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)):
        delete_exports()
    assert client.get(page).status_code == 404


def test_an_admin_can_delete_an_export_before_its_time() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    page = asked(client, scenario.organization, "maya@candidates.example")
    assert "The export was deleted" in words(client.post(f"{page}delete/", follow=True))
    assert client.get(page).status_code == 404


def test_the_audit_log_says_that_a_person_was_exported_and_not_who() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    page = asked(client, scenario.organization, "maya@candidates.example")
    client.post(f"{page}download/")
    with tenant(scenario.organization):
        entries = list(AuditEntry.objects.filter(action__startswith="privacy.").order_by("id"))
    assert [entry.action for entry in entries] == ["privacy.export", "privacy.download"]
    said = " ".join(f"{sentence_of(entry)} {entry.before} {entry.after}" for entry in entries).casefold()
    assert "maya" not in said
    assert "osei" not in said


def test_a_person_erased_meanwhile_is_reported_and_the_export_can_be_retried() -> None:
    scenario = ready_request()
    client = admin_of(scenario.organization)
    answer = client.post(f"{person_page(client, scenario.organization, 'maya@candidates.example')}export/")
    with tenant(scenario.organization):
        export = DataExport.objects.get()
        export.sought = '{"keys": [], "uids": []}'
        export.save()
    work_item.drain(DataExport)
    shown = words(client.get(answer["Location"]))
    assert "We no longer store anything about this person" in shown
    assert "Try again" in shown


def test_a_recruiter_is_refused() -> None:
    scenario = ready_request()
    recruiter = admin_of(scenario.organization, Role.RECRUITER)
    assert recruiter.get(desk(scenario.organization)).status_code == 403
