"""A member who leaves can hand over their open requests."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from crosschq.core.text.email_keys import address_key
from crosschq.messaging.models import Message
from crosschq.tenancy import passes
from crosschq.tenancy.models import AuditEntry, Membership, Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.models import Reader, ReaderRole, Reference, ReferenceRequest
from requests_app.report import access
from tests.accounts.confirming import press
from tests.accounts.pages import text_of
from tests.audit import audited
from tests.factories import PASSWORD, make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, ready_request, sent_request, waiting_request

pytestmark = pytest.mark.django_db
# The owner of requests from the factories.
DANA = "dana@acme.example"


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH", slug="acme")


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.RECRUITER, make_user("Dana@acme.example", name="Dana Ruiz", password=PASSWORD))


@pytest.fixture
def admin(acme: Organization, client: Client) -> Client:
    return signed_in(
        client, make_member(acme, Role.OWNER, make_user("ada@acme.example", name="Ada Admin", password=PASSWORD))
    )


def join(acme: Organization, name: str, role: Role = Role.RECRUITER) -> Membership:
    user = make_member(
        acme, role, make_user(f"{name.partition(' ')[0].lower()}@acme.example", name=name, password=PASSWORD)
    )
    return Membership.objects.get(user=user)


def remove(user: User) -> str:
    return f"/o/acme/members/{Membership.objects.get(user=user).uid}/remove/"


def owners(*jobs: RequestScenario) -> list[str]:
    return [job.reread().owner_email for job in jobs]


def test_open_requests_go_to_the_member_the_admin_chooses(acme: Organization, dana: User, admin: Client) -> None:
    tom = join(acme, "Tom Beck")
    mine, done = [sent_request(acme), sent_request(acme)], ready_request(acme)
    others = sent_request(make_organization("Another"))
    page = text_of(admin.get(remove(dana)))
    assert "They own 2 open requests. Hand them over to" in page
    assert "No one: emails still go to Dana@acme.example" in page
    answer = press(admin, remove(dana), {"heir": str(tom.uid)})
    assert "Dana Ruiz is no longer a member of Acme GmbH. Tom Beck now owns 2 of their open requests." in text_of(
        answer
    )
    assert owners(*mine, done, others) == ["tom@acme.example", "tom@acme.example", DANA, DANA]
    assert mine[0].reread().owner_rule == "Handed over by Ada Admin"
    assert mine[0].timeline()[-1] == "Ada Admin made Tom Beck the owner"
    with tenant(acme):
        last = AuditEntry.objects.order_by("id").last()
        [summary] = Message.objects.filter(kind="owner_of_many")
        readers = set(Reader.objects.filter(reference_request=mine[0].reference_request).values_list("email", "role"))
    assert last
    assert last.action == "member.hand_over"
    assert (summary.to_email, summary.subject) == ("tom@acme.example", "You now own 2 more requests")
    assert audited(acme)[-1] == "Ada Admin handed 2 open requests of Dana Ruiz over to Tom Beck"
    assert readers == {("tom@acme.example", ReaderRole.OWNER)}


def test_someone_who_could_already_read_the_report_becomes_its_owner(
    acme: Organization, dana: User, admin: Client
) -> None:
    tom, job = join(acme, "Tom Beck"), sent_request(acme)
    with tenant(acme):
        Reader.objects.create(
            organization=acme,
            reference_request=job.reference_request,
            name="Tom",
            email="Tom@acme.example",
            email_key="tom@acme.example",
            role=ReaderRole.HIRING_TEAM,
        )
    press(admin, remove(dana), {"heir": str(tom.uid)})
    with tenant(acme):
        assert list(Reader.objects.values_list("email", "role")) == [("tom@acme.example", ReaderRole.OWNER)]


def test_without_a_choice_requests_keep_their_owner(acme: Organization, dana: User, admin: Client) -> None:
    join(acme, "Tom Beck")
    job = sent_request(acme)
    press(admin, remove(dana))
    assert not Membership.objects.filter(user=dana).exists()
    assert owners(job) == [DANA]


def test_only_a_member_who_can_manage_requests_can_take_them(acme: Organization, dana: User, admin: Client) -> None:
    viewer = join(acme, "Vera Viewer", Role.VIEWER)
    stranger = Membership.objects.get(user=make_member(make_organization("Another"), Role.OWNER))
    mine, job = Membership.objects.get(user=dana), sent_request(acme)
    for uid in (viewer.uid, stranger.uid, mine.uid, "x"):
        page = press(admin, remove(dana), {"heir": str(uid)})
        assert text_of(page).startswith("Error: ")
        assert Membership.objects.filter(user=dana).exists()
    assert "Vera Viewer" not in text_of(admin.get(remove(dana)))
    assert owners(job) == [DANA]


def test_a_member_who_takes_part_in_one_of_the_requests_cannot_take_them(
    acme: Organization, dana: User, admin: Client
) -> None:
    tom, ravi = join(acme, "Tom Beck"), join(acme, "Ravi Rao")
    job = waiting_request(acme)
    with tenant(acme):
        Reference.objects.filter(pk=job.reference().pk).update(
            email="tom+refs@acme.example", email_key=address_key("tom+refs@acme.example")
        )
        ReferenceRequest.objects.filter(pk=job.reread().pk).update(candidate_email="ravi@acme.example")
    for heir, reason in ((tom, "Tom Beck is a reference in one"), (ravi, "Ravi Rao is the candidate of one")):
        page = text_of(press(admin, remove(dana), {"heir": str(heir.uid)}))
        assert f"{reason} of these requests. Choose someone else." in page
    assert Membership.objects.filter(user=dana).exists()
    assert owners(job) == [DANA]


def test_nothing_is_asked_if_there_are_no_open_requests(acme: Organization, dana: User, admin: Client) -> None:
    ready_request(acme)
    page = admin.get(remove(dana))
    assert "Hand" not in text_of(page)
    assert 'name="heir"' not in page.content.decode()


def test_an_owner_who_cannot_leave_keeps_the_requests(acme: Organization, client: Client) -> None:
    dana = make_member(acme, Role.OWNER, make_user(DANA, name="Dana Ruiz", password=PASSWORD))
    tom, job = join(acme, "Tom Beck"), sent_request(acme)
    answer = press(signed_in(client, dana), remove(dana), {"heir": str(tom.uid)})
    assert "Dana Ruiz is the only owner." in text_of(answer)
    assert owners(job) == [DANA]


def test_a_removed_member_can_no_longer_open_finished_reports(acme: Organization, dana: User, admin: Client) -> None:
    done, going = ready_request(acme), sent_request(acme)
    others = ready_request(make_organization("Another"))
    with tenant(acme):
        holder = Reader.objects.get(reference_request=done.reference_request, email=DANA)
        browser = RequestFactory().get("/")
        browser.COOKIES[passes.cookie_name(acme.slug)] = passes.grant(acme, DANA)
        assert access.reader_of_pass(browser, done.reference_request) == holder
    press(admin, remove(dana), {"heir": ""})
    with tenant(acme):
        assert access.reader_of_pass(browser, done.reference_request) is None
        assert access.reader_by_address(done.reference_request, DANA) is None
        assert access.owner_of_request(done.reference_request.uid) is None
        # Emails about open requests still go there, so that nobody waits in vain.
        assert Reader.objects.filter(reference_request=going.reference_request, email=DANA).exists()
    with tenant(others.organization):
        assert Reader.objects.filter(email=DANA).exists()
