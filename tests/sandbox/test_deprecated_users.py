"""The first Users API at the root: a role instead of a system role, pages by offset."""

from __future__ import annotations

import pytest

from tests.sandbox.running import Running, refusal

FIELDS = {"id", "email", "firstName", "lastName", "role", "externalData", "language", "active", "updatedOn"}


def test_the_user_behind_the_token_has_a_role_and_no_system_role(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    me = api.get("/users/me").raise_for_status().json()
    assert set(me) == FIELDS
    assert (me["id"], me["firstName"], me["role"]) == (sandbox.user("Ada Integration"), "Ada", "ADMINISTRATOR")
    newer = api.get("/user-api/v201804/users/me").raise_for_status().json()
    assert {name: me[name] for name in FIELDS - {"role"}} == {name: newer[name] for name in FIELDS - {"role"}}


def test_one_user_is_read_by_id(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    user = api.get(f"/users/{sandbox.user('Olga Petrova')}").raise_for_status().json()
    assert (user["email"], user["role"], user["active"]) == ("olga.petrova@acme.example", "EXTENDED", False)
    assert refusal(api.get("/users/none")) == (404, "USER_NOT_FOUND")


def test_users_are_paged_by_offset_a_hundred_at_a_time(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    every = api.get("/users").raise_for_status().json()
    assert (every["totalFound"], every["limit"], every["offset"], len(every["content"])) == (6, 100, 0, 6)
    assert all(set(user) == FIELDS for user in every["content"])
    parts = [api.get("/users", params={"limit": 4, "offset": offset}).json()["content"] for offset in (0, 4, 6)]
    assert [len(part) for part in parts] == [4, 2, 0]
    assert [user for part in parts for user in part] == every["content"]


def test_users_are_found_by_part_of_their_name(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    found = api.get("/users", params={"q": "ruiz"}).json()
    assert (found["totalFound"], found["content"][0]["firstName"]) == (1, "Dana")
    assert api.get("/users", params={"updatedAfter": "2999-01-01T00:00:00.000Z"}).json()["content"] == []


@pytest.mark.parametrize("query", [{"limit": "101"}, {"limit": "0"}, {"offset": "-1"}, {"q": "ru"}], ids=str)
def test_an_invalid_page_is_rejected(sandbox: Running, query: dict[str, str]) -> None:
    api = sandbox.api(sandbox.connect())
    assert api.get("/users", params=query).status_code == 400


def test_other_users_can_only_read_themselves(sandbox: Running) -> None:
    api = sandbox.as_user("Dana Ruiz")
    assert api.get("/users/me").json()["role"] == "EXTENDED"
    for path in ("/users", f"/users/{sandbox.user('Dana Ruiz')}"):
        assert refusal(api.get(path)) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("path", ["/users/me", "/users", "/users/1"])
def test_reading_users_requires_its_scope(sandbox: Running, path: str) -> None:
    api = sandbox.api(sandbox.connect(scopes=("user_me_read",)))
    assert refusal(api.get(path)) == (403, "OAuthPermissionsException")
