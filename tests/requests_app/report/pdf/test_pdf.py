"""The PDF of a report: tagged, confidential, short, with any text as text, made by a worker and kept encrypted."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pypdf import PdfReader

from crosschq.core.outbox import work_item
from crosschq.privacy.retention import lifetimes
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.erasure import erase_reference
from requests_app.models import ReaderRole, ReportFile
from requests_app.report.build import build
from requests_app.report.pdf import files
from requests_app.report.pdf.document import data_of
from requests_app.start.start import ReportReader
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, version_of, waiting_request
from tests.requests_app.pages import text
from tests.requests_app.report.scenarios import MARKUP, PEOPLE, report_of_five
from tests.requests_app.report.test_report_access import HAL, with_pass
from tests.requests_app.report.test_report_access import path as public_path

pytestmark = pytest.mark.django_db
MAX_BYTES = 150_000
MOST_PAGES = 4


def made(scenario: RequestScenario) -> bytes:
    return files.make(version_of(scenario))[1]


def words(text_of: str) -> str:
    return " ".join(text_of.split())


def member(scenario: RequestScenario) -> Client:
    return signed_in(Client(), make_member(scenario.organization, Role.VIEWER, make_user(name="Dana Ruiz")))


def path(scenario: RequestScenario) -> str:
    return f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/report/pdf/"


def stored(scenario: RequestScenario) -> list[ReportFile]:
    with tenant(scenario.organization):
        return list(ReportFile.objects.all())


def test_three_references_take_at_most_four_pages_each_marked_confidential() -> None:
    pdf = made(report_of_five(count=3))
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) <= MOST_PAGES
    assert len(pdf) <= MAX_BYTES
    for number, page in enumerate(pages, start=1):
        assert f"Maya Osei-Bonsu · Confidential · Acme GmbH Page {number} of {len(pages)}" in words(page.extract_text())


def test_it_is_tagged_with_title_and_language_and_claims_pdf_ua() -> None:
    reader = PdfReader(io.BytesIO(made(report_of_five(count=3))))
    catalog: Any = reader.trailer["/Root"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Reference report: Maya Osei-Bonsu"
    assert (str(catalog["/Lang"]), bool(catalog["/MarkInfo"]["/Marked"])) == ("en", True)
    assert bool(catalog["/ViewerPreferences"]["/DisplayDocTitle"])
    assert b"pdfuaid:part>1<" in catalog["/Metadata"].get_data()
    assert {"/Table", "/TH", "/TD", "/H1", "/H2", "/L"} <= kinds(catalog["/StructTreeRoot"])


def test_each_table_has_header_cells() -> None:
    reader = PdfReader(io.BytesIO(made(report_of_five(count=2))))
    catalog: Any = reader.trailer["/Root"]
    tables = found_tables(catalog["/StructTreeRoot"])
    assert len(tables) >= 5
    assert [kinds(table) >= {"/TH", "/TD"} for table in tables] == [True] * len(tables)


def test_each_column_of_the_references_has_a_heading() -> None:
    scenario = report_of_five(count=1)
    with tenant(scenario.organization):
        assert all(data_of(build(scenario.reread()))["people_head"])


def found_tables(element: Any) -> list[Any]:
    if isinstance(element, list):
        return [table for each in element for table in found_tables(each.get_object())]
    if not isinstance(element, dict):
        return []
    if element.get("/S") == "/Table":
        return [element]
    return found_tables(element["/K"].get_object()) if "/K" in element else []


def kinds(element: Any) -> set[str]:
    """The kinds of all elements below this one."""
    found: set[str] = set()
    if isinstance(element, list):
        return found.union(*(kinds(each.get_object()) for each in element))
    if isinstance(element, dict):
        found |= {str(element["/S"])} if "/S" in element else set()
        if "/K" in element:
            found |= kinds(element["/K"].get_object())
    return found


def test_its_text_is_extracted_in_reading_order_and_markup_stays_text() -> None:
    reader = PdfReader(io.BytesIO(made(report_of_five())))
    extracted = words(" ".join(page.extract_text() for page in reader.pages))
    order = ["References", "At a glance", "Facts worth a look", "Ratings from 1 to 5", "Choices", "In their words"]
    places = [extracted.index(each) for each in order]
    assert places == sorted(places)
    assert MARKUP in extracted
    assert "<b>Tom</b> $x^2$ #Beck" in extracted
    assert (
        "Widest difference How often did Maya give others the information they needed in time? (2\N{EN DASH}5)"
        in extracted
    )


def test_a_name_in_any_script_makes_a_pdf() -> None:
    scenario = report_of_five(count=1)
    for name in ("李伟 田中さくら", "أحمد بن عبد الله", "דָּוִד", "प्रिया", "🙂 \ue000 Ana", "Zoë Ångström"):
        with tenant(scenario.organization):
            scenario.reference_request.references.update(name=name)
        assert made(scenario).startswith(b"%PDF"), name


def test_a_worker_makes_the_file_and_the_next_request_downloads_it() -> None:
    scenario = report_of_five(count=1)
    browser = member(scenario)
    assert "nobody has downloaded it lately" in text(browser.get(path(scenario)))
    assert stored(scenario) == []
    assert browser.post(path(scenario)).status_code == 303
    browser.post(path(scenario))
    assert "The download starts automatically" in text(browser.get(path(scenario)))
    work_item.drain(ReportFile)
    pdf = browser.get(path(scenario))
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf["Content-Disposition"] == 'attachment; filename="Reference report Maya Osei-Bonsu.pdf"'
    assert pdf.content.startswith(b"%PDF")
    assert len(stored(scenario)) == 1


def test_it_is_stored_encrypted() -> None:
    scenario = report_of_five(count=1)
    with tenant(scenario.organization):
        files.ask_for(version_of(scenario))
    work_item.drain(ReportFile)
    with tenant(scenario.organization), connection.cursor() as cursor:
        cursor.execute("SELECT pdf FROM requests_app_reportfile")
        assert "JVBERi" not in cursor.fetchone()[0]  # "%PDF" in base64
    assert files.contents(stored(scenario)[0]).startswith(b"%PDF")


def test_a_changed_report_gets_a_new_file() -> None:
    scenario = report_of_five(count=2)
    with tenant(scenario.organization):
        files.ask_for(version_of(scenario))
    work_item.drain(ReportFile)
    with tenant(scenario.organization):
        erase_reference(scenario.reference(2))
        assert not ReportFile.objects.exists()
        assert files.current(version_of(scenario)) is None
        files.ask_for(version_of(scenario))
    work_item.drain(ReportFile)
    pdf = PdfReader(io.BytesIO(files.contents(stored(scenario)[0])))
    extracted = " ".join(page.extract_text() for page in pdf.pages)
    assert PEOPLE[0][0] in extracted
    assert "#Beck" not in extracted


def test_a_reader_downloads_it_with_the_pass_and_a_stranger_is_asked_for_a_code() -> None:
    organization = make_organization("Acme GmbH")
    scenario = report_of_five(organization, count=1, readers=(ReportReader("Hal", HAL, ReaderRole.HIRING_MANAGER),))
    public = public_path(scenario)
    for browser_method in (Client().get, Client().post):
        assert browser_method(f"{public}pdf/")["Location"] == public
    assert stored(scenario) == []
    browser = with_pass(scenario, HAL)
    assert browser.post(f"{public}pdf/").status_code == 303
    work_item.drain(ReportFile)
    assert browser.get(f"{public}pdf/").content.startswith(b"%PDF")


def test_a_request_without_a_report_has_no_pdf() -> None:
    scenario = waiting_request()
    browser = member(scenario)
    report_page = path(scenario).removesuffix("pdf/")
    assert [browser.get(path(scenario))["Location"], browser.post(path(scenario))["Location"]] == [report_page] * 2
    assert stored(scenario) == []


def test_it_is_kept_for_a_week() -> None:
    lifetime = next(each for each in lifetimes.REQUESTS if each.table == "requests_app.ReportFile")
    assert isinstance(lifetime, lifetimes.Expires)
    assert lifetime.after == 7 * lifetimes.DAY
