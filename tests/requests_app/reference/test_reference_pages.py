"""The reference's pages: start, one question a page, check, thanks; or no."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier

import pytest
from django.test import Client

from crosschq.tenancy.scope import tenant
from requests_app.models import Answer, DeclineReason, ReferenceState, RequestState, Response
from requests_app.reference import responses
from tests.requests_app.factories import Job, answer, in_thread, waiting_job
from tests.requests_app.pages import follow, heading, links, press_and_follow, text
from tests.templates_app.browsing import controls, errors, parsed, press

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone() -> Client:
    return Client()


@pytest.fixture
def job() -> Job:
    return waiting_job()


def started(job: Job, phone: Client) -> str:
    """The path of a link whose holder has pressed Start."""
    path = job.reference_path()
    phone.post(path + "start/")
    return path


def answers(job: Job) -> int:
    with tenant(job.organization):
        return int(Answer.objects.count())


def test_the_start_page_says_who_asks_who_reads_it_and_how_long_it_takes(job: Job, phone: Client) -> None:
    page = text(phone.get(job.reference_path()))
    for part in (
        "Maya Osei asks you for a reference",
        "Backend Engineer at Acme GmbH",
        "9 questions",
        "about 8 minutes",
        "Who reads it: the people at Acme GmbH",
        "Maya does not see it here",
        "Maya says: you were my manager, Ledgerly, 2021 to 2024",
    ):
        assert part in page


def test_opening_is_not_starting(job: Job, phone: Client) -> None:
    phone.get(job.reference_path())
    assert job.reference().state == ReferenceState.INVITED
    started(job, phone)
    assert job.reference().state == ReferenceState.STARTED


def test_the_reference_can_say_that_the_relation_is_not_quite_right(job: Job, phone: Client) -> None:
    page = phone.get(job.reference_path())
    assert "agreed" not in controls(page)
    press(phone, page, "Start", agreed="no", words="Only until 2023")
    assert (job.reference().relation_agreed, job.reference().relation_words) == (False, "Only until 2023")


def test_start_works_without_a_word_on_the_relation(job: Job, phone: Client) -> None:
    page = press_and_follow(phone, phone.get(job.reference_path()), "Start")
    assert "Question 1 of 9" in text(page)
    assert job.reference().relation_agreed is None


def test_a_rating_has_five_labels_and_a_way_out_and_nothing_is_preselected(job: Job, phone: Client) -> None:
    page = phone.get(started(job, phone) + "questions/1/")
    options = [one.get("value") for one in parsed(page).iter("input") if one.get("type") == "radio"]
    assert options == ["1", "2", "3", "4", "5", "not_seen"]
    assert "rating" not in controls(page)
    assert "I did not see this" in text(page)


def test_each_answer_is_saved_at_its_step_and_back_keeps_it(job: Job, phone: Client) -> None:
    path = started(job, phone)
    page = press_and_follow(
        phone, phone.get(path + "questions/1/"), "Save and continue", rating="2", text="Once, in May"
    )
    assert answers(job) == 1
    page = phone.get(links(page)["Back"])
    assert controls(page) == {"rating": "2", "text": "Once, in May"}
    assert "Question 2 of 9" in text(Client().get(path, follow=True))


def test_an_answer_left_out_is_asked_for_and_the_comment_kept(job: Job, phone: Client) -> None:
    page = phone.get(started(job, phone) + "questions/1/")
    page = press(phone, page, "Save and continue", text="It depends")
    assert errors(page) == ["Choose an answer, or the last one if you cannot tell"]
    assert controls(page)["text"] == "It depends"
    assert answers(job) == 0


def test_the_last_question_may_stay_empty(job: Job, phone: Client) -> None:
    path = started(job, phone)
    assert phone.post(path + "questions/8/", {"text": " "}).status_code == 200
    assert phone.post(path + "questions/9/", {"text": ""})["Location"] == path + "check/"


def test_answers_are_changed_from_the_page_that_shows_them(job: Job, phone: Client) -> None:
    answer(job, 1, send=False)
    path = job.reference_path()
    page = phone.get(path + "check/")
    page = phone.get(links(page)["Change answer 3"])
    page = press_and_follow(phone, page, "Save and continue", rating="not_seen")
    assert heading(page) == "Check your answers"
    assert "I did not see this" in text(page)


def test_sending_takes_all_required_answers_and_the_word_that_they_are_ones_own(job: Job, phone: Client) -> None:
    answer(job, 1, send=False)
    path = job.reference_path()
    with tenant(job.organization):
        Answer.objects.filter(question__position=4).delete()
    page = phone.post(path + "check/", {"own_words": "on"})
    assert "Question 4: answer it before you send" in text(page)
    phone.post(path + "questions/4/", {"rating": "3"})
    page = phone.post(path + "check/")
    assert errors(page) == ["Tick the box if these are your own words"]
    assert job.reference().state == ReferenceState.STARTED
    assert heading(follow(phone, phone.post(path + "check/", {"own_words": "on"}))) == "Thank you, Priya"


def test_answers_are_locked_once_they_are_sent(job: Job, phone: Client) -> None:
    answer(job, 1)
    path = job.reference_path()
    with tenant(job.organization):
        before = list(Answer.objects.values())
    for page, data in (("questions/1/", {"rating": "1"}), ("check/", {"own_words": "on"}), ("start/", {})):
        assert heading(phone.post(path + page, data, follow=True)) == "Thank you, Priya"
    assert heading(phone.post(path + "cannot/", {"reason": "no_time"}, follow=True)) == "Thank you, Priya"
    with tenant(job.organization):
        assert list(Answer.objects.values()) == before
    assert job.timeline().count("Priya Nair sent the reference") == 1


@pytest.mark.parametrize("reason", ["no_time", "not_close", "rather_not"])
def test_saying_no_gives_a_reason_to_the_team_and_none_to_the_candidate(job: Job, phone: Client, reason: str) -> None:
    path = job.reference_path()
    page = phone.get(links(phone.get(path))["I cannot give a reference"])
    assert errors(press(phone, page, "Send")) == ["Choose one of the reasons"]
    page = press_and_follow(phone, page, "Send", reason=reason)
    assert heading(page) == "Thank you for telling us"
    assert job.reference().decline_reason == reason
    label = str(DeclineReason(reason).label)
    assert label in job.timeline()[-1]
    assert label not in text(Client().get(job.candidate_path))
    assert job.reread().state == RequestState.WAITING_FOR_REFERENCES


def test_the_wrong_person_says_so_and_is_left_alone(job: Job, phone: Client) -> None:
    page = phone.get(links(phone.get(job.reference_path()))["I am not the right person"])
    page = press_and_follow(phone, page, "I am not the right person")
    assert "not the right person" in text(page)
    assert job.reference().decline_reason == DeclineReason.WRONG_PERSON
    assert len(job.emails("reference_declined")) == 1


def test_the_wrong_person_is_not_a_reason_of_the_list(job: Job, phone: Client) -> None:
    assert phone.post(job.reference_path() + "cannot/", {"reason": "wrong_person"}).status_code == 200
    assert job.reference().state == ReferenceState.INVITED


def test_questions_before_start_lead_to_the_start(job: Job, phone: Client) -> None:
    path = job.reference_path()
    assert phone.post(path + "questions/1/", {"rating": "5"})["Location"] == path
    assert answers(job) == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_sendings_at_once_one_set_of_answers_is_kept() -> None:
    job = waiting_job()
    answer(job, 1, send=False)
    path = job.reference_path()
    together = Barrier(8)

    def send(number: int) -> int:
        together.wait(10)
        if number % 2:
            return Client().post(path + "check/", {"own_words": "on"}).status_code
        return Client().post(path + "questions/1/", {"rating": str(number // 2 + 1)}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda number: in_thread(lambda: send(number)), range(8))) == {303}
    assert job.reference().state == ReferenceState.ANSWERED
    assert job.timeline().count("Priya Nair sent the reference") == 1
    with tenant(job.organization):
        assert Response.objects.count() == 1
        assert Answer.objects.count() == 9


@pytest.mark.django_db(transaction=True)
def test_a_late_save_does_not_change_what_is_being_sent() -> None:
    job = waiting_job()
    answer(job, 1, rating=4, send=False)
    path = job.reference_path()
    with ThreadPoolExecutor(1) as pool:
        with tenant(job.organization):
            responses.submit(job.reference_request, job.reference())
            late = pool.submit(in_thread, lambda: Client().post(path + "questions/1/", {"rating": "1"}).status_code)
            wait([late], timeout=0.5)
        assert late.result(10) == 303
    with tenant(job.organization):
        assert Answer.objects.get(question__position=1).rating == 4
