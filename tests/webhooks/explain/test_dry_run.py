"""The dry run shows which template each job would use and who would get what, and sends nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connectors.models import CachedJob, Connection
from crosschq.core import clock
from crosschq.core.models import SecretLink
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Role, User
from crosschq.tenancy.scope import tenant
from tests.background import press
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.templates_app.factories import make_template
from tests.vendor import Vendor
from tests.webhooks.moves import last_call, move_and_decide, requests_of
from webhooks.explain.dry_run import PAGE_ROWS, AtsReadFailed, preview, table
from webhooks.models import InboundEvent

JOB = "GET /jobs/{jobId}"


def test_each_job_shows_the_template_it_would_use(vendor: Vendor, live: Connection) -> None:
    found = table(live)
    assert {row.title: (row.tag, row.template.name if row.template else row.sentence) for row in found.rows} == {
        "Backend Engineer": ("eng", "Engineering"),
        "Data Analyst": ("data-eu", "No template has the tag “data-eu”."),
        "Finance Director": ("leadership", "No template has the tag “leadership”."),
        "Marketing Intern": ("eng", "Engineering"),
        "Sales Lead": ("", "The job “Sales Lead” has an empty Crosschq tag."),
        "Site Reliability Engineer": ("ENG", "Engineering"),
    }
    assert (found.jobs, found.firing, found.pages) == (6, 3, 1)


def test_an_unknown_tag_names_the_closest(vendor: Vendor, live: Connection) -> None:
    make_template(live.organization, name="Leaders", ats_tag="leader")
    sentences = [row.sentence for row in table(live).rows if row.title == "Finance Director"]
    assert sentences == ["No template has the tag “leadership”. Closest: “leader”."]


def test_a_job_without_the_field_says_so(vendor: Vendor, live: Connection) -> None:
    with tenant(live.organization):
        Connection.objects.update(field_name="Reference tag", field_id="")
        live.refresh_from_db()
    assert "has no field named “Reference tag”" in table(live).rows[0].sentence


def test_the_field_is_looked_up_once_for_all_jobs_that_show_none(vendor: Vendor, live: Connection) -> None:
    vendor.tell("job-field", label="Crosschq tag", active=False)
    before = last_call(vendor)
    assert {row.sentence.partition(" in ")[0] for row in table(live).rows} == {"The field “Crosschq tag” is inactive"}
    assert vendor.calls(after=before).count("GET /configuration/job-properties") == 1


def test_only_jobs_that_would_send_are_taken_from_the_cache(vendor: Vendor, live: Connection) -> None:
    table(live)
    vendor.tell("job-tag", job_id=vendor.job("Sales Lead"), tag="eng")
    with tenant(live.organization):
        CachedJob.objects.update(job_read_at=clock.now() - timedelta(hours=3))
    before = last_call(vendor)
    found = table(live)
    assert vendor.calls(after=before) == ["GET /jobs"] + [JOB] * 3
    rows = {row.title: row for row in found.rows}
    assert rows["Sales Lead"].template
    hour_ago = clock.now() - timedelta(hours=1)
    ages = {title: row.read_at < hour_ago for title, row in rows.items() if row.read_at}
    assert [title for title, from_memory in ages.items() if from_memory] == [
        "Backend Engineer",
        "Marketing Intern",
        "Site Reliability Engineer",
    ]


def test_many_jobs_are_paged_and_a_page_costs_its_own_calls(vendor: Vendor, live: Connection) -> None:
    vendor.tell("seed", jobs=[{"title": f"Job {n:03d}", "tag": "eng"} for n in range(30)])
    before = last_call(vendor)
    found = table(live, number=2)
    assert (found.number, found.pages, found.jobs, len(found.rows)) == (2, 2, 36, 36 - PAGE_ROWS)
    assert vendor.calls(after=before).count(JOB) == 36 - PAGE_ROWS
    assert table(live, number=99).number == 2


def test_a_job_we_may_not_see_gets_one_row(vendor: Vendor, live: Connection) -> None:
    vendor.tell("faults", route=JOB, kind="status", status=401)
    found = table(live)
    assert len(found.rows) == 6
    assert [row.read_at for row in found.rows].count(None) == 1


@pytest.mark.parametrize(("status", "said"), [(503, "busy or down"), (403, "doesn't let us read jobs")])
def test_an_ats_error_is_shown(vendor: Vendor, live: Connection, status: int, said: str) -> None:
    vendor.tell("faults", route="GET /jobs", kind="status", status=status, times=5)
    with pytest.raises(AtsReadFailed, match=said):
        table(live)


def test_the_preview_shows_the_emails_that_would_be_sent(vendor: Vendor, live: Connection) -> None:
    found = preview(live, vendor.job("Backend Engineer"))
    assert found.version
    assert found.people
    assert (found.version.name, found.people.owner.email) == ("Engineering", "dana.ruiz@acme.example")
    assert {reader.email for reader in found.people.readers} >= {"priya.nair@acme.example"}
    texts = [item.email.as_text() for item in found.emails]
    assert len(texts) == 3
    move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    with tenant(live.organization):
        sent = Message.objects.get(kind="candidate_invitation")
    assert found.emails[0].email.subject == sent.subject
    assert [line for line in texts[0].splitlines() if "Alex" not in line and "/c/" not in line] == [
        line for line in sent.text.splitlines() if "Maya" not in line and "/c/" not in line
    ]


def test_nothing_is_sent_and_no_link_is_made(vendor: Vendor, live: Connection) -> None:
    table(live)
    preview(live, vendor.job("Backend Engineer"))
    with tenant(live.organization):
        assert not Message.objects.exists()
        assert not SecretLink.objects.exists()
        assert not InboundEvent.objects.exists()
    assert requests_of(live) == []
    assert all(call.startswith("GET ") for call in vendor.calls() if "/candidates" in call)


def test_a_preview_of_a_job_without_a_template_says_why(vendor: Vendor, live: Connection) -> None:
    found = preview(live, vendor.job("Sales Lead"))
    assert (found.title, found.emails) == ("Sales Lead", ())
    assert "empty Crosschq tag" in found.sentence


# The pages


@pytest.fixture
def browser(live: Connection, admin: User, client: Client) -> Client:
    return signed_in(client, admin)


def url(connection: Connection, name: str = "dry_run") -> str:
    return reverse(f"events:{name}", args=[connection.organization.slug, "smartrecruiters"])


def posted(browser: Client, connection: Connection, name: str = "dry_run", **data: Any) -> str:
    answer = press(browser, url(connection, name), data)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_table_is_read_on_demand_and_links_to_previews(vendor: Vendor, live: Connection, browser: Client) -> None:
    before = last_call(vendor)
    assert "Read all jobs" in browser.get(url(live)).content.decode()
    assert vendor.calls(after=before) == []
    text = posted(browser, live)
    assert "3 of 6 jobs would send requests" in text
    assert text.count(url(live, "dry_run_preview")) == 3
    text = posted(browser, live, "dry_run_preview", job_id=vendor.job("Backend Engineer"))
    for said in ("asks you to name", "Alex Example", "Robin Example", "Dana Ruiz", "Reference report ready"):
        assert said in text


def test_odd_values_get_an_answer(live: Connection, browser: Client) -> None:
    odd: list[dict[str, str]] = [{}, {"job_id": "../.."}, {"job_id": "\x00"}, {"job_id": "x" * 200}, {"page": "-1"}]
    for data in odd:
        posted(browser, live, **data)
        assert "read the job" in posted(browser, live, "dry_run_preview", **data)


def test_a_missing_connection_is_reported(db: None, client: Client) -> None:
    organization = make_organization()
    connection = make_connection(organization, state="needs_sign_in")
    signed_in(client, make_member(organization, Role.ADMIN))
    assert "needs a new sign-in" in posted(client, connection)


def test_markup_in_the_title_of_a_job_is_text_in_its_preview(vendor: Vendor, live: Connection, browser: Client) -> None:
    title = '<i hx-post=../../../../members/invite/ hx-trigger=load hx-vals=\'{"role":"admin"}\'>Engineer'
    vendor.tell("seed", jobs=[{"title": title, "tag": "eng"}])
    said = posted(browser, live, "dry_run_preview", job_id=vendor.job(title))
    assert "Read the email" in said
    assert said.count("&lt;i hx-post=") > 3
    assert "<i hx-post=" not in said
