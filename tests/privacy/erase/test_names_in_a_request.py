"""What others wrote about an erased person loses their name, and people with the same name keep theirs."""

from __future__ import annotations

import pytest

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.privacy.holdings import search
from crosschq.tenancy.person import Correction, Person, PersonKind, Sought, email_keys
from crosschq.tenancy.scope import tenant
from requests_app import personal_data
from requests_app.candidate import nominate
from requests_app.erasure import erase_reference
from requests_app.models import Answer, Reference, ReferenceRequest, TimelineEntry
from requests_app.personal_corrections import correct_reference
from requests_app.start.start import CandidateInfo
from tests.factories import make_organization
from tests.requests_app.factories import RequestScenario, answer, name_reference, sent_request

TWO_TOMS = ("Tom Beck", "tom@ledgerly.example"), ("Tom Beck", "tom.beck@other.example")


def asked(*people: tuple[str, str], candidate: CandidateInfo | None = None) -> RequestScenario:
    """A request whose two references were named and asked; the first has answered."""
    scenario = sent_request(make_organization(), candidate=candidate)
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        for number, (name, email) in enumerate(people, start=1):
            name_reference(scenario, number, name, email)
        nominate.send_invitations(scenario.reference_request)
    scenario.reread()
    answer(scenario, 1)
    return scenario


def erase(scenario: RequestScenario, number: int) -> None:
    with tenant(scenario.organization):
        erase_reference(scenario.reference(number))


def says(scenario: RequestScenario, sentence: str) -> bool:
    return sentence in scenario.timeline()


@pytest.mark.parametrize("erased", [1, 2])
def test_a_reference_with_the_same_name_keeps_it_in_the_timeline(erased: int) -> None:
    scenario = asked(*TWO_TOMS)
    answer(scenario, 2)
    assert scenario.timeline().count("Tom Beck sent the reference") == 2
    erase(scenario, erased)
    said = scenario.timeline()
    for sentence in ("{} sent the reference", "{} started"):
        assert said.count(sentence.format("Tom Beck")) == 1
        assert said.count(sentence.format("an erased reference")) == 1
    (listed,) = (sentence for sentence in said if "named 2 references" in sentence)
    assert (listed.count("an erased reference"), listed.count("Tom Beck")) == (1, 1)
    erase(scenario, 3 - erased)
    assert [sentence for sentence in scenario.timeline() if "Tom" in sentence] == []


def test_a_candidate_with_the_name_of_an_erased_reference_keeps_it() -> None:
    father = CandidateInfo("Tom", "Beck", "t.beck@candidates.example")
    scenario = asked(TWO_TOMS[0], ("Priya Nair", "priya@ledgerly.example"), candidate=father)
    subjects = [email.subject for email in scenario.emails() if email.about_uid == scenario.reference_request.uid]
    erase(scenario, 1)
    assert says(scenario, "Tom Beck started")
    assert says(scenario, "an erased reference sent the reference")
    after = [email.subject for email in scenario.emails() if email.about_uid == scenario.reference_request.uid]
    assert after == subjects


def test_correcting_one_of_two_people_with_the_same_name_renames_only_them() -> None:
    scenario = asked(*TWO_TOMS)
    with tenant(scenario.organization):
        correct_reference(scenario.reference(1), Correction(first_name="Thomas", last_name="Beck"))
    assert says(scenario, "Thomas Beck sent the reference")
    (listed,) = (sentence for sentence in scenario.timeline() if "named 2 references" in sentence)
    assert (listed.count("Thomas Beck"), listed.count("Tom Beck")) == (1, 1)
    answer(scenario, 2)
    assert says(scenario, "Tom Beck sent the reference")


def test_the_first_name_alone_goes_from_what_others_wrote_in_that_request() -> None:
    one, other = (asked(("Priya Nair", "priya@ledgerly.example"), ("Bo Chen", "bo@chen.example")) for _ in range(2))
    said = "Priya taught me, and I miss Priya's jokes. Ms. Nair is no priya shop, and Priya Menon works elsewhere."
    for scenario in (one, other):
        answer(scenario, 2, words=said)
        with tenant(scenario.organization):
            Reference.objects.filter(slot=2).update(relationship_comment="Ask Priya")
            ReferenceRequest.objects.update(personal_message="Priya knows")
    erase(one, 1)
    with tenant(one.organization):
        texts = set(Answer.objects.exclude(text="").values_list("text", flat=True))
        assert Reference.objects.get().relationship_comment == "Ask an erased reference"
    left = said.replace("Ms. Nair", "Priya").replace("Priya Menon", "…").replace("Priya", "an erased reference")
    assert texts == {left.replace("…", "Priya Menon")}
    assert one.reread().personal_message == "an erased reference knows"
    with tenant(other.organization):
        assert said in Answer.objects.values_list("text", flat=True)


def test_a_first_name_that_someone_else_in_the_request_has_too_stays() -> None:
    scenario = asked(("Maya Fischer", "maya@fischer.example"), ("Bo Chen", "bo@chen.example"))
    answer(scenario, 2, words="Maya is great. Maya Fischer says so too.")
    erase(scenario, 1)
    with tenant(scenario.organization):
        texts = set(Answer.objects.exclude(text="").values_list("text", flat=True))
    assert texts == {"Maya is great. an erased reference says so too."}


@pytest.mark.parametrize("state", [WorkState.PENDING, WorkState.HELD, WorkState.DEAD])
def test_an_unsent_message_to_someone_else_stays_and_loses_only_the_name(state: str) -> None:
    scenario = asked(("Ann O'Hara", "ann@ledgerly.example"), ("Bo Chen", "bo@chen.example"))
    with tenant(scenario.organization):
        (email,) = [each for each in scenario.emails() if each.about_uid == scenario.reference(2).uid]
        email.text, email.html = "Ann O'Hara and Ann also help.", "<p>Ann O&#x27;Hara and Ann also help.</p>"
        email.subject, email.state = "With Ann O'Hara", state
        email.save()
    erase(scenario, 1)
    with tenant(scenario.organization):
        email = Message.objects.get(pk=email.pk)
    assert email.text == "an erased reference and an erased reference also help."
    assert email.html == "<p>an erased reference and an erased reference also help.</p>"
    assert (email.subject, email.state) == ("With an erased reference", state)


def test_an_unsent_message_to_someone_with_the_same_name_still_addresses_them() -> None:
    scenario = asked(*TWO_TOMS)
    with tenant(scenario.organization):
        uid = scenario.reference(2).uid
        before = [email.text for email in scenario.emails() if email.about_uid == uid]
    erase(scenario, 1)
    with tenant(scenario.organization):
        assert [email.text for email in scenario.emails() if email.about_uid == uid] == before


def test_an_erased_owner_is_not_called_by_the_first_name_either() -> None:
    scenario = asked(("Priya Nair", "priya@ledgerly.example"), ("Bo Chen", "bo@chen.example"))
    answer(scenario, 2)
    with tenant(scenario.organization):
        ReferenceRequest.objects.update(personal_message="Write to Dana. Best, Dana Ruiz")
        person = Person(tuple(search(Sought(keys=email_keys("dana@acme.example")))))
        assert person.uids(PersonKind.READER)
        personal_data.erase(person)
        assert not TimelineEntry.objects.filter(sentence__contains="Dana").exists()
    assert scenario.reread().personal_message == "Write to an erased reader. Best, an erased reader"
