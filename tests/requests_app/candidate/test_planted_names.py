"""Markup in a candidate's name is text on the page that previews an email."""

from __future__ import annotations

import html5lib
import pytest
from django.test import Client
from django.utils.safestring import SafeString

from crosschq.core.text.names import harmless
from crosschq.messaging.content.email import Email
from crosschq.tenancy.models import Role
from requests_app.start.start import CandidateInfo
from tests.factories import make_member, make_organization, signed_in
from tests.requests_app.factories import RequestScenario, sent_request

# As SmartRecruiters delivers a first name: 100 characters.
ACTS_BY_ITSELF = (
    "<i hx-post=../../../members/invite/ hx-trigger=load"
    """ hx-vals='{"emails":"x@y.test","role":"admin"}'>"""
)
LOOKS_LIKE_OURS = "<button class=button formaction=../../../members/invite/ name=emails value=x@y.test>Send"
HIDDEN_FIELD = "<input type=hidden name=role value=admin>"


def job_of(first_name: str, last_name: str = "Osei") -> RequestScenario:
    return sent_request(make_organization(), candidate=CandidateInfo(first_name, last_name, "maya@candidates.example"))


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.OWNER, Role.RECRUITER])
@pytest.mark.parametrize("names", [(ACTS_BY_ITSELF, "Osei"), (LOOKS_LIKE_OURS, HIDDEN_FIELD)])
def test_a_name_with_markup_is_text_in_the_previewed_reminder(names: tuple[str, str], role: Role) -> None:
    scenario = job_of(*names)
    browser = signed_in(Client(), make_member(scenario.organization, role))
    answer = browser.get(f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/remind/")
    page = html5lib.parse(answer.content.decode(), namespaceHTMLElements=False)
    said = "".join(page.findall(".//details[@class='more']/div")[0].itertext())
    # As text. Addresses within names are broken up in emails.
    assert harmless(names[0]).partition("/invite/")[0] in said
    assert page.findall(".//i") == []
    assert page.findall(".//*[@formaction]") == []
    assert [field for field in page.findall(".//input") if field.get("name") == "role"] == []


def test_the_text_of_an_email_is_a_plain_string() -> None:
    email = Email(subject="s", preheader="p", paragraphs=(ACTS_BY_ITSELF, str(SafeString("<b>"))))
    assert type(email.as_text()) is str
    assert not hasattr(email.as_text(), "__html__")
    assert not hasattr(Email(SafeString("s"), "p", (SafeString("<b>"),)).as_text(), "__html__")
