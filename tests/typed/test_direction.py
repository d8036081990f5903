"""A right-to-left name keeps its place in a sentence: on pages with <bdi>, in messages with isolates."""

from __future__ import annotations

import pytest
from django.test import Client

from crosschq.core.text.direction import isolated
from crosschq.core.ui.direction import bdi
from requests_app.start.start import CandidateInfo
from tests.factories import make_organization
from tests.privacy.desk_pages import admin_of
from tests.requests_app.factories import ready_request, sent_request

MOSHE = "משה כהן"
MARKED = {
    MOSHE: f"<bdi>{MOSHE}</bdi>",
    "Maya Osei": "Maya Osei",
    f"{MOSHE} named 2 references: Tom, דנה": f"<bdi>{MOSHE}</bdi> named 2 references: Tom, <bdi>דנה</bdi>",
    'ד"ר משה': "<bdi>ד&quot;ר משה</bdi>",
    "<b>&": "&lt;b&gt;&amp;",
    "محمد 2": "<bdi>محمد</bdi> 2",
    "می\u200cخ": "<bdi>می\u200cخ</bdi>",
}


@pytest.mark.parametrize(("text", "html"), MARKED.items(), ids=ascii)
def test_a_page_marks_right_to_left_words(text: str, html: str) -> None:
    assert bdi(text) == html
    assert bdi(bdi(text)) == html


def test_plain_text_isolates_such_a_name_and_no_other() -> None:
    assert isolated(MOSHE) == f"\u2068{MOSHE}\u2069"
    assert isolated("Maya Osei") == "Maya Osei"


@pytest.mark.django_db
def test_an_email_isolates_the_names_in_its_sentences_and_not_in_its_subject(client: Client) -> None:
    scenario = sent_request(make_organization("אקמה"), candidate=CandidateInfo("משה", "כהן", "moshe@corp.example"))
    (invitation,) = scenario.emails("candidate_invitation")
    assert invitation.text.startswith("Hello \u2068משה\u2069,")
    assert "\u2068אקמה\u2069" in invitation.text
    assert "\u2068" not in invitation.subject
    assert "<bdi>משה</bdi>" in client.get(scenario.candidate_path).content.decode()


@pytest.mark.django_db
def test_lists_details_and_reports_mark_the_names() -> None:
    scenario = ready_request(candidate=CandidateInfo("משה", "כהן", "moshe@corp.example"))
    client = admin_of(scenario.organization)
    pages = f"/o/{scenario.organization.slug}/requests/"
    for page in (pages + "?state=all", f"{pages}{scenario.reference_request.uid}/"):
        assert f"<bdi>{MOSHE}</bdi>" in client.get(page).content.decode(), page
    report = client.get(f"{pages}{scenario.reference_request.uid}/report/").content.decode()
    assert f"<bdi>{MOSHE}</bdi>" in report
    assert "<bdi>" not in report.partition("<title>")[2].partition("</title>")[0]
