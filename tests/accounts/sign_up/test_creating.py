"""New organizations, their slugs, and the roles of their members."""

from __future__ import annotations

import re
import threading

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse

from crosschq.accounts.sign_up.create_organization import create_organization
from crosschq.tenancy.models import Membership, Role, User
from tests.factories import make_member, make_organization, make_user
from tests.patience import SECONDS


def create(name: str) -> str:
    return create_organization(name=name, owner=make_user(), time_zone="UTC").slug


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme GmbH", "acme-gmbh"),
        ("  Müller & Söhne  ", "muller-sohne"),
        ("北京", "organization"),
        ("!!!", "organization"),
        ("x" * 120, "x" * 50),
        ("a" * 49 + " b", "a" * 49),
    ],
)
def test_a_slug_is_derived_from_the_name_and_fits_in_a_url(name: str, slug: str) -> None:
    made = create(name)
    assert made == slug
    assert reverse("requests:list", args=[made]) == f"/o/{slug}/requests/"


@pytest.mark.django_db
def test_a_taken_slug_gets_a_random_suffix_without_ambiguous_letters() -> None:
    slugs = [create("Acme") for _ in range(10)]
    assert slugs[0] == "acme"
    assert len(set(slugs)) == 10
    assert all(re.fullmatch(r"acme-[a-hjkmnp-z2-9]{4}", slug) for slug in slugs[1:])


@pytest.mark.django_db(transaction=True)
def test_two_concurrent_sign_ups_create_two_organizations() -> None:
    owners = [make_user() for _ in range(4)]
    slugs: list[str] = []
    together = threading.Barrier(len(owners))

    def sign_up(owner: User) -> None:
        try:
            together.wait(SECONDS)
            slugs.append(create_organization(name="Acme", owner=owner, time_zone="UTC").slug)
        finally:
            connection.close()

    threads = [threading.Thread(target=sign_up, args=[owner]) for owner in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(slugs)) == 4
    assert "acme" in slugs


@pytest.mark.django_db
def test_the_creator_of_an_organization_owns_it() -> None:
    owner = make_user()
    organization = create_organization(name="Acme", owner=owner, time_zone="Europe/Berlin")
    assert Membership.objects.get(user=owner).organization == organization
    assert Membership.objects.get(user=owner).role == Role.OWNER


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, [Role.VIEWER]),
        (Role.RECRUITER, [Role.VIEWER, Role.RECRUITER]),
        (Role.ADMIN, [Role.VIEWER, Role.RECRUITER, Role.ADMIN]),
        (Role.OWNER, [Role.VIEWER, Role.RECRUITER, Role.ADMIN, Role.OWNER]),
    ],
)
def test_a_role_includes_the_permissions_of_weaker_roles(role: Role, may: list[Role]) -> None:
    assert {needed for needed in Role if Membership(role=role).may(needed)} == set(may)


@pytest.mark.django_db
def test_a_user_has_one_role_in_an_organization() -> None:
    organization = make_organization()
    user = make_member(organization, Role.VIEWER)
    with pytest.raises(IntegrityError):
        make_member(organization, Role.OWNER, user)


@pytest.mark.django_db
def test_an_address_belongs_to_one_user_in_any_spelling() -> None:
    User.objects.create_user("Dana@Acme.example", "secret")
    with pytest.raises(IntegrityError):
        make_user("dana@ACME.example")
