"""Explain reads the current state and gives the same reasons as the log."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from connectors.connection import connect
from connectors.models import Connection
from connectors.registry import vendor as vendor_of
from crosschq.core import clock
from crosschq.core.models import SecretLink
from crosschq.core.outbox import work_item
from crosschq.messaging.models import Message
from crosschq.tenancy.models import AuditEntry, Role, User
from crosschq.tenancy.scope import tenant
from tests.background import press, settled
from tests.factories import make_member, make_organization, signed_in
from tests.vendor import Vendor
from tests.webhooks.moves import event_of, events_of, last_call, move_and_decide, requests_of
from webhooks.explain.explain import ask, send
from webhooks.models import InboundEvent

MAYA, JOB = "Maya Osei", "Backend Engineer"
CANDIDATE_ID, JOB_ID = "0e6b06f7-b56c-4507-8da1-9567a7bf6d24", "7c0d3f2a-5b1e-4f0a-9d53-4a9b2f1f6c11"


def explained(connection: Connection, text: str) -> tuple[str, str]:
    """The outcome and its sentence, where there is one match."""
    explanation = ask(connection, text).explanation
    assert explanation
    assert "%(" not in explanation.sentence + explanation.fix
    return explanation.outcome, explanation.sentence


def link_of(vendor: Vendor, name: str, job: str = "") -> str:
    on_job = f"?jobId={vendor.job(job)}" if job else ""
    return f"https://www.smartrecruiters.com/app/people/profile/{vendor.candidate(name)['id']}{on_job}"


@pytest.mark.parametrize(
    ("text", "job_id"),
    [
        (CANDIDATE_ID, ""),
        (f"https://www.smartrecruiters.com/app/people/{CANDIDATE_ID}/messages", ""),
        (f"https://smartrecruiters.com/app/people/candidates/{CANDIDATE_ID}", ""),
        (f"www.smartrecruiters.com/app/people/profile/{CANDIDATE_ID.upper()}", ""),
        (f"https://www.smartrecruiters.com/app/people/profile/{CANDIDATE_ID}/job/{JOB_ID}/interview", JOB_ID),
        (f"https://www.smartrecruiters.com/app/jobs/details/{JOB_ID}/people?candidateId={CANDIDATE_ID}", JOB_ID),
        (f"https://www.smartrecruiters.com/app/#/people/{CANDIDATE_ID}?jobId={JOB_ID}", JOB_ID),
        (f"https://api.smartrecruiters.com/candidates/{CANDIDATE_ID}/jobs/{JOB_ID}", JOB_ID),
        (f"candidates/{CANDIDATE_ID}/jobs/{JOB_ID}", JOB_ID),
        (f"#[CANDIDATE:{CANDIDATE_ID}]", ""),
    ],
)
def test_links_in_many_forms_are_parsed(text: str, job_id: str) -> None:
    target = vendor_of("smartrecruiters").parse_link(text)
    assert target
    assert (target.kind, target.candidate_id.lower(), target.job_id) == ("candidate", CANDIDATE_ID, job_id)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"https://www.smartrecruiters.com/app/people/applications/{CANDIDATE_ID}", "application"),
        (f"https://www.smartrecruiters.com/app/jobs/details/{JOB_ID}", "other"),
        ("https://example.com/", "other"),
        ("https://[", "other"),
    ],
)
def test_a_link_without_a_candidate_is_reported(text: str, kind: str) -> None:
    target = vendor_of("smartrecruiters").parse_link(text)
    assert target
    assert target.kind == kind


@pytest.mark.parametrize("text", ["Maya Osei", "maya.osei@example.com", "Candida Jobson", "a/b", "0e6b06f7"])
def test_plain_words_are_not_a_link(text: str) -> None:
    assert vendor_of("smartrecruiters").parse_link(text) is None


def test_a_candidate_at_another_step_is_explained_without_an_event(vendor: Vendor, live: Connection) -> None:
    for text in (MAYA, "maya.osei@example.com", link_of(vendor, MAYA), link_of(vendor, MAYA, JOB)):
        target = explained(live, text)
        assert target == ("no.other_step", "The candidate is at “Phone interview”, not at “Crosschq”.")
    assert events_of(live) == []


def test_a_candidate_who_left_the_step_is_explained_with_dates(vendor: Vendor, live: Connection) -> None:
    vendor.move(MAYA, JOB)
    vendor.move(MAYA, JOB, step="On-site interview")
    outcome, sentence = explained(live, MAYA)
    assert outcome == "no.moved_on"
    assert sentence.startswith("Maya Osei reached “Crosschq” on")
    assert "was moved to “On-site interview” on" in sentence


def test_someone_in_the_talent_pool_must_first_be_a_candidate(vendor: Vendor, live: Connection) -> None:
    explanation = ask(live, link_of(vendor, "Ravi Menon")).explanation
    assert explanation
    assert (explanation.outcome, explanation.match.name) == ("no.not_applied", "Ravi Menon")
    assert "talent pool" in explanation.sentence
    assert "First make them a candidate for a job" in explanation.fix
    answer = ask(live, "Ravi Menon")
    assert answer.explanation is None
    assert "talent pool must first be a candidate" in answer.fix


def test_a_candidate_for_other_jobs_gets_their_own_explanation(vendor: Vendor, live: Connection) -> None:
    outcome, sentence = explained(live, link_of(vendor, MAYA, "Sales Lead"))
    assert (outcome, sentence) == ("no.not_applied", "Maya Osei is a candidate for other jobs, but not for this one.")


def test_each_job_of_a_candidate_is_offered(vendor: Vendor, live: Connection) -> None:
    answer = ask(live, "Inês")
    assert [match.job_title for match in answer.matches] == ["Data Analyst", "Backend Engineer"]
    chosen = answer.matches[1]
    explanation = ask(live, "", chosen=(chosen.candidate_id, chosen.job_id)).explanation
    assert explanation
    assert (explanation.outcome, explanation.match.job_title) == ("no.other_step", "Backend Engineer")


def test_an_exact_email_excludes_other_matches(vendor: Vendor, live: Connection) -> None:
    assert len(ask(live, "example.com").matches) > 3
    explanation = ask(live, "SAM.KELLER@example.com").explanation
    assert explanation
    assert explanation.match.name == "Sam Keller"


def test_a_long_list_of_matches_is_cut_with_a_note(vendor: Vendor, live: Connection) -> None:
    jobs = [{"title": "Host", "tag": "eng"}]
    vendor.tell(
        "seed", jobs=jobs, candidates=[{"first_name": f"Eva {n}", "last_name": "Elo", "job_id": 0} for n in range(30)]
    )
    before = last_call(vendor)
    answer = ask(live, "e")
    assert (len(answer.matches), answer.more) == (20, True)
    assert vendor.calls(after=before).count("GET /candidates") == 1


@pytest.mark.parametrize(
    ("name", "job", "outcome"),
    [
        ("Jonas Lind", "Sales Lead", "no.tag_empty"),
        ("Inês Duarte", "Data Analyst", "no.tag_unknown"),
        ("Tomasz Nowak", "Backend Engineer", "no.no_address"),
    ],
)
def test_explain_gives_the_same_reasons_as_the_log(
    vendor: Vendor, live: Connection, name: str, job: str, outcome: str
) -> None:
    event = move_and_decide(live, vendor, name, job)
    target = explained(live, link_of(vendor, name, job))
    assert target == (outcome, event.sentence)
    assert event.outcome == outcome


def test_the_switch_is_checked_first(vendor: Vendor, live: Connection, admin: User) -> None:
    vendor.move(MAYA, JOB)
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=False, actor=admin)
        live.refresh_from_db()
    assert explained(live, MAYA) == (
        "no.switch_off",
        "“Make Candidate Requests from SmartRecruiters” is off.",
    )


def test_a_candidate_at_the_step_before_requests_were_on_is_explained(vendor: Vendor, live: Connection) -> None:
    vendor.move(MAYA, JOB)
    with tenant(live.organization):
        Connection.objects.update(requests_on_since=clock.now() + timedelta(minutes=5))
        live.refresh_from_db()
    assert explained(live, MAYA)[0] == "no.stood_there"


def test_an_old_move_needs_a_confirmation(vendor: Vendor, live: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor.move(MAYA, JOB)
    later = clock.now() + timedelta(hours=49)
    monkeypatch.setattr("webhooks.decision.evaluation.clock.now", lambda: later)
    monkeypatch.setattr("connectors.calls.gateway.EARLY", timedelta(hours=-100))
    assert explained(live, MAYA)[0] == "hold.old"


def test_an_open_request_is_linked(vendor: Vendor, live: Connection) -> None:
    move_and_decide(live, vendor, MAYA, JOB)
    answer = ask(live, MAYA)
    assert answer.explanation
    assert answer.explanation.outcome == "no.already_open"
    assert answer.explanation.reference_request_uid == requests_of(live)[0].uid
    assert [event.outcome for event in answer.events] == ["sent.matched"]


def test_explain_reads_the_current_job(vendor: Vendor, live: Connection) -> None:
    move_and_decide(live, vendor, "Jonas Lind", "Sales Lead")
    vendor.tell("job-tag", job_id=vendor.job("Sales Lead"), tag="eng")
    explanation = ask(live, "Jonas Lind").explanation
    assert explanation
    assert explanation.outcome == "clear"
    assert "anymore" in explanation.sentence
    assert explanation.may_send


def test_asking_sends_nothing_and_writes_no_event(vendor: Vendor, live: Connection) -> None:
    vendor.move(MAYA, JOB)
    outcome, sentence = explained(live, MAYA)
    assert outcome == "clear"
    assert "hasn't sent us this move" in sentence
    with tenant(live.organization):
        assert not InboundEvent.objects.exists()
        assert not Message.objects.exists()
        assert not SecretLink.objects.exists()
    assert requests_of(live) == []


def test_a_request_can_be_sent_from_there_and_only_once(vendor: Vendor, live: Connection, admin: User) -> None:
    vendor.move(MAYA, JOB)
    ids = (vendor.candidate_id(MAYA), vendor.job(JOB))
    sent = []
    for number in range(2):
        with tenant(live.organization):
            sent.append(send(live, *ids, actor=admin, event_id=f"asked:{number}"))
        work_item.drain(InboundEvent)
    assert len(requests_of(live)) == 1
    assert event_of(live, sent[1].event_id).outcome == "no.already_open"
    with tenant(live.organization):
        assert AuditEntry.objects.filter(action="event.ask").count() == 2


def test_an_unknown_name_still_shows_events_from_the_log(vendor: Vendor, live: Connection) -> None:
    move_and_decide(live, vendor, "Jonas Lind", "Sales Lead")
    vendor.tell("delete", candidate_id=vendor.candidate_id("Jonas Lind"))
    answer = ask(live, "Jonas Lind")
    assert answer.sentence == "We found no candidate on a job for “Jonas Lind”."
    assert [event.outcome for event in answer.events] == ["no.tag_empty"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (503, "busy or down"),
        (403, "doesn't let us read candidates. This needs “Access Candidates”"),
        (401, "can't see it"),
    ],
)
def test_an_ats_error_is_shown(vendor: Vendor, live: Connection, status: int, said: str) -> None:
    move_and_decide(live, vendor, "Jonas Lind", "Sales Lead")
    vendor.tell("faults", route="GET /candidates/{id}", kind="status", status=status, times=5)
    answer = ask(live, link_of(vendor, "Jonas Lind"))
    assert answer.explanation is None
    assert said in answer.sentence
    assert answer.fix
    assert [event.outcome for event in answer.events] == ["no.tag_empty"]


# The page


@pytest.fixture
def browser(live: Connection, client: Client) -> Client:
    return signed_in(client, make_member(live.organization, Role.RECRUITER))


def url(connection: Connection, name: str = "explain") -> str:
    return reverse(f"events:{name}", args=[connection.organization.slug, "smartrecruiters"])


def posted(browser: Client, connection: Connection, **data: Any) -> str:
    answer = press(browser, url(connection), data)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_page_explains_and_shows_the_log_next_to_it(vendor: Vendor, live: Connection, browser: Client) -> None:
    assert "Explain" in browser.get(url(live)).content.decode()
    move_and_decide(live, vendor, "Jonas Lind", "Sales Lead")
    text = posted(browser, live, text="lind")
    assert "The job “Sales Lead” has an empty Crosschq tag." in text
    assert "From the event log" in text
    assert reverse("events:detail", args=[live.organization.slug, "smartrecruiters", events_of(live)[0].uid]) in text


def test_one_of_several_is_chosen_on_the_page(vendor: Vendor, live: Connection, browser: Client) -> None:
    text = posted(browser, live, text="Inês")
    assert "Which one?" in text
    ids = {"candidate_id": vendor.candidate_id("Inês Duarte"), "job_id": vendor.job("Data Analyst")}
    assert ids["job_id"] in text
    assert "Inês Duarte, Data Analyst" in posted(browser, live, text="Inês", **ids)


def test_the_button_sends_and_leads_to_the_event(vendor: Vendor, live: Connection, browser: Client) -> None:
    vendor.move(MAYA, JOB)
    assert "Send request" in posted(browser, live, text=MAYA)
    ids = {"candidate_id": vendor.candidate_id(MAYA), "job_id": vendor.job(JOB)}
    leading = browser.post(url(live, "explain_send"), ids)
    settled(browser, leading)
    work_item.drain(InboundEvent)
    assert "Request sent" in browser.get(leading["Location"], follow=True).content.decode()


@pytest.mark.parametrize(
    "data",
    [{}, {"text": ""}, {"text": "x"}, {"text": "x" * 501}, {"candidate_id": "x" * 101}],
)
def test_odd_questions_are_asked_again(live: Connection, browser: Client, data: dict[str, str]) -> None:
    assert "Error: " in posted(browser, live, **data)


@pytest.mark.parametrize(
    "data",
    [{"text": "../../jobs"}, {"text": "https://["}, {"text": "😀%00<b>"}, {"candidate_id": "..", "job_id": "../x"}],
)
def test_every_question_gets_an_answer(live: Connection, browser: Client, data: dict[str, str]) -> None:
    text = posted(browser, live, **data)
    assert "<b>" not in text.replace("<b>Crosschq", "")


def test_the_log_and_the_connection_page_link_to_explain(live: Connection, browser: Client, admin: User) -> None:
    assert url(live) in browser.get(url(live, "list")).content.decode()
    signed_in(browser, admin)
    manage = reverse("connectors:manage", args=[live.organization.slug, "smartrecruiters"])
    assert url(live) in browser.get(manage).content.decode()


# The command


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("explain", *arguments)
    return capsys.readouterr().out


def test_the_command_says_what_the_page_says(
    vendor: Vendor, live: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    move_and_decide(live, vendor, "Jonas Lind", "Sales Lead")
    said = run(capsys, live.organization.slug, "jonas.lind@example.com")
    explanation = ask(live, "jonas.lind@example.com").explanation
    assert explanation
    assert f"Not sent: {explanation.sentence}" in said
    assert explanation.fix in said
    assert "x Job field: Crosschq tag is empty" in said
    assert "In the event log:" in said


def test_the_command_lists_several_matches_with_usable_links(
    vendor: Vendor, live: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    said = run(capsys, live.organization.slug, "Inês")
    link = next(word for line in said.splitlines() for word in line.split() if word.startswith("candidates/"))
    assert "Inês Duarte, Data Analyst" in run(capsys, live.organization.slug, link)


def test_the_command_refuses_what_it_cannot_ask(db: None) -> None:
    with pytest.raises(CommandError, match="no organization"):
        call_command("explain", "nobody", "Maya")
    with pytest.raises(CommandError, match="not connected"):
        call_command("explain", make_organization().slug, "Maya")
