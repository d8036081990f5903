"""Inviting people by email: who can, what the email says, and how an invitation ends."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from crosschq.core import clock
from crosschq.core.models import SecretLink
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Invitation, Membership, Organization, Role, User
from crosschq.tenancy.scope import cross_tenant, tenant
from tests.accounts.confirming import press
from tests.accounts.invited import INVITE, MEMBERS, invite, link_in_newest_email, resend_url
from tests.accounts.pages import emails, text_of
from tests.audit import audited
from tests.factories import PASSWORD, make_member, make_organization, make_user, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH", slug="acme")


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.OWNER, make_user("dana@acme.example", name="Dana Ruiz", password=PASSWORD))


def all_invitations(organization: Organization) -> list[Invitation]:
    with tenant(organization):
        return list(Invitation.objects.order_by("id"))


def test_each_address_gets_one_email_with_its_own_link(client: Client, acme: Organization, dana: User) -> None:
    answer = invite(signed_in(client, dana), "Tom@Acme.example\n maya@acme.example, tom@acme.example", role="recruiter")
    page = text_of(answer)
    assert "You invited 2 people." in page
    assert "tom@acme.example invited by Dana Ruiz" in page
    assert [found.email for found in all_invitations(acme)] == ["maya@acme.example", "tom@acme.example"]
    (email,) = emails("tom@acme.example")
    assert (email.organization, email.kind, email.reply_to) == (None, "invitation", "dana@acme.example")
    assert email.subject == "Dana Ruiz invites you to Acme GmbH"
    assert "Your role would be Recruiter" in email.text
    assert link_in_newest_email("tom@acme.example") != link_in_newest_email("maya@acme.example")
    assert audited(acme) == [
        "Dana Ruiz invited maya@acme.example as Recruiter",
        "Dana Ruiz invited tom@acme.example as Recruiter",
    ]


def test_the_link_is_stored_as_a_hash_and_its_email_is_encrypted(
    client: Client, acme: Organization, dana: User
) -> None:
    invite(signed_in(client, dana), "tom@acme.example")
    token = link_in_newest_email("tom@acme.example").strip("/").rpartition("/")[2]
    link = SecretLink.objects.get(purpose="invitation")
    assert token.encode() not in bytes(link.token_hash)
    assert link.scope_key == acme.pk
    assert link.expires_at - clock.now() > timedelta(days=13, hours=23)


def test_clicking_twice_sends_one_email(client: Client, acme: Organization, dana: User) -> None:
    invite(signed_in(client, dana), "tom@acme.example")
    assert invite(client, "tom@acme.example").status_code == 200
    assert len(emails("tom@acme.example")) == 1
    assert len(all_invitations(acme)) == 1


def test_people_already_invited_or_members_are_named_and_not_emailed(
    client: Client, acme: Organization, dana: User
) -> None:
    signed_in(client, dana)
    invite(client, "tom@acme.example", role="viewer")
    assert "Already invited: tom@acme.example." in text_of(invite(client, "tom@acme.example\neve@acme.example"))
    assert "Already a member: dana@acme.example." in text_of(invite(client, "Dana@acme.example\neve@acme.example"))
    assert emails("eve@acme.example") == []


def test_each_address_is_invited_once_with_any_separator_and_spelling(
    client: Client, acme: Organization, dana: User
) -> None:
    invite(signed_in(client, dana), "\ufeffeve@corp.example tom@bücher.example; TOM@xn--bcher-kva.example\u200b")
    assert [found.email for found in all_invitations(acme)] == ["eve@corp.example", "tom@bücher.example"]


@pytest.mark.parametrize(
    ("emails", "said"),
    [
        ("", "Fill in"),
        ("not an address", "“not an address”: There is a space after “not”."),
        ("eve@corp.example\njohn smith@corp.example", "“john smith@corp.example”: There is a space after “john”."),
        ("smi\u00adth@corp.example", "There is an invisible character (soft hyphen) after “smi”."),
        ("jörg@corp.example", "We can't send to an address with “ö” before the @."),
        ("a@b.example\nx", "“x” isn't an email address."),
        ("\n".join(f"p{n}@acme.example" for n in range(21)), "Invite at most 20 people at a time."),
        ("a@b.example\x00", "Email addresses"),
    ],
)
def test_an_invalid_address_shows_an_error_and_nobody_is_invited(
    client: Client, acme: Organization, dana: User, emails: str, said: str
) -> None:
    answer = invite(signed_in(client, dana), emails)
    assert answer.status_code == 200
    assert said in text_of(answer)
    assert text_of(answer).startswith("Error: ")
    assert all_invitations(acme) == []


def test_an_organization_has_at_most_a_hundred_open_invitations(client: Client, acme: Organization, dana: User) -> None:
    # The organization is connected: without a connection, the limit is 20 a day.
    Organization.objects.filter(pk=acme.pk).update(connected_at=clock.now())
    signed_in(client, dana)
    in_a_week = clock.now() + timedelta(days=7)
    with tenant(acme):
        Invitation.objects.bulk_create(
            Invitation(
                organization=acme, email=f"p{n}@acme.example", role=Role.VIEWER, invited_by=dana, expires_at=in_a_week
            )
            for n in range(99)
        )
    invite(client, "the-last@acme.example")
    assert "can have at most 100 open invitations" in text_of(invite(client, "one-more@acme.example"))
    assert len(all_invitations(acme)) == 100


def test_an_admin_can_invite_anyone_but_owners(client: Client, acme: Organization, dana: User) -> None:
    ada = make_member(acme, Role.ADMIN, make_user("ada@acme.example", name="Ada Admin", password=PASSWORD))
    signed_in(client, ada)
    assert 'value="owner"' not in client.get(INVITE).content.decode()
    assert invite(client, "tom@acme.example", role="owner").status_code == 200
    assert all_invitations(acme) == []
    invite(client, "tom@acme.example", role="admin")
    assert [found.role for found in all_invitations(acme)] == ["admin"]


@pytest.mark.parametrize("act", ["resend", "cancel"])
def test_an_admin_cannot_change_an_owners_invitation(client: Client, acme: Organization, dana: User, act: str) -> None:
    invite(signed_in(client, dana), "otto@acme.example", role="owner")
    ada = make_member(acme, Role.ADMIN, make_user("ada@acme.example", name="Ada Admin", password=PASSWORD))
    (invitation,) = all_invitations(acme)
    page = press(signed_in(client, ada), f"{MEMBERS}invitations/{invitation.uid}/{act}/")
    assert "Only an owner can invite an owner." in text_of(page)
    assert all_invitations(acme)[0].cancelled_at is None


def test_resending_ends_the_old_link_and_starts_14_new_days(client: Client, acme: Organization, dana: User) -> None:
    signed_in(client, dana)
    with time_machine.travel(clock.now(), tick=False) as moved:
        invite(client, "tom@acme.example")
        first = link_in_newest_email("tom@acme.example")
        moved.shift(timedelta(days=13))
        client.force_login(dana)
        answer = press(client, resend_url(acme))
        assert "We emailed tom@acme.example again." in text_of(answer)
        second = link_in_newest_email("tom@acme.example")
        moved.shift(timedelta(days=13))
        assert Client().get(first).status_code == 404
        assert Client().get(second).status_code == 200
    assert [email.state for email in emails("tom@acme.example")] == [WorkState.CANCELLED, WorkState.PENDING]


def test_nobody_is_emailed_again_within_five_minutes(client: Client, acme: Organization, dana: User) -> None:
    invite(signed_in(client, dana), "tom@acme.example")
    assert "Wait five minutes." in text_of(press(client, resend_url(acme)))
    assert len(emails("tom@acme.example")) == 1


def test_canceling_an_invitation_ends_its_link_and_its_unsent_email(
    client: Client, acme: Organization, dana: User
) -> None:
    invite(signed_in(client, dana), "tom@acme.example")
    link, (invitation,) = link_in_newest_email("tom@acme.example"), all_invitations(acme)
    cancel = f"{MEMBERS}invitations/{invitation.uid}/cancel/"
    page = text_of(client.post(cancel, follow=True))
    assert "The link sent to tom@acme.example no longer works." in page
    assert "invited by" not in page
    assert Client().get(link).status_code == 404
    (email,) = emails("tom@acme.example")
    assert (email.state, email.text) == (WorkState.CANCELLED, "")
    assert client.post(cancel).status_code == 404
    assert audited(acme)[-1] == "Dana Ruiz canceled the invitation for tom@acme.example"
    assert invite(client, "tom@acme.example").status_code == 200
    assert len(all_invitations(acme)) == 2


@pytest.mark.parametrize(
    ("act", "role", "left"), [("remove", "", []), ("role", "recruiter", []), ("role", "admin", ["admin", "viewer"])]
)
def test_someone_who_could_no_longer_send_an_invitation_gets_nobody_in_with_it(
    client: Client, acme: Organization, dana: User, act: str, role: str, left: list[str]
) -> None:
    """An admin who is about to be removed could have invited another address of theirs."""
    otto = make_member(acme, Role.OWNER, make_user("otto@acme.example", name="Otto Osei", password=PASSWORD))
    for invited in ("owner", "admin", "viewer"):
        invite(signed_in(client, otto), f"{invited}@elsewhere.example", role=invited)
    invite(signed_in(client, dana), "by-dana@acme.example", role="viewer")
    links = {invited: link_in_newest_email(f"{invited}@elsewhere.example") for invited in ("owner", "admin", "viewer")}
    page = press(client, f"{MEMBERS}{Membership.objects.get(user=otto).uid}/{act}/", {"role": role})
    assert "canceled." in text_of(page)
    assert [invited for invited in sorted(links) if Client().get(links[invited]).status_code == 200] == left
    assert Client().get(link_in_newest_email("by-dana@acme.example")).status_code == 200
    ended = [one.email for one in all_invitations(acme) if one.cancelled_at]
    assert ended == [f"{invited}@elsewhere.example" for invited in ("owner", "admin", "viewer") if invited not in left]
    assert sum(line.startswith("Dana Ruiz canceled the invitation for ") for line in audited(acme)) == len(ended)


def test_an_invitation_that_someone_else_sent_again_outlasts_its_first_sender(
    client: Client, acme: Organization, dana: User
) -> None:
    ada = make_member(acme, Role.ADMIN, make_user("ada@acme.example", name="Ada Admin", password=PASSWORD))
    invite(signed_in(client, ada), "tom@acme.example")
    with tenant(acme):
        Invitation.objects.update(sent_at=clock.now() - timedelta(hours=1))
    press(signed_in(client, dana), resend_url(acme))
    press(client, f"{MEMBERS}{Membership.objects.get(user=ada).uid}/remove/")
    assert Client().get(link_in_newest_email("tom@acme.example")).status_code == 200


def test_a_link_expires_after_14_days_and_the_page_says_so(client: Client, acme: Organization, dana: User) -> None:
    with time_machine.travel(clock.now(), tick=False) as moved:
        invite(signed_in(client, dana), "tom@acme.example")
        link = link_in_newest_email("tom@acme.example")
        moved.shift(timedelta(days=14))
        assert "This invitation has expired" in text_of(Client().get(link))
        client.force_login(dana)
        assert "Link expired" in text_of(client.get(MEMBERS))


def test_an_email_that_could_not_be_sent_is_reported(client: Client, acme: Organization, dana: User) -> None:
    invite(signed_in(client, dana), "tom@acme.example")
    assert "On its way" in text_of(client.get(MEMBERS))
    with cross_tenant("an invitation email belongs to no organization"):
        Message.objects.update(state=WorkState.DEAD, reason="The email server rejected tom@acme.example.")
    assert "Not sent: The email server rejected tom@acme.example." in text_of(client.get(MEMBERS))
    with cross_tenant("an invitation email belongs to no organization"):
        Message.objects.update(state=WorkState.DONE)
    assert "Not accepted yet" in text_of(client.get(MEMBERS))


def test_an_invitation_is_visible_only_in_its_own_organization(client: Client, acme: Organization, dana: User) -> None:
    invite(signed_in(client, dana), "tom@acme.example")
    other = make_organization("Another", slug="another")
    make_member(other, Role.OWNER, dana)
    assert "tom@acme.example" not in text_of(client.get("/o/another/members/"))
    (invitation,) = all_invitations(acme)
    assert client.post(f"/o/another/members/invitations/{invitation.uid}/cancel/").status_code == 404
    assert client.post(f"{MEMBERS}invitations/{uuid.uuid4()}/resend/").status_code == 404


def test_a_name_that_looks_like_markup_is_text_in_the_email(client: Client) -> None:
    odd = make_organization("<b>Acme</b> & Söhne", slug="acme")
    eve = make_member(odd, Role.OWNER, make_user("eve@acme.example", name="Eve\r\nBcc: x@y.example", password=PASSWORD))
    invite(signed_in(client, eve), "tom@acme.example")
    (email,) = emails("tom@acme.example")
    assert "<b>Acme" not in email.html
    assert "<b>Acme</b> & Söhne" in email.subject
