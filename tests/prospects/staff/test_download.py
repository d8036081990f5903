"""The CSV download: complete, safe to open in a spreadsheet, and audited."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from crosschq.core.text.csv_lines import FORMULA, PHONE_NUMBER, safe_cell
from crosschq.tenancy.models import AuditEntry, Organization, Role
from crosschq.tenancy.scope import tenant
from prospects.staff import download
from prospects.staff.download import phone_cell
from tests.audit import sentence_of
from tests.factories import make_member, make_organization, signed_in
from tests.prospects.factories import make_prospect, opted_in


def ask(organization: Organization, **query: str) -> Any:
    client = signed_in(Client(), make_member(organization, Role.RECRUITER))
    return client.post(f"/o/{organization.slug}/prospects/csv/", query_params=query)


def rows(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline="")))


@pytest.mark.django_db
def test_the_file_has_one_row_per_prospect_with_all_details() -> None:
    prospect = opted_in()
    answer = ask(prospect.organization)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="prospects-20')
    assert answer["Cache-Control"] == "no-store"
    head, line = rows(answer)
    assert dict(zip(head, line, strict=True)) == {
        "First name": "Priya",
        "Last name": "Nair",
        "Email": "priya@home.example",
        "Phone": "+49 30 1234567",
        "Employer": "Ledgerly",
        "Job title": "Head of Data",
        "Area of interest": "Analytics",
        "Gave reference for": "Maya Osei",
        "Opted in": prospect.consented_at.date().isoformat(),
        "Consent version": "1",
        "Consent expires": prospect.ends_at.date().isoformat(),
        "In SmartRecruiters": "Not selected",
    }


@pytest.mark.django_db
def test_the_file_respects_the_filters() -> None:
    acme = make_organization()
    make_prospect(acme, first_name="Ana", employer="Globex")
    make_prospect(acme, first_name="Lee")
    make_prospect(make_organization(), first_name="Ana")
    assert [line[0] for line in rows(ask(acme, q="globex"))[1:]] == ["Ana"]


@pytest.mark.django_db
def test_every_row_appears_once_without_extra_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    acme = make_organization()
    made = {make_prospect(acme).last_name for _ in range(25)}
    monkeypatch.setattr(download, "BATCH", 10)
    with CaptureQueriesContext(connection) as queries:
        lines = rows(ask(acme))[1:]
    assert len(lines) == 25
    assert {line[1] for line in lines} == made
    assert len([q for q in queries if q["sql"].startswith("SELECT") and "prospects_" in q["sql"]]) == 6


@pytest.mark.django_db
def test_the_download_is_audited() -> None:
    acme = make_organization()
    ask(acme)
    with tenant(acme):
        (entry,) = AuditEntry.objects.filter(action="prospects.download")
    assert sentence_of(entry).endswith("downloaded the list of prospects")


@given(st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    cell = safe_cell(text)
    if PHONE_NUMBER.fullmatch(text):
        assert cell == text
        return
    for part in cell.split(";"):
        assert not part.lstrip().startswith(FORMULA)
    assert cell.replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize(
    "text", ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1", "  =1", '=HYPERLINK("x")']
)
def test_formulas_are_prefixed_with_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.django_db
@pytest.mark.parametrize("planted", ["Maya;=cmd|' /C calc'!A0;x", "Maya; +1", ";=1", "x;\uff1d1", "Maya;;@SUM(A1)"])
def test_no_cell_starts_with_a_formula_in_semicolon_locales(planted: str) -> None:
    """In locales with decimal commas, spreadsheets only honor quotes at the start of their own cells."""
    acme = make_organization()
    make_prospect(acme, first_name=planted, title="Head; of Data")
    line = ask(acme).getvalue().decode("utf-8-sig").split("\r\n", 1)[1]
    assert not [cell for cell in line.split(";") if cell.lstrip().startswith(FORMULA)]
    assert "Head; of Data" in line


@pytest.mark.parametrize(
    ("typed", "country", "cell"),
    [
        ("+49 30 1234567", None, "+49 30 1234567"),
        ("+49301234567", None, "+49 30 1234567"),
        ("0049 30 1234567", None, "+49 30 1234567"),
        ("030 1234567", "DE", "+49 30 1234567"),
        ("(202) 555-0143", "US", "+1 202 555 0143"),
        ("+1 202\u2011555\u20110143", None, "+1 202 555 0143"),
        ("0301234567", None, "0301 234567"),
        ("+49 30 1234567=1+1", None, "'+49 30 1234567=1+1"),
        ("+1+1", None, "'+1+1"),
    ],
)
def test_a_phone_number_stays_one_and_nothing_else_becomes_one(typed: str, country: str | None, cell: str) -> None:
    assert safe_cell(phone_cell(typed, country)) == cell


def test_leading_zeros_survive() -> None:
    assert safe_cell("007") == "'007"
    assert safe_cell("0") == "0"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "separator"),
    [("de-DE,de;q=0.9,en;q=0.8", ";"), ("fr", ";"), ("en-US,de;q=0.5", ","), ("", ","), ("xx-nonsense", ",")],
)
def test_the_separator_fits_the_language_of_the_browser(language: str, separator: str) -> None:
    acme = make_organization()
    make_prospect(acme, first_name="Ana", last_name="Ruiz, =1")
    client = signed_in(Client(), make_member(acme, Role.RECRUITER))
    answer = client.post(f"/o/{acme.slug}/prospects/csv/", headers={"accept-language": language})
    head, line = answer.getvalue().decode("utf-8-sig").splitlines()
    assert head.startswith(f"First name{separator}Last name{separator}")
    assert [cell for cell in line.split(separator) if cell.startswith("=")] == []
    page = client.get(f"/o/{acme.slug}/prospects/", headers={"accept-language": language}).content.decode()
    assert ("semicolons between values" in page) == (separator == ";")
