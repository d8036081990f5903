"""The reference's pages: start, one question per page, review, thanks; or decline."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.test import Client

from crosschq.tenancy.scope import tenant
from requests_app.models import Answer, DeclineReason, ReferenceState, RequestState, Response
from requests_app.reference import responses
from tests.locks import waits_for_a_lock
from tests.patience import SECONDS
from tests.privacy.desk_pages import admin_of
from tests.requests_app.factories import RequestScenario, answer, in_thread, waiting_request
from tests.requests_app.pages import follow, heading, links, press_and_follow, text
from tests.templates_app.browsing import controls, errors, parsed, press

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone() -> Client:
    return Client()


@pytest.fixture
def scenario() -> RequestScenario:
    return waiting_request()


def started(scenario: RequestScenario, phone: Client) -> str:
    """The path of a started reference's link."""
    path = scenario.reference_path()
    phone.post(path + "start/")
    return path


def answers(scenario: RequestScenario) -> int:
    with tenant(scenario.organization):
        return int(Answer.objects.count())


def test_the_start_page_says_who_asks_who_reads_it_and_how_long_it_takes(
    scenario: RequestScenario, phone: Client
) -> None:
    page = text(phone.get(scenario.reference_path()))
    for part in (
        "Maya Osei asks you for a reference",
        "Backend Engineer at Acme GmbH",
        "9 questions",
        "about 8 minutes",
        "Who reads your answers: the people hiring at Acme GmbH",
        "Maya doesn't see your answers here",
        "Maya says you were their manager at Ledgerly, 2021 to 2024",
    ):
        assert part in page


def test_opening_is_not_starting(scenario: RequestScenario, phone: Client) -> None:
    phone.get(scenario.reference_path())
    assert scenario.reference().state == ReferenceState.INVITED
    started(scenario, phone)
    assert scenario.reference().state == ReferenceState.STARTED


def test_the_reference_can_say_that_the_relationship_is_not_quite_right(
    scenario: RequestScenario, phone: Client
) -> None:
    page = phone.get(scenario.reference_path())
    assert "agreed" not in controls(page)
    press(phone, page, "Start", agreed="no", words="Only until 2023")
    assert (scenario.reference().relationship_confirmed, scenario.reference().relationship_comment) == (
        False,
        "Only until 2023",
    )


def test_the_comment_on_the_relationship_is_optional(scenario: RequestScenario, phone: Client) -> None:
    page = press_and_follow(phone, phone.get(scenario.reference_path()), "Start")
    assert "Question 1 of 9" in text(page)
    assert scenario.reference().relationship_confirmed is None


def test_a_rating_has_five_labels_and_an_opt_out_and_nothing_is_preselected(
    scenario: RequestScenario, phone: Client
) -> None:
    page = phone.get(started(scenario, phone) + "questions/1/")
    options = [one.get("value") for one in parsed(page).iter("input") if one.get("type") == "radio"]
    assert options == ["1", "2", "3", "4", "5", "not_seen"]
    assert "rating" not in controls(page)
    assert "I did not see this" in text(page)


def test_each_answer_is_saved_at_its_step_and_back_keeps_it(scenario: RequestScenario, phone: Client) -> None:
    path = started(scenario, phone)
    page = press_and_follow(
        phone, phone.get(path + "questions/1/"), "Save and continue", rating="2", text="Once, in May"
    )
    assert answers(scenario) == 1
    page = press_and_follow(phone, page, "Back")
    assert controls(page) == {"rating": "2", "text": "Once, in May"}
    assert "Question 2 of 9" in text(Client().get(path, follow=True))


def test_a_missing_answer_gets_an_error_and_the_comment_is_kept(scenario: RequestScenario, phone: Client) -> None:
    page = phone.get(started(scenario, phone) + "questions/1/")
    page = press(phone, page, "Save and continue", text="It depends")
    assert errors(page) == ["Choose an answer, or the last option if you can't tell"]
    assert controls(page)["text"] == "It depends"
    assert answers(scenario) == 0


def test_the_last_question_is_optional(scenario: RequestScenario, phone: Client) -> None:
    path = started(scenario, phone)
    assert phone.post(path + "questions/8/", {"text": " "}).status_code == 200
    assert phone.post(path + "questions/9/", {"text": ""})["Location"] == path + "check/"


def test_answers_can_be_changed_from_the_review_page(scenario: RequestScenario, phone: Client) -> None:
    answer(scenario, 1, send=False)
    path = scenario.reference_path()
    page = phone.get(path + "check/")
    page = phone.get(links(page)["Change answer 3"])
    page = press_and_follow(phone, page, "Save and continue", rating="not_seen")
    assert heading(page) == "Check your answers"
    assert "I did not see this" in text(page)


def test_submitting_requires_all_mandatory_answers_and_the_confirmation(
    scenario: RequestScenario, phone: Client
) -> None:
    answer(scenario, 1, send=False)
    path = scenario.reference_path()
    with tenant(scenario.organization):
        Answer.objects.filter(question__position=4).delete()
    page = phone.post(path + "check/", {"own_words": "on"})
    assert "Question 4: answer it before you send" in text(page)
    phone.post(path + "questions/4/", {"rating": "3"})
    page = phone.post(path + "check/")
    assert errors(page) == ["Check the box if these are your own words"]
    assert scenario.reference().state == ReferenceState.STARTED
    assert heading(follow(phone, phone.post(path + "check/", {"own_words": "on"}))) == "Thank you, Priya"


def test_answers_are_locked_once_submitted(scenario: RequestScenario, phone: Client) -> None:
    answer(scenario, 1)
    path = scenario.reference_path()
    with tenant(scenario.organization):
        before = list(Answer.objects.values())
    for page, data in (("questions/1/", {"rating": "1"}), ("check/", {"own_words": "on"}), ("start/", {})):
        assert heading(phone.post(path + page, data, follow=True)) == "Thank you, Priya"
    assert heading(phone.post(path + "cannot/", {"reason": "no_time"}, follow=True)) == "Thank you, Priya"
    with tenant(scenario.organization):
        assert list(Answer.objects.values()) == before
    assert scenario.timeline().count("Priya Nair sent the reference") == 1


@pytest.mark.parametrize("reason", ["no_time", "not_close", "rather_not"])
def test_a_reason_for_declining_is_shown_to_the_team_and_not_to_the_candidate(
    scenario: RequestScenario, phone: Client, reason: str
) -> None:
    path = scenario.reference_path()
    page = phone.get(links(phone.get(path))["I can't give a reference"])
    assert errors(press(phone, page, "Send")) == ["Choose one of the reasons"]
    page = press_and_follow(phone, page, "Send", reason=reason)
    assert heading(page) == "Thank you for telling us"
    assert scenario.reference().decline_reason == reason
    label = str(DeclineReason(reason).label)
    assert label in text(
        admin_of(scenario.organization).get(
            f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/"
        )
    )
    assert label not in text(Client().get(scenario.candidate_path))
    assert scenario.reread().state == RequestState.WAITING_FOR_REFERENCES


def test_a_wrong_person_can_say_so_and_is_not_contacted_again(scenario: RequestScenario, phone: Client) -> None:
    page = phone.get(links(phone.get(scenario.reference_path()))["I'm not the right person"])
    page = press(phone, page, "I'm not the right person")
    assert scenario.reference().state == ReferenceState.INVITED  # an email scanner presses one button
    page = press_and_follow(phone, page, "Yes, ask someone else")
    assert "not the right person" in text(page)
    assert scenario.reference().decline_reason == DeclineReason.WRONG_PERSON
    assert len(scenario.emails("reference_declined")) == 1


def test_the_wrong_person_is_not_a_reason_in_the_list(scenario: RequestScenario, phone: Client) -> None:
    assert phone.post(scenario.reference_path() + "cannot/", {"reason": "wrong_person"}).status_code == 200
    assert scenario.reference().state == ReferenceState.INVITED


def test_questions_before_the_start_lead_to_the_start_page(scenario: RequestScenario, phone: Client) -> None:
    path = scenario.reference_path()
    assert phone.post(path + "questions/1/", {"rating": "5"})["Location"] == path
    assert answers(scenario) == 0


@pytest.mark.django_db(transaction=True)
def test_concurrent_submissions_store_one_set_of_answers() -> None:
    scenario = waiting_request()
    answer(scenario, 1, send=False)
    path = scenario.reference_path()
    together = Barrier(8)

    def send(number: int) -> int:
        together.wait(SECONDS)
        if number % 2:
            return Client().post(path + "check/", {"own_words": "on"}).status_code
        return Client().post(path + "questions/1/", {"rating": str(number // 2 + 1)}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda number: in_thread(lambda: send(number)), range(8))) == {303}
    assert scenario.reference().state == ReferenceState.ANSWERED
    assert scenario.timeline().count("Priya Nair sent the reference") == 1
    with tenant(scenario.organization):
        assert Response.objects.count() == 1
        assert Answer.objects.count() == 9


@pytest.mark.django_db(transaction=True)
def test_a_late_save_does_not_change_what_is_being_submitted() -> None:
    scenario = waiting_request()
    answer(scenario, 1, rating=4, send=False)
    path = scenario.reference_path()
    with ThreadPoolExecutor(1) as pool:
        with tenant(scenario.organization):
            responses.submit(scenario.reference_request, scenario.reference())
            late = pool.submit(in_thread, lambda: Client().post(path + "questions/1/", {"rating": "1"}).status_code)
            waits_for_a_lock(late)
        assert late.result(SECONDS) == 303
    with tenant(scenario.organization):
        assert Answer.objects.get(question__position=1).rating == 4
