"""The list of requests: what needs a person first, and everything that selects, orders, and pages it in the URL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crosschq.core import clock
from crosschq.core.text.email_keys import address_key
from crosschq.messaging.callbacks import providers
from crosschq.messaging.models import DeliveryStatus, Message
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from requests_app.attention import stored
from requests_app.completion import complete
from requests_app.models import DeclineReason, ReferenceRequest
from requests_app.reference import decline
from requests_app.staff import paging, queries
from requests_app.start.ownership import hand_over
from requests_app.start.start import CandidateInfo
from tests.extent import in_full
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, answer, ready_request, sent_request, waiting_request
from tests.requests_app.pages import links, text
from tests.requests_app.staff.crowd import crowd
from tests.templates_app.browsing import parsed, tables, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Organization:
    return make_organization()


def browser_of(organization: Organization, role: Role = Role.RECRUITER, email: str = "") -> Client:
    user = make_user(name="Dana Ruiz", **({"email": email} if email else {}))
    return signed_in(Client(), make_member(organization, role, user))


def listed(browser: Client, organization: Organization, **query: str) -> Any:
    return browser.get(f"/o/{organization.slug}/requests/", query)


def names(response: object) -> list[str]:
    found = tables(response)
    return [row[0].split()[0] for row in found[0][1:]] if found else []


def row(response: object, number: int = 0) -> list[str]:
    return tables(response)[0][number + 1]


def named(name: str) -> CandidateInfo:
    return CandidateInfo(name, "Osei", f"{name.lower()}@candidates.example")


def pressed(response: object) -> list[str]:
    return [words(each) for each in parsed(response).iter("button")]


def counted(queries: CaptureQueriesContext) -> int:
    """The number of queries outside a test, where a scope is a transaction and not a savepoint that must be undone."""
    nested = ("SAVEPOINT", "RELEASE SAVEPOINT", "SELECT set_config")
    return 1 + sum(not query["sql"].startswith(nested) for query in queries.captured_queries)


def change(scenario: RequestScenario, **columns: Any) -> None:
    with tenant(scenario.organization):
        ReferenceRequest.objects.filter(pk=scenario.reference_request.pk).update(**columns)
        stored.refresh([scenario.reference_request.pk])


def bounce(organization: Organization, address: str) -> None:
    with tenant(organization):
        message = Message.objects.select_related("organization").filter(to_email=address).latest("pk")
    providers.store_report(
        message, providers.DeliveryReport("Test", "1", "bounced", DeliveryStatus.BOUNCED, clock.now())
    )


def test_the_empty_list_says_what_will_appear(acme: Organization) -> None:
    assert "No requests yet" in text(listed(browser_of(acme, Role.VIEWER), acme))


def test_one_press_shows_what_needs_a_person_and_how_to_solve_it(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert queries.bounded(1001) == "1,000+"
    monkeypatch.setattr(queries, "MOST_COUNTED", 150)
    crowd(acme, open_requests=100, ended=60)
    browser = browser_of(acme, email="dana@acme.example")
    with CaptureQueriesContext(connection) as captured:
        page = listed(browser, acme)
    assert counted(captured) <= 12
    shown = tables(page)[0][1:]
    assert {each[1].split()[0] for each in shown} == {"Declined", "Overdue"}
    assert {each[-1].split(" Maya")[0] for each in shown} == {"Send reminder", "Change due date"}
    with tenant(acme):
        mine = ReferenceRequest.objects.filter(owner_email="dana@acme.example", attention_at__lte=clock.now())
        assert len(shown) == mine.count()
    assert [label for label in links(page) if label[-1:].isdigit() or label.endswith("+")][:5] == [
        f"Needs you {len(shown)}", "In progress 50", "Ready 15", "Canceled and expired 15", "Any state 80",
    ]  # fmt: skip
    assert "Any state 150+" in text(listed(browser, acme, view="all"))
    assert len(page.content) < 40_000


def test_each_group_of_states_is_a_link_with_its_count(acme: Organization) -> None:
    sent_request(acme, candidate=named("Open"))
    late = sent_request(acme, candidate=named("Late"))
    ready_request(acme, candidate=named("Done"))
    gone = sent_request(acme, candidate=named("Gone"))
    change(late, due_at=clock.now() - timedelta(1))
    with tenant(acme):
        complete.cancel(gone.reference_request, actor="Dana")
    browser = browser_of(acme)
    shown = {
        "": ["Late"],
        "needs": ["Late"],
        "open": ["Late", "Open"],
        "done": ["Done"],
        "ended": ["Gone"],
        "all": ["Gone", "Done", "Late", "Open"],
        "nonsense": ["Gone", "Done", "Late", "Open"],
    }
    for group, expected in shown.items():
        assert names(listed(browser, acme, state=group)) == expected
    tabs = [label for label in links(listed(browser, acme)) if label[-1:].isdigit()]
    assert tabs == ["Needs you 1", "In progress 2", "Ready 1", "Canceled and expired 1", "Any state 4"]


def test_when_nothing_needs_a_person_the_open_requests_come_first(acme: Organization) -> None:
    sent_request(acme)
    browser = browser_of(acme)
    assert names(listed(browser, acme)) == ["Maya"]
    assert "Nothing needs you" in text(listed(browser, acme, state="needs"))


def test_a_member_sees_their_own_requests_first_and_others_see_all(acme: Organization) -> None:
    sent_request(acme, candidate=named("Dana's"))
    change(sent_request(acme, candidate=named("Bo's")), owner_email="bo@acme.example")
    dana = browser_of(acme, email="Dana+work@acme.example")
    assert names(listed(dana, acme)) == ["Dana's"]
    assert names(listed(dana, acme, view="all")) == ["Bo's", "Dana's"]
    nobody = browser_of(acme, email="nobody@acme.example")
    assert "You own no requests, so you see everyone's." in text(listed(nobody, acme))
    assert names(listed(nobody, acme)) == ["Bo's", "Dana's"]
    assert "You have no requests" in text(listed(nobody, acme, view="mine", state="open"))
    with tenant(acme):
        hand_over(from_email="dana@acme.example", to_name="Bo Lund", to_email="bo@acme.example", actor="Ana")
    assert names(listed(dana, acme)) == ["Bo's", "Dana's"]


def test_the_database_compares_owners_like_other_addresses(acme: Organization) -> None:
    scenario = sent_request(acme)
    for address in ("dana@acme.example", "Dana.Ruiz+x@Acme.Example", "D.an.a+1@GoogleMail.com", "a.b@mail.com"):
        change(scenario, owner_email=address)
        assert scenario.reread().owner_key == address_key(address)


SELECTIONS: list[tuple[dict[str, str], list[str]]] = [
    ({"q": "maya"}, ["Maya"]),
    ({"q": "OSEI maya"}, ["Maya"]),
    ({"q": "backend"}, ["Jón", "Maya"]),
    ({"q": "tom bec"}, ["Jón"]),  # a reference
    ({"q": "jon"}, ["Jón"]),
    ({"q": "ledgerly"}, []),
    ({"q": "engin"}, ["Jón", "Maya"]),
    ({"q": "(osei)"}, ["Maya"]),
    ({"q": "sei"}, []),  # words are found by their beginning
    ({"q": "zzz"}, []),
    ({"q": "\x00%_"}, []),
    ({"owner": "bo@acme.example"}, ["Jón"]),
    ({"owner": "dana@acme.example", "status": "sent"}, ["Maya"]),
    ({"owner": "dana@acme.example", "status": "waiting_for_references"}, []),
    ({"owner": "nobody@acme.example"}, ["Jón", "Maya"]),
    ({"job": "Backend Engineer"}, ["Jón", "Maya"]),
    ({"job": "A job of the past"}, []),
    ({"due": "overdue"}, ["Maya"]),
    ({"due": "7"}, ["Jón"]),
    ({"due": "3"}, []),
    ({"due": "nonsense", "template": "nonsense", "sort": "nonsense"}, ["Jón", "Maya"]),
    ({"sort": "candidate"}, ["Jón", "Maya"]),
    ({"sort": "due"}, ["Maya", "Jón"]),
    ({"sort": "newest"}, ["Jón", "Maya"]),
    ({"sort": "urgent"}, ["Maya", "Jón"]),
    ({"after": "nonsense"}, ["Jón", "Maya"]),
]


def test_each_filter_search_and_order_selects_its_requests(acme: Organization) -> None:
    change(sent_request(acme, candidate=named("Maya")), due_at=clock.now() - timedelta(1))
    other = waiting_request(acme, candidate=CandidateInfo("Jón", "Þór", "j@x.example"))
    change(other, owner_email="bo@acme.example", owner_name="Bo Lund", due_at=clock.now() + timedelta(5))
    browser = browser_of(acme)
    for query, expected in SELECTIONS:
        page = listed(browser, acme, view="all", state="open", **query)
        assert (query, names(page)) == (query, expected)


def test_a_template_filters_the_requests_of_all_its_versions(acme: Organization) -> None:
    first, second = sent_request(acme, candidate=named("One")), sent_request(acme, candidate=named("Two"))
    uid = first.reference_request.version.template.uid
    assert second.reference_request.version.template.uid != uid
    assert names(listed(browser_of(acme), acme, template=str(uid))) == ["One"]


def test_without_a_match_the_page_names_the_filters_and_clears_them(acme: Organization) -> None:
    sent_request(acme)
    browser = browser_of(acme)
    page = listed(browser, acme, view="all", state="open", q="zzz", due="7")
    assert "In “In progress” with these filters: Candidate, job, or reference: zzz · Due: In the next 7 days" in text(
        page
    )
    assert names(browser.get(f"/o/{acme.slug}/requests/{links(page)['Clear filters']}")) == ["Maya"]
    assert "view=all" in links(page)["Look in all states"]


def test_pages_keep_the_filters_and_take_no_more_queries(acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    assert paging.PAGE_ROWS == 50
    monkeypatch.setattr(paging, "PAGE_ROWS", 15)
    crowd(acme, open_requests=40, ended=10)
    browser = browser_of(acme)
    for sort in ("newest", "due", "candidate", "urgent"):
        found, costs = [listed(browser, acme, view="all", state="open", sort=sort)], [0]
        while following := links(found[-1]).get("Next"):
            assert f"sort={sort}" in following
            with CaptureQueriesContext(connection) as captured:
                found.append(browser.get(f"/o/{acme.slug}/requests/{following}"))
            costs.append(counted(captured))
        shown = [[each[0] for each in tables(page)[0][1:]] for page in found]
        assert [len(each) for each in shown] == [15, 15, 10]
        assert len({one for each in shown for one in each}) == 40
        assert max(costs) <= 12
        back = browser.get(f"/o/{acme.slug}/requests/{links(found[-1])['Previous']}")
        assert [each[0] for each in tables(back)[0][1:]] == shown[1]


@pytest.mark.parametrize("most", [1, 2000])
@pytest.mark.in_full
def test_pages_of_a_search_show_each_request_once_however_common_its_words_are(
    acme: Organization, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(paging, "PAGE_ROWS", 5)
    monkeypatch.setattr(queries, "MOST_SAMPLED", most)
    crowd(acme, open_requests=40, ended=10)
    browser = browser_of(acme)
    with tenant(acme):
        wanted = {each.candidate_name for each in ReferenceRequest.objects.filter(job_title="Nurse")}

    def candidates(page: object) -> list[str]:
        return [each[0].removesuffix("Nurse") for each in tables(page)[0][1:]]

    for sort in queries.SORTS if in_full() else (queries.URGENT, queries.BY_NAME):
        page = listed(browser, acme, view="all", state="all", sort=sort, q="nur maya tom")
        assert set(names(page)) <= {name.split()[0] for name in wanted}
        page = listed(browser, acme, view="all", state="all", sort=sort, q="nurse")
        shown = [candidates(page)]
        while following := links(page).get("Next"):
            with CaptureQueriesContext(connection) as captured:
                page = browser.get(f"/o/{acme.slug}/requests/{following}")
            assert counted(captured) <= 12
            shown.append(candidates(page))
        assert sorted(name for each in shown for name in each) == sorted(wanted), sort
        back = browser.get(f"/o/{acme.slug}/requests/{links(page)['Previous']}")
        assert candidates(back) == shown[-2]


def test_each_row_describes_its_references_correctly(acme: Organization) -> None:
    browser = browser_of(acme)
    scenario = waiting_request(acme)
    assert row(listed(browser, acme, state="open"))[1] == "Waiting for 2 of 2 Priya Nair, Tom Beck"
    answer(scenario, 1)
    assert row(listed(browser, acme, state="open"))[1] == "Waiting for 1 of 2 Tom Beck"
    bounce(acme, "tom@ledgerly.example")
    page = listed(browser, acme)
    assert row(page)[1] == "Bounced Email to Tom Beck bounced: tom@ledgerly.example"
    assert row(page)[-1] == "Correct address Maya Osei"
    assert links(page)["Correct address Maya Osei"].endswith(f"/references/{scenario.reference(2).uid}/address/")
    with tenant(acme):
        decline.decline(scenario.reference_request, scenario.reference(2), DeclineReason.NO_TIME)
    assert row(listed(browser, acme, state="open"))[1] == "Waiting for the candidate 1 more to be named"
    other = waiting_request(acme, candidate=named("Lee"))
    with tenant(acme):
        for number in (1, 2):
            decline.decline(other.reference_request, other.reference(number), DeclineReason.NO_TIME)
    assert row(listed(browser, acme))[1] == "Declined Both references declined"
    ready_request(acme, candidate=named("Zoe"))
    assert row(listed(browser, acme, state="done"))[1] == "Ready 2 of 2 references"


def test_staff_read_the_job_as_the_ats_names_it(acme: Organization) -> None:
    sent_request(acme, position="Engineer at a bank")
    page = text(listed(browser_of(acme), acme))
    assert "Backend Engineer" in page
    assert "Engineer at a bank" not in page


def test_an_act_in_the_list_is_a_control_and_viewers_have_none(acme: Organization) -> None:
    scenario = sent_request(acme)
    change(scenario, paused_until=clock.now() + timedelta(hours=5))
    assert "Resume request Maya Osei" in pressed(listed(browser_of(acme), acme))
    page = listed(browser_of(acme, Role.VIEWER), acme)
    assert "Paused" in row(page)[1]
    assert "Resume request Maya Osei" not in pressed(page)


def test_checkboxes_are_named_for_the_form_of_the_bulk_bar(acme: Organization) -> None:
    scenario, browser = sent_request(acme), browser_of(acme)
    boxes = [each for each in parsed(listed(browser, acme)).iter("input") if each.get("type") == "checkbox"]
    (box,) = [each for each in boxes if each.get("name") == "request"]
    assert (box.get("form"), box.get("name")) == ("bulk", "request")
    assert (box.get("value"), box.get("aria-label")) == (str(scenario.reference_request.uid), "Select Maya Osei")


def test_the_form_for_bulk_actions_passes_the_filters_on_and_nothing_else(acme: Organization) -> None:
    """Whatever a parameter is called: a template looks a name up in the query string before it calls a method."""
    sent_request(acme)
    page = listed(browser_of(acme), acme, view="all", state="open", q="Osei", due="", lists="x", items="x", page="2")
    (form,) = [each for each in parsed(page).iter("form") if each.get("id") == "bulk"]
    fields = [(each.get("name"), each.get("value")) for each in form.iter("input") if each.get("type") == "hidden"]
    assert fields == [("q", "Osei"), ("view", "all"), ("state", "open")]


def test_the_counts_of_a_common_word_say_that_there_are_more(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Ana", "Bo", "Cy"):
        sent_request(acme, candidate=named(name))

    def shown(word: str) -> str:
        return queries.counts(acme, queries.RequestFilters(search=word), clock.now()).shown(queries.ALL)

    with tenant(acme):
        assert shown("backend") == "3"
        monkeypatch.setattr(queries, "MOST_SAMPLED", 2)
        assert shown("backend") == "2+"
        assert shown("maya") == "0"
